"""Curves of an angle that is multiplied: SphereFace, its repair, and the combined margin.

    falling cosine   cos(phi - k pi) - 2 k,    k = floor(phi / pi)

A cosine that is mirrored each time it would rise, and so falls for ever: by 2 for every pi.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import (
    TREATMENTS,
    Array,
    angle_of,
    margin_of,
    number_of,
    positive_of,
    word_of,
)
from facelab.geometry.bases import turned

VERSIONS = ("v0", "v1", "v2")


def falling_cosine(phi: npt.ArrayLike) -> Array:
    """cos(phi - k pi) - 2 k, k = floor(phi / pi).

    Args:
        phi: radians, at least 0, any shape.
    """
    k, rest = np.divmod(angle_of(phi), np.pi)
    return np.asarray(np.cos(rest) - 2 * k)


def annealing(
    steps: npt.ArrayLike,
    *,
    lam_first: float,
    lam_least: float,
    lam_rate: float = 0.0,
    lam_power: float = 1.0,
) -> Array:
    """lambda = max(lambda_min, lambda_0 (1 + rate steps)^(-power)), of SphereFace.

    Args:
        steps: training batches seen, at least 0, any shape.
        lam_first: lambda_0, at least 0.
        lam_least: lambda_min, at least 0.
        lam_rate: rate, at least 0, 1/step.
        lam_power: power, at least 0.
    """
    given = {"steps": steps, "lam_first": lam_first, "lam_least": lam_least}
    given |= {"lam_rate": lam_rate, "lam_power": lam_power}
    n, first, least, rate, power = (number_of(name, value, 0) for name, value in given.items())
    return np.maximum(first * (1 + rate * n) ** -power, least)


def sphereface(
    theta: npt.ArrayLike,
    *,
    margin: float,
    lam_first: float = 0.0,
    lam_least: float = 0.0,
    lam_rate: float = 0.0,
    lam_power: float = 1.0,
    steps: int = 0,
    lam: npt.ArrayLike | None = None,
) -> Array:
    """psi(theta) = (lambda cos(theta) + F(m theta)) / (1 + lambda), F the falling cosine.

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, at least 1, no unit.
        lam_first, lam_least, lam_rate, lam_power, steps: see `annealing`.
        lam: lambda itself, at least 0, instead of these; 0 hides nothing of F.
    """
    angle, m = angle_of(theta), number_of("margin", margin, 1)
    if lam is None:
        schedule = {"lam_first": lam_first, "lam_least": lam_least}
        lam = annealing(steps, **schedule, lam_rate=lam_rate, lam_power=lam_power)
    mix = number_of("lam", lam, 0)
    return (mix * np.cos(angle) + falling_cosine(m * angle)) / (1 + mix)


def sphereface_r(theta: npt.ArrayLike, *, margin: float, version: str = "v0") -> Array:
    """v0 the falling cosine of m theta; v1 cos(min(m theta, pi)); v2 cos(theta).

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, at least 1, no unit; in v2 it sits on the negatives.
        version: "v0", "v1" or "v2".
    """
    phi = number_of("margin", margin, 1) * angle_of(theta)
    if word_of("version", version, VERSIONS) == "v2":
        return np.cos(angle_of(theta))
    return falling_cosine(phi) if version == "v0" else np.cos(np.minimum(phi, np.pi))


def sphereface_r_negative(
    theta_2: npt.ArrayLike, theta_1: npt.ArrayLike, *, margin: float, version: str = "v0"
) -> Array:
    """In v2 cos(theta_2 / m), as if the other center were nearer; cos(theta_2) otherwise."""
    m = number_of("margin", margin, 1)
    return np.cos(angle_of(theta_2) / (m if word_of("version", version, VERSIONS) == "v2" else 1))


def combined_margin(
    theta: npt.ArrayLike, *, m1: float, m2: float, m3: float, beyond_pi: str = "linear"
) -> Array:
    """psi(theta) = cos(m1 theta + m2) - m3 while m1 theta + m2 <= pi.

    Beyond, the words of `arcface`, with pi - (pi - m2)/m1 for m: the angle by which m1 theta + m2
    is ahead of theta when it gets to pi. "fold" is the falling cosine.

    Args:
        theta: angle to the true center, radians, any shape.
        m1: factor, above 0, no unit.
        m2: added angle, radians, 0 to pi.
        m3: lowers the cosine, at least 0, cosine units.
        beyond_pi: a word of `arcface`, or "fold".
    """
    angle, factor = angle_of(theta), positive_of("m1", m1)
    added, lowered = number_of("m2", m2, 0, np.pi), number_of("m3", m3, 0)
    phi = factor * angle + added
    if word_of("beyond_pi", beyond_pi, (*TREATMENTS, "fold")) == "fold":
        return falling_cosine(phi) - lowered
    return turned(angle, phi, np.pi - (np.pi - added) / factor, beyond_pi) - lowered


def combined_margin_negative(
    theta_2: npt.ArrayLike, theta_1: npt.ArrayLike, *, filter_above: float = 1.0
) -> Array:
    """cos(theta_2), or 0 where it is above the filter.

    Args:
        theta_2: angle to another center, radians, any shape.
        theta_1: angle to the true center; without effect.
        filter_above: cosine above which a negative is filtered, 0 to 1; 1 filters none.
    """
    cosine = np.cos(angle_of(theta_2))
    return np.where(cosine > margin_of(filter_above, most=1.0), 0.0, cosine)
