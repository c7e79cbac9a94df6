"""What the curves and boundaries check, and the names of settings that do not move them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.choices import unknown

Array = npt.NDArray[np.float64]

# Settings of a loss that change its gradient or its logits' size, but not a curve or a boundary.
WITHOUT_EFFECT = ("scale", "gradient", "bias")

TREATMENTS = ("linear", "none", "clip", "keep", "easy", "shift")


def margin_of(margin: npt.ArrayLike, most: float = np.inf) -> Array:
    """A margin, or an array of margins, as float64.

    Raises:
        ValueError: if one is NaN, infinite, negative or above `most`.
    """
    values = np.asarray(margin, dtype=np.float64)
    good = np.isfinite(values) & (values >= 0) & (values <= most)
    if not good.all():
        wrong = values[~good].flat[0]
        top = f" and at most {most:.6g}" if np.isfinite(most) else " and finite"
        raise ValueError(f"margin must be at least 0{top}, not {wrong:g}")
    return values


def treatment_of(beyond_pi: str) -> str:
    """The name of a treatment beyond pi, given back if there is one of that name.

    Raises:
        ValueError: if there is none; the nearest names are suggested.
    """
    if beyond_pi not in TREATMENTS:
        raise ValueError(unknown("beyond_pi", beyond_pi, TREATMENTS))
    return beyond_pi


def call(kind: str, known: Mapping[str, Any], loss: str, theta: Any, settings: Any) -> Array:
    """The entry of `loss` in `known`, applied to theta with the settings that have an effect.

    Raises:
        ValueError: if the loss has no entry; the nearest keys are suggested.
    """
    if loss not in known:
        raise ValueError(unknown(kind, loss, known))
    moving = {key: value for key, value in settings.items() if key not in WITHOUT_EFFECT}
    values: Array = known[loss](theta, **moving)
    return values
