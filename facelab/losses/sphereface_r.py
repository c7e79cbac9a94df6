"""SphereFace-R: the multiplied angle, made to train from scratch.

    v0   z_y = s psi(theta_y), psi as in SphereFace      z_j = s cos(theta_j)
    v1   z_y = s cos(min(m theta_y, pi))                 z_j = s cos(theta_j)
    v2   z_y = s cos(theta_y)                            z_j = s cos(theta_j / m)

theta is the angle to a center (radians), m the margin (no unit), s the scale. In v1 the curve stops
at -1; in v2 the margin sits on the negatives: the other centers come nearer. The batch mean is
multiplied by w/s, w the weight of the loss.

The gradient is that of the plain cosines (characteristic gradient detachment): the values above
decide how hard a face is, but no curve decides how hard it is pulled.

Source: Liu, Wen, Raj, Singh, Weller, TPAMI 2022, arXiv:2109.05565, and the authors' code
(OpenSphere), hard feature normalization. That code multiplies the true angle by m in v2 and then
divides all angles by m; the line above is what remains.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import angle, falling_cosine, straight_through
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings, Slider, scale_slider


class SphereFaceR(CosineLoss):
    """psi(theta) by version: v0 falls without end, v1 stops at -1, v2 moves the negatives.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        version: "v0", "v1" or "v2".
        margin: m, at least 1, no unit.
        scale: s, above 0, no unit.
        loss_weight: w, above 0, no unit; the batch mean is multiplied by w/s.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Liu et al., TPAMI 2022, arXiv:2109.05565.
    """

    title: ClassVar[str] = "SphereFace-R"
    formula: ClassVar[str] = r"\psi(\theta) = (-1)^k \cos(m\theta) - 2k"
    source: ClassVar[str] = "Liu et al., TPAMI 2022, arXiv:2109.05565"
    settings: ClassVar[Settings] = {
        "version": Choice(
            "where the margin sits",
            {
                "v0": "on the true class, falling beyond pi as in SphereFace",
                "v1": "on the true class, stopping at -1",
                "v2": "on the negatives, whose angles are divided by m",
            },
            default="v0",
        ),
        "margin": Slider("m", "margin", "", 1, 4, 0.1, paper=1.5, teaching=1.5, least=1.0),
        "scale": scale_slider(paper=30.0),
        "loss_weight": Slider(
            "w", "weight of the loss", "", 1, 100, 1, paper=50.0, teaching=16.0, open_below=True
        ),
    }

    version: str
    margin: float
    scale: float
    loss_weight: float

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        version: str = "v0",
        margin: float = 1.5,
        scale: float = 30.0,
        loss_weight: float = 50.0,
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            version=version,
            margin=margin,
            scale=scale,
            loss_weight=loss_weight,
        )

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi of the version with the gradient of the cosine, (B,) -> (B,)."""
        if self.version == "v2":
            return cosine
        phi = self.margin * angle(cosine.detach())
        psi = falling_cosine(phi) if self.version == "v0" else phi.clamp_max(torch.pi).cos()
        return straight_through(psi, cosine)

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """In v2 cos(theta_j / m) with the gradient of the cosine, (B, C) -> (B, C)."""
        if self.version != "v2":
            return cosines
        return straight_through((angle(cosines.detach()) / self.margin).cos(), cosines)

    def gather(self, losses: Tensor) -> Tensor:
        """The batch mean times w/s."""
        return losses.mean() * (self.loss_weight / self.scale)
