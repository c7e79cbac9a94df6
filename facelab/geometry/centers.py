"""How far apart the centers stand, and what that leaves to be gained.

    room of a center     (angle to the nearest other center - m) / 2
    lowest loss          log(1 + (C - 1) exp(-s C / (C - 1)))

m is the margin (radians), s the scale, C the number of classes. The lowest loss is reached where C
centers form a regular simplex (all cosines -1/(C - 1), which needs C - 1 dimensions) and every
embedding lies on its center.

Source: Wang, Xiang, Cheng, Yuille, "NormFace", ACM MM 2017, arXiv:1704.06369, for the lowest loss.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, number_of, word_of
from facelab.geometry.sphere import angle_between, unit

CLOSE = 1e-9  # pi / (pi / 7) is 7, and may come out below
ROWS = 1024  # centers compared with all others at a time: C x C cosines need not fit into memory


def nearest_center(centers: npt.ArrayLike) -> tuple[Array, npt.NDArray[np.int64]]:
    """For each center, the nearest other one.

    Args:
        centers: (C, D), C at least 2, any length above 0.

    Returns:
        (C,) angle in radians, (C,) index of the nearest other center.

    Raises:
        ValueError: if there are fewer than two centers, or one has no direction.
    """
    rows = _centers(centers)
    u = unit(rows)
    if len(u) < 2:
        raise ValueError(f"at least 2 centers are needed to have a nearest one, not {len(u)}")
    index = np.empty(len(u), dtype=np.int64)
    for start in range(0, len(u), ROWS):
        cosines = u[start : start + ROWS] @ u.T
        own = np.arange(len(cosines))
        cosines[own, start + own] = -np.inf
        index[start : start + ROWS] = cosines.argmax(axis=1)
    return angle_between(u, u[index]), index


def angles_to_own_center(
    embeddings: npt.ArrayLike, centers: npt.ArrayLike, labels: npt.ArrayLike
) -> Array:
    """The angle between each embedding and the center of its class.

    Args:
        embeddings: (N, D), any length; one of length 0 is at pi/2 from everything.
        centers: (C, D), any length above 0.
        labels: (N,) whole numbers in 0..C-1.

    Returns:
        (N,) radians.

    Raises:
        ValueError: if a shape does not fit or a label is outside 0..C-1.
    """
    x, rows, y = np.asarray(embeddings, np.float64), _centers(centers), np.asarray(labels)
    if x.ndim != 2 or x.shape[1] != rows.shape[1]:
        raise ValueError(f"embeddings must have shape (N, {rows.shape[1]}), not {x.shape}")
    if y.shape != x.shape[:1] or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels must be ({len(x)},) whole numbers, not {y.dtype} {y.shape}")
    if y.size and not (y.min() >= 0 and y.max() < len(rows)):
        wrong = y.min() if y.min() < 0 else y.max()
        raise ValueError(f"labels must be in 0..{len(rows) - 1}, but one is {wrong}")
    return angle_between(x, rows[y])


def _centers(centers: npt.ArrayLike) -> Array:
    rows = np.asarray(centers, dtype=np.float64)
    if rows.ndim != 2:
        raise ValueError(f"centers must have shape (C, D), not {rows.shape}")
    good = np.isfinite(rows).all(axis=1) & rows.any(axis=1)
    if not good.all():
        raise ValueError(f"center {np.argmin(good)} is 0, NaN or infinite: it has no direction")
    return rows


def cap_radius(nearest_angle: npt.ArrayLike, margin: npt.ArrayLike) -> Array:
    """Radius of the cap in which an additive angular margin is kept from every other center.

    Args:
        nearest_angle: angle to the nearest other center, radians, any shape.
        margin: m, radians.

    Returns:
        (nearest_angle - m)/2, radians; 0 where the centers are nearer than the margin.
    """
    room = np.asarray(nearest_angle, dtype=np.float64) - np.asarray(margin, dtype=np.float64)
    return np.maximum(room / 2, 0.0)


def circle_capacity(radius: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """How many caps of one radius lie side by side on a circle: floor(pi / radius).

    Args:
        radius: radians, above 0, any shape; for example what `lines` accepts.

    Returns:
        whole numbers, the shape of radius; a cap wider than the circle is one, or none beyond pi.

    Raises:
        ValueError: if a radius is not above 0.
    """
    r = np.asarray(radius, dtype=np.float64)
    _check(r > 0, r, "radius must be above 0")
    return np.asarray(np.floor(np.pi / r + CLOSE), dtype=np.int64)


def violating_pairs(
    centers: npt.ArrayLike, margin: float, *, distance: str = "squared"
) -> tuple[npt.NDArray[np.int64], Array]:
    """The pairs of people whose centers are nearer than the minimum margin, and by how much.

    Each pair adds M - |c_i - c_j|^2 to the minimum margin loss, and is pushed apart in proportion
    to c_i - c_j.

    Args:
        centers: (C, D), as they come: lengths count, except for "cosine".
        margin: M, at least 0; the unit of the distance.
        distance: "squared" |c_i - c_j|^2, "plain" for its root, or "cosine", 1 - cos.

    Returns:
        (P, 2) indices i < j, (P,) shortfalls above 0; their sum is the loss.

    Raises:
        ValueError: if a center has no direction, or an argument is not allowed.
    """
    rows = _centers(centers)
    word_of("distance", distance, ("squared", "plain", "cosine"))
    u = unit(rows) if distance == "cosine" else rows
    first, second = np.triu_indices(len(u), 1)
    gap = ((u[first] - u[second]) ** 2).sum(axis=1)
    gap = {"squared": gap, "plain": np.sqrt(gap), "cosine": gap / 2}[distance]
    short = float(number_of("margin", margin, 0)) - gap
    found = np.stack([first, second], axis=1)[short > 0].astype(np.int64)
    return found, short[short > 0]


def normface_lower_bound(scale: npt.ArrayLike, num_classes: npt.ArrayLike) -> Array:
    """log(1 + (C - 1) exp(-s C/(C - 1))): no centers and no embeddings give NormFace less.

    Args:
        scale: s, at least 0, any shape.
        num_classes: C, at least 2; broadcasts against scale.

    Returns:
        nats; never overflows.

    Raises:
        ValueError: if a scale is negative or NaN, or a number of classes below 2.
    """
    s, c = np.asarray(scale, dtype=np.float64), np.asarray(num_classes, dtype=np.float64)
    _check(s >= 0, s, "scale must be at least 0")
    _check(c >= 2, c, "num_classes must be at least 2")
    return np.asarray(np.logaddexp(0.0, np.log(c - 1) - s * c / (c - 1)))


def scale_to_reach(loss: npt.ArrayLike, num_classes: npt.ArrayLike) -> Array:
    """The least scale with which NormFace can reach a loss: the lower bound turned round.

    s = (C - 1)/C log((C - 1)/(exp(L) - 1))

    Args:
        loss: L, nats, above 0, any shape.
        num_classes: C, at least 2; broadcasts against loss.

    Returns:
        s; 0 where any scale will do (L at least log C).
    """
    low, c = np.asarray(loss, dtype=np.float64), np.asarray(num_classes, dtype=np.float64)
    _check(low > 0, low, "loss must be above 0")
    _check(c >= 2, c, "num_classes must be at least 2")
    excess = low + np.log1p(-np.exp(-low))  # log(exp(L) - 1), which would overflow
    return np.maximum((c - 1) / c * (np.log(c - 1) - excess), 0.0)


def _check(good: npt.NDArray[np.bool_] | np.bool_, values: Array, sentence: str) -> None:
    if not np.all(good):
        raise ValueError(f"{sentence}, not {values[~np.asarray(good)].flat[0]:g}")
