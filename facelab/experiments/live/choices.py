"""What can be changed about a network while it is trained, and within which ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from facelab import losses
from facelab.choices import unknown

ENDS: dict[str, tuple[float, float]] = {  # lowest and highest
    "people": (2, 40), "images": (1, 20), "tail": (0, 2), "hardness": (0, 1),
    "learning_rate": (1e-4, 3e-2), "dim": (2, 3),
}  # fmt: skip


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
        for name, (low, high) in ENDS.items():
            if not low <= getattr(self, name) <= high:
                value = getattr(self, name)
                raise ValueError(f"{name} must be between {low:g} and {high:g}, not {value!r}")
        if self.start not in ("even", "random"):
            raise ValueError(unknown("start", self.start, ["even", "random"]))
        losses.trainable(self.loss, 3, self.dim, **self.settings)  # refuses what is not allowed
