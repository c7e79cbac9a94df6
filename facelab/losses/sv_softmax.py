"""SV-Softmax: a center that beats the true one is made to beat it by more.

    z_y = s psi(theta_y)
    z_j = s (t cos(theta_j) + t - 1)     where cos(theta_j) > psi(theta_y): a support vector
        = s cos(theta_j)                 elsewhere

psi is the curve of `base`: cos(theta), cos(theta) - m (SV-AM) or cos(theta + m) (SV-Arc); theta is
the angle to a center (radians), m the margin (radians or cosine units, as the base has it), t >= 1
the hardness (no unit), s the scale. The paper writes the second line as a weight
exp(s (t - 1)(cos(theta_j) + 1)) on exp(s cos(theta_j)): the same, but at s = 64 and t = 1.2 that
product does not fit into float32. Which centers are support vectors is not differentiated; a tie
is none.

Two people part where those of the base part, psi(theta_1) = cos(theta_2); but the loss steps up by
s (t - 1)(cos(theta_2) + 1) there. The second curve, psi(theta_1) = t cos(theta_2) + t - 1, is what
the hardened logit demands while it is in force; for t > 1 no tie is ever reached on it.

Source: Wang X. et al., 2018, arXiv:1812.11317, eq. 4 to 7; s, t and m are those of public ports.
`easy="threshold"` is those ports (and FaceX-Zoo): the margin is left out of z_y, though not out of
the comparison, where cos(theta_y) <= m (cosface) or theta_y >= 90 degrees (arcface).
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import BEYOND_PI
from facelab.losses._bases import BASES, curve, margin_slider
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings, Slider, default, scale_slider


class SVSoftmax(CosineLoss):
    """psi(theta) of the base; a center with cos(theta_j) > psi(theta_y) counts t cos + t - 1.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        base: "softmax", "cosface" or "arcface".
        margin: m, 0 to pi, cosine units (cosface) or radians (arcface); None is 0.35 or 0.5.
        t: hardness of support vectors, at least 1, no unit; 1 is the base.
        scale: s, above 0, no unit.
        easy: "none", or "threshold" for the easy margin of the public ports.
        beyond_pi: what replaces cos(theta + m) where theta + m > pi; see BEYOND_PI.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Wang X. et al., 2018, arXiv:1812.11317.
    """

    title: ClassVar[str] = "SV-Softmax"
    formula: ClassVar[str] = (
        r"z_j = s\,(t\cos\theta_j + t - 1)\ \text{if}\ \cos\theta_j > \psi(\theta_y)"
    )
    source: ClassVar[str] = "Wang X. et al., 2018, arXiv:1812.11317"
    settings: ClassVar[Settings] = {
        "base": Choice("the loss that is made harder", BASES, default="softmax"),
        "margin": margin_slider("softmax"),
        "t": Slider("t", "hardness", "", 1, 2, 0.01, paper=1.2, teaching=1.1, least=1.0),
        "scale": scale_slider(paper=30.0),
        "easy": Choice(
            "where the true class goes without its margin",
            {
                "none": "nowhere: the paper",
                "threshold": "cos(theta) <= m (cosface) or <= 0 (arcface): the public ports",
            },
            default="none",
        ),
        "beyond_pi": BEYOND_PI,
    }

    base: str
    margin: float
    t: float
    easy: str
    beyond_pi: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        base: str = "softmax",
        margin: float | None = None,
        t: float = 1.2,
        scale: float = 30.0,
        easy: str = "none",
        beyond_pi: str = "linear",
    ) -> None:
        if margin is None:
            margin = default(self.settings["margin"], chosen={"base": base})
        super().__init__(
            num_classes,
            embedding_dim,
            base=base,
            margin=margin,
            t=t,
            scale=scale,
            easy=easy,
            beyond_pi=beyond_pi,
        )

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi of the base, (B,) -> (B,); the plain cosine where an easy margin spares it."""
        psi = curve(self.base, cosine, self.margin, self.beyond_pi)
        if self.easy == "none":
            return psi
        return torch.where(cosine > (0 if self.base == "arcface" else self.margin), psi, cosine)

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """t cos + t - 1 where a center beats psi of the true one, (B, C) -> (B, C)."""
        psi = curve(self.base, cosine.detach(), self.margin, self.beyond_pi)
        return torch.where(cosines > psi.unsqueeze(1), self.t * cosines + (self.t - 1), cosines)
