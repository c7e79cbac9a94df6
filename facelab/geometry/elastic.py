"""ElasticFace: a margin that is drawn for every face, and so a band instead of a line.

    E ~ Normal(m, sigma^2)
    psi(theta) = cos(theta + E)     tie at theta_2 = theta_1 + E               base arcface
               = cos(theta) - E     tie at theta_2 = arccos(cos(theta_1) - E)  base cosface

m and sigma are in radians (arcface) or cosine units (cosface). Of all draws, 95 in 100 lie between
m - 2 sigma and m + 2 sigma; a draw may be negative.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, angle_of, arccos, margin_of, treatment_of, word_of
from facelab.geometry.bases import base_curve, turned


def elasticface(
    theta: npt.ArrayLike, *, margin: float, base: str = "arcface", beyond_pi: str = "linear"
) -> Array:
    """The curve of the base at the mean margin.

    Args:
        theta: angle to the true center, radians, any shape.
        margin: m, mean of the draws, radians (arcface) or cosine units (cosface).
        base: "arcface" or "cosface".
        beyond_pi: see `arcface`.
    """
    word_of("base", base, ("arcface", "cosface"))
    return base_curve(base, theta, margin, beyond_pi)


def elastic_curves(
    theta: npt.ArrayLike,
    *,
    margin: float,
    sigma: float,
    base: str = "arcface",
    beyond_pi: str = "linear",
    deviations: float = 2.0,
) -> Array:
    """The curves at the margins m - k sigma, m and m + k sigma.

    Args:
        theta: angle to the true center, radians, any shape (...).
        margin, base, beyond_pi: as in `elasticface`.
        sigma: standard deviation of the draws, at least 0, unit of m.
        deviations: k, at least 0.

    Returns:
        (3, ...): psi with a small, the mean, and a large margin.
    """
    angle = angle_of(theta)
    spread = float(margin_of(sigma)) * deviations
    mean = float(margin_of(margin))
    steps = np.array([mean - spread, mean, mean + spread])
    draws = np.broadcast_to(steps.reshape(3, *(1,) * angle.ndim), (3, *angle.shape))
    if word_of("base", base, ("arcface", "cosface")) == "cosface":
        return np.asarray(np.cos(angle) - draws)
    return turned(angle, angle + draws, draws, treatment_of(beyond_pi))


def elastic_boundaries(
    theta_1: npt.ArrayLike,
    *,
    margin: float,
    sigma: float,
    base: str = "arcface",
    beyond_pi: str = "linear",
    deviations: float = 2.0,
) -> Array:
    """The boundaries at the margins m - k sigma, m and m + k sigma.

    Args:
        theta_1: angle to the true center, radians, any shape (...).
        margin, sigma, base, beyond_pi, deviations: as in `elastic_curves`.

    Returns:
        (3, ...): theta_2 with a small, the mean, and a large margin; NaN where nothing ties.
    """
    settings = {"margin": margin, "sigma": sigma, "deviations": deviations}
    return arccos(elastic_curves(theta_1, **settings, base=base, beyond_pi=beyond_pi))
