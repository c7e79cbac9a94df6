"""What can be turned in the playground besides the settings of a loss, and how far."""

import math
from typing import Any

from facelab.choices import unknown
from facelab.experiments import ENDS
from facelab.widgets._view import check_number

WHOLE = ("people", "images", "dim", "seed", "person")
RANGES: dict[str, tuple[float, float]] = {
    **ENDS,
    "seed": (0, 999),
    "speed": (0, 1000),
    "person": (-1, 39),
    "yaw": (-math.pi, math.pi),
    "pitch": (-math.pi / 2, math.pi / 2),
}
BENCH = ("people", "images", "tail", "hardness", "learning_rate", "augment", "dim", "start", "seed")
LOOKS = ("speed", "person", "yaw", "pitch")
SPEEDS = [1, 2, 5, 10, 20, 50, 0]  # steps a second; 0 is full speed
FULL = 1e9
SLOWEST = 0.1  # steps a second


def check_knob(name: str, value: Any) -> Any:
    """Give the value of a knob back as a plain one, or say what would be right.

    Raises:
        TypeError, ValueError: if it cannot be turned there; the sentence repeats the value.
    """
    if name == "augment":
        if not isinstance(value, bool):
            raise TypeError(f"augment must be True or False, not {value!r}")
        return value
    if name == "start":
        if value not in ("even", "random"):
            raise ValueError(unknown("start", value, ["even", "random"]))
        return value
    number = check_number(name, value, *RANGES[name])
    if name in WHOLE and number != int(number):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if name == "speed" and 0 < number < SLOWEST:
        raise ValueError(f"speed must be 0 (full) or at least {SLOWEST:g}, not {value!r}")
    return int(number) if name in WHOLE else number
