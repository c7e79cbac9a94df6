"""Points, circles and turns of the unit sphere.

    cap(c, r)       = { cos(r) c + sin(r) (cos(t) e_1 + sin(t) e_2) },   0 <= t <= 2 pi
    angle_between   = 2 arctan2(|u - v|, |u + v|)

c is a center (a unit vector), r an angle (radians), e_1 and e_2 two directions square to c and to
each other. The angle is exact where arccos(u . v) is not: beside 0 and beside pi.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))  # radians; no two steps of it ever line up


def unit(vectors: npt.ArrayLike) -> Array:
    """Vectors turned to length 1 along their last axis; a vector of length 0 stays 0."""
    v = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    turned: Array = np.divide(v, length, out=np.zeros_like(v), where=length > 0)
    return turned


def angle_between(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Angle between vectors along the last axis, radians; pi/2 where one of them is 0.

    Args:
        a, b: (..., D), of any length; leading axes broadcast.
    """
    u, v = unit(a), unit(b)
    apart, together = np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1)
    nothing = (apart == 0) & (together == 0)
    return np.asarray(np.where(nothing, np.pi / 2, 2 * np.arctan2(apart, together)))


def _frame(axis: npt.ArrayLike) -> tuple[Array, Array, Array]:
    """The axis as a unit vector and two directions square to it and to each other."""
    c = unit(_vector(axis, "the axis"))
    aside = np.zeros(3)
    aside[np.argmin(np.abs(c))] = 1.0
    first = unit(np.cross(c, aside))
    return c, first, np.cross(c, first)


def _vector(vector: npt.ArrayLike, what: str) -> Array:
    v = np.asarray(vector, dtype=np.float64)
    if v.shape != (3,):
        raise ValueError(f"{what} must have shape (3,), not {v.shape}")
    if not np.isfinite(v).all() or not v.any():
        raise ValueError(f"{what} must be finite and longer than 0, not {v.tolist()}")
    return v


def cap(center: npt.ArrayLike, radius: float, points: int = 64) -> Array:
    """The rim of a cap: all points at the angle `radius` from a center.

    Args:
        center: (3,), any length above 0.
        radius: radians.
        points: points on the curve; the last one is the first again.

    Returns:
        (points, 3) unit vectors.
    """
    c, first, second = _frame(center)
    t = np.linspace(0, 2 * np.pi, points)[:, None]
    rim: Array = np.cos(radius) * c + np.sin(radius) * (np.cos(t) * first + np.sin(t) * second)
    return rim


def great_circle(normal: npt.ArrayLike, points: int = 64) -> Array:
    """The great circle square to a direction, (3,) -> (points, 3): a cap of 90 degrees."""
    return cap(normal, np.pi / 2, points)


def arc(start: npt.ArrayLike, end: npt.ArrayLike, points: int = 32) -> Array:
    """The shortest way between two directions on the unit sphere.

    Args:
        start, end: (D,), any length above 0.
        points: points on the way, both ends among them.

    Returns:
        (points, D) unit vectors, evenly spaced.

    Raises:
        ValueError: if the two are opposite: every way is then the shortest.
    """
    u, v = unit(start), unit(end)
    whole = float(angle_between(u, v))
    if np.pi - whole < 1e-9:
        raise ValueError("the two directions are opposite; there is no one shortest arc")
    side = unit(v - np.dot(u, v) * u)
    t = np.linspace(0, whole, points)[:, None]
    way: Array = np.cos(t) * u + np.sin(t) * side
    return way


def bisector(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Normal of the plane in which the angles to a and b are equal, (D,), (D,) -> (D,).

    In 3-D `great_circle(bisector(a, b))` is the boundary of NormFace.

    Raises:
        ValueError: if a and b point the same way: their angles are equal everywhere.
    """
    normal = unit(a) - unit(b)
    if np.linalg.norm(normal) < 1e-12:
        raise ValueError("the two directions are the same; every plane is their bisector")
    return unit(normal)


def fibonacci_sphere(n: int) -> Array:
    """n points spread evenly over the sphere, (n, 3): even in height, golden in longitude."""
    k = np.arange(_count(n))
    height = 1 - (2 * k + 1) / n
    ring = np.sqrt(1 - height**2)
    return np.stack([ring * np.cos(GOLDEN_ANGLE * k), ring * np.sin(GOLDEN_ANGLE * k), height], 1)


def regular_polygon(n: int) -> Array:
    """n points spread evenly over the circle, (n, 2), counterclockwise from (1, 0)."""
    t = 2 * np.pi * np.arange(_count(n)) / n
    return np.stack([np.cos(t), np.sin(t)], axis=1)


def _count(n: int) -> int:
    if n < 1:
        raise ValueError(f"the number of points must be at least 1, not {n}")
    return n


def rotation(axis: npt.ArrayLike, angle: float) -> Array:
    """Matrix that turns by an angle about an axis, right-handed (Rodrigues), -> (3, 3)."""
    x, y, z = unit(_vector(axis, "the axis"))
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return matrix


def view(longitude: float = -0.6, latitude: float = 0.35) -> Array:
    """Matrix for looking at the sphere from a place above it, north up, -> (3, 3).

    Args:
        longitude, latitude: of the point that faces the viewer, radians.
    """
    sin_a, cos_a = np.sin(longitude), np.cos(longitude)
    sin_b, cos_b = np.sin(latitude), np.cos(latitude)
    right = [-sin_a, cos_a, 0.0]
    up = [-sin_b * cos_a, -sin_b * sin_a, cos_b]
    toward = [cos_b * cos_a, cos_b * sin_a, sin_b]
    return np.array([right, up, toward])


def project(points: npt.ArrayLike, turn: npt.ArrayLike | None = None) -> Array:
    """Orthographic projection: (N, 3) -> (N, 3) as right, up, and depth toward the viewer.

    Args:
        points: (N, 3).
        turn: (3, 3) matrix, from `view` or `rotation`; `view()` if not given.

    Returns:
        (N, 3); points with a negative third coordinate lie on the back.
    """
    matrix = view() if turn is None else np.asarray(turn, dtype=np.float64)
    return np.asarray(points, dtype=np.float64) @ matrix.T
