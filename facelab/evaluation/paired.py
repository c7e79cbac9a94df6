"""A mean over runs and its interval, where each run tests other people out of the same few.

Runs j = 1..n give the numbers d_j: the AUC of a loss, or its AUC minus that of another loss with
the same split, initial weights and batches. Their splits are drawn from the same people, so that
the runs share most of them, and the plain s^2 / n is too small. Corrected:

    variance of the mean = (1 / n + people tested / people trained on) s^2
    interval             = mean +- t(n - 1) sqrt(variance)

s^2 is the variance of the d_j, t the quantile of Student's distribution. The second term does not
shrink with n: a thousand splits of forty people are forty people. Where several runs share a split
they are averaged first. Where all runs share one, its people are taken as given: the second term is
0, and the interval tells only how much the start and the order of the images matter.

Source: Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52, 2003;
Bouckaert and Frank, PAKDD 2004, for repeated random splits. Holm, Scand. J. Statist. 6, 1979.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from facelab.evaluation._door import Floats
from facelab.evaluation.estimate import Estimate

EQUAL = 1e-12  # numbers of runs that differ by less are one number
SAME_PEOPLE = "for these held-out people only: all runs share one split"


@dataclass(frozen=True)
class RunsMean:
    """The mean over runs, its interval, and the chance of one as far from 0 if the truth were 0.

    Attributes:
        estimate: the mean with its interval; the note says why where there is none.
        p: of the two-sided corrected t test against 0; NaN where there is no interval.
    """

    estimate: Estimate
    p: float


def mean_over_runs(
    values: npt.ArrayLike, splits: npt.ArrayLike, *, ratio: float, level: float = 0.95
) -> RunsMean:
    """The mean of one number over runs.

    Args:
        values: (n,) the number from each run, or the difference of two paired runs.
        splits: (n,) which split of the people each run had.
        ratio: people tested over people trained on, above 0.
        level: of the interval, between 0 and 1.

    Returns:
        The mean over splits, its interval and p.

    Raises:
        ValueError: if there is no run, a shape does not fit, or ratio or level are out of range.
    """
    numbers, which = _check(values, splits, ratio, level)
    kinds, place = np.unique(which, return_inverse=True)
    one = len(kinds) == 1
    if not one:
        numbers = np.bincount(place, numbers) / np.bincount(place)
    mean, note = float(numbers.mean()), SAME_PEOPLE if one and len(numbers) > 1 else ""
    if why := _no_interval(numbers):
        return RunsMean(Estimate(mean, level=level, note=why), np.nan)
    n = len(numbers)
    error = float(np.sqrt((1 / n + (0.0 if one else ratio)) * numbers.var(ddof=1)))
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * error
    p = 2 * float(stdtr(n - 1, -abs(mean) / error))
    return RunsMean(Estimate(mean, mean - reach, mean + reach, level, note), p)


def holm(p: npt.ArrayLike) -> Floats:
    """Holm's correction: the p of each of m tests, so that one in 20 families errs, not one test.

    The smallest is multiplied by m, the next by m - 1 and so on; none ends below a smaller one.

    Args:
        p: (m,) each 0 to 1, or NaN where there was no test; NaN stays and is not counted.

    Returns:
        (m,), at most 1.

    Raises:
        ValueError: if one is not between 0 and 1.
    """
    given = np.asarray(p, dtype=np.float64)
    wrong = given[(given < 0) | (given > 1)]
    if given.ndim != 1 or len(wrong):
        raise ValueError(f"p must be a list of numbers from 0 to 1, not {p!r}")
    known = np.flatnonzero(np.isfinite(given))
    order = known[np.argsort(given[known], kind="stable")]
    corrected = np.full_like(given, np.nan)
    steps = given[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def _check(
    values: npt.ArrayLike, splits: npt.ArrayLike, ratio: float, level: float
) -> tuple[Floats, npt.NDArray[np.generic]]:
    numbers, which = np.asarray(values, dtype=np.float64), np.asarray(splits)
    if numbers.ndim != 1 or len(numbers) == 0 or which.shape != numbers.shape:
        shapes = f"{numbers.shape} and {which.shape}"
        raise ValueError(f"values and splits must be lists of one length, at least 1, not {shapes}")
    if not (ratio > 0 and np.isfinite(ratio)):
        raise ValueError(f"ratio must be above 0, not {ratio!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level!r}")
    return numbers, which


def _no_interval(numbers: Floats) -> str:
    """Why these numbers have no interval, or ""."""
    if not np.isfinite(numbers).all():
        return "a run gave no number"
    if len(numbers) < 2:
        return "one run has no interval"
    if np.ptp(numbers) < EQUAL:
        return f"all {len(numbers)} are equal: nothing tells how far they may be off"
    return ""
