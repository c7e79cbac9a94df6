"""What an answer is compared with: a target curve, any function, a number, or several."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from facelab.choices import unknown
from facelab.geometry import TARGET_CURVES, target_curve

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """The true answer.

    Attributes:
        name: what it is called in the legend.
        values: (n,), or () for one number.
        at: (n,) where the values stand; None for one number.
        along: `at` as it is drawn: angles of a target curve in degrees.
        axes: the words along both axes.
        kind: "curve", "numbers" or "number".
        plain: (n,) the cosine without a margin, for a target curve; else None.
    """

    name: str
    values: Numbers
    at: Numbers | None
    along: Numbers | None
    axes: tuple[str, str]
    kind: str
    plain: Numbers | None = None

    def values_of(self, answer: Any) -> Numbers:
        """The values of an answer at the same places.

        Raises:
            Exception: whatever the answer raises.
        """
        if not callable(answer):
            return np.asarray(answer, dtype=np.float64)
        if self.at is None:
            return np.asarray(answer(), dtype=np.float64)
        return function_values(answer, self.at)

    def place(self, index: int) -> str:
        """Where the value of an index stands, in words."""
        if self.plain is not None and self.along is not None:
            return f"at {self.along[index]:.0f} degrees"
        if self.along is None or self.kind == "numbers":
            return f"in its value no. {index + 1}"
        return f"at {self.along[index]:.3g}"


def function_values(function: Callable[..., Any], at: Numbers) -> Numbers:
    """The values of a function, also of one that only takes one number at a time."""
    try:
        values = np.asarray(function(at.copy()), dtype=np.float64)
    except Exception:
        return np.array([function(float(one)) for one in at], dtype=np.float64)
    return np.full(at.shape, values) if values.shape == () else values


def truth_of(
    truth: str | Callable[..., Any] | ArrayLike,
    at: ArrayLike | None,
    axes: tuple[str, str],
    settings: Mapping[str, Any],
) -> Truth:
    """The true answer out of what `check` was given.

    Raises:
        TypeError, ValueError: if there is no such target curve, a function has no `at`, or there
            are settings without a loss.
    """
    if isinstance(truth, str):
        return _curve(truth, at, settings)
    if settings:
        raise TypeError(f"only a target curve takes settings, and {next(iter(settings))} is one")
    places = None if at is None else np.asarray(at, dtype=np.float64)
    if callable(truth):
        if places is None:
            raise ValueError("a function is compared at places: give them as at=(n,) numbers")
        return Truth("true", function_values(truth, places), places, places, axes, "curve")
    values = np.asarray(truth, dtype=np.float64)
    if values.shape == ():
        return Truth("true", values, places, None, axes, "number")
    kind = "numbers" if places is None else "curve"
    along = np.arange(1.0, values.size + 1) if places is None else places
    return Truth("true", values, places, along, axes, kind)


def _curve(loss: str, at: ArrayLike | None, settings: Mapping[str, Any]) -> Truth:
    if loss not in TARGET_CURVES:
        raise ValueError(unknown("target curve", loss, TARGET_CURVES))
    theta = np.linspace(0, np.pi, 361) if at is None else np.asarray(at, dtype=np.float64)
    values = np.asarray(target_curve(loss, theta, **settings))
    axes = ("angle θ to the own center (degrees)", "target ψ(θ) (cosine units)")
    name = f"{loss}, true"
    return Truth(name, values, theta, np.rad2deg(theta), axes, "curve", np.cos(theta))
