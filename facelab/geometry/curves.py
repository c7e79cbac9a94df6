"""Target curves: what stands in for cos(theta) at the true class, as a function of the angle.

    normface   psi(theta) = cos(theta)
    cosface    psi(theta) = cos(theta) - m
    arcface    psi(theta) = cos(theta + m)    while theta <= pi - m; beyond, see `arcface`

theta is the angle between an embedding and its own center (radians, 0 to pi), m the margin (cosine
units for CosFace, radians for ArcFace). The logit is s psi(theta), s being the scale.

A curve is one function and one line of TARGET_CURVES.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, call, margin_of, treatment_of

STEP = 1e-5  # radians; half the width of the difference that gives a slope
SMOOTH = 1e-3  # where the slopes left and right differ by more, the curve has a corner or a step


def normface(theta: npt.ArrayLike) -> Array:
    """psi(theta) = cos(theta); theta in radians, any shape."""
    return np.cos(np.asarray(theta, dtype=np.float64))


def cosface(theta: npt.ArrayLike, *, margin: npt.ArrayLike, easy_margin: bool = False) -> Array:
    """psi(theta) = cos(theta) - m; with `easy_margin` only where theta < 90 degrees.

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, cosine units.
        easy_margin: leave the cosine alone from 90 degrees on.
    """
    angle, m = np.asarray(theta, dtype=np.float64), margin_of(margin)
    lowered = np.cos(angle) - m
    return np.where(angle < np.pi / 2, lowered, np.cos(angle)) if easy_margin else lowered


def arcface(theta: npt.ArrayLike, *, margin: npt.ArrayLike, beyond_pi: str = "linear") -> Array:
    """psi(theta) = cos(theta + m) while theta + m <= pi.

    Beyond, by `beyond_pi`:

        linear  cos(theta) - m sin(m)          none   cos(theta + m), which rises again
        clip    -1                             keep   cos(theta)
        shift   cos(theta) - (1 - cos(m))      easy   cos(theta) from theta = pi/2 on, and
                                                      cos(theta + m) everywhere before

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, radians, 0 to pi.
        beyond_pi: one of the six words above.
    """
    angle, m = np.asarray(theta, dtype=np.float64), margin_of(margin, most=np.pi)
    plain, turned = np.cos(angle), np.cos(angle + m)
    beyond = {
        "linear": plain - m * np.sin(m),
        "none": turned,
        "clip": np.full_like(turned, -1.0),
        "keep": plain,
        "shift": plain - (1 - np.cos(m)),
        "easy": plain,
    }[treatment_of(beyond_pi)]
    within = angle < np.pi / 2 if beyond_pi == "easy" else angle + m <= np.pi
    return np.where(within, turned, beyond)


TARGET_CURVES: dict[str, Callable[..., Array]] = {
    "normface": normface,
    "cosface": cosface,
    "arcface": arcface,
}


def target_curve(loss: str, theta: npt.ArrayLike, **settings: Any) -> Array:
    """The curve of a loss by its key.

    Args:
        loss: a key of TARGET_CURVES.
        theta: angle to the true center, radians, any shape.
        settings: the loss's keywords; those that do not move the curve may be among them
            (`scale`, and `gradient`, which changes the slope in training and not the value).

    Returns:
        psi(theta), the shape of theta, on the scale of a cosine.

    Raises:
        ValueError: if the loss has no curve or a value is out of range.
    """
    return call("target curve", TARGET_CURVES, loss, theta, settings)


def slope(loss: str, theta: npt.ArrayLike, **settings: Any) -> Array:
    """d psi / d theta, per radian, from differences of `STEP` to both sides.

    Its size over sin(theta) is the factor by which a margin enlarges the pull on an embedding:
    1 for NormFace and CosFace, sin(theta + m)/sin(theta) for ArcFace.

    Args:
        loss, theta, settings: as for `target_curve`.

    Returns:
        The shape of theta; NaN at a corner or a step, where there is no slope.
    """
    angle = np.asarray(theta, dtype=np.float64)
    low, mid, high = (target_curve(loss, angle + shift, **settings) for shift in (-STEP, 0.0, STEP))
    left, right = (mid - low) / STEP, (high - mid) / STEP
    return np.where(np.abs(right - left) < SMOOTH, (high - low) / (2 * STEP), np.nan)
