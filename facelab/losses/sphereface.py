"""SphereFace (A-Softmax): turn the true class away by a multiple of its own angle.

    psi(theta) = (-1)^k cos(m theta) - 2k,      k = floor(m theta / pi)
    z_y = |x| (lambda cos(theta_y) + psi(theta_y)) / (1 + lambda),    z_j = |x| cos(theta_j)

theta is the angle to a center (radians), |x| the length of the embedding, m the margin (no unit).
psi is the cosine run through m times as fast; k keeps it falling where that cosine would rise. Two
people part where theta_2 = m theta_1, as long as m theta_1 <= pi: the gap (m - 1) theta_1 grows
with the angle and vanishes at the center.

From scratch psi alone does not train, so a large lambda hides it and fades with the steps:

    lambda = max(lambda_min, lambda_0 (1 + rate step)^(-power)),     step = 1, 2, 3, ...

Source: Liu, Wen, Yu, Li, Raj, Song, CVPR 2017, arXiv:1704.08063. The schedule is that of a PyTorch
port (clcarwin); lambda_0 = 1000, rate = 1e-4, power = 2 is that of SV-X-Softmax.
Departs from the paper: m may be any number from 1 on, psi being computed from the angle. With
`length="fixed"` the scale s stands in for |x|, as in OpenSphere.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import GRADIENT, angle, falling_cosine, straight_through
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings, Slider, scale_slider


class SphereFace(CosineLoss):
    """psi(theta) = (-1)^k cos(m theta) - 2k, k = floor(m theta / pi), mixed with cos(theta).

    `lam` is the lambda in force. It follows the number of training batches seen, the buffer
    `steps`; lambda_0 = lambda_min holds it still, and 0 for both switches it off.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, at least 1, no unit.
        length: "kept", so that |x| multiplies the cosines, or "fixed", so that the scale does.
        scale: s, above 0, no unit; only for length="fixed".
        lam_first: lambda_0, before the first batch, at least 0, no unit.
        lam_least: lambda_min, where fading stops, at least 0, no unit.
        lam_rate: how fast lambda fades, at least 0, 1/step.
        lam_power: exponent of the fading, at least 0, no unit.
        gradient: "exact", or "straight_through" for the gradient of the plain cosine.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Liu et al., CVPR 2017, arXiv:1704.08063.
    """

    title: ClassVar[str] = "SphereFace"
    formula: ClassVar[str] = r"\psi(\theta) = (-1)^k \cos(m\theta) - 2k"
    source: ClassVar[str] = "Liu et al., CVPR 2017, arXiv:1704.08063"
    settings: ClassVar[Settings] = {
        "margin": Slider("m", "margin", "", 1, 4, 0.1, paper=4.0, teaching=2.0, least=1.0),
        "length": Choice(
            "what multiplies the cosines",
            {"kept": "the length of the embedding", "fixed": "the scale s"},
            default="kept",
        ),
        "scale": scale_slider(paper=30.0),
        "lam_first": Slider(
            r"\lambda_0", "weight of the plain cosine at first", "", 0, 1500, 10, 1500.0, 100.0
        ),
        "lam_least": Slider(
            r"\lambda_{min}", "weight of the plain cosine in the end", "", 0, 10, 0.1, 5.0, 1.0
        ),
        "lam_rate": Slider("rate", "fading of lambda", "1/step", 0, 2, 0.01, 0.1, 1.0),
        "lam_power": Slider("power", "exponent of the fading", "", 0, 3, 0.1, 1.0, 1.0),
        "gradient": GRADIENT,
    }

    margin: float
    length: str
    lam_first: float
    lam_least: float
    lam_rate: float
    lam_power: float
    gradient: str
    steps: Tensor

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 4.0,
        length: str = "kept",
        scale: float = 30.0,
        lam_first: float = 1500.0,
        lam_least: float = 5.0,
        lam_rate: float = 0.1,
        lam_power: float = 1.0,
        gradient: str = "exact",
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            margin=margin,
            length=length,
            scale=scale,
            lam_first=lam_first,
            lam_least=lam_least,
            lam_rate=lam_rate,
            lam_power=lam_power,
            gradient=gradient,
        )
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    @property
    def lam(self) -> Tensor:
        """The lambda in force, scalar, no unit."""
        fading = (1 + self.lam_rate * self.steps.to(self.weight.dtype)) ** -self.lam_power
        return (self.lam_first * fading).clamp_min(self.lam_least)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi mixed with the plain cosine, (B,) -> (B,); a step of lambda while training."""
        if self.training:
            self.steps += 1
        psi = falling_cosine(self.margin * angle(cosine))
        if self.gradient == "straight_through":
            psi = straight_through(psi, cosine)
        return (self.lam * cosine + psi) / (1 + self.lam)

    def amplitude(self, cosines: Tensor, labels: Tensor, length: Tensor) -> float | Tensor:
        """The lengths of the embeddings, (B, 1), or the scale."""
        return length.unsqueeze(1) if self.length == "kept" else self.scale
