"""Boundaries: for an angle to the own center, the angle to another center at which the two tie.

    normface   theta_2 = theta_1
    cosface    theta_2 = arccos(cos(theta_1) - m)
    arcface    theta_2 = theta_1 + m                     while theta_1 <= pi - m
    softmax    theta_2 = arccos(|W_1| cos(theta_1) / |W_2|)

theta_1 is the angle to the true center, theta_2 the angle to the other one (radians, 0 to pi). At
the tie each of the two has probability 1/2; a larger theta_2 is on the right side. Where no theta_2
ties (the true class wins, or loses, whatever that angle) the answer is NaN. A logit that jumps may
pass the other one without a tie; then theta_2 is where it jumps. Where the true class starts to win
more than once (circle, and under some settings others) theta_2 is the nearest.

A boundary is one function and one line of BOUNDARIES; a loss without one has a line in NO_BOUNDARY.
Losses that ask a yes-or-no question have two LINES instead.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.geometry import hardened_ties, ties
from facelab.geometry._door import Array, call
from facelab.geometry.by_length import magface
from facelab.geometry.circle import circle_tie
from facelab.geometry.curves import TARGET_CURVES, negative_curve, target_curve
from facelab.geometry.elastic import elasticface
from facelab.geometry.multiplied import sphereface

HALVINGS = 60  # bisection of at most pi radians: 60 halvings end below 1e-17

BOUNDARIES: dict[str, Callable[..., Array]] = {
    "softmax": ties.softmax_tie,
    "normface": ties.normface_tie,
    "sphereface": ties.against_cosine(sphereface),
    "sphereface_r": ties.sphereface_r_tie,
    "cosface": ties.cosface_tie,
    "arcface": ties.arcface_tie,
    "combined_margin": ties.combined_margin_tie,
    "f_softmax": ties.normface_tie,
    "hard_mining": ties.normface_tie,
    "sv_softmax": hardened_ties.sv_softmax_tie,
    "mv_softmax": hardened_ties.mv_softmax_tie,
    "elasticface": ties.against_cosine(elasticface),
    "subcenter_arcface": ties.arcface_tie,
    "curricularface": hardened_ties.curricularface_tie,
    "adacos": ties.normface_tie,
    "adaface": ties.adaface_tie,
    "magface": ties.against_cosine(magface),
    "circle": circle_tie,
    "unitsface": ties.unitsface_tie,
    "triplet": ties.triplet_tie,
}

SECOND_BOUNDARIES: dict[str, Callable[..., Array]] = {
    "sv_softmax": hardened_ties.sv_softmax_second,
    "mv_softmax": hardened_ties.mv_softmax_second,
}

NO_BOUNDARY = {
    "sphereface2": "people do not compete; it has two lines, for the yes and for the no",
    "uniface": "people do not compete; it has two lines, for the yes and for the no",
    "marginal": "pairs do not compete; it has two lines, for one person and for two people",
    "center": "it pulls to centers and parts nobody; the boundary is that of the classifier",
    "range": "its range and its closest means depend on a whole batch, not on two angles",
    "mml": "it parts centers, not embeddings; see `violating_pairs`",
    "ddl": "it compares distributions and has no boundary of its own",
    "ring": "it looks at lengths alone; the boundary is that of the classifier",
}


def boundary(loss: str, theta_1: npt.ArrayLike, **settings: Any) -> Array:
    """The boundary of a loss by its key.

    Args:
        loss: a key of BOUNDARIES.
        theta_1: angle to the true center, radians, any shape.
        settings: the loss's keywords, and what its training has come to (see `target_curve`);
            those that do not move the boundary may be among them.

    Returns:
        theta_2, the shape of theta_1, radians; NaN where nothing ties.

    Raises:
        ValueError: if the loss has no boundary in closed form, a setting is unknown or missing, or
            a value is out of range.
    """
    if loss in NO_BOUNDARY:
        raise ValueError(f"{loss} has no boundary: {NO_BOUNDARY[loss]}")
    beside = TARGET_CURVES.get(loss)
    values: Array = call("boundary", BOUNDARIES, loss, (theta_1,), settings, beside)
    return values


def second_boundary(loss: str, theta_1: npt.ArrayLike, **settings: Any) -> Array:
    """What SV-Softmax and MV-Softmax demand in truth: where a hardened center is not ahead.

    Args:
        loss: a key of SECOND_BOUNDARIES.
        theta_1, settings: as for `boundary`.

    Returns:
        theta_2, at least that of `boundary` (without an easy margin), radians; NaN where none.

    Raises:
        ValueError: as `boundary`.
    """
    beside = TARGET_CURVES.get(loss)
    values: Array = call("second boundary", SECOND_BOUNDARIES, loss, (theta_1,), settings, beside)
    return values


def tie_between(loss: str, separation: npt.ArrayLike, **settings: Any) -> Array:
    """How far from its own center an embedding on the arc to another center may go.

    The angle theta_1 at which psi(theta_1) = N(separation - theta_1), found by bisection; N is the
    negative curve, for most losses the cosine. Between this angle
    and its mirror image from the other center lies the margin band. For ArcFace it is
    (separation - m)/2, for CosFace separation/2 - arcsin(m / (2 sin(separation/2))).

    Args:
        loss: a key of TARGET_CURVES, without an entry in NO_BOUNDARY.
        separation: angle between the two centers, radians, any shape.
        settings: as for `target_curve`.

    Returns:
        theta_1, the shape of separation, radians; NaN where the margin leaves no room at all.
    """
    if loss in NO_BOUNDARY:
        raise ValueError(f"{loss} has no boundary: {NO_BOUNDARY[loss]}")
    whole = np.asarray(separation, dtype=np.float64)
    low, high = np.zeros_like(whole), whole
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        inside = _ahead(loss, middle, whole - middle, settings)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    room = _ahead(loss, np.zeros_like(whole), whole, settings)
    return np.where(room, low, np.nan)


def _ahead(loss: str, theta_1: Array, theta_2: Array, settings: dict[str, Any]) -> Any:
    other = negative_curve(loss, theta_2, theta_1, **settings)
    return target_curve(loss, theta_1, **settings) >= other
