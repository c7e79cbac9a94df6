"""CurricularFace: ArcFace that looks away from hard people at first and stares at them later.

    psi(theta) = cos(theta + m)            while theta < pi - m
               = cos(theta) - m sin(m)     beyond
    z_j = s cos(theta_j) (t + cos(theta_j))     where cos(theta_j) > cos(theta_y + m): hard
        = s cos(theta_j)                        elsewhere
    t   = momentum t + (1 - momentum) mean cos(theta_y)     with every batch, before it is used

theta is the angle to a center (radians), m the margin (radians), s the scale; t starts at 0 and
grows as faces find their centers. A hard negative counts less than its cosine while
t + cos(theta_j) < 1, so that the loss can be below that of ArcFace early on. t is a constant for
the gradient.

Source: Huang et al., CVPR 2020, arXiv:2004.00288, eq. 8 to 12, and the authors' code. Beyond
pi - m that code compares negatives with cos(theta_y + m) and not with psi; so does this one.
"""

import math
from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import BEYOND_PI, cos_of_sum
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, Slider, scale_slider


class CurricularFace(CosineLoss):
    """psi(theta) = cos(theta + m); a hard negative counts cos(theta_j) (t + cos(theta_j)).

    The buffer `t` follows the mean true cosine while training.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, 0 to pi, radians.
        scale: s, above 0, no unit.
        momentum: share of t that a batch leaves as it was, 0 to 1, no unit.
        beyond_pi: what replaces cos(theta + m) where theta + m > pi; see BEYOND_PI.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Huang et al., CVPR 2020, arXiv:2004.00288.
    """

    title: ClassVar[str] = "CurricularFace"
    formula: ClassVar[str] = (
        r"z_j = s\cos\theta_j\,(t + \cos\theta_j)\ \text{if}\ \cos\theta_j > \cos(\theta_y + m)"
    )
    source: ClassVar[str] = "Huang et al., CVPR 2020, arXiv:2004.00288"
    settings: ClassVar[Settings] = {
        "margin": Slider(
            "m", "margin", "radians", 0, 1.5, 0.01, paper=0.5, teaching=0.3, most=math.pi
        ),
        "scale": scale_slider(),
        "momentum": Slider("momentum", "what t keeps", "", 0, 1, 0.01, 0.99, 0.95, most=1.0),
        "beyond_pi": BEYOND_PI,
    }

    margin: float
    momentum: float
    beyond_pi: str
    t: Tensor

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 0.5,
        scale: float = 64.0,
        momentum: float = 0.99,
        beyond_pi: str = "linear",
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            margin=margin,
            scale=scale,
            momentum=momentum,
            beyond_pi=beyond_pi,
        )
        self.register_buffer("t", torch.zeros(()))

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta + m), (B,) -> (B,)."""
        return cos_of_sum(cosine, self.margin, self.beyond_pi)

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """cos (t + cos) for a hard negative, (B, C) -> (B, C); moves t while training."""
        if self.training:
            self.t = torch.lerp(cosine.detach().mean(), self.t.to(cosine), self.momentum)
        turned = cos_of_sum(cosine.detach(), self.margin, "none")
        return torch.where(cosines > turned.unsqueeze(1), cosines * (self.t + cosines), cosines)
