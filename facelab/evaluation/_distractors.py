"""Distractors: people whom nobody looks for, and who may be taken for somebody all the same.

A probe is found at rank 1 among n distractors, drawn from M, if none of those h that score at least
as high as its own person is drawn:

    chance = C(M - h, n) / C(M, n),     0 if n > M - h

This is the mean over all draws, so that nothing needs to be drawn.

Source: Kemelmacher-Shlizerman, Seitz, Miller, Brossard, "The MegaFace benchmark", CVPR 2016, which
draws sets of distractors instead.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from facelab.evaluation._door import Floats, Integers


@dataclass(frozen=True, eq=False)
class DistractorCurve:
    """Share of probes found at rank 1 against the number of distractors, with intervals, (F,) each.

    The share is the mean over all draws of so many out of the distractors there are.
    """

    distractors: Integers
    share: Floats
    low: Floats
    high: Floats


def chance_unbeaten(ahead: Integers, total: int, drawn: Integers) -> Floats:
    """The chance that none of those ahead is among the distractors drawn, (N,), (F,) -> (N, F).

    Args:
        ahead: h of each probe, 0..M.
        total: M.
        drawn: n, each 0..M.
    """
    ways = _log_ways(total - ahead[:, None], drawn) - _log_ways(total, drawn)
    sure = (ahead[:, None] == 0) | (drawn == 0)
    return np.where(sure, 1.0, np.exp(ways))


def _log_ways(out_of: Any, drawn: Integers) -> Floats:
    """The logarithm of the ways to draw so many, -inf where there are not so many."""
    rest = out_of - drawn
    ways = gammaln(out_of + 1) - gammaln(drawn + 1) - gammaln(np.maximum(rest, 0) + 1)
    return np.where(rest >= 0, ways, -np.inf)


def check_numbers(numbers: npt.ArrayLike | None, total: int) -> Integers:
    """Numbers of distractors; 0, 1, 10, 100 and so on up to all of them if None.

    Raises:
        ValueError: if one is no whole number in 0..M.
    """
    if numbers is None:
        return np.unique([0, *(10**k for k in range(len(str(total))) if 10**k < total), total])
    asked = np.atleast_1d(np.asarray(numbers))
    if asked.ndim != 1 or not np.issubdtype(asked.dtype, np.integer) or asked.size == 0:
        raise ValueError(f"numbers of distractors must be a list of whole numbers, not {numbers!r}")
    if asked.min() < 0 or asked.max() > total:
        wrong = asked.min() if asked.min() < 0 else asked.max()
        raise ValueError(f"numbers of distractors must be in 0..{total:,}, but one is {wrong:,}")
    return asked.astype(np.int64)
