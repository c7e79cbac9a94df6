"""The floor of the loss: why cosines need a scale. Computed in the browser."""

from typing import Any, ClassVar

from facelab.widgets._assemble import assemble
from facelab.widgets._view import Checked, View, check_number

ENDS = {"scale": (1.0, 64.0), "people": (2.0, 1000.0)}


class LossFloor(View):
    """The lowest loss that NormFace can reach, against the scale: sliders for s and the people.

        log(1 + (C - 1) exp(-s C / (C - 1)))

    Args:
        scale: s, 1 to 64, no unit.
        people: C, 2 to 1000.

    Raises:
        TypeError, ValueError: if a value is not one that its slider can take.

    Source: Wang et al., ACM MM 2017, arXiv:1704.06369.
    """

    title: ClassVar[str] = "Floor of the loss"
    call: ClassVar[str] = "facelab.widgets.LossFloor({})"
    _esm = assemble("floor")

    scale = Checked(1.0)
    people = Checked(10)

    def __init__(self, scale: float = 1.0, people: int = 10) -> None:
        super().__init__(scale=scale, people=people)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: the scale and the number of people."""
        return ("scale", "people")

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as a plain value, or say why it cannot be made."""
        number = check_number(name, value, *ENDS[name])
        if name == "people" and number != int(number):
            raise ValueError(f"people must be a whole number, not {value!r}")
        return int(number) if name == "people" else number
