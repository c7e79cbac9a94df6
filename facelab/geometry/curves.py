"""Target curves, what stands in for cos(theta) at the true class, and negative curves, at others.

    z_1 = s psi(theta_1)        z_2 = s N(theta_2), which is s cos(theta_2) unless it is listed

theta_1 is the angle between an embedding and its own center, theta_2 that to another center
(radians, 0 to pi), s the scale.

A curve is one function and one line of TARGET_CURVES; a loss without one has a line in NO_CURVE.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.geometry import bases, by_length, elastic, hardened, multiplied, thresholds
from facelab.geometry._door import Array, angle_of, call, lengths_of
from facelab.geometry.circle import circle, circle_negative

STEP = 1e-5  # radians; half the width of the difference that gives a slope
SMOOTH = 1e-3  # where the slopes left and right differ by more, the curve has a corner or a step


def softmax_negative(
    theta_2: npt.ArrayLike, theta_1: npt.ArrayLike, *, lengths: tuple[float, float] = (1.0, 1.0)
) -> Array:
    """|W_2| cos(theta_2); theta_1 is without effect."""
    return lengths_of(lengths)[1] * np.cos(angle_of(theta_2))


TARGET_CURVES: dict[str, Callable[..., Array]] = {
    "softmax": bases.softmax,
    "normface": bases.normface,
    "sphereface": multiplied.sphereface,
    "sphereface_r": multiplied.sphereface_r,
    "cosface": bases.cosface,
    "arcface": bases.arcface,
    "combined_margin": multiplied.combined_margin,
    "f_softmax": bases.normface,
    "hard_mining": bases.normface,
    "sv_softmax": hardened.sv_softmax,
    "mv_softmax": hardened.mv_softmax,
    "elasticface": elastic.elasticface,
    "sphereface2": thresholds.sphereface2,
    "subcenter_arcface": bases.arcface,
    "curricularface": bases.arcface,
    "adacos": bases.normface,
    "adaface": by_length.adaface,
    "magface": by_length.magface,
    "circle": circle,
    "uniface": bases.uniface,
    "unitsface": bases.unitsface,
}

NEGATIVE_CURVES: dict[str, Callable[..., Array]] = {
    "softmax": softmax_negative,
    "sphereface_r": multiplied.sphereface_r_negative,
    "combined_margin": multiplied.combined_margin_negative,
    "sv_softmax": hardened.sv_softmax_negative,
    "mv_softmax": hardened.mv_softmax_negative,
    "sphereface2": thresholds.sphereface2_negative,
    "curricularface": hardened.curricularface_negative,
    "adaface": by_length.adaface_negative,
    "circle": circle_negative,
}

NO_CURVE = {
    "center": "it looks at the distance from an embedding to its center, not at an angle",
    "marginal": "it compares images in pairs; there is no center to have an angle to",
    "range": "it looks at the widest pairs of a person and at the closest means",
    "mml": "it looks at distances between centers, wherever the embeddings are",
    "ddl": "it compares whole distributions of similarities, not one angle",
    "triplet": "it compares two distances between images; there is no center",
    "ring": "it looks at the lengths of embeddings alone",
}


def target_curve(loss: str, theta: npt.ArrayLike, **settings: Any) -> Array:
    """The curve of a loss by its key.

    Args:
        loss: a key of TARGET_CURVES.
        theta: angle to the true center, radians, any shape.
        settings: the loss's keywords, and what its training has come to (`lam` of sphereface,
            `embedding_length` of adaface and magface); those that do not move the curve may be
            among them (`scale`, and `gradient`, which changes the slope and not the value).

    Returns:
        psi(theta), the shape of theta; times the scale it is the logit.

    Raises:
        ValueError: if the loss has no curve, a setting is unknown or missing, or a value is out
            of range.
    """
    if loss in NO_CURVE:
        raise ValueError(f"{loss} has no target curve: {NO_CURVE[loss]}")
    beside = NEGATIVE_CURVES.get(loss)
    values: Array = call("target curve", TARGET_CURVES, loss, (theta,), settings, beside)
    return values


def negative_curve(
    loss: str, theta_2: npt.ArrayLike, theta_1: npt.ArrayLike = 0.0, **settings: Any
) -> Array:
    """What stands in for cos(theta_2) at another class; that cosine if the loss leaves it alone.

    Args:
        loss: a key of TARGET_CURVES.
        theta_2: angle to the other center, radians; broadcasts against theta_1.
        theta_1: angle to the true center, radians: some losses ask whether the other one beats it.
        settings: as for `target_curve`, and `t` of curricularface.

    Returns:
        N(theta_2); times the scale it is the logit.

    Raises:
        ValueError: as `target_curve`.
    """
    if loss not in NEGATIVE_CURVES:
        target_curve(loss, theta_1, **settings)  # refuses what it would refuse
        return np.cos(angle_of(theta_2))
    angles, beside = (theta_2, theta_1), TARGET_CURVES[loss]
    values: Array = call("negative curve", NEGATIVE_CURVES, loss, angles, settings, beside)
    return values


def slope(loss: str, theta: npt.ArrayLike, **settings: Any) -> Array:
    """d psi / d theta, per radian, from differences of `STEP` to both sides.

    Its size over sin(theta) is the factor by which a margin enlarges the pull on an embedding:
    1 for NormFace and CosFace, sin(theta + m)/sin(theta) for ArcFace.

    Args:
        loss, theta, settings: as for `target_curve`.

    Returns:
        The shape of theta; NaN at a corner or a step, where there is no slope.
    """
    angle = angle_of(theta)
    low, mid, high = (target_curve(loss, angle + shift, **settings) for shift in (-STEP, 0.0, STEP))
    left, right = (mid - low) / STEP, (high - mid) / STEP
    return np.where(np.abs(right - left) < SMOOTH, (high - low) / (2 * STEP), np.nan)
