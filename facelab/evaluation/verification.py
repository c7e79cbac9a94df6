"""Verification: are two images of the same person?

    FAR(t) = share of different-person pairs with score >= t      (false accepts)
    TAR(t) = share of same-person pairs with score >= t           (true accepts)

Scores are cosines. Intervals come from drawing people anew, with replacement: 4,950 pairs of ten
people are ten pieces of evidence about people, not 4,950.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score, roc_curve

from facelab.evaluation import _statistics as statistics
from facelab.evaluation._door import (
    Floats,
    Integers,
    check_embeddings,
    check_labels,
    check_pairs,
    check_scores,
    people_numbers,
)
from facelab.evaluation._folds import accuracy_over_folds, deal, fold_numbers
from facelab.evaluation._pairs import all_pairs, cosines
from facelab.evaluation._statistics import Roc, Statistic
from facelab.evaluation._tally import Tally, thresholds
from facelab.evaluation.estimate import (
    Estimate,
    check_bootstrap,
    interval,
    people_weights,
    too_few,
    with_interval,
)


@dataclass(frozen=True, eq=False, repr=False)
class Verification:
    """Scores of pairs, and what follows from them.

    Args:
        scores: (P,) the higher, the more alike.
        same: (P,) True where both images are of one person.
        people: (P, 2) who is compared, numbers or names; without it there are no intervals.
        draws: how often people are drawn anew for an interval, at least 20.
        seed: of those draws; equal seeds give equal intervals.
        level: of the intervals, between 0 and 1.

    Raises:
        ValueError: if a score is NaN or infinite, a shape does not fit, `people` and `same`
            contradict each other, or one kind of pair is missing.
    """

    scores: Floats
    same: npt.NDArray[np.bool_]
    people: Integers | None = None
    draws: int = 500
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        check_bootstrap(self.draws, self.level)
        scores, same = np.asarray(self.scores, np.float64), np.asarray(self.same)
        check_scores(scores, same)
        people = None if self.people is None else people_numbers(self.people, same)
        for name, value in (("scores", scores), ("same", same), ("people", people)):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        who = "" if self.people is None else f" of {self.people.max() + 1} people"
        pairs = f"{self.same.sum():,} same-person and {(~self.same).sum():,} different-person pairs"
        return f"<Verification: {pairs}{who}>"

    @cached_property
    def _tally(self) -> Tally:
        cuts = thresholds(self.scores, self.same)
        return Tally(cuts, self.scores, self.same, self.people)

    @cached_property
    def _met(self) -> Integers:
        assert self.people is not None
        return people_weights(int(self.people.max()) + 1, self.draws, self.seed)

    @property
    def _too_few(self) -> str:
        """Why there are too few people for an interval, or ""."""
        return "" if self.people is None else too_few(int(self.people.max()) + 1)

    def _bootstrap(self, statistic: Statistic) -> Floats:
        """A number, or F numbers, from each draw of people: (draws,) or (draws, F)."""
        return np.concatenate([statistic(counts) for counts in self._tally.drawn(self._met)])

    def _estimate(self, value: float, statistic: Statistic, note: str = "") -> Estimate:
        if few := self._too_few:
            return Estimate(value, level=self.level, note="; ".join(filter(None, [note, few])))
        draws = None if self.people is None else self._bootstrap(statistic).ravel()
        return with_interval(value, draws, self.level, note)

    def roc(self) -> Roc:
        """FAR and TAR at every threshold there is."""
        return Roc(*roc_curve(self.same, self.scores, drop_intermediate=False))

    def auc(self) -> Estimate:
        """Area under the ROC: how often a same-person pair beats a different one, ties half."""
        return self._estimate(float(roc_auc_score(self.same, self.scores)), statistics.auc)

    def eer(self) -> Estimate:
        """Equal error rate: FAR where it equals 1 - TAR, on straight lines between points."""
        roc = self.roc()
        value = statistics.crossing(roc.far[None], roc.tar[None])[0]
        return self._estimate(float(value), statistics.eer)

    def tar(self, far: float = 1e-2) -> Estimate:
        """The largest TAR whose FAR is not above `far`; nothing is interpolated.

        Args:
            far: 0 to 1. Finer than one pair allows, it is the TAR without a false accept (noted).

        Raises:
            ValueError: if far is not between 0 and 1.
        """
        if not 0 <= far <= 1:
            raise ValueError(f"far must be between 0 and 1, not {far!r}")
        roc, pairs = self.roc(), int((~self.same).sum())
        value = roc.tar[np.searchsorted(roc.far, far, side="right") - 1]
        finer = f"FAR {far:g} is finer than 1 in {pairs:,} pairs: TAR without a false accept"
        note = finer if far * pairs < 1 else ""
        return self._estimate(value, statistics.tar_at([far]), note)

    def band(self, far: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Interval of the TAR at each FAR, for drawing: (F,) -> low (F,), high (F,); NaN if none.

        Each FAR has its own interval; the whole curve lies within less often.
        """
        wanted = np.asarray(far, dtype=np.float64)
        if self.people is None or self._too_few:
            return (np.full_like(wanted, np.nan),) * 2
        return interval(self._bootstrap(statistics.tar_at(wanted)), self.level)

    def accuracy(self) -> Estimate:
        """Share of pairs decided rightly at the best threshold: chosen on these very pairs.

        So it flatters, most of all where pairs are few; `ten_folds` does not. The note says how
        often one answer would be right if given always.
        """
        value = statistics.accuracy(self._tally.plain())[0]
        return self._estimate(value, statistics.accuracy, self._base_rate())

    def ten_folds(self, folds: npt.ArrayLike | None = None) -> Estimate:
        """Mean accuracy over ten folds of pairs, each with the threshold best on the other nine.

        Args:
            folds: (P,) fold number of each pair, any numbers; if not given, pairs are dealt at
                random (by `seed`) into ten folds alike in their share of same-person pairs.

        Raises:
            ValueError: if there are fewer than two folds, the shape does not fit, or, without
                `folds`, one kind has fewer than ten pairs.
        """
        dealt = deal(self.same, self.seed) if folds is None else fold_numbers(folds, self.same)
        met = None if self.people is None else self._met
        mean, draws = accuracy_over_folds(self.scores, self.same, self.people, dealt, met)
        return with_interval(mean, draws, self.level, self._base_rate())

    def _base_rate(self) -> str:
        same = float(self.same.mean())
        often, word = max((same, "same"), (1 - same, "different"))
        return f'always "{word}" gives {often:.3f}' if often > 0.6 else ""


def verify(
    embeddings: npt.ArrayLike,
    labels: npt.ArrayLike,
    pairs: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    *,
    draws: int = 500,
    seed: int = 0,
    level: float = 0.95,
) -> Verification:
    """Compare images in pairs.

    Args:
        embeddings: (N, D), any length; one of length 0 has the cosine 0 with everything.
        labels: (N,) who is on each image, numbers or names.
        pairs: (first, second), row numbers (P,) each; all pairs if not given.
        draws, seed, level: of the intervals, as for `Verification`.

    Returns:
        The verification, with cosines as scores.

    Raises:
        ValueError: if a shape does not fit, an embedding is NaN or infinite, there is one person
            only, one kind of pair is missing, or all pairs would be more than MOST_PAIRS.
    """
    unit = check_embeddings(embeddings)
    y = check_labels(labels, len(unit))
    names, person = np.unique(y, return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"verification needs at least 2 people; all images are of {names.tolist()[0]!r}"
        )
    chosen = all_pairs(len(unit)) if pairs is None else check_pairs(pairs, len(unit))
    people = np.stack([person[index] for index in chosen], axis=1)
    same = people[:, 0] == people[:, 1]
    return Verification(cosines(unit, chosen), same, people, draws, seed, level)
