"""Sub-center ArcFace: a person may have several centers, and the nearest one counts.

    cos(theta_j) = max over k of  cos(theta_jk),     k = 1..K
    psi(theta) = cos(theta + m)            while theta <= pi - m; beyond, as in ArcFace

theta_jk is the angle to center k of class j (radians), m the margin (radians). Wrong labels and odd
poses gather around a center of their own and leave the main one clean. The nearest center counts
for the wrong classes too; only it gets a gradient.

Source: Deng, Guo, Liu, Gong, Zafeiriou, ECCV 2020, eq. 3; K = 3, m = 0.5, s = 64. Of two equally
near centers one is taken.
"""

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from facelab.losses._angles import BEYOND_PI, cos_of_sum
from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, Slider, scale_slider


class SubCenterArcFace(CosineLoss):
    """psi(theta) = cos(theta + m), theta the angle to the nearest of K centers.

    The rows of `weight` (C K, D) are the centers: class j owns rows j K to j K + K - 1.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        centers: K, centers of each person, a whole number, at least 1; 1 is ArcFace.
        margin: m, 0 to pi, radians.
        scale: s, above 0, no unit.
        beyond_pi: what replaces cos(theta + m) where theta + m > pi; see BEYOND_PI.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Deng et al., ECCV 2020, eq. 3.
    """

    title: ClassVar[str] = "Sub-center ArcFace"
    formula: ClassVar[str] = r"\psi(\theta) = \cos(\theta + m),\ \theta_j = \min_k \theta_{jk}"
    source: ClassVar[str] = "Deng et al., ECCV 2020, eq. 3"
    settings: ClassVar[Settings] = {
        "centers": Slider("K", "centers of a person", "", 1, 10, 1, 3, 2, least=1, whole=True),
        "margin": Slider(
            "m", "margin", "radians", 0, 1.5, 0.01, paper=0.5, teaching=0.3, most=math.pi
        ),
        "scale": scale_slider(),
        "beyond_pi": BEYOND_PI,
    }

    centers: int
    margin: float
    beyond_pi: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        centers: int = 3,
        margin: float = 0.5,
        scale: float = 64.0,
        beyond_pi: str = "linear",
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            centers=centers,
            margin=margin,
            scale=scale,
            beyond_pi=beyond_pi,
        )
        rows = num_classes * self.centers
        self.weight = nn.Parameter(torch.randn(rows, embedding_dim))  # (C K, D)

    def all_cosines(self, embeddings: Tensor) -> Tensor:
        """Cosines to every center of every person, (B, D) -> (B, C, K)."""
        cosines = super().cosines(embeddings)  # (B, C K)
        return cosines.view(len(cosines), self.num_classes, self.centers)

    def cosines(self, embeddings: Tensor) -> Tensor:
        """Cosines to the nearest center of each person, (B, D) -> (B, C)."""
        return self.all_cosines(embeddings).max(dim=2).values

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta + m), (B,) -> (B,)."""
        return cos_of_sum(cosine, self.margin, self.beyond_pi)
