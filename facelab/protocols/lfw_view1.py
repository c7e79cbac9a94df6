"""View 1 of LFW: for choosing a method. Its 4,038 training and 1,711 test people share nobody.

    threshold   the best for the training pairs, both kinds counted alike
    accuracy    share of the 1,000 test pairs decided rightly at that threshold

Pairs of people whom a network was trained on score higher than pairs of strangers do, and so would
the threshold be. So it is chosen on the training pairs in which nobody was trained on, where there
are enough of them: 1,400 of 2,200 after training on everybody with four images. Among those, pairs
of two people are more; among the test pairs, both kinds are as many.

Source: Huang, Ramesh, Berg, Learned-Miller, University of Massachusetts, Amherst, Technical Report
07-49, 2007.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facelab.datasets import LfwPairs
from facelab.evaluation import Estimate, Verification, accuracy_at, best_threshold, verify
from facelab.protocols._door import Embed, embedded, names_of, refuse_known
from facelab.protocols._result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENOUGH = 100  # pairs of each kind from which a threshold can be chosen


@dataclass(frozen=True, eq=False, repr=False)
class View1(Result):
    """Verification of the test pairs of View 1.

    Attributes:
        verification: the test pairs.
        threshold: least cosine of two images taken for one person.
        chosen_on: the pairs on which the threshold was chosen.
        strangers: whether nobody in `chosen_on` was trained on.
    """

    verification: Verification
    threshold: float
    chosen_on: Verification
    strangers: bool

    @property
    def title(self) -> str:
        """What was tested, on whom."""
        count = len(self.chosen_on.scores)
        whom = "people never trained on" if self.strangers else "people, some of them trained on"
        return (
            f"LFW View 1, {len(self.verification.scores):,} test pairs; threshold "
            f"{self.threshold:.3f} from {count:,} training pairs of {whom}"
        )

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """AUC, equal error rate, and accuracy at the threshold."""
        met = self.verification
        return {
            "AUC": met.auc(),
            "EER": met.eer(),
            "accuracy": accuracy_at(met, self.threshold),
        }

    def draw(self, ax: Axes | None = None) -> Axes:
        """The ROC of the test pairs, and a square where the threshold is."""
        from facelab.figures import COLORS, roc

        ax, met = roc(self.verification, ax), self.verification
        far, tar = (float((met.scores[kind] >= self.threshold).mean()) for kind in _kinds(met))
        label = f"accuracy {self.numbers['accuracy']!r}"
        ax.plot([far], [tar], "s", color=COLORS[1], markersize=7, label=label, zorder=3)
        ax.legend(frameon=False, loc="lower right", fontsize="small")
        return ax


def _kinds(met: Verification) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return ~met.same, met.same


def lfw_view1(
    embed: Embed, faces: tuple[LfwPairs, LfwPairs], *, trained_on: Iterable[str], seed: int = 0
) -> View1:
    """Verify the test pairs of View 1 with a threshold from its training pairs.

    Args:
        embed: images -> embeddings (N, D), such as `run.embed`.
        faces: `(lfw_pairs("train"), lfw_pairs("test"))` of `facelab.datasets`.
        trained_on: names of the people the network was trained on, such as `run.trained_on`.
        seed: of the intervals.

    Returns:
        AUC, EER and accuracy on the test pairs, each with its interval over people.

    Raises:
        ValueError: if a test person was trained on, or is among the training pairs too.
    """
    known = names_of(trained_on)
    choosing, testing = faces
    refuse_known(testing.faces.names, known, "View 1 of LFW")
    both = sorted(set(choosing.faces.names) & set(testing.faces.names))
    if both:
        raise ValueError(f"{both[0]} is among the training pairs and the test pairs of View 1")
    pool, strangers = _strangers(choosing, known)
    chosen_on = _verified(embed, pool, seed)
    found = _verified(embed, testing, seed)
    return View1(found, best_threshold(chosen_on, even=True), chosen_on, strangers)


def _strangers(pairs: LfwPairs, known: set[str]) -> tuple[LfwPairs, bool]:
    """The pairs in which nobody was trained on, and True; all, and False, if those are too few."""
    faces, first, second, fold = pairs
    new = np.array([name not in known for name in faces.names])[faces.labels]
    rows = new[first] & new[second]
    same = faces.labels[first] == faces.labels[second]
    if min((rows & same).sum(), (rows & ~same).sum()) < ENOUGH:
        return pairs, not known & set(faces.names)
    return LfwPairs(faces, first[rows], second[rows], fold[rows]), True


def _verified(embed: Embed, pairs: LfwPairs, seed: int) -> Verification:
    faces, first, second, _ = pairs
    embeddings = embedded(embed, faces.images)
    return verify(embeddings, faces.labels, (first, second), seed=seed)
