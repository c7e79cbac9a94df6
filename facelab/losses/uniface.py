"""UniFace: one threshold parts all pairs of the same person from all pairs of two people.

    L_i = softplus(-(s (cos theta_y - m) - b)) + l sum_{j != y} softplus(s cos theta_j - b)

theta_j is the angle to the center of person j (radians), y the true person; s is the scale, m the
margin (cosine units), l the weight of the negatives and b a learned bias, one for all: an image is
accepted where cos theta > b/s + m and refused where cos theta < b/s. It is SphereFace2 of kind C
without g, with the margin on the positives only, the other sign of b, and other weights.

b starts at log(10 C), right for high dimensions, where cosines to others lie around 0. In few
dimensions others are near: on a circle ten people have neighbors at 36 degrees, cosine 0.81, and
only thresholds between that and 1 - m part them (so m < 0.19). `bias_start="even"` starts b there.

Source: Zhou et al., ICCV 2023 (unified cross-entropy); authors' code CVI-SZU/UniFace.
Its two rivals there: `form="bce"` has a bias for each person; `form="softmax"` has none and is
CosFace. The authors' code clamps every logit to -s..s, so that the gradient ends beyond, for
instance opposite the own center: `clamp=True`. Classes are not sampled here (its r is 1).
"""

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, Slider, Switch, scale_slider
from facelab.losses._threshold import BIAS_START, FORM, binary_losses, spread_cosine


class UniFace(CosineLoss):
    """Binary questions with one threshold b/s; the margin is on the yes alone.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, 0 to 2, cosine units.
        scale: s, above 0, no unit.
        negative_weight: l, at least 0.
        form: "unified", "bce" or "softmax".
        bias_start: "paper": log(10 C); "even": b/s halfway between 1 - m and the cosine to the
            neighbor, for centers spread evenly.
        clamp: whether logits stop at -s and s, gradient too, as in the authors' code.

    Attributes:
        bias: b, (1,), or (C,) for "bce"; trained; None for "softmax".
        rates: multiples of the learning rate that suit Adam, by name of a parameter.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Zhou et al., ICCV 2023.
    """

    title: ClassVar[str] = "UniFace"
    formula: ClassVar[str] = (
        r"\log(1 + e^{-s(\cos\theta_y - m) + b})"
        r" + l \sum_{j \neq y} \log(1 + e^{s\cos\theta_j - b})"
    )
    source: ClassVar[str] = "Zhou et al., ICCV 2023"
    rates: ClassVar[Mapping[str, float]] = {"bias": 10.0}
    settings: ClassVar[Settings] = {
        "margin": Slider(
            "m", "margin", "cosine units", 0, 1, 0.01, paper=0.4, teaching=0.1, most=2.0
        ),
        "scale": scale_slider(),
        "negative_weight": Slider("l", "weight of the noes", "", 0, 2, 0.05, paper=1, teaching=1),
        "form": FORM,
        "bias_start": BIAS_START,
        "clamp": Switch("stop logits at -s and s, as the authors' code does"),
    }

    margin: float
    scale: float
    negative_weight: float
    form: str
    bias_start: str
    clamp: bool
    bias: nn.Parameter | None

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 0.4,
        scale: float = 64.0,
        negative_weight: float = 1.0,
        form: str = "unified",
        bias_start: str = "paper",
        clamp: bool = False,
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            margin=margin,
            scale=scale,
            negative_weight=negative_weight,
            form=form,
            bias_start=bias_start,
            clamp=clamp,
        )
        start = math.log(10 * num_classes)
        if bias_start == "even":
            start = self.scale * (1 - self.margin + spread_cosine(num_classes, embedding_dim)) / 2
        length = {"unified": 1, "bce": num_classes, "softmax": 0}[form]
        self.bias = nn.Parameter(torch.full((length,), start)) if length else None

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """cos theta_y - m, (B,) -> (B,)."""
        return cosine - self.margin

    def logits(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """s (cos theta_y - m) - b in the true column, s cos theta_j - b in the others, (B, C)."""
        logits = super().logits(embeddings, labels)
        if self.bias is None:
            return logits
        logits = logits - self.bias
        return logits.clamp(-self.scale, self.scale) if self.clamp else logits

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The yes and the noes of each embedding, (B, C), (B,) -> (B,)."""
        if self.form == "softmax":
            return super().losses(logits, labels)
        return binary_losses(logits, labels, negative=self.negative_weight)
