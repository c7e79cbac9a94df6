"""What the thread that trains tells."""

from dataclasses import dataclass

from facelab.experiments.live.choices import Choices
from facelab.experiments.live.look import Cast, Look


@dataclass(frozen=True)
class Report:
    """What the thread tells.

    Attributes:
        number: of this report, from 1.
        look: where everything is.
        cast: the images, when they are others than before; else None.
        choices: what the look follows.
        state: "playing", "paused", "calm" (nothing moves any more), "alone" (nobody looks) or
            "failed".
        rate: steps a second over the last second or so.
        problem: what went wrong, or "".
    """

    number: int
    look: Look
    cast: Cast | None
    choices: Choices
    state: str
    rate: float = 0.0
    problem: str = ""
