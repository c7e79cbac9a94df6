"""Where two people tie: theta_2 for theta_1, one function for each kind of curve.

    softmax           theta_2 = arccos(|W_1| cos(theta_1) / |W_2|)
    normface          theta_2 = theta_1
    cosface           theta_2 = arccos(cos(theta_1) - m)
    arcface           theta_2 = theta_1 + m                           while theta_1 <= pi - m
    sphereface_r v2   theta_2 = m theta_1
    triplet           theta_2 = arccos(cos(theta_1) - alpha/2)
    others            theta_2 = arccos(psi(theta_1))                  against a plain cosine

theta_1 is the angle to the true center, theta_2 to the other one (radians); NaN where none ties.
"""

from collections.abc import Callable
from functools import wraps

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import (
    ROUNDING,
    Array,
    angle_of,
    arccos,
    lengths_of,
    margin_of,
    number_of,
    treatment_of,
    word_of,
)
from facelab.geometry.bases import unitsface
from facelab.geometry.by_length import EPS, adaface
from facelab.geometry.multiplied import combined_margin, sphereface_r


def softmax_tie(theta_1: npt.ArrayLike, *, lengths: tuple[float, float] = (1.0, 1.0)) -> Array:
    """|W_1| cos(theta_1) = |W_2| cos(theta_2): a straight line, and not the bisector.

    Args:
        theta_1: angle to the true row, radians, any shape.
        lengths: (|W_1|, |W_2|), above 0. Without a bias.
    """
    first, second = lengths_of(lengths)
    return arccos(np.cos(angle_of(theta_1)) * (first / second))


def normface_tie(theta_1: npt.ArrayLike) -> Array:
    """theta_2 = theta_1: the bisector."""
    return np.array(theta_1, dtype=np.float64)


def cosface_tie(
    theta_1: npt.ArrayLike, *, margin: npt.ArrayLike, easy_margin: bool = False
) -> Array:
    """theta_2 = arccos(cos(theta_1) - m), while cos(theta_1) >= m - 1.

    Args:
        theta_1: angle to the true center, radians, any shape.
        margin: m, cosine units.
        easy_margin: no margin from theta_1 = 90 degrees on.
    """
    angle, m = angle_of(theta_1), margin_of(margin)
    tie = arccos(np.cos(angle) - m)
    return np.where(angle < np.pi / 2, tie, angle) if easy_margin else tie


def arcface_tie(
    theta_1: npt.ArrayLike, *, margin: npt.ArrayLike, beyond_pi: str = "linear"
) -> Array:
    """theta_2 = theta_1 + m while that is at most pi: an arc of length m, the same everywhere.

    Beyond: linear arccos(cos(theta_1) - m sin(m)); none 2 pi - theta_1 - m, coming back; clip pi;
    keep and easy theta_1 (easy from 90 degrees on); shift arccos(cos(theta_1) - 1 + cos(m)).

    Args:
        theta_1: angle to the true center, radians, any shape.
        margin: m, radians, 0 to pi.
        beyond_pi: one of the words above.
    """
    angle, m = angle_of(theta_1), margin_of(margin, most=np.pi)
    total = angle + m
    folded = np.where(total <= np.pi, total, 2 * np.pi - total)
    if treatment_of(beyond_pi) == "easy":
        return np.where(angle < np.pi / 2, folded, angle)
    beyond = {
        "linear": arccos(np.cos(angle) - m * np.sin(m)),
        "none": folded,
        "clip": np.full_like(total, np.pi),
        "keep": angle,
        "shift": arccos(np.cos(angle) - 1 + np.cos(m)),
    }[beyond_pi]
    return np.where(total <= np.pi, total, beyond)


def unitsface_tie(
    theta_1: npt.ArrayLike,
    *,
    margin: float,
    sample_margin: float = 0.1,
    terms: str = "both",
    form: str = "unified",
) -> Array:
    """theta_2 = arccos(cos(theta_1) - m), of the part over centers.

    Args:
        theta_1: angle to the true center, radians, any shape.
        margin, sample_margin, terms: see `unitsface`.
        form: "unified", "bce" or "softmax"; with `terms="samples"` people compete under "softmax"
            alone, and the others give NaN: see `lines`.
    """
    psi = unitsface(theta_1, margin=margin, sample_margin=sample_margin, terms=terms)
    competing = word_of("form", form, ("unified", "bce", "softmax")) == "softmax"
    return arccos(psi if competing or terms == "both" else np.full_like(psi, np.nan))


def against_cosine(curve: Callable[..., Array]) -> Callable[..., Array]:
    """theta_2 = arccos(psi(theta_1)): the boundary where the other class is a plain cosine."""

    @wraps(curve, assigned=())
    def tie(theta_1: npt.ArrayLike, **settings: object) -> Array:
        return arccos(curve(theta_1, **settings))

    return tie


def sphereface_r_tie(theta_1: npt.ArrayLike, *, margin: float, version: str = "v0") -> Array:
    """v0, v1: arccos(psi(theta_1)); v2: m theta_1. Both are m theta_1 up to pi."""
    if version != "v2":
        return arccos(sphereface_r(theta_1, margin=margin, version=version))
    tie = number_of("margin", margin, 1) * angle_of(theta_1)
    return np.where(tie <= np.pi, tie, np.nan)


def combined_margin_tie(
    theta_1: npt.ArrayLike,
    *,
    m1: float,
    m2: float,
    m3: float,
    beyond_pi: str = "linear",
    filter_above: float = 1.0,
) -> Array:
    """arccos(cos(m1 theta_1 + m2) - m3); NaN above the filter, where nobody else is left."""
    psi = combined_margin(theta_1, m1=m1, m2=m2, m3=m3, beyond_pi=beyond_pi)
    return arccos(np.where((psi <= filter_above) | (filter_above >= 1), psi, np.nan))


def adaface_tie(
    theta_1: npt.ArrayLike,
    *,
    margin: float,
    quality: npt.ArrayLike | None = None,
    embedding_length: npt.ArrayLike | None = None,
    h: float = 0.333,
    mean: float = 20.0,
    deviation: float = 100.0,
) -> Array:
    """arccos(cos(theta_1 - m z) - m (1 + z)); NaN where cosines have been stopped.

    Args:
        theta_1: angle to the true center, radians, any shape.
        margin, quality, embedding_length, h, mean, deviation: see `adaface`.
    """
    known = {"h": h, "mean": mean, "deviation": deviation}
    psi = adaface(
        theta_1, margin=margin, quality=quality, embedding_length=embedding_length, **known
    )
    return arccos(np.where(np.abs(psi) <= 1 - EPS + ROUNDING, psi, np.nan))


def triplet_tie(theta_1: npt.ArrayLike, *, margin: npt.ArrayLike) -> Array:
    """2 - 2 cos(theta_1) + alpha = 2 - 2 cos(theta_2): CosFace between images, m = alpha/2.

    Args:
        theta_1: angle from anchor to positive, radians, any shape; theta_2 goes to the negative.
        margin: alpha, 0 to 4, squared distance on the unit sphere.
    """
    return arccos(np.cos(angle_of(theta_1)) - number_of("margin", margin, 0, 4) / 2)
