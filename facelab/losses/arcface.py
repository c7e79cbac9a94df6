"""ArcFace: turn the true class away by a fixed angle.

    psi(theta) = cos(theta + m)            while theta <= pi - m
               = cos(theta) - m sin(m)     beyond, so that psi falls on (for m up to 2.33)

theta is the angle to the true center (radians); m is the margin (radians). Two people part where
theta_2 = theta_1 + m: the gap is an arc of length m, the same everywhere on the unit sphere.

Source: Deng, Guo, Xue, Zafeiriou, CVPR 2019, arXiv:1801.07698, eq. 3.
Departs from eq. 3: the second line. Printed as it stands, eq. 3 rewards an embedding for turning
from pi - m to pi; in two dimensions one random pair in six starts there (m = 0.5). Public codes
treat that stretch in different ways, chosen here by `beyond_pi`. The authors' PyTorch code also
drops the slope of psi, so that its gradient is that of the plain cosine:
`gradient="straight_through"`.
"""

import math
from typing import ClassVar

from torch import Tensor

from facelab.losses._angles import BEYOND_PI, GRADIENT, cos_of_sum, straight_through
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, Slider, scale_slider


class ArcFace(CosineLoss):
    """psi(theta) = cos(theta + m).

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, 0 to pi, radians.
        scale: s, above 0, no unit.
        beyond_pi: what replaces cos(theta + m) where theta + m > pi: "linear" (the default),
            "none", "clip", "keep", "easy" or "shift"; BEYOND_PI says what each does.
        gradient: "exact", or "straight_through" for the gradient of the plain cosine.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Deng et al., CVPR 2019, arXiv:1801.07698, eq. 3.
    """

    title: ClassVar[str] = "ArcFace"
    formula: ClassVar[str] = r"\psi(\theta) = \cos(\theta + m)"
    source: ClassVar[str] = "Deng et al., CVPR 2019, arXiv:1801.07698, eq. 3"
    settings: ClassVar[Settings] = {
        "margin": Slider(
            "m", "margin", "radians", 0, 1.5, 0.01, paper=0.5, teaching=0.3, most=math.pi
        ),
        "scale": scale_slider(),
        "beyond_pi": BEYOND_PI,
        "gradient": GRADIENT,
    }

    margin: float
    beyond_pi: str
    gradient: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 0.5,
        scale: float = 64.0,
        beyond_pi: str = "linear",
        gradient: str = "exact",
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            margin=margin,
            scale=scale,
            beyond_pi=beyond_pi,
            gradient=gradient,
        )

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta + m), (B,) -> (B,)."""
        psi = cos_of_sum(cosine, self.margin, self.beyond_pi)
        return straight_through(psi, cosine) if self.gradient == "straight_through" else psi
