"""MagFace: the longer an embedding, the larger its margin; and length is rewarded.

    a = clip(|x|, l_a, u_a)
    m(a) = l_m + (u_m - l_m) (a - l_a) / (u_a - l_a)
    psi(theta) = cos(theta + m(a)),     beyond pi - m(a) as `beyond_pi` says
    L = softmax loss + lambda_g mean over the batch of g(a),     g(a) = a / u_a^2 + 1 / a

theta is the angle to the true center (radians), |x| the length of the embedding, l_a and u_a the
ends between which length counts, l_m and u_m the margins there (radians), lambda_g the weight of g
(no unit). A face that lies well can afford a larger margin and grows; a poor one stays short.
Both terms have a gradient along x, and outside of l_a to u_a neither does: an embedding shorter
than l_a is not pushed outward.

Source: Meng, Zhao, Huang, Zhou, CVPR 2021, arXiv:2103.06627, eq. 4 to 7. The proof there needs
lambda_g >= s K u_a^2 l_a^2 / (u_a^2 - l_a^2), K the slope of m(a); `least_reward` is that bound,
22.6 for the paper's values. The authors' scripts have 35, the default of their code, 20, breaks it.
That code also has an easy margin by default: `beyond_pi="easy"`.
"""

import math
from typing import ClassVar

from torch import Tensor

from facelab.losses._angles import BEYOND_PI, cos_of_sum
from facelab.losses._cosine import CosineLoss
from facelab.losses._door import full_precision
from facelab.losses._settings import Settings, Slider, scale_slider


class MagFace(CosineLoss):
    """psi(theta) = cos(theta + m(a)), plus lambda_g g(a), a the length of the embedding.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        shortest: l_a, length from which the margin grows, above 0, the embeddings' unit.
        longest: u_a, length up to which it grows, above l_a.
        least_margin: l_m, margin of the shortest, 0 to pi, radians.
        most_margin: u_m, margin of the longest, at least l_m and at most pi, radians.
        reward: lambda_g, weight of g, at least 0, no unit.
        scale: s, above 0, no unit.
        beyond_pi: what replaces cos(theta + m) where theta + m > pi; see BEYOND_PI.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Meng et al., CVPR 2021, arXiv:2103.06627, eq. 4 to 7.
    """

    title: ClassVar[str] = "MagFace"
    formula: ClassVar[str] = r"\psi(\theta) = \cos(\theta + m(|x|)),\quad + \lambda_g\, g(|x|)"
    source: ClassVar[str] = "Meng et al., CVPR 2021, arXiv:2103.06627, eq. 4 to 7"
    settings: ClassVar[Settings] = {
        "shortest": Slider("l_a", "shortest", "", 1, 50, 1, 10.0, 1.0, open_below=True),
        "longest": Slider("u_a", "longest", "", 2, 200, 1, 110.0, 50.0, open_below=True),
        "least_margin": Slider(
            "l_m", "margin of the shortest", "radians", 0, 1.5, 0.01, 0.45, 0.2, most=math.pi
        ),
        "most_margin": Slider(
            "u_m", "margin of the longest", "radians", 0, 1.5, 0.01, 0.8, 0.5, most=math.pi
        ),
        "reward": Slider(r"\lambda_g", "weight of g", "", 0, 100, 1, paper=35.0, teaching=1.0),
        "scale": scale_slider(),
        "beyond_pi": BEYOND_PI,
    }

    shortest: float
    longest: float
    least_margin: float
    most_margin: float
    reward: float
    scale: float
    beyond_pi: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        shortest: float = 10.0,
        longest: float = 110.0,
        least_margin: float = 0.45,
        most_margin: float = 0.8,
        reward: float = 35.0,
        scale: float = 64.0,
        beyond_pi: str = "linear",
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            shortest=shortest,
            longest=longest,
            least_margin=least_margin,
            most_margin=most_margin,
            reward=reward,
            scale=scale,
            beyond_pi=beyond_pi,
        )
        if longest <= shortest:
            raise ValueError(f"longest must be above shortest ({shortest:g}), not {longest:g}")
        if most_margin < least_margin:
            least = f"at least least_margin ({least_margin:g})"
            raise ValueError(f"most_margin must be {least}, not {most_margin:g}")

    @property
    def slope(self) -> float:
        """K, how fast the margin grows with length, radians per unit of length."""
        return (self.most_margin - self.least_margin) / (self.longest - self.shortest)

    @property
    def least_reward(self) -> float:
        """The smallest lambda_g for which the paper's proof holds, no unit."""
        shortest, longest = self.shortest**2, self.longest**2
        return self.scale * self.slope * longest * shortest / (longest - shortest)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta + m(a)), (B,) -> (B,)."""
        counted = length.clamp(self.shortest, self.longest)
        margin = self.least_margin + self.slope * (counted - self.shortest)
        return cos_of_sum(cosine, margin, self.beyond_pi)

    def pull(self, length: Tensor) -> Tensor:
        """g(a) = a / u_a^2 + 1 / a of each embedding, (B,) -> (B,)."""
        counted = length.clamp(self.shortest, self.longest)
        return counted / self.longest**2 + 1 / counted

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The softmax loss plus lambda_g times the mean of g, (B, D), (B,) -> scalar.

        Raises:
            TypeError, ValueError: if the batch does not fit; see `check_batch`.
        """
        softmax = super().forward(embeddings, labels)
        with full_precision(embeddings):
            length = embeddings.to(self.weight.dtype).norm(dim=1)
            return softmax + self.reward * self.pull(length).mean()
