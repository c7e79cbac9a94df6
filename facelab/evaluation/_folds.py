"""Folds of pairs, and the accuracy with a threshold that was chosen on other folds."""

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from facelab.evaluation._door import Floats, Integers
from facelab.evaluation._statistics import accuracy_elsewhere
from facelab.evaluation._tally import Tally, thresholds

FOLDS = 10


def deal(same: npt.NDArray[np.bool_], seed: int) -> Integers:
    """Deal pairs into ten folds, (P,) -> (P,), each with its share of both kinds.

    Raises:
        ValueError: if one kind has fewer than ten pairs.
    """
    least = int(min(same.sum(), (~same).sum()))
    if least < FOLDS:
        raise ValueError(f"ten folds need at least {FOLDS} pairs of each kind, not {least}")
    dealt = np.empty(len(same), dtype=np.int64)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(same, same)
    for number, (_, rows) in enumerate(folds):
        dealt[rows] = number
    return dealt


def fold_numbers(folds: npt.ArrayLike, same: npt.NDArray[np.bool_]) -> Integers:
    """Fold numbers given by hand, (P,), renumbered from 0.

    Raises:
        ValueError: if the shape does not fit or there are fewer than two folds.
    """
    given = np.asarray(folds)
    if given.shape != same.shape:
        raise ValueError(f"folds must have shape {same.shape}, not {given.shape}")
    numbers = np.unique(given, return_inverse=True)[1]
    if numbers.max() < 1:
        raise ValueError("there is one fold only; the threshold must be chosen on other folds")
    return numbers


def accuracy_over_folds(
    scores: Floats,
    same: npt.NDArray[np.bool_],
    people: Integers | None,
    folds: Integers,
    met: Integers | None,
) -> tuple[float, Floats | None]:
    """Mean accuracy over folds, each with the threshold best for the others.

    Args:
        scores, same, people: (P,), (P,) and (P, 2), as in a Verification.
        folds: (P,) fold numbers from 0.
        met: (n, people) draws of people, or None.

    Returns:
        The mean with every pair counted once, and that of each draw of people, (n,) or None.
    """
    plain, drawn = [], []
    for fold in range(folds.max() + 1):
        out = folds == fold
        cuts = thresholds(scores[~out], same[~out])
        others, held = (
            Tally(cuts, scores[rows], same[rows], None if people is None else people[rows])
            for rows in (~out, out)
        )
        plain.append(accuracy_elsewhere(others.plain(), held.plain()))
        if met is not None:
            blocks = zip(others.drawn(met), held.drawn(met), strict=True)
            drawn.append(np.concatenate([accuracy_elsewhere(a, b) for a, b in blocks]))
    return float(_mean(plain)[0]), None if met is None else _mean(drawn)


def _mean(shares: list[Floats]) -> Floats:
    """Mean over folds, k of (n,) -> (n,), without the folds that are NaN in a draw of people."""
    present = np.isfinite(shares)
    total = np.where(present, shares, 0.0).sum(axis=0)
    return np.asarray(total / np.where(present.any(axis=0), present.sum(axis=0), np.nan))
