"""Whose region a point of the sphere lies in: the center nearest to it decides.

    region of i        { x : x . c_i >= x . c_k for every k }
    edge of i and j    x . c_i = x . c_j >= x . c_k: a piece of the great circle square to c_i - c_j

For losses on cosines without a margin (NormFace) the edges are the decision boundary. With an
additive angular margin m an embedding of class y is on the right side by the margin where

    theta_y + m < theta_j    for the nearest wrong center j, angles in radians.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array
from facelab.geometry.sphere import _frame, angle_between, bisector, unit

ROWS = 1024  # embeddings compared with all centers at a time
SHORTEST = 1e-6  # radians: a shorter edge is where four regions meet, up to rounding
Whole = npt.NDArray[np.int64]


def nearest_wrong_center(
    embeddings: npt.ArrayLike, centers: npt.ArrayLike, labels: npt.ArrayLike
) -> tuple[Array, Array, Whole]:
    """For each embedding the angle to its own center, to the nearest other one, and which it is.

    Args:
        embeddings: (N, D), any length.
        centers: (C, D), any length; one that is 0, NaN or infinite is nobody's nearest.
        labels: (N,) whole numbers in 0..C-1.

    Returns:
        (N,) radians, (N,) radians, (N,) index; NaN and -1 where there is no such center or the
        embedding is 0, NaN or infinite.
    """
    x, known = _directions(embeddings)
    rows, there = _directions(centers)
    y = np.asarray(labels)
    other = np.full(len(x), -1, dtype=np.int64)
    for start in range(0, len(x), ROWS):
        part = slice(start, start + ROWS)
        cosines = np.where(there, x[part] @ rows.T, -np.inf)
        cosines[np.arange(len(cosines)), y[part]] = -np.inf
        best = cosines.argmax(axis=1)
        found = np.isfinite(cosines[np.arange(len(cosines)), best]) & known[part]
        other[part] = np.where(found, best, -1)
    own = np.where(known & there[y], angle_between(x, rows[y]), np.nan)
    wrong = np.where(other >= 0, angle_between(x, rows[other]), np.nan)
    return own, wrong, other


def _directions(vectors: npt.ArrayLike) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Rows of length 1, and which have a direction; those that have none are 0."""
    v = np.asarray(vectors, dtype=np.float64)
    good = np.asarray(np.isfinite(v).all(axis=1) & v.any(axis=1))
    return unit(np.where(good[:, None], v, 0.0)), good


def decision_arcs(centers: npt.ArrayLike, points: int = 33) -> list[tuple[int, int, Array]]:
    """The edges between the regions of the nearest center, on the unit sphere.

    Args:
        centers: (C, 3), any length above 0.
        points: points on each edge, both ends among them.

    Returns:
        (i, j, (points, 3) unit vectors) for all i < j whose regions touch; of two centers alone the
        whole great circle, whose last point is the first again.
    """
    u = unit(centers)
    found = []
    for i, j in zip(*np.triu_indices(len(u), 1), strict=True):
        if angle_between(u[i], u[j]) < SHORTEST:
            continue
        _, first, second = _frame(bisector(u[i], u[j]))
        low, high = _stretch(np.stack([first, second]), u[i] - np.delete(u, [i, j], axis=0))
        if high - low > SHORTEST:
            t = np.linspace(low, high, points)[:, None]
            found.append((int(i), int(j), np.cos(t) * first + np.sin(t) * second))
    return found


def _stretch(plane: Array, ahead: Array) -> tuple[float, float]:
    """From where to where, going round a great circle, x . ahead >= 0 for every row, radians.

    The circle is cut where one of the products is 0; a piece belongs if its middle does.
    """
    across, up = plane @ ahead.T
    meets = np.hypot(across, up) > SHORTEST  # others coincide with the first center
    cuts = np.arctan2(-across[meets], up[meets])
    if not len(cuts):
        return 0.0, 2 * np.pi
    cuts = np.sort(np.concatenate([cuts, cuts + np.pi]) % (2 * np.pi))
    ends = np.append(cuts[1:], cuts[0] + 2 * np.pi)
    middle = (cuts + ends) / 2
    inside = np.cos(middle)[:, None] * across[meets] + np.sin(middle)[:, None] * up[meets]
    kept = (inside > 0).all(axis=1) & (ends - cuts > SHORTEST)
    if not kept.any():
        return 0.0, 0.0
    start = cuts[kept & ~np.roll(kept, 1)][0]
    return float(start), float(start + (ends - cuts)[kept].sum())


def decision_directions(centers: npt.ArrayLike) -> Array:
    """The directions on the circle halfway between neighboring centers, (C, 2) -> (K, 2).

    Args:
        centers: (C, 2), any length above 0.

    Returns:
        (K, 2) unit vectors, counterclockwise; none for a single direction.
    """
    u = unit(centers)
    angles = np.sort(np.arctan2(u[:, 1], u[:, 0]))
    gaps = np.append(angles[1:], angles[:1] + 2 * np.pi) - angles
    apart = (gaps > SHORTEST) & (gaps < 2 * np.pi - SHORTEST)
    middle = (angles + gaps / 2)[apart]
    return np.stack([np.cos(middle), np.sin(middle)], axis=1)
