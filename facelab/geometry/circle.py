"""Circle loss: similarities weighed by how far they are from where they should be.

    psi(theta) = a_p (cos(theta) - (1 - m)),    a_p = max(0, 1 + m - cos(theta))
               = m^2 - (1 - cos(theta))^2
    N(theta)   = a_n (cos(theta) - m),          a_n = max(0, cos(theta) + m)
               = cos(theta)^2 - m^2             where cos(theta) > -m, and 0 beyond

Two people tie where cos(theta_2)^2 + (1 - cos(theta_1))^2 = 2 m^2: a circle around (0, 1) in the
plane of the two cosines. m is the relaxation (cosine units): a larger circle demands less.
"""

import numpy as np
import numpy.typing as npt

from facelab.geometry._door import Array, angle_of, arccos, number_of


def circle(theta: npt.ArrayLike, *, relaxation: npt.ArrayLike) -> Array:
    """psi(theta) = m^2 - (1 - cos(theta))^2, from m^2 down to m^2 - 4.

    Args:
        theta: angle to the true center (or, of two images of one person), radians, any shape.
        relaxation: m, 0 to 1, cosine units.
    """
    m = number_of("relaxation", relaxation, 0, 1)
    return np.asarray(m**2 - (1 - np.cos(angle_of(theta))) ** 2)


def circle_negative(
    theta_2: npt.ArrayLike, theta_1: npt.ArrayLike, *, relaxation: npt.ArrayLike
) -> Array:
    """N(theta) = cos(theta)^2 - m^2 while cos(theta) > -m; 0 beyond.

    Args:
        theta_2: angle to another center (or, of two people), radians, any shape.
        theta_1: angle to the true center; without effect.
        relaxation: m, 0 to 1, cosine units.
    """
    m, cosine = number_of("relaxation", relaxation, 0, 1), np.cos(angle_of(theta_2))
    return np.where(cosine > -m, cosine**2 - m**2, 0.0)


def circle_tie(theta_1: npt.ArrayLike, *, relaxation: npt.ArrayLike) -> Array:
    """theta_2 = arccos(sqrt(2 m^2 - (1 - cos(theta_1))^2)), the side where the other is near.

    While cos(theta_1) >= 1 - m everything beyond is on the right side. From there on the circle
    closes: past pi - theta_2 the other center wins again, for its logit returns to 0.

    Args:
        theta_1: angle to the true center, radians, any shape.
        relaxation: m, 0 to 1, cosine units.
    """
    m = number_of("relaxation", relaxation, 0, 1)
    left = 2 * m**2 - (1 - np.cos(angle_of(theta_1))) ** 2
    return arccos(np.sqrt(np.where(left >= 0, left, np.nan)))
