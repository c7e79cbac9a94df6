"""CosFace: lower the true class by a fixed amount of cosine.

    psi(theta) = cos(theta) - m

theta is the angle to the true center (radians); m is the margin (cosine units). Two people part
where cos(theta_1) - m = cos(theta_2): the gap in angle is widest beside the center and narrows
towards 90 degrees.

Source: Wang H. et al., CVPR 2018, arXiv:1801.09414, eq. 4; the same function as AM-Softmax,
Wang F. et al., IEEE SPL 2018, arXiv:1801.05599.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, Slider, Switch, scale_slider


class CosFace(CosineLoss):
    """psi(theta) = cos(theta) - m.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, 0 to 2, cosine units.
        scale: s, above 0, no unit.
        easy_margin: apply the margin only where cos(theta) > 0, as some public codes do.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Wang H. et al., CVPR 2018, arXiv:1801.09414, eq. 4.
    """

    title: ClassVar[str] = "CosFace"
    formula: ClassVar[str] = r"\psi(\theta) = \cos\theta - m"
    source: ClassVar[str] = "Wang H. et al., CVPR 2018, arXiv:1801.09414, eq. 4"
    settings: ClassVar[Settings] = {
        "margin": Slider(
            "m", "margin", "cosine units", 0, 1, 0.01, paper=0.35, teaching=0.2, most=2.0
        ),
        "scale": scale_slider(),
        "easy_margin": Switch("apply the margin only where cos(theta) > 0"),
    }

    margin: float
    easy_margin: bool

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 0.35,
        scale: float = 64.0,
        easy_margin: bool = False,
    ) -> None:
        super().__init__(
            num_classes, embedding_dim, margin=margin, scale=scale, easy_margin=easy_margin
        )

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta) - m, (B,) -> (B,)."""
        lowered = cosine - self.margin
        return torch.where(cosine > 0, lowered, cosine) if self.easy_margin else lowered
