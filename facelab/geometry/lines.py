"""One threshold for everybody, and no competition: two lines instead of a boundary.

    sphereface2   yes where P(theta) > -b/r               no where N(theta) < -b/r
    uniface       yes where cos(theta) > b/s + m          no where cos(theta) < b/s
    marginal      one person where |u - v|^2 < theta - xi     two where |u - v|^2 > theta + xi

b is the bias, r or s the scale, m the margin; P and N are the curves of `thresholds`. Everybody has
a cap of the same radius around the own center; an image between the two lines is neither in nor
out.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, arccos, call, margin_of, number_of, positive_of, word_of
from facelab.geometry.curves import TARGET_CURVES
from facelab.geometry.thresholds import (
    KINDS,
    TURNED,
    sphereface2,
    sphereface2_negative,
    unsharpened,
)

COSFACE = 'the form "softmax" has no threshold; its boundary is that of cosface'


def sphereface2_lines(
    *,
    bias: npt.ArrayLike,
    scale: npt.ArrayLike,
    margin: float,
    sharpness: float,
    kind: str = "C",
    turned: str = "positives",
) -> tuple[Array, Array]:
    """Angles at which the yes to the own person and the no to another one change.

    The own person is accepted nearer than the first, another one refused beyond the second. What
    kind A does beyond pi is left aside: under "none", "keep" and "easy" a yes that is lost may come
    back, under "linear" and "shift" one that b > r grants at every angle is lost.

    Args:
        bias: b, any shape.
        scale: r, above 0.
        margin, sharpness, kind, turned: as in `sphereface2_negative`.

    Returns:
        accept, reject, each the shape of b, radians; NaN where the answer is the same at every
        angle.
    """
    threshold = -number_of("bias", bias) / positive_of("scale", scale)
    m = number_of("margin", margin, 1 if kind == "M" else 0)
    plain = arccos(unsharpened(threshold, sharpness))
    if word_of("kind", kind, KINDS) == "C":
        lines = arccos(unsharpened(threshold + m, sharpness))
        return lines, arccos(unsharpened(threshold - m, sharpness))
    if kind == "M":
        return plain / m, plain
    outer = plain + (m if word_of("turned", turned, TURNED) == "both" else 0)
    return _kept(plain - m), _kept(outer)


def _kept(angle: Array) -> Array:
    return np.where((angle >= 0) & (angle <= np.pi), angle, np.nan)


def threshold_room(
    nearest_angle: npt.ArrayLike, *, margin: float, sharpness: float, kind: str = "C"
) -> tuple[Array, Array]:
    """The thresholds -b/r under which a SphereFace2 cap holds its center and no other.

        N(angle to the nearest center)  <  -b/r  <  P(0)

    For kind C there is room while m < (1 - g(cos delta))/2, for A while m < delta, for M always.

    Args:
        nearest_angle: delta, angle to the nearest other center, radians, any shape.
        margin, sharpness, kind: as in `sphereface2`.

    Returns:
        low, high: each the shape of nearest_angle; no room where low is above high.
    """
    low = sphereface2_negative(nearest_angle, 0.0, margin=margin, sharpness=sharpness, kind=kind)
    high = sphereface2(np.zeros_like(low), margin=margin, sharpness=sharpness, kind=kind)
    return low, high


def uniface_lines(
    *, bias: npt.ArrayLike, scale: npt.ArrayLike, margin: float, form: str = "unified"
) -> tuple[Array, Array]:
    """Accepted nearer than arccos(b/s + m), refused beyond arccos(b/s).

    Args:
        bias: b, any shape; one for each person with "bce".
        scale: s, above 0.
        margin: m, cosine units.
        form: "unified" or "bce".

    Returns:
        accept, reject, each the shape of b, radians; NaN where the answer never changes.

    Raises:
        ValueError: if the form is "softmax", which has no threshold.
    """
    if word_of("form", form, ("unified", "bce", "softmax")) == "softmax":
        raise ValueError(COSFACE)
    threshold = number_of("bias", bias) / positive_of("scale", scale)
    return arccos(threshold + margin_of(margin)), arccos(threshold)


def unitsface_lines(
    *, bias: npt.ArrayLike, scale: npt.ArrayLike, sample_margin: float, form: str = "unified"
) -> tuple[Array, Array]:
    """The lines of UniFace between samples, with the margin m_s; see `uniface_lines`."""
    return uniface_lines(bias=bias, scale=scale, margin=sample_margin, form=form)


def marginal_lines(*, threshold: npt.ArrayLike, slack: npt.ArrayLike) -> tuple[Array, Array]:
    """Angles at which the squared distances theta - xi and theta + xi lie.

    Two images of one person are done nearer than the first, those of two people beyond the second.

    Args:
        threshold: theta, 0 to 4, squared distance on the unit sphere.
        slack: xi, at least 0, the same unit.

    Returns:
        accept, reject: radians; NaN where no pair is that near, or that far.
    """
    middle, half = number_of("threshold", threshold, 0, 4), number_of("slack", slack, 0)
    return arccos(1 - (middle - half) / 2), arccos(1 - (middle + half) / 2)


LINES: dict[str, Callable[..., tuple[Array, Array]]] = {
    "sphereface2": sphereface2_lines,
    "uniface": uniface_lines,
    "unitsface": unitsface_lines,
    "marginal": marginal_lines,
}


def lines(loss: str, **settings: Any) -> tuple[Array, Array]:
    """The two lines of a loss that asks yes-or-no questions under one threshold.

    Args:
        loss: a key of LINES.
        settings: the loss's keywords, and the `bias` its training has come to.

    Returns:
        accept, reject: a yes to the own person nearer than the first angle, a no to another one
        beyond the second, radians; NaN where the answer is the same at every angle.

    Raises:
        ValueError: if the loss has no lines, a setting is unknown or missing, or a value is out of
            range.
    """
    beside = TARGET_CURVES.get(loss)
    found: tuple[Array, Array] = call("pair of lines", LINES, loss, (), settings, beside)
    return found
