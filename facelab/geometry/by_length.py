"""Losses whose margin follows the length of an embedding: AdaFace and MagFace.

    adaface   psi(theta) = cos(theta - m z) - m (1 + z),    z in -1..1 the quality of the picture
    magface   psi(theta) = cos(theta + m(a)),               m(a) on a line from l_m to u_m

z and a come from the length |x|: z = h (|x| - mu)/(sigma + eps), stopped at -1 and 1, where mu and
sigma are the mean and the spread of lengths; a = |x|, stopped at l_a and u_a.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, angle_of, margin_of, number_of, treatment_of
from facelab.geometry.bases import turned

EPS = 1e-3  # AdaFace keeps cosines, angles from 0 and pi, and the spread this far off
LENGTHS = 1e-3, 100.0  # where AdaFace stops lengths


def adaface_quality(
    embedding_length: npt.ArrayLike,
    *,
    h: float = 0.333,
    mean: float = 20.0,
    deviation: float = 100.0,
) -> Array:
    """z = h (|x| - mu)/(sigma + eps), stopped at -1 (a poor picture) and 1.

    Args:
        embedding_length: |x|, at least 0, any shape.
        h: concentration, at least 0, no unit.
        mean: mu, the running mean of lengths.
        deviation: sigma, their running standard deviation, at least 0.
    """
    longness = np.clip(number_of("embedding_length", embedding_length, 0), *LENGTHS) - number_of(
        "mean", mean
    )
    spread = number_of("deviation", deviation, 0) + EPS
    return np.clip(number_of("h", h, 0) * longness / spread, -1, 1)


def adaface(
    theta: npt.ArrayLike,
    *,
    margin: float,
    quality: npt.ArrayLike | None = None,
    embedding_length: npt.ArrayLike | None = None,
    h: float = 0.333,
    mean: float = 20.0,
    deviation: float = 100.0,
) -> Array:
    """psi(theta) = cos(theta - m z) - m (1 + z); both angles stay off 0 and pi.

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, 0 to pi/2, radians and cosine units.
        quality: z, -1 to 1; if it is not given, that of the length.
        embedding_length: |x|; if neither is given, an average one, z = 0.
        h, mean, deviation: see `adaface_quality`.
    """
    m = margin_of(margin, most=np.pi / 2)
    if quality is None:
        known = {"h": h, "mean": mean, "deviation": deviation}
        quality = 0.0 if embedding_length is None else adaface_quality(embedding_length, **known)
    z = number_of("quality", quality, -1, 1)
    kept = np.arccos(adaface_negative(theta, theta))
    return np.cos(np.clip(kept - m * z, EPS, np.pi - EPS)) - m * (1 + z)


def adaface_negative(theta_2: npt.ArrayLike, theta_1: npt.ArrayLike) -> Array:
    """cos(theta_2), stopped at -(1 - eps) and 1 - eps; theta_1 is without effect."""
    return np.clip(np.cos(angle_of(theta_2)), -1 + EPS, 1 - EPS)


def magface_margin(
    embedding_length: npt.ArrayLike,
    *,
    shortest: float,
    longest: float,
    least_margin: float,
    most_margin: float,
) -> Array:
    """m(a): l_m up to the length l_a, u_m from the length u_a on, a line between.

    Args:
        embedding_length: |x|, at least 0, any shape.
        shortest: l_a, at least 0.
        longest: u_a, above l_a.
        least_margin: l_m, radians, 0 to pi.
        most_margin: u_m, radians, l_m to pi.

    Raises:
        ValueError: if the ends are not in order.
    """
    if not 0 <= shortest < longest:
        raise ValueError(f"longest must be above shortest ({shortest:g}), not {longest:g}")
    least = number_of("least_margin", least_margin, 0, np.pi)
    most = number_of("most_margin", most_margin, float(least), np.pi)
    a = number_of("embedding_length", embedding_length, 0)
    return np.asarray(np.interp(a, [shortest, longest], [float(least), float(most)]))


def magface(
    theta: npt.ArrayLike,
    *,
    shortest: float,
    longest: float,
    least_margin: float,
    most_margin: float,
    embedding_length: npt.ArrayLike | None = None,
    beyond_pi: str = "linear",
) -> Array:
    """psi(theta) = cos(theta + m(a)).

    Args:
        theta: angle to the true center, radians, any shape.
        shortest, longest, least_margin, most_margin: see `magface_margin`.
        embedding_length: |x|; halfway from shortest to longest if it is not given.
        beyond_pi: see `arcface`.
    """
    a = (shortest + longest) / 2 if embedding_length is None else embedding_length
    ends = {"shortest": shortest, "longest": longest}
    m = magface_margin(a, **ends, least_margin=least_margin, most_margin=most_margin)
    angle = angle_of(theta)
    return turned(angle, angle + m, m, treatment_of(beyond_pi))
