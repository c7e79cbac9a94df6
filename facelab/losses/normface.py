"""NormFace: softmax on the sphere. Only the angle between embedding and center counts.

    psi(theta) = cos(theta)

theta is the angle to the true center (radians). The scale s has no unit; without it the loss could
not fall below log(1 + (C - 1) exp(-s C/(C - 1))), which for s = 1 and ten people is 1.38.

Source: Wang, Xiang, Cheng, Yuille, ACM MM 2017, arXiv:1704.06369.
Departs from the paper: s is given, not learned.
"""

from typing import ClassVar

from torch import Tensor

from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, scale_slider


class NormFace(CosineLoss):
    """psi(theta) = cos(theta): no margin.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        scale: s, above 0, no unit.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Wang et al., ACM MM 2017, arXiv:1704.06369.
    """

    title: ClassVar[str] = "NormFace"
    formula: ClassVar[str] = r"\psi(\theta) = \cos\theta"
    source: ClassVar[str] = "Wang et al., ACM MM 2017, arXiv:1704.06369"
    settings: ClassVar[Settings] = {"scale": scale_slider(paper=30.0)}

    def __init__(self, num_classes: int, embedding_dim: int, *, scale: float = 30.0) -> None:
        super().__init__(num_classes, embedding_dim, scale=scale)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta), (B,) -> (B,)."""
        return cosine
