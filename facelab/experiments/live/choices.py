"""What can be changed about a network while it is trained, and within which ends."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from facelab import losses
from facelab.choices import unknown
from facelab.experiments.live.seeding import seeded

ENDS: dict[str, tuple[float, float]] = {  # lowest and highest
    "people": (2, 40), "images": (1, 20), "tail": (0, 2), "hardness": (0, 1),
    "learning_rate": (1e-4, 3e-2), "dim": (2, 3),
}  # fmt: skip
WHOLE = ("people", "images", "dim", "seed")


@dataclass(frozen=True)
class Choices:
    """What can be changed while a Bench is trained.

    Attributes:
        loss: a key of LOSSES.
        settings: keywords of that loss; where none is given, what suits small sets.
        people: how many people, 2 to 40.
        images: how many images of the first person are trained on, 1 to 20.
        tail: person k has images / (k + 1)^tail of them, 0 to 2, no unit.
        hardness: how much resolution all images lack, 0 to 1; see `degrade`.
        learning_rate: of AdamW.
        augment: whether to distort the trained images.
        dim: D, 2 or 3; a change starts a new network.
        start: "even" or "random", where the centers start; a change starts a new network.
        seed: decides the initial weights, who starts where and which images are held out.

    Raises:
        TypeError, ValueError: if a choice is not allowed; the sentence repeats it.
    """

    loss: str = "arcface"
    settings: Mapping[str, Any] = field(default_factory=dict)
    people: int = 10
    images: int = 7
    tail: float = 0.0
    hardness: float = 0.0
    learning_rate: float = 3e-3
    augment: bool = False
    dim: int = 3
    start: str = "even"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in (*ENDS, "seed"):
            _check_number(name, getattr(self, name))
        if not isinstance(self.augment, bool):
            raise TypeError(f"augment must be True or False, not {self.augment!r}")
        if self.start not in ("even", "random"):
            raise ValueError(unknown("start", self.start, ["even", "random"]))
        if not isinstance(self.settings, Mapping):
            raise TypeError(f"settings must be keywords of the loss, not {self.settings!r}")
        with seeded(0):  # refuses what is not allowed
            losses.trainable(self.loss, int(self.people), int(self.dim), **self.settings)


def _check_number(name: str, value: Any) -> None:
    """Say what would be right where a number does not fit."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    low, high = ENDS.get(name, (0, math.inf))
    if not low <= float(value) <= high:
        most = f"between {low:g} and {high:g}" if name in ENDS else f"at least {low:g}"
        raise ValueError(f"{name} must be {most}, not {value!r}")
    if name in WHOLE and not float(value).is_integer():
        raise ValueError(f"{name} must be a whole number, not {value!r}")
