"""Marginal loss: one distance for everybody; pairs of one person below it, all others above.

    L_M = 1/(B^2 - B) sum_{i != j} max(0, xi - y_ij (theta - d_ij)),     d_ij = |u_i - u_j|^2

u_i is the embedding turned to length 1, d_ij in 0..4; y_ij is +1 for two images of one person and
-1 otherwise, theta the distance that parts them and xi the half width of a dead zone around it
(both squared units). A pair of one person is done when d < theta - xi, 0.9 by default (57 degrees),
two people when d > theta + xi, 1.5 (76 degrees): a contrastive hinge with these two margins. It is
joined to a classifier, `Softmax(...) + Marginal(...)`.

Source: Deng, Zhou, Zafeiriou, CVPR Workshops 2017; no official code.
Departs from a public TensorFlow port, which divides by the length of the whole batch matrix instead
of each row, halves the distances and adds up half of the pairs: three slips, not options.
"""

from typing import ClassVar

from torch import Tensor

from facelab.losses._door import unit
from facelab.losses._joint import AuxiliaryLoss
from facelab.losses._pairs import pairs, same_person
from facelab.losses._settings import Settings, Slider


class Marginal(AuxiliaryLoss):
    """L_M = mean over pairs of max(0, xi - y (theta - d)).

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        threshold: theta, 0 to 4, squared distance on the unit sphere.
        slack: xi, at least 0, the same unit: half the width of the zone that nobody may be in.

    Raises:
        TypeError, ValueError: if an argument is not allowed, or the batch has a single image; the
            sentence repeats it.

    Source: Deng, Zhou, Zafeiriou, CVPR Workshops 2017.
    """

    title: ClassVar[str] = "Marginal loss"
    formula: ClassVar[str] = (
        r"\frac{1}{B^2 - B} \sum_{i \neq j} \max(0, \xi - y_{ij} (\theta - |u_i - u_j|^2))"
    )
    source: ClassVar[str] = "Deng, Zhou, Zafeiriou, CVPR Workshops 2017"
    beside: ClassVar[Slider] = Slider(
        r"\lambda", "weight beside a classifier", "", 0, 10, 0.1, paper=1, teaching=1
    )
    settings: ClassVar[Settings] = {
        "threshold": Slider(
            r"\theta", "threshold", "squared distance", 0, 4, 0.05, paper=1.2, teaching=1.0, most=4
        ),
        "slack": Slider(
            r"\xi", "error margin", "squared distance", 0, 1, 0.05, paper=0.3, teaching=0.3
        ),
    }

    threshold: float
    slack: float

    def __init__(
        self, num_classes: int, embedding_dim: int, *, threshold: float = 1.2, slack: float = 0.3
    ) -> None:
        super().__init__(num_classes, embedding_dim, threshold=threshold, slack=slack)

    def term(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The mean over pairs; each counts twice above and below the line, so once is enough."""
        if len(labels) < 2:
            raise ValueError("marginal loss compares pairs, but the batch has 1 image; take 2")
        first, second = pairs(len(labels), labels.device)
        units = unit(embeddings)
        gaps = 2 - 2 * (units @ units.T)[first, second]  # (P,), |u - v|^2 of unit vectors
        sign = same_person(labels)[first, second].to(gaps.dtype) * 2 - 1
        return (self.slack - sign * (self.threshold - gaps)).clamp_min(0).mean()
