"""SphereFace2: no softmax; for every person one yes-or-no question, under one threshold for all.

    L_i = lambda/r softplus(-(r P_i + b)) + (1 - lambda)/r sum_{j != y} softplus(r N_ij + b)

    g(z) = 2 ((z + 1)/2)^t - 1                  spreads the cosines near 1, squeezes the others
    kind C:  P = g(cos theta_y) - m             N = g(cos theta_j) + m
    kind A:  P = g(cos(theta_y + m))            N = g(cos theta_j)         the angle stops at pi
    kind M:  P = g(cos(m theta_y))              N = g(cos theta_j)         the angle stops at pi

theta_j is the angle to the center of person j (radians), y the true person; m is the margin (C: on
the scale of a cosine, A: radians, M: a factor), r the scale, t >= 1 the sharpness, lambda the share
of the one yes against the C - 1 noes, b the learned bias. The loss of a batch is the mean.

Geometry: everybody draws a cap of the same size around the own center, where g(cos theta) > -b/r.
Kind C answers yes inside a smaller cap (g > m - b/r) and no outside a larger one (g < -m - b/r).
All C caps fit, each with its own center inside and the nearest other center outside, only if

    g(cos delta) + m  <  -b/r  <  1 - m,      so that      m < (1 - g(cos delta))/2,

delta being the angle to the nearest other center (kind A: m < delta; kind M: always). Ten people on
a circle are 36 degrees apart: with t = 3 there is room for m < 0.26, so m = 0.4 cannot hold there
whatever b is; with t = 6 it could. On the sphere they can be 66 degrees apart: m < 0.65 has room.

The bias: the paper starts b where dL/db = 0 if every cosine is 0, as in high dimensions:

    lambda sigmoid(-(a_y + b)) = (1 - lambda)(C - 1) sigmoid(a_j + b),    a = r P and r N at 90 deg.

For ten people (kind C, m = 0.4, t = 3, r = 16) that is b = +4.6, while caps on the sphere need b
between -9.6 and -1.5: everybody says yes to whoever is within 90 degrees, all noes push, and people
drift to the antipode of their own center. `bias_start="even"` puts -b/r halfway between P on the
own center and N on the nearest other one when the centers are spread evenly (see `spread_cosine`),
whatever D. As b lives on the scale of r while Adam moves everything by its rate, `rates` asks for
ten times the rate for it: a wrong start can then be mended.

The sharpness: the pull of the yes carries g'(z) = t ((z + 1)/2)^(t - 1), at 120 degrees 0.19 for
t = 3 and 0.5 for t = 2. On a circle, where the only way home leads through other people's caps,
t = 3 leaves a person behind in one start of three. What holds ten people in 2-D and 3-D, six starts
of six: t = 2, r = 16, `bias_start="even"`, and m = 0.1 (C; also with r = 8 and 30), 0.2 (A) or 1.5
(M), the teaching values of `settings`. (At t = 2 the circle has room for m < 0.18.)

Source: Wen, Liu, Weller, Raj, Singh, ICLR 2022, arXiv:2108.01513, eq. 5 and appendix.
Gradients: the paper gives kinds A and M the slope of g(cos theta_y), without the margin
(`detach="paper"`). The authors' code also drops the slope of g there, newer versions for kind C and
the negatives too: `detach="code"`. `detach="none"` differentiates everything.
Departs from the authors' code: L is not multiplied by 10 or 50 (`loss_weight`), and pi is not 3.14.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from facelab.losses._angles import angle, cos_of_sum, straight_through
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, default
from facelab.losses._sphereface2 import SETTINGS
from facelab.losses._threshold import balanced_bias, binary_losses, spread_cosine


class SphereFace2(CosineLoss):
    """C binary questions with one bias: lambda for the yes, 1 - lambda for each no.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        kind: "C", "A" or "M": what the margin does; see the module.
        margin: m, 0 to pi; if None 0.4 for C (scale of a cosine), 0.5 for A (radians), 1.7 for M (a
            factor, at least 1).
        scale: r, above 0, no unit.
        balance: lambda, 0.01 to 0.99: share of the yes.
        sharpness: t, at least 1: 1 leaves the cosine as it is.
        detach: "paper", "code" or "none": which slopes are dropped in the backward pass.
        bias_start: "paper" or "even"; see the module.
        loss_weight: factor of the loss; the authors' configurations have 10, wespeaker has r.
        turned: what kind A turns: "positives", or "both" (wespeaker, N = g(cos(theta_j - m))).
        beyond_pi: kind A where theta_y + m > pi: "clip" (the paper), or another key of BEYOND_PI.

    Attributes:
        bias: b, (1,), trained.
        rates: multiples of the learning rate that suit Adam, by name of a parameter.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Wen et al., ICLR 2022, arXiv:2108.01513, eq. 5.
    """

    title: ClassVar[str] = "SphereFace2"
    formula: ClassVar[str] = (
        r"\frac{\lambda}{r} \log(1 + e^{-(r P + b)})"
        r" + \frac{1 - \lambda}{r} \sum_{j \neq y} \log(1 + e^{r N_j + b})"
    )
    source: ClassVar[str] = "Wen et al., ICLR 2022, arXiv:2108.01513, eq. 5"
    rates: ClassVar[Mapping[str, float]] = {"bias": 10.0}
    settings: ClassVar[Settings] = SETTINGS

    kind: str
    margin: float
    scale: float
    balance: float
    sharpness: float
    detach: str
    bias_start: str
    loss_weight: float
    turned: str
    beyond_pi: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        kind: str = "C",
        margin: float | None = None,
        scale: float = 40.0,
        balance: float = 0.7,
        sharpness: float = 3.0,
        detach: str = "paper",
        bias_start: str = "paper",
        loss_weight: float = 1.0,
        turned: str = "positives",
        beyond_pi: str = "clip",
    ) -> None:
        own = default(self.settings["margin"], chosen={"kind": kind})
        super().__init__(
            num_classes,
            embedding_dim,
            kind=kind,
            margin=own if margin is None else margin,
            scale=scale,
            balance=balance,
            sharpness=sharpness,
            detach=detach,
            bias_start=bias_start,
            loss_weight=loss_weight,
            turned=turned,
            beyond_pi=beyond_pi,
        )
        if kind == "M" and self.margin < 1:
            raise ValueError(f"margin must be at least 1 for kind M (a factor), not {margin}")
        self.bias = nn.Parameter(torch.tensor([self._start()]))

    def similarity(self, cosine: Tensor) -> Tensor:
        """g(z) = 2 ((z + 1)/2)^t - 1, any shape; falls on below z = -1, where no power has to."""
        half = (cosine + 1) / 2
        return 2 * half.sign() * half.abs() ** self.sharpness - 1

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """P, what the yes of the true person is judged by, (B,) -> (B,)."""
        plain = self.similarity(cosine)
        if self.kind == "C":
            value = plain - self.margin
        elif self.kind == "A":
            value = self.similarity(cos_of_sum(cosine, self.margin, self.beyond_pi))
        else:
            value = self.similarity((self.margin * angle(cosine)).clamp_max(math.pi).cos())
        return self._slope(value, plain, cosine)

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """N, what the noes of the others are judged by, (B, C) -> (B, C)."""
        plain = self.similarity(cosines)
        value = plain
        if self.kind == "C":
            value = plain + self.margin
        elif self.kind == "A" and self.turned == "both":
            value = self.similarity(cos_of_sum(cosines, -self.margin, "none"))
        return self._slope(value, plain, cosines)

    def _slope(self, value: Tensor, plain: Tensor, cosine: Tensor) -> Tensor:
        if self.detach == "code":
            return straight_through(value, cosine)
        if self.detach == "paper" and self.kind != "C":
            return straight_through(value, plain)
        return value

    def logits(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """r P + b in the true column, r N + b in the others, (B, D), (B,) -> (B, C)."""
        return super().logits(embeddings, labels) + self.bias

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The weighted yes and noes of each embedding, (B, C), (B,) -> (B,)."""
        unit = self.loss_weight / self.scale
        return binary_losses(logits, labels, unit * self.balance, unit * (1 - self.balance))

    def _start(self) -> float:
        """b before the first step, by `bias_start`."""
        if self.bias_start == "paper":
            yes, no = (self.scale * value for value in self._curves(0.0, 0.0))
            return balanced_bias(yes, no, self.balance, self.num_classes)
        neighbor = spread_cosine(self.num_classes, self.embedding_dim)
        return -self.scale * sum(self._curves(1.0, neighbor)) / 2

    def _curves(self, own: float, other: float) -> tuple[float, float]:
        """P where the own center is met at cosine `own`, N where another is met at `other`."""
        cosines = torch.tensor([own, other], dtype=torch.float64)
        yes = self.target(cosines[:1], cosines[:1])
        no = self.negatives(cosines[1:].unsqueeze(0), yes, cosines[:1])
        return yes.item(), no.item()
