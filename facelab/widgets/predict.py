"""A question asked before something is shown: guess first, then look."""

import html
from collections.abc import Sequence
from typing import Any, ClassVar

from traitlets import Any as Anything
from traitlets import Bool, Float, List, Unicode

from facelab.widgets._assemble import assemble
from facelab.widgets._view import Checked, View, check_number


class Predict(View):
    """A question with a few answers to choose from, or with a number to guess.

    The guess is kept; the button shows the truth beside it and says why.

    Args:
        question: what is asked.
        options: the answers to choose from; none for a number.
        answer: the right one: its place in `options`, or the number.
        why: the reason, shown with the truth.
        low, high: ends of the slider for a number.
        unit: written after a number, for example " %".

    Raises:
        TypeError, ValueError: if the answer is not among the options, or not between the ends.
    """

    title: ClassVar[str] = "Prediction"
    _esm = assemble("predict")

    question = Unicode().tag(sync=True)
    options = List(Unicode()).tag(sync=True)
    answer = Anything().tag(sync=True)
    why = Unicode().tag(sync=True)
    low = Float().tag(sync=True)
    high = Float().tag(sync=True)
    unit = Unicode().tag(sync=True)
    guess = Checked(None)
    revealed = Bool(False).tag(sync=True)

    def __init__(
        self,
        question: str,
        options: Sequence[str] = (),
        *,
        answer: float,
        why: str,
        low: float = 0.0,
        high: float = 1.0,
        unit: str = "",
    ) -> None:
        if not low < high:
            raise ValueError(f"low must be below high, not {low:g} and {high:g}")
        right = check_answer("answer", answer, len(options), low, high)
        super().__init__(
            question=question, options=list(options), answer=right, why=why,
            low=float(low), high=float(high), unit=unit,
        )  # fmt: skip
        self.picture = self._aside()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choice: the guess."""
        return ("guess",)

    def check(self, name: str, value: Any) -> Any:
        """Give a guess back, or say why it is none; None stands for no guess yet."""
        if value is None:
            return None
        return check_answer(name, value, len(self.options), self.low, self.high)

    def code(self) -> str:
        """What one would type to get this question."""
        asked = f"{self.question!r}, {self.options!r}, " if self.options else f"{self.question!r}, "
        ends = "" if self.options else f", low={self.low:g}, high={self.high:g}"
        unit = f", unit={self.unit!r}" if self.unit else ""
        return (
            f"facelab.lessons.predict({asked}answer={self.answer!r}, why={self.why!r}{ends}{unit})"
        )

    def _aside(self) -> str:
        """The question for readers without a kernel; the answer unfolds."""
        options = "".join(f"<li>{html.escape(option)}</li>" for option in self.options)
        truth = self.options[self.answer] if self.options else f"{self.answer:.3g}{self.unit}"
        answer = f"<summary>{html.escape(self._phrases['predict.reveal'])}</summary>"
        return (
            f"<p><strong>{html.escape(self.question)}</strong></p><ul>{options}</ul>"
            f"<details>{answer}<p>{html.escape(truth)}. {html.escape(self.why)}</p></details>"
        )


def check_answer(name: str, value: Any, options: int, low: float, high: float) -> float:
    """Give an answer back: the place of an option, or a number between the ends.

    Raises:
        TypeError, ValueError: if it is neither; the sentence repeats it.
    """
    if options == 0:
        return check_number(name, value, low, high)
    places = f"{name} must be the place of an option, 0 to {options - 1}, not {value!r}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(places)
    if value not in range(options):
        raise ValueError(places)
    return int(value)
