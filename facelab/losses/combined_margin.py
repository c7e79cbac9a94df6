"""Combined margin: multiply the angle, add to it, and lower its cosine, all at once.

    psi(theta) = cos(m1 theta + m2) - m3        while m1 theta + m2 <= pi

theta is the angle to the true center (radians); m1 has no unit, m2 is in radians, m3 in cosine
units. (1, 0, 0) is NormFace, (1, m, 0) ArcFace, (1, 0, m) CosFace, (m, 0, 0) a SphereFace. Two
people part where cos(theta_2) = cos(m1 theta_1 + m2) - m3.

Source: Deng et al., CVPR 2019, arXiv:1801.07698, eq. 4; settings CM1 = (1, 0.3, 0.2) and
CM2 = (0.9, 0.4, 0.15).
Departs from eq. 4: what happens beyond pi, where the printed cosine rises again (`beyond_pi="none"`
is the formula as it stands, as in MXNet and OneFlow). The words are those of ArcFace, with
m = pi - (pi - m2)/m1 for the angle by which psi has run ahead; "fold" is SphereFace's way.

`filter_above` is the interclass filter of insightface: a negative whose cosine is above it gets the
logit 0. It stays in the sum; only its pull is gone. That code writes 0 for "no filter", here it
is 1. Its PyTorch version also ignores m1 and m2 as soon as m3 > 0; this one does not.
"""

import math
from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import (
    BEYOND_PI,
    GRADIENT,
    angle,
    cos_of_sum,
    falling_cosine,
    past_pi,
    straight_through,
)
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings, Slider, scale_slider


class CombinedMargin(CosineLoss):
    """psi(theta) = cos(m1 theta + m2) - m3.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        m1: multiplies the angle, above 0, no unit.
        m2: is added to the angle, 0 to pi, radians.
        m3: lowers the cosine, 0 to 2, cosine units.
        scale: s, above 0, no unit.
        beyond_pi: what replaces cos(m1 theta + m2) beyond pi: a word of ArcFace's, or "fold".
        gradient: "exact", or "straight_through" for the gradient of the plain cosine.
        filter_above: cosine above which a negative gets the logit 0, 0 to 1; 1 filters none.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Deng et al., CVPR 2019, arXiv:1801.07698, eq. 4.
    """

    title: ClassVar[str] = "Combined margin"
    formula: ClassVar[str] = r"\psi(\theta) = \cos(m_1\theta + m_2) - m_3"
    source: ClassVar[str] = "Deng et al., CVPR 2019, arXiv:1801.07698, eq. 4"
    settings: ClassVar[Settings] = {
        "m1": Slider("m_1", "factor", "", 0.1, 4, 0.05, paper=1.0, teaching=1.0, open_below=True),
        "m2": Slider(
            "m_2", "added angle", "radians", 0, 1.5, 0.01, paper=0.3, teaching=0.2, most=math.pi
        ),
        "m3": Slider(
            "m_3", "taken cosine", "cosine units", 0, 1, 0.01, paper=0.2, teaching=0.1, most=2.0
        ),
        "scale": scale_slider(),
        "beyond_pi": Choice(
            "what replaces cos(m1 theta + m2) where m1 theta + m2 > pi",
            {**BEYOND_PI.options, "fold": "(-1)^k cos - 2k: falls for ever (SphereFace)"},
            default="linear",
        ),
        "gradient": GRADIENT,
        "filter_above": Slider(
            "f", "filter negatives above", "cosine units", 0, 1, 0.01, 1.0, 1.0, most=1.0
        ),
    }

    m1: float
    m2: float
    m3: float
    beyond_pi: str
    gradient: str
    filter_above: float

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        m1: float = 1.0,
        m2: float = 0.3,
        m3: float = 0.2,
        scale: float = 64.0,
        beyond_pi: str = "linear",
        gradient: str = "exact",
        filter_above: float = 1.0,
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            m1=m1,
            m2=m2,
            m3=m3,
            scale=scale,
            beyond_pi=beyond_pi,
            gradient=gradient,
            filter_above=filter_above,
        )

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(m1 theta + m2) - m3, (B,) -> (B,)."""
        psi = self._turned(cosine) - self.m3
        return straight_through(psi, cosine) if self.gradient == "straight_through" else psi

    def _turned(self, cosine: Tensor) -> Tensor:
        if self.m1 == 1 and self.beyond_pi != "fold":
            return cos_of_sum(cosine, self.m2, self.beyond_pi)
        phi = self.m1 * angle(cosine) + self.m2
        if self.beyond_pi == "fold":
            return falling_cosine(phi)
        ahead = cosine.new_full((), math.pi - (math.pi - self.m2) / self.m1)
        return past_pi(phi.cos(), cosine, ahead, phi > math.pi, self.beyond_pi)

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """Cosines above `filter_above` become 0, (B, C) -> (B, C)."""
        if self.filter_above >= 1:
            return cosines
        return torch.where(cosines > self.filter_above, 0.0, cosines)
