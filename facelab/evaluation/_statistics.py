"""Numbers read off counts of accepted pairs: one function each, for n weightings at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from facelab.evaluation._door import Floats
from facelab.evaluation._tally import Counts

Statistic = Callable[[Counts], Floats]


@dataclass(frozen=True, eq=False)
class Roc:
    """FAR and TAR at every threshold, (T + 1,) each, from accepting nothing to everything.

    `thresholds[k]` accepts scores at or above it; the first is infinite.
    """

    far: Floats
    tar: Floats
    thresholds: Floats


def auc(counts: Counts) -> Floats:
    """Area under TAR over FAR, (n,): how often a same pair beats a different one, ties half."""
    far, tar = counts.rates()
    return np.asarray((np.diff(far) * (tar[:, 1:] + tar[:, :-1])).sum(axis=1) / 2)


def eer(counts: Counts) -> Floats:
    """Rate at which false accepts and false rejects are equal, (n,)."""
    return crossing(*counts.rates())


def crossing(far: Floats, tar: Floats) -> Floats:
    """FAR where a curve from (0, 0) to (1, 1) meets FAR = 1 - TAR, (n, T) twice -> (n,).

    On straight lines between the points; NaN where the curve is.
    """
    excess = far + tar - 1
    after = np.maximum((excess >= 0).argmax(axis=1), 1)
    row = np.arange(len(far))
    share = excess[row, after - 1] / (excess[row, after - 1] - excess[row, after])
    return np.asarray(far[row, after - 1] + share * (far[row, after] - far[row, after - 1]))


def tar_at(fars: npt.ArrayLike) -> Statistic:
    """TAR at each FAR asked for, (n, F): the largest TAR whose FAR is not above it."""
    wanted = np.asarray(fars, dtype=np.float64)

    def statistic(counts: Counts) -> Floats:
        far, tar = counts.rates()
        last = [np.searchsorted(row, wanted, side="right") - 1 for row in far]
        return np.take_along_axis(tar, np.array(last), axis=1)

    return statistic


def accuracy(counts: Counts) -> Floats:
    """Share of pairs decided rightly with the threshold that suits them best, (n,)."""
    return np.asarray(counts.right().max(axis=1))


def accuracy_elsewhere(chosen: Counts, held_out: Counts) -> Floats:
    """Share of held-out pairs decided rightly with the threshold best for others, (n,).

    Both are counted at the same thresholds; the highest is taken if several do equally well. NaN
    where a draw of people lacks a kind of pair that there was.
    """
    known = chosen.right()  # a row is NaN throughout, or nowhere
    best = known.round(12).argmax(axis=1)  # the first, which is the highest, of equals
    share = held_out.right()[np.arange(len(best)), best]
    return np.where(np.isnan(known[:, 0]), np.nan, share)
