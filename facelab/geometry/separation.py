"""How far apart people stand: the distances between all centers, and the most there can be.

    |c_i - c_j|^2        squared unit of the embeddings; what the minimum margin loss is about
    theta_ij             the angle between them, radians; lengths do not count

At length 1 the two say the same, |u_i - u_j|^2 = 2 - 2 cos theta_ij. Then there is a most: C unit
vectors of D numbers cannot all be farther from their nearest than

    C <= D + 1           arccos(-1/(C - 1)), squared 2C/(C - 1): the simplex, reached
    D + 1 < C <= 2D      pi/2, squared 2: Rankin, reached by pairs of opposite vectors at C = 2D
    D = 2                2 pi/C: the regular polygon, reached
    D = 3                arccos((cot(w)^2 - 1)/2), w = pi C/(6 C - 12): Fejes Toth, reached by 12
    beyond               pi/2: true, and loose

Sources: Rankin, Glasgow Mathematical Journal 2 (1955); L. Fejes Toth, Jahresbericht der Deutschen
Mathematiker-Vereinigung 53 (1943).
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, word_of
from facelab.geometry.sphere import angle_between

DISTANCES = ("squared", "angle")


def class_means(embeddings: npt.ArrayLike, labels: npt.ArrayLike) -> Array:
    """The mean embedding of each person: the center that center, range and minimum margin loss use.

    Args:
        embeddings: (N, D), as they come: lengths count.
        labels: (N,) whole numbers 0..C-1.

    Returns:
        (C, D); NaN for a person without an image.

    Raises:
        ValueError: if a shape does not fit or a label is negative.
    """
    x, y = np.asarray(embeddings, np.float64), np.asarray(labels)
    if x.ndim != 2 or y.shape != x.shape[:1] or len(x) == 0:
        raise ValueError(f"embeddings (N, D) need N labels, not {x.shape} and {y.shape}")
    if not np.issubdtype(y.dtype, np.integer) or y.min() < 0:
        raise ValueError(f"labels must be whole numbers 0, 1, ..., not {y.dtype} from {y.min()}")
    count = np.bincount(y)[:, None]  # (C, 1)
    sums = np.zeros((len(count), x.shape[1]))
    np.add.at(sums, y, x)
    return np.divide(sums, count, out=np.full_like(sums, np.nan), where=count > 0)


def center_gaps(centers: npt.ArrayLike, *, distance: str = "squared") -> Array:
    """The distance between every two centers.

    Args:
        centers: (C, D); for the squared distance lengths count.
        distance: "squared" |c_i - c_j|^2, or "angle" in radians.

    Returns:
        (C, C), NaN on the diagonal: nobody is near to oneself.

    Raises:
        ValueError: if centers are no table, or there is no such distance.
    """
    rows = np.asarray(centers, dtype=np.float64)
    word_of("distance", distance, DISTANCES)
    if rows.ndim != 2:
        raise ValueError(f"centers must have shape (C, D), not {rows.shape}")
    gaps = np.empty((len(rows), len(rows)))
    for i, row in enumerate(rows):  # one row at a time: C x C x D numbers need not fit into memory
        if distance == "angle":
            gaps[i] = angle_between(row, rows)
        else:
            gaps[i] = ((rows - row) ** 2).sum(axis=1)
    np.fill_diagonal(gaps, np.nan)
    return gaps


def widest_angle(num_classes: int, dim: int) -> float:
    """How far from its nearest each of C directions can be at most, see the module.

    Args:
        num_classes: C, at least 2.
        dim: D, at least 2.

    Returns:
        radians; the squared distance at length 1 is 2 - 2 cos of it.

    Raises:
        ValueError: if there are fewer than 2 classes or dimensions.
    """
    c, d = num_classes, dim
    if c < 2 or d < 2:
        raise ValueError(f"at least 2 classes and 2 dimensions are needed, not {c} and {d}")
    if c <= d + 1:
        return float(np.arccos(-1 / (c - 1)))
    if d == 2:
        return 2 * np.pi / c
    if d == 3 and c > 2 * d:
        cot = 1 / np.tan(np.pi * c / (6 * c - 12))
        return float(np.arccos((cot**2 - 1) / 2))
    return np.pi / 2
