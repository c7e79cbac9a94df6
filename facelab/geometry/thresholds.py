"""SphereFace2's binary questions: what the yes and the noes are judged by.

    kind C:  P = g(cos theta) - m        N = g(cos theta) + m
    kind A:  P = g(cos(theta + m))       N = g(cos theta), or g(cos(theta - m)) if turned
    kind M:  P = g(cos(m theta))         N = g(cos theta)            the angle stops at pi

g(z) = 2 ((z + 1)/2)^t - 1 spreads the cosines near 1 and squeezes the others; theta is the angle to
a center (radians), m the margin, t the sharpness. The logit of the yes is r P + b, that of a no
r N + b. `lines` says where they are 0.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import (
    Array,
    angle_of,
    margin_of,
    number_of,
    treatment_of,
    word_of,
)
from facelab.geometry.bases import turned

KINDS = ("C", "A", "M")
TURNED = ("positives", "both")


def sharpened(cosine: npt.ArrayLike, sharpness: npt.ArrayLike) -> Array:
    """g(z) = 2 ((z + 1)/2)^t - 1: spreads the cosines near 1, squeezes the others.

    Args:
        cosine: z, any shape; below -1 the curve is mirrored at -1, and falls on.
        sharpness: t, at least 1; 1 leaves z as it is.
    """
    z, t = np.asarray(cosine, dtype=np.float64), number_of("sharpness", sharpness, 1)
    return np.copysign(2 * (np.abs(z + 1) / 2) ** t, z + 1) - 1


def unsharpened(value: npt.ArrayLike, sharpness: npt.ArrayLike) -> Array:
    """The cosine z with g(z) = value: z = 2 ((value + 1)/2)^(1/t) - 1; NaN below -1.

    Args:
        value: any shape; above 1 no angle has this cosine.
        sharpness: t, at least 1.
    """
    u, t = np.asarray(value, dtype=np.float64), number_of("sharpness", sharpness, 1)
    return 2 * (np.where(u >= -1, u + 1, np.nan) / 2) ** (1 / t) - 1


def sphereface2(
    theta: npt.ArrayLike,
    *,
    margin: float,
    sharpness: float,
    kind: str = "C",
    beyond_pi: str = "clip",
) -> Array:
    """P, what the yes of the true person is judged by.

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m; on the scale of a cosine (C), radians (A), or a factor from 1 on (M).
        sharpness: t, at least 1.
        kind: "C", "A" or "M"; see above.
        beyond_pi: kind A beyond pi, see `arcface`; "clip" is the paper.
    """
    angle = angle_of(theta)
    if word_of("kind", kind, KINDS) == "C":
        return sharpened(np.cos(angle), sharpness) - margin_of(margin)
    if kind == "M":
        m = number_of("margin", margin, 1)
        return sharpened(np.cos(np.minimum(m * angle, np.pi)), sharpness)
    m = margin_of(margin, most=np.pi)
    return sharpened(turned(angle, angle + m, m, treatment_of(beyond_pi)), sharpness)


def sphereface2_negative(
    theta_2: npt.ArrayLike,
    theta_1: npt.ArrayLike,
    *,
    margin: float,
    sharpness: float,
    kind: str = "C",
    turned: str = "positives",
) -> Array:
    """N, what the no of another person is judged by.

    Args:
        theta_2: angle to the other center, radians, any shape.
        theta_1: angle to the true center; without effect.
        margin, sharpness, kind: as in `sphereface2`.
        turned: kind A: "positives", or "both": the negative is turned by m toward its center.
    """
    both = word_of("turned", turned, TURNED) == "both" and word_of("kind", kind, KINDS) == "A"
    value = sharpened(np.cos(angle_of(theta_2) - (margin_of(margin) if both else 0)), sharpness)
    return value + margin_of(margin) if kind == "C" else value
