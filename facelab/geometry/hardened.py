"""Losses in which another center counts differently once it beats the true one.

    sv_softmax       t cos(theta_2) + t - 1             where cos(theta_2) > psi(theta_1)
    mv_softmax       (1 + t) cos(theta_2) + t           there; or cos(theta_2) + t, the fixed form
    curricularface   cos(theta_2) (t + cos(theta_2))    where cos(theta_2) > cos(theta_1 + m)

psi is the curve of a base; theta_1 is the angle to the true center, theta_2 to the other (radians).
SV and MV raise what beats: t - 1, or t, is the extra. CurricularFace lowers it while
t + cos(theta_2) < 1. Elsewhere another center counts as its cosine.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, angle_of, number_of, word_of
from facelab.geometry.bases import arcface, base_curve, normface

EASY = ("none", "threshold")
FORMS = ("adaptive", "fixed")


def sv_softmax(
    theta: npt.ArrayLike,
    *,
    base: str = "softmax",
    margin: float,
    easy: str = "none",
    beyond_pi: str = "linear",
) -> Array:
    """psi of the base; with `easy="threshold"` only where cos(theta) > m (cosface), 0 (arcface).

    Args:
        theta: angle to the true center, radians, any shape.
        base: "softmax", "cosface" or "arcface".
        margin: m, cosine units or radians, as the base has it; without effect for softmax.
        easy: "none", or "threshold" as in public ports.
        beyond_pi: see `arcface`.
    """
    psi, plain = base_curve(base, theta, margin, beyond_pi), normface(theta)
    if word_of("easy", easy, EASY) == "none":
        return psi
    return np.where(plain > (0 if base == "arcface" else margin), psi, plain)


def mv_softmax(
    theta: npt.ArrayLike,
    *,
    base: str = "arcface",
    margin: float,
    easy_margin: bool = False,
    beyond_pi: str = "linear",
) -> Array:
    """psi of the base; with `easy_margin` only where theta < 90 degrees.

    Args:
        theta: angle to the true center, radians, any shape.
        base, margin, beyond_pi: as in `sv_softmax`.
        easy_margin: leave the cosine alone from 90 degrees on.
    """
    psi, plain = base_curve(base, theta, margin, beyond_pi), normface(theta)
    return np.where(plain > 0, psi, plain) if easy_margin else psi


def sv_softmax_negative(
    theta_2: npt.ArrayLike,
    theta_1: npt.ArrayLike,
    *,
    base: str = "softmax",
    margin: float,
    t: float,
    beyond_pi: str = "linear",
) -> Array:
    """t cos(theta_2) + t - 1 where cos(theta_2) > psi(theta_1), an easy margin left aside.

    Args:
        theta_2: angle to another center, radians; broadcasts against theta_1.
        theta_1: angle to the true center, radians.
        base, margin, beyond_pi: as in `sv_softmax`.
        t: hardness, at least 1, no unit.
    """
    cosine, hard = normface(theta_2), number_of("t", t, 1)
    beats = cosine > base_curve(base, theta_1, margin, beyond_pi)
    return np.where(beats, hard * (cosine + 1) - 1, cosine)


def mv_softmax_negative(
    theta_2: npt.ArrayLike,
    theta_1: npt.ArrayLike,
    *,
    base: str = "arcface",
    form: str = "adaptive",
    margin: float,
    extra: float,
    beyond_pi: str = "linear",
) -> Array:
    """cos(theta_2) + t (1 + cos(theta_2)), or cos(theta_2) + t, where cos(theta_2) > psi(theta_1).

    Args:
        theta_2: angle to another center, radians; broadcasts against theta_1.
        theta_1: angle to the true center, radians.
        base, margin, beyond_pi: as in `sv_softmax`.
        form: "adaptive" or "fixed".
        extra: t, at least 0, no unit.
    """
    cosine, t = normface(theta_2), number_of("extra", extra, 0)
    raised = t * (1 + cosine) if word_of("form", form, FORMS) == "adaptive" else t
    beats = cosine > base_curve(base, theta_1, margin, beyond_pi)
    return np.where(beats, cosine + raised, cosine)


def curricularface_negative(
    theta_2: npt.ArrayLike, theta_1: npt.ArrayLike, *, margin: float, t: float = 0.0
) -> Array:
    """cos(theta_2) (t + cos(theta_2)) where cos(theta_2) > cos(theta_1 + m).

    Args:
        theta_2: angle to another center, radians; broadcasts against theta_1.
        theta_1: angle to the true center, radians; the comparison has no treatment beyond pi.
        margin: m, radians, 0 to pi.
        t: mean cosine of the training so far, -1 to 1; 0 at the start.
    """
    cosine, mean = normface(theta_2), number_of("t", t, -1, 1)
    beats = cosine > arcface(angle_of(theta_1), margin=margin, beyond_pi="none")
    return np.where(beats, cosine * (mean + cosine), cosine)
