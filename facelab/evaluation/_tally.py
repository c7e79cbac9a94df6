"""Weighted counts of accepted pairs, from which every curve and number follows.

Accepting scores at or above a threshold t_k accepts

    S_k = sum of w over same-person pairs,    D_k = sum of w over different-person pairs

so TAR_k = S_k / S and FAR_k = D_k / D. Thresholds lie where a run of pairs of one kind ends: in
between the curve is a straight line along an axis. Equal scores of both kinds are accepted at once.

When people are drawn anew, a same-person pair weighs w_i and a pair of two people w_i w_j, w being
how often a person was drawn: each drawn copy brings its own pairs, and two copies of one person are
never taken for two people. An accuracy keeps the shares of both kinds as they are in the pair list:

    accuracy_k = share TAR_k + (1 - share) (1 - FAR_k)
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facelab.evaluation._door import Floats, Integers

PAIRS = 256  # pairs weighed at once, for all draws of a block: about 1 MB, near the processor
BLOCK = 1 << 21  # counts held at once: 16 MB


@dataclass(frozen=True, eq=False)
class Counts:
    """S_k and D_k for n weightings, (n, T + 2) each.

    The first column accepts nothing, then come T thresholds, the last column accepts everything.
    `share` is the part of same-person pairs in the list, each pair counted once.
    """

    same: Floats
    different: Floats
    share: float

    def rates(self) -> tuple[Floats, Floats]:
        """FAR and TAR, (n, T + 2) each; NaN where a weighting lacks one kind of pair."""
        far, tar = _part(self.different), _part(self.same)
        return far + 0 * tar, tar + 0 * far

    def right(self) -> Floats:
        """Share of pairs decided rightly at each threshold, (n, T + 2); NaN as for `rates`.

        A kind that the list does not hold at all is not missed.
        """
        accepted = self.share * _part(self.same) if self.share > 0 else 0.0
        rejected = (1 - self.share) * (1 - _part(self.different)) if self.share < 1 else 0.0
        return np.asarray(accepted + rejected)


def _part(sums: Floats) -> Floats:
    """Running sums as parts of the last one, (n, T + 2); NaN where that is 0."""
    total = sums[:, -1:]
    return np.asarray(sums / np.where(total > 0, total, np.nan))


def thresholds(scores: Floats, same: npt.NDArray[np.bool_]) -> Floats:
    """The scores at which a run of pairs of one kind ends, (T,), falling."""
    values, group = np.unique(-scores, return_inverse=True)
    kinds = np.bincount(group, same, len(values)), np.bincount(group, ~same, len(values))
    kind = (kinds[0] > 0) + 2 * (kinds[1] > 0)  # 1 same, 2 different, 3 a tie of both
    last = np.append((kind[1:] != kind[:-1]) | (kind[1:] == 3), True)
    cuts: Floats = -values[last]
    return cuts


@dataclass(frozen=True, eq=False)
class _Kind:
    """Pairs of one kind in the order of the thresholds they pass: (P,) each."""

    step: Integers
    people: list[Integers]

    def plain(self, steps: int) -> Floats:
        """Accepted pairs, each counted once, (1, T + 2)."""
        return _running(np.bincount(self.step, minlength=steps).astype(np.float64)[:, None])

    def drawn(self, met: Floats, steps: int) -> Floats:
        """Accepted weight for each draw of people, (people, n) -> (n, T + 2)."""
        sums = np.zeros((steps, met.shape[1]))
        for start in range(0, len(self.step), PAIRS):
            block = slice(start, start + PAIRS)
            weights = met[self.people[0][block]]
            for other in self.people[1:]:
                weights *= met[other[block]]
            step = self.step[block]
            starts = np.flatnonzero(np.diff(step, prepend=-1))
            sums[step[starts]] += np.add.reduceat(weights, starts, axis=0)
        return _running(sums)


def _running(sums: Floats) -> Floats:
    """Sums of each step, (T + 1, n), to running sums that begin with 0, (n, T + 2)."""
    running = np.zeros((sums.shape[1], len(sums) + 1))
    np.cumsum(sums.T, axis=1, out=running[:, 1:])
    return running


class Tally:
    """Pairs counted at given thresholds.

    Args:
        cuts: (T,) falling; a score is accepted by all thresholds at or below it.
        scores: (P,).
        same: (P,) whether it is one person twice.
        people: (P, 2) numbers 0..n-1, or None if nobody is to be drawn anew.
    """

    def __init__(
        self, cuts: Floats, scores: Floats, same: npt.NDArray[np.bool_], people: Integers | None
    ) -> None:
        self.steps = len(cuts) + 1  # the last one holds scores below every threshold
        step = np.searchsorted(-cuts, -scores, side="left")
        order = np.argsort(step, kind="stable")
        who = np.zeros((len(step), 2), dtype=np.int64) if people is None else people
        self.share = float(same.mean())
        self.kinds = []
        for rows, columns in ((order[same[order]], [0]), (order[~same[order]], [0, 1])):
            self.kinds.append(_Kind(step[rows], [who[rows, c] for c in columns]))

    def plain(self) -> Counts:
        """Every pair counted once; n is 1."""
        same, different = (kind.plain(self.steps) for kind in self.kinds)
        return Counts(same, different, self.share)

    def drawn(self, met: Integers) -> Iterator[Counts]:
        """Counts for draws of people, (draws, people), in blocks of draws."""
        block = max(16, BLOCK // self.steps)
        for start in range(0, len(met), block):
            by_person = met[start : start + block].T.astype(np.float64, order="C")
            same, different = (kind.drawn(by_person, self.steps) for kind in self.kinds)
            yield Counts(same, different, self.share)
