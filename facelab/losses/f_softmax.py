"""F-Softmax: the focal loss on the sphere. Faces that are already certain count less.

    L = mean over the batch of  (1 - p)^gamma l,      l = -log p

p is the probability of the true class under NormFace, psi(theta) = cos(theta); gamma >= 0 has no
unit. There is no margin, and people part where NormFace parts them. A face is hard when p is low,
and a wrong label has the lowest p of all.

Small sets: the factor fades as p nears 1. With s = 16 and gamma = 2 that is so early that ten
people on the sphere stop 16 to 17 degrees from their centers; with s = 8 they come closer.

Source: Lin et al., ICCV 2017, arXiv:1708.02002, on normalized cosines as in Wang X. et al.,
arXiv:1812.11317. The gradient runs through (1 - p)^gamma too, as in SV-X-Softmax; a public
SphereFace port holds it constant. `focus="batch"` is CurricularFace's code: it averages l first and
weighs the whole batch by one factor, which is another loss.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings, Slider, scale_slider

LEAST_DOUBT = 1e-12  # (1 - p)^gamma has an infinite slope at p = 1 when gamma < 1


class FSoftmax(CosineLoss):
    """L = mean of (1 - p)^gamma l, with psi(theta) = cos(theta).

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        gamma: at least 0, no unit; 0 is NormFace.
        scale: s, above 0, no unit.
        focus: "sample" weighs each embedding by its own p, "batch" all of them by the mean loss.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Lin et al., ICCV 2017, arXiv:1708.02002.
    """

    title: ClassVar[str] = "F-Softmax"
    formula: ClassVar[str] = r"L = (1 - p)^\gamma (-\log p)"
    source: ClassVar[str] = "Lin et al., ICCV 2017, arXiv:1708.02002"
    settings: ClassVar[Settings] = {
        "gamma": Slider(r"\gamma", "focus on hard faces", "", 0, 5, 0.1, paper=2.0, teaching=2.0),
        "scale": scale_slider(paper=32.0, teaching=8.0),
        "focus": Choice(
            "what the focal factor is taken of",
            {"sample": "the loss of each embedding", "batch": "the mean loss (CurricularFace)"},
            default="sample",
        ),
    }

    gamma: float
    focus: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        gamma: float = 2.0,
        scale: float = 32.0,
        focus: str = "sample",
    ) -> None:
        super().__init__(num_classes, embedding_dim, gamma=gamma, scale=scale, focus=focus)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta), (B,) -> (B,)."""
        return cosine

    def gather(self, losses: Tensor) -> Tensor:
        """The mean of (1 - p)^gamma l."""
        losses = losses.mean() if self.focus == "batch" else losses
        doubt = -torch.expm1(-losses)  # 1 - p
        return (doubt.clamp_min(LEAST_DOUBT) ** self.gamma * losses).mean()
