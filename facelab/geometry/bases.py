"""The curves that stand by themselves, and on which other losses build.

    softmax    |W_y| cos(theta)
    normface   psi(theta) = cos(theta)
    cosface    psi(theta) = cos(theta) - m
    arcface    psi(theta) = cos(theta + m)    while theta <= pi - m; beyond, see `arcface`

theta is the angle between an embedding and its own center (radians, 0 to pi), m the margin (cosine
units for CosFace, radians for ArcFace).
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import (
    BASES,
    Array,
    angle_of,
    lengths_of,
    margin_of,
    treatment_of,
    word_of,
)


def softmax(theta: npt.ArrayLike, *, lengths: tuple[float, float] = (1.0, 1.0)) -> Array:
    """|W_1| cos(theta): the row of the true class has a length.

    Args:
        theta: angle to the true row, radians, any shape.
        lengths: (|W_1|, |W_2|) of the true and the other row, above 0.
    """
    return lengths_of(lengths)[0] * np.cos(angle_of(theta))


def normface(theta: npt.ArrayLike) -> Array:
    """psi(theta) = cos(theta); theta in radians, any shape."""
    return np.cos(angle_of(theta))


def cosface(theta: npt.ArrayLike, *, margin: npt.ArrayLike, easy_margin: bool = False) -> Array:
    """psi(theta) = cos(theta) - m; with `easy_margin` only where theta < 90 degrees.

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, cosine units.
        easy_margin: leave the cosine alone from 90 degrees on.
    """
    angle, m = angle_of(theta), margin_of(margin)
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
    angle, m = angle_of(theta), margin_of(margin, most=np.pi)
    return turned(angle, angle + m, m, treatment_of(beyond_pi))


def uniface(theta: npt.ArrayLike, *, margin: npt.ArrayLike) -> Array:
    """psi(theta) = cos(theta) - m, m in cosine units, as in `cosface`."""
    return cosface(theta, margin=margin)


def unitsface(
    theta: npt.ArrayLike, *, margin: float, sample_margin: float = 0.1, terms: str = "both"
) -> Array:
    """psi(theta) = cos(theta) - m of the part over centers.

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, cosine units.
        sample_margin: m_s, cosine units.
        terms: "both"; with "samples" there are no centers: psi is that of the part over samples,
            cos(theta) - m_s, and theta the angle to the person's embedding that was seen last.
    """
    samples = word_of("terms", terms, ("both", "samples")) == "samples"
    return cosface(theta, margin=sample_margin if samples else margin)


def turned(angle: Array, phi: Array, ahead: Array, beyond_pi: str) -> Array:
    """cos(phi) while phi <= pi; beyond, what `beyond_pi` says.

    Args:
        angle: theta, radians.
        phi: the angle into which theta is turned, radians.
        ahead: by how much phi is ahead of theta when it reaches pi, radians.
        beyond_pi: one of the six words of `arcface`.
    """
    plain, cosine = np.cos(angle), np.cos(phi)
    beyond = {
        "linear": plain - ahead * np.sin(ahead),
        "none": cosine,
        "clip": np.full_like(cosine, -1.0),
        "keep": plain,
        "shift": plain - (1 - np.cos(ahead)),
        "easy": plain,
    }[beyond_pi]
    within = angle < np.pi / 2 if beyond_pi == "easy" else phi <= np.pi
    return np.where(within, cosine, beyond)


def base_curve(base: str, theta: npt.ArrayLike, margin: npt.ArrayLike, beyond_pi: str) -> Array:
    """The curve of "softmax" (the plain cosine), "cosface" or "arcface"; m as that one has it."""
    if word_of("base", base, BASES) == "softmax":
        return normface(theta)
    if base == "cosface":
        return cosface(theta, margin=margin)
    return arcface(theta, margin=margin, beyond_pi=beyond_pi)
