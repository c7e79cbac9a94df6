"""MV-Softmax: SV-Softmax as it was published later, in two forms.

    z_y = s psi(theta_y)
    z_j = s ((1 + t) cos(theta_j) + t)     adaptive, where cos(theta_j) > psi(theta_y)
        = s (cos(theta_j) + t)             fixed, there
        = s cos(theta_j)                   elsewhere

psi is the curve of `base`: cos(theta), cos(theta) - m (MV-AM) or cos(theta + m) (MV-Arc); theta is
the angle to a center (radians), m the margin (radians or cosine units, as the base has it), t >= 0
the `extra` (no unit), s the scale. The adaptive form is SV-Softmax with a hardness of 1 + t; the
fixed form lifts every mis-classified center by the same s t. They meet at cos(theta_j) = 0.

Source: Wang X. et al., AAAI 2020, arXiv:1912.00833, and the authors' code, in which the fixed form
is a commented line. `easy_margin=True` is that code's default: no margin in z_y where
theta_y >= 90 degrees, though still in the comparison.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import BEYOND_PI
from facelab.losses._bases import BASES, curve, margin_slider
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings, Slider, Switch, default, scale_slider


class MVSoftmax(CosineLoss):
    """psi(theta) of the base; a center with cos(theta_j) > psi(theta_y) counts more.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        base: "softmax", "cosface" or "arcface".
        form: "adaptive", (1 + t) cos + t, or "fixed", cos + t.
        margin: m, 0 to pi, cosine units (cosface) or radians (arcface); None is 0.35 or 0.5.
        extra: t, at least 0, no unit; 0 is the base.
        scale: s, above 0, no unit.
        easy_margin: apply the margin only where cos(theta) > 0, as the authors' code does.
        beyond_pi: what replaces cos(theta + m) where theta + m > pi; see BEYOND_PI.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Wang X. et al., AAAI 2020, arXiv:1912.00833.
    """

    title: ClassVar[str] = "MV-Softmax"
    formula: ClassVar[str] = (
        r"z_j = s\,((1 + t)\cos\theta_j + t)\ \text{if}\ \cos\theta_j > \psi(\theta_y)"
    )
    source: ClassVar[str] = "Wang X. et al., AAAI 2020, arXiv:1912.00833"
    settings: ClassVar[Settings] = {
        "base": Choice("the loss that is made harder", BASES, default="arcface"),
        "form": Choice(
            "how a mis-classified center counts",
            {"adaptive": "(1 + t) cos + t", "fixed": "cos + t"},
            default="adaptive",
        ),
        "margin": margin_slider("arcface"),
        "extra": Slider("t", "hardness", "", 0, 1, 0.01, paper=0.2, teaching=0.1),
        "scale": scale_slider(paper=32.0),
        "easy_margin": Switch("apply the margin only where cos(theta) > 0"),
        "beyond_pi": BEYOND_PI,
    }

    base: str
    form: str
    margin: float
    extra: float
    easy_margin: bool
    beyond_pi: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        base: str = "arcface",
        form: str = "adaptive",
        margin: float | None = None,
        extra: float = 0.2,
        scale: float = 32.0,
        easy_margin: bool = False,
        beyond_pi: str = "linear",
    ) -> None:
        if margin is None:
            margin = default(self.settings["margin"], chosen={"base": base})
        super().__init__(
            num_classes,
            embedding_dim,
            base=base,
            form=form,
            margin=margin,
            extra=extra,
            scale=scale,
            easy_margin=easy_margin,
            beyond_pi=beyond_pi,
        )

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi of the base, (B,) -> (B,); the plain cosine where an easy margin spares it."""
        psi = curve(self.base, cosine, self.margin, self.beyond_pi)
        return torch.where(cosine > 0, psi, cosine) if self.easy_margin else psi

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """What a center counts that beats psi of the true one, (B, C) -> (B, C)."""
        psi = curve(self.base, cosine.detach(), self.margin, self.beyond_pi)
        steepness = 1 + self.extra if self.form == "adaptive" else 1.0
        return torch.where(cosines > psi.unsqueeze(1), steepness * cosines + self.extra, cosines)
