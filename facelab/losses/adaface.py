"""AdaFace: the length of an embedding says how good the picture is, and the margin follows.

    z = clip(h (|x| - mu) / (sigma + eps), -1, 1)
    psi(theta) = cos(clip(theta - m z, eps, pi - eps)) - (m + m z)

theta is the angle to the true center (radians); m is the margin (radians in the first place,
cosine units in the second), h the concentration (no unit). mu and sigma are running statistics of
the lengths. A short embedding, a poor picture (z = -1), meets ArcFace: cos(theta + m); an average
one (z = 0) CosFace: cos(theta) - m; a long one (z = 1) is pushed hardest where it is already
close: cos(theta - m) - 2 m. Lengths and statistics are constants for the gradient.

Source: Kim, Jain, Liu, CVPR 2022, arXiv:2204.00964, eq. 9 to 12, and the authors' code: all cosines
stop at 1 - eps, eps = 0.001, and have no gradient beyond; lengths are clipped to 0.001 to 100; mu
starts at 20 and sigma at 100; both move before they are used. The class in that code moves them all
the way with every batch (`rate=1`), its training script by 0.01.
Departs from the code: a batch of one has no spread, and leaves sigma alone (there NaN).
"""

import math
from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import angle
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, Slider, scale_slider

EPS = 1e-3  # the authors' distance from 0, pi, and a cosine of 1
LEAST_LENGTH, MOST_LENGTH = 1e-3, 100.0  # where lengths are clipped


class AdaFace(CosineLoss):
    """psi(theta) = cos(theta - m z) - (m + m z), z the quality that the length tells.

    The buffers `mean` and `deviation` follow the lengths of the embeddings while training.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, 0 to 1.5, radians and cosine units.
        h: concentration, at least 0, no unit; 0 is CosFace.
        scale: s, above 0, no unit.
        rate: share by which a batch moves the statistics, 0 to 1, no unit.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Kim et al., CVPR 2022, arXiv:2204.00964, eq. 9 to 12.
    """

    title: ClassVar[str] = "AdaFace"
    formula: ClassVar[str] = r"\psi(\theta) = \cos(\theta - m z) - (m + m z)"
    source: ClassVar[str] = "Kim et al., CVPR 2022, arXiv:2204.00964, eq. 9 to 12"
    settings: ClassVar[Settings] = {
        "margin": Slider(
            "m", "margin", "radians and cosine units", 0, 1, 0.01, 0.4, 0.2, most=math.pi / 2
        ),
        "h": Slider("h", "concentration", "", 0, 1, 0.001, paper=0.333, teaching=0.333),
        "scale": scale_slider(),
        "rate": Slider("rate", "speed of the statistics", "", 0, 1, 0.01, 0.01, 0.1, most=1.0),
    }

    margin: float
    h: float
    rate: float
    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 0.4,
        h: float = 0.333,
        scale: float = 64.0,
        rate: float = 0.01,
    ) -> None:
        super().__init__(num_classes, embedding_dim, margin=margin, h=h, scale=scale, rate=rate)
        self.register_buffer("mean", torch.tensor(20.0))
        self.register_buffer("deviation", torch.tensor(100.0))

    def quality(self, length: Tensor) -> Tensor:
        """z, from -1 (a poor picture) to 1, (B,) -> (B,); moves the statistics while training."""
        length = length.detach().clamp(LEAST_LENGTH, MOST_LENGTH)
        if self.training:
            self.mean = torch.lerp(self.mean.to(length), length.mean(), self.rate)
            if len(length) > 1:
                self.deviation = torch.lerp(self.deviation.to(length), length.std(), self.rate)
        return (self.h * (length - self.mean) / (self.deviation + EPS)).clamp(-1, 1)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta - m z) - (m + m z), (B,) -> (B,)."""
        turn = self.margin * self.quality(length)  # m z
        theta = angle(cosine.clamp(-1 + EPS, 1 - EPS)) - turn
        return theta.clamp(EPS, math.pi - EPS).cos() - (self.margin + turn)

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """Cosines that stop at 1 - eps, (B, C) -> (B, C)."""
        return cosines.clamp(-1 + EPS, 1 - EPS)
