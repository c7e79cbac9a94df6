"""The area under the ROC, quickly and without an interval: for curves that move while one looks."""

import numpy as np
import numpy.typing as npt


def rank_auc(scores: npt.ArrayLike, same: npt.ArrayLike) -> float:
    """Chance that a pair of one person scores higher than a pair of two; equal scores count half.

    Args:
        scores: (P,), higher for more alike.
        same: (P,) whether the pair shows one person.

    Returns:
        0 to 1; NaN if there are no pairs of one kind.

    Source: Hanley, McNeil, Radiology 143 (1982): the area is the statistic of Mann and Whitney.
    """
    values, place = np.unique(np.asarray(scores, dtype=np.float64), return_inverse=True)
    alike = np.asarray(same, dtype=bool)
    size = len(values)
    positive = np.bincount(place[alike], minlength=size)
    negative = np.bincount(place[~alike], minlength=size)
    pairs = float(positive.sum()) * float(negative.sum())
    if pairs == 0:
        return float("nan")
    below = np.cumsum(negative) - negative  # pairs of two people that score lower
    return float((positive * (below + 0.5 * negative)).sum() / pairs)
