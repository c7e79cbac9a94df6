"""Boundaries: for an angle to the own center, the angle to another center at which the two tie.

    normface   theta_2 = theta_1
    cosface    theta_2 = arccos(cos(theta_1) - m)
    arcface    theta_2 = theta_1 + m                     while theta_1 <= pi - m
    softmax    theta_2 = arccos(|W_1| cos(theta_1) / |W_2|)

theta_1 is the angle to the true center, theta_2 the angle to the other one (radians, 0 to pi). At
the tie each of the two has probability 1/2; a larger theta_2 is on the right side. Where no theta_2
ties (the true class wins, or loses, whatever that angle) the answer is NaN.

A boundary is one function and one line of BOUNDARIES.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, call, margin_of, treatment_of
from facelab.geometry.curves import target_curve

HALVINGS = 60  # bisection of at most pi radians: 60 halvings end below 1e-17


def _arccos(cosine: Array) -> Array:
    """Arccos, with NaN and no warning outside -1..1."""
    return np.arccos(np.where(np.abs(cosine) <= 1, cosine, np.nan))


def softmax(theta_1: npt.ArrayLike, *, lengths: tuple[float, float] = (1.0, 1.0)) -> Array:
    """|W_1| cos(theta_1) = |W_2| cos(theta_2): a straight line, and not the bisector.

    Args:
        theta_1: angle to the true row, radians, any shape.
        lengths: (|W_1|, |W_2|), above 0. Without a bias.
    """
    if not all(np.isfinite(length) and length > 0 for length in lengths):
        raise ValueError(f"lengths must be two numbers above 0, not {lengths!r}")
    return _arccos(np.cos(np.asarray(theta_1, dtype=np.float64)) * (lengths[0] / lengths[1]))


def normface(theta_1: npt.ArrayLike) -> Array:
    """theta_2 = theta_1: the bisector."""
    return np.array(theta_1, dtype=np.float64)


def cosface(theta_1: npt.ArrayLike, *, margin: npt.ArrayLike, easy_margin: bool = False) -> Array:
    """theta_2 = arccos(cos(theta_1) - m), while cos(theta_1) >= m - 1.

    Args:
        theta_1: angle to the true center, radians, any shape.
        margin: m, cosine units.
        easy_margin: no margin from theta_1 = 90 degrees on.
    """
    angle, m = np.asarray(theta_1, dtype=np.float64), margin_of(margin)
    tie = _arccos(np.cos(angle) - m)
    return np.where(angle < np.pi / 2, tie, angle) if easy_margin else tie


def arcface(theta_1: npt.ArrayLike, *, margin: npt.ArrayLike, beyond_pi: str = "linear") -> Array:
    """theta_2 = theta_1 + m while that is at most pi: an arc of length m, the same everywhere.

    Beyond: linear arccos(cos(theta_1) - m sin(m)); none 2 pi - theta_1 - m, coming back; clip pi;
    keep and easy theta_1 (easy from 90 degrees on); shift arccos(cos(theta_1) - 1 + cos(m)).

    Args:
        theta_1: angle to the true center, radians, any shape.
        margin: m, radians, 0 to pi.
        beyond_pi: one of the words above.
    """
    angle, m = np.asarray(theta_1, dtype=np.float64), margin_of(margin, most=np.pi)
    total = angle + m
    folded = np.where(total <= np.pi, total, 2 * np.pi - total)
    if treatment_of(beyond_pi) == "easy":
        return np.where(angle < np.pi / 2, folded, angle)
    beyond = {
        "linear": _arccos(np.cos(angle) - m * np.sin(m)),
        "none": folded,
        "clip": np.full_like(total, np.pi),
        "keep": angle,
        "shift": _arccos(np.cos(angle) - 1 + np.cos(m)),
    }[beyond_pi]
    return np.where(total <= np.pi, total, beyond)


BOUNDARIES: dict[str, Callable[..., Array]] = {
    "softmax": softmax,
    "normface": normface,
    "cosface": cosface,
    "arcface": arcface,
}


def boundary(loss: str, theta_1: npt.ArrayLike, **settings: Any) -> Array:
    """The boundary of a loss by its key.

    Args:
        loss: a key of BOUNDARIES.
        theta_1: angle to the true center, radians, any shape.
        settings: the loss's keywords; those that do not move the boundary may be among them.

    Returns:
        theta_2, the shape of theta_1, radians; NaN where nothing ties.

    Raises:
        ValueError: if the loss has no boundary in closed form, or a value is out of range.
    """
    return call("boundary", BOUNDARIES, loss, theta_1, settings)


def tie_between(loss: str, separation: npt.ArrayLike, **settings: Any) -> Array:
    """How far from its own center an embedding on the arc to another center may go.

    The angle theta_1 at which psi(theta_1) = cos(separation - theta_1), found by bisection. Between
    this angle and its mirror image from the other center lies the margin band. For ArcFace it is
    (separation - m)/2, for CosFace separation/2 - arcsin(m / (2 sin(separation/2))).

    Args:
        loss: a key of TARGET_CURVES.
        separation: angle between the two centers, radians, any shape.
        settings: as for `target_curve`.

    Returns:
        theta_1, the shape of separation, radians; NaN where the margin leaves no room at all.
    """
    whole = np.asarray(separation, dtype=np.float64)
    low, high = np.zeros_like(whole), whole
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = target_curve(loss, middle, **settings) >= np.cos(whole - middle)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    room = target_curve(loss, np.zeros_like(whole), **settings) >= np.cos(whole)
    return np.where(room, low, np.nan)
