"""ElasticFace: a margin that is drawn anew for every face, so that the boundary breathes.

    psi(theta) = cos(theta + E)     ElasticFace-Arc
               = cos(theta) - E     ElasticFace-Cos
    E ~ Normal(m, sigma^2), one draw for each face of each batch

theta is the angle to the true center (radians); m and sigma are in radians (Arc) or cosine units
(Cos). People part in a band, theta_2 = theta_1 + E, about the boundary of the margin m.

With `plus` the draws of a batch are handed out by difficulty: the largest to the face farthest from
its center (the smallest cosine), the smallest to the closest. Draws and order are constants for the
gradient.

Source: Boutros, Damer, Kirchbuchner, Kuijper, CVPRW 2022, arXiv:2109.09416; sigma 0.05, with plus
0.0175 (Arc) and 0.025 (Cos; the official configuration has 0.02).
`assignment="official"` is the authors' code. It sorts the draws and indexes them with the order of
the cosines where it needs their ranks, the inverse permutation: face i gets the draw that belongs
to another, and margin and difficulty are all but unrelated.
Departs from the paper: beyond pi, where it lets cos(theta + E) rise again (`beyond_pi="none"`). A
draw may be negative; it is used as it is. In eval mode nothing is drawn: every face gets m.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._angles import BEYOND_PI
from facelab.losses._bases import BASES, curve, margin_slider
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings, Slider, Switch, default, scale_slider


class ElasticFace(CosineLoss):
    """psi(theta) = cos(theta + E) or cos(theta) - E, with E drawn for each embedding.

    The draws come from a generator of the loss's own, on the CPU, so that every device sees the
    same ones. Its state is part of `state_dict`: a run that goes on draws what it would have drawn.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        base: "arcface" or "cosface".
        plus: hand out the draws of a batch by difficulty.
        margin: m, mean of the draws, 0 to pi, radians (arcface) or cosine units (cosface); None is
            0.5 or 0.35.
        sigma: standard deviation of the draws, at least 0, unit of m; None is the paper's.
        scale: s, above 0, no unit.
        assignment: "paper", or "official" for the order of the authors' code; only with `plus`.
        beyond_pi: what replaces cos(theta + E) where theta + E > pi; see BEYOND_PI.
        seed: where the draws start.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Boutros et al., CVPRW 2022, arXiv:2109.09416.
    """

    title: ClassVar[str] = "ElasticFace"
    formula: ClassVar[str] = r"\psi(\theta) = \cos(\theta + E),\ E \sim \mathcal{N}(m, \sigma^2)"
    source: ClassVar[str] = "Boutros et al., CVPRW 2022, arXiv:2109.09416"
    settings: ClassVar[Settings] = {
        "base": Choice(
            "where the margin goes",
            {name: BASES[name] for name in ("arcface", "cosface")},
            default="arcface",
        ),
        "plus": Switch("give the largest margins to the faces farthest from their centers"),
        "margin": margin_slider("arcface", "mean margin"),
        "sigma": Slider(
            r"\sigma",
            "spread of the margins",
            "the unit of m",
            0,
            0.5,
            0.005,
            paper=0.05,
            teaching=0.05,
            cases={"plus=True": (0.0175, 0.05)},
        ),
        "scale": scale_slider(),
        "assignment": Choice(
            "which draw a face gets with plus",
            {
                "paper": "the largest for the smallest cosine",
                "official": "an inverse permutation of that (fdbtrs/ElasticFace)",
            },
            default="paper",
        ),
        "beyond_pi": BEYOND_PI,
        "seed": Slider("seed", "start of the draws", "", 0, 100, 1, 0, 0, most=2**31, whole=True),
    }

    base: str
    plus: bool
    margin: float
    sigma: float
    assignment: str
    beyond_pi: str
    seed: int

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        base: str = "arcface",
        plus: bool = False,
        margin: float | None = None,
        sigma: float | None = None,
        scale: float = 64.0,
        assignment: str = "paper",
        beyond_pi: str = "linear",
        seed: int = 0,
    ) -> None:
        if margin is None:
            margin = default(self.settings["margin"], chosen={"base": base})
        if sigma is None and plus and base == "cosface":
            sigma = 0.025
        elif sigma is None:
            sigma = default(self.settings["sigma"], chosen={"plus": plus})
        super().__init__(
            num_classes,
            embedding_dim,
            base=base,
            plus=plus,
            margin=margin,
            sigma=sigma,
            scale=scale,
            assignment=assignment,
            beyond_pi=beyond_pi,
            seed=seed,
        )
        self.generator = torch.Generator().manual_seed(self.seed)
        self.given: Tensor | None = None  # margins passed to the forward call under way
        self.margins: Tensor | None = None  # (B,) what each face of the last batch got

    def forward(self, embeddings: Tensor, labels: Tensor, margins: Tensor | None = None) -> Tensor:
        """The loss of a batch.

        Args:
            embeddings: (B, D) floating point, any length.
            labels: (B,) int64 in 0..C-1.
            margins: (B,) the draws, unit of m; None draws them. With `plus` they are handed out.

        Returns:
            Scalar, in nats. `self.margins` keeps what each face got.

        Raises:
            TypeError, ValueError: if the batch or the margins do not fit.
        """
        self.given = margins
        try:
            return super().forward(embeddings, labels)
        finally:
            self.given = None

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) with the margin of each face, (B,) -> (B,)."""
        drawn = self.draw(cosine) if self.given is None else self.given.detach().to(cosine)
        if drawn.shape != cosine.shape:
            wanted, got = tuple(cosine.shape), tuple(drawn.shape)
            raise ValueError(f"margins must have shape {wanted}, not {got}")
        self.margins = self.assign(drawn, cosine.detach()) if self.plus else drawn
        return curve(self.base, cosine, self.margins, self.beyond_pi)

    def draw(self, cosine: Tensor) -> Tensor:
        """One margin for each entry of `cosine`, (B,) -> (B,); m for all in eval mode."""
        if not self.training:
            return torch.full_like(cosine, self.margin)
        normal = torch.randn(cosine.shape, generator=self.generator, dtype=torch.float64)
        return (self.margin + self.sigma * normal).to(cosine.dtype).to(cosine.device)

    def assign(self, drawn: Tensor, cosine: Tensor) -> Tensor:
        """Hand the draws out by difficulty.

        Args:
            drawn: (B,) margins in the order in which they were drawn.
            cosine: (B,) cosines to the true centers.

        Returns:
            (B,) the margin of each face.
        """
        closest_first = cosine.argsort(descending=True)
        smallest_first = drawn.sort().values
        if self.assignment == "official":
            return smallest_first[closest_first]
        return smallest_first[closest_first.argsort()]

    def get_extra_state(self) -> Tensor:
        """State of the generator, for `state_dict`."""
        return self.generator.get_state()

    def set_extra_state(self, state: Tensor) -> None:
        """Go on drawing from a saved state."""
        self.generator.set_state(state.cpu())
