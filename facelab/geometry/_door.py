"""What the curves and boundaries check, and the names of settings that do not move them."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.choices import unknown

Array = npt.NDArray[np.float64]
Function = Callable[..., Any]

# Settings that change a gradient, a weight, a batch or the size of logits. A function that does
# take one of them (the threshold b/s needs the scale) gets it.
WITHOUT_EFFECT = (
    *("scale", "gradient", "bias", "bias_start", "length", "loss_weight", "gamma", "focus", "rate"),
    *("mode", "momentum", "centers", "plus", "sigma", "assignment", "seed", "t", "form", "extra"),
    *("filter_above", "reward", "anchors", "balance", "detach", "turned", "negative_weight"),
    *("clamp", "sample_margin", "terms", "average", "mining"),
)

ROUNDING = 1e-12  # a value that is 1 on paper may come out above

TREATMENTS = ("linear", "none", "clip", "keep", "easy", "shift")
BASES = ("softmax", "cosface", "arcface")


def angle_of(theta: npt.ArrayLike) -> Array:
    """An angle, or an array of angles, as float64, radians."""
    return np.asarray(theta, dtype=np.float64)


def number_of(
    name: str, value: npt.ArrayLike, least: float = -np.inf, most: float = np.inf
) -> Array:
    """A number, or an array of numbers, as float64.

    Raises:
        ValueError: if one is NaN, infinite, below `least` or above `most`.
    """
    values = np.asarray(value, dtype=np.float64)
    good = np.isfinite(values) & (values >= least) & (values <= most)
    if not good.all():
        wrong = values[~good].flat[0]
        low = f"at least {least:.6g} and " if np.isfinite(least) else ""
        top = f"at most {most:.6g}" if np.isfinite(most) else "finite"
        raise ValueError(f"{name} must be {low}{top}, not {wrong:g}")
    return values


def positive_of(name: str, value: npt.ArrayLike) -> Array:
    """A number, or an array of numbers, above 0 as float64.

    Raises:
        ValueError: if one is NaN, infinite, 0 or negative.
    """
    values = np.asarray(value, dtype=np.float64)
    good = np.isfinite(values) & (values > 0)
    if not good.all():
        raise ValueError(f"{name} must be above 0 and finite, not {values[~good].flat[0]:g}")
    return values


def margin_of(margin: npt.ArrayLike, most: float = np.inf) -> Array:
    """A margin, or an array of margins, as float64.

    Raises:
        ValueError: if one is NaN, infinite, negative or above `most`.
    """
    return number_of("margin", margin, 0, most)


def word_of(name: str, word: str, options: tuple[str, ...]) -> str:
    """A word, given back if it is one of the options.

    Raises:
        ValueError: if it is not; the nearest ones are suggested.
    """
    if word not in options:
        raise ValueError(unknown(name, word, options))
    return word


def treatment_of(beyond_pi: str) -> str:
    """The name of a treatment beyond pi, given back if there is one of that name."""
    return word_of("beyond_pi", beyond_pi, TREATMENTS)


def lengths_of(lengths: tuple[float, float]) -> tuple[float, float]:
    """The lengths of two rows, given back if both are above 0."""
    if len(lengths) != 2 or not all(np.isfinite(length) and length > 0 for length in lengths):
        raise ValueError(f"lengths must be two numbers above 0, not {lengths!r}")
    return lengths


def arccos(cosine: npt.ArrayLike) -> Array:
    """Arccos, with NaN and no warning outside -1..1."""
    value = np.asarray(cosine, dtype=np.float64)
    return np.arccos(np.where(np.abs(value) <= 1 + ROUNDING, np.clip(value, -1, 1), np.nan))


def call(
    kind: str,
    known: Mapping[str, Function],
    loss: str,
    angles: tuple[Any, ...],
    settings: Mapping[str, Any],
    beside: Function | None = None,
) -> Any:
    """The entry of `loss` in `known`, applied to angles with the settings that have an effect.

    Args:
        kind: what the entry is, for example "target curve".
        known: loss key -> function(*angles, **settings).
        loss: the key.
        angles: what the function takes by position.
        settings: keywords; those the function does not take are dropped if they are in
            WITHOUT_EFFECT or `beside` takes them.
        beside: another function of that loss.

    Raises:
        ValueError: if the loss has no entry, a setting is unknown, or one is missing.
    """
    if loss not in known:
        raise ValueError(unknown(kind, loss, known))
    taken = _keywords(known[loss])
    passed = {*taken, *(_keywords(beside) if beside else ()), *WITHOUT_EFFECT}
    for name in settings:
        if name not in passed:
            raise ValueError(unknown(f"setting of {loss}", name, taken or passed))
    for name, needed in taken.items():
        if needed and name not in settings:
            raise ValueError(f"the {kind} of {loss} needs {name}, which is not given")
    return known[loss](*angles, **{key: v for key, v in settings.items() if key in taken})


def _keywords(function: Function) -> dict[str, bool]:
    """Names of the keywords of a function, and whether it cannot do without."""
    parameters = inspect.signature(function).parameters.values()
    only = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    return {p.name: p.default is inspect.Parameter.empty for p in only}
