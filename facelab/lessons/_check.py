"""Exercises: what a reader wrote, drawn over the true answer, and a sentence that helps.

A check never raises for what a reader wrote: whatever goes wrong becomes the sentence.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from IPython.display import HTML, Image, display
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from facelab.lessons._draw import draw
from facelab.lessons._truth import Truth, truth_of
from facelab.widgets._twin import png

Numbers = NDArray[np.float64]
CLOSE = 1e-6  # two curves that differ by less are the same curve


@dataclass(frozen=True)
class Verdict:
    """What a check found; a notebook shows the sentence and the figure.

    Attributes:
        right: whether the answer is the true one.
        sentence: what was found, and what to look at.
        figure: the answer over the true one.
    """

    right: bool
    sentence: str
    figure: Figure

    def __repr__(self) -> str:
        return self.sentence

    def _ipython_display_(self) -> None:
        words = f"<p><strong>{html.escape(self.sentence)}</strong></p>"
        display(HTML(words))  # type: ignore[no-untyped-call]
        drawn = png(self.figure)  # also where no pyplot figure was drawn before
        display(Image(drawn, alt=self.sentence))  # type: ignore[no-untyped-call]


def check(
    answer: Any,
    truth: str | Callable[..., Any] | ArrayLike,
    *,
    at: ArrayLike | None = None,
    hints: Mapping[Any, str] | None = None,
    within: float = CLOSE,
    axes: tuple[str, str] = ("", ""),
    **settings: Any,
) -> Verdict:
    """Draw a reader's answer over the true one, and say how far they are apart.

    Args:
        answer: what the reader wrote: a function of `at`, a number, or several in a row.
        truth: the true one: the key of a target curve, theta (n,) in radians -> psi (n,); another
            function of `at`; a number; or several.
        at: (n,) where functions are compared, or where the numbers stand; for a target curve 0 to
            pi, radians, drawn in degrees.
        hints: a usual wrong answer, as a function, a number or a tuple -> what to say to it.
        within: two values that differ by no more are the same.
        axes: what stands along the two axes, with units.
        settings: of that loss, for example `margin=0.35`.

    Returns:
        The verdict, which a notebook shows.

    Raises:
        ValueError: if there is no such target curve, or a function has no `at`.

    Example:
        lessons.check(psi, "cosface", margin=0.35)
        lessons.check(gap, lambda m: np.pi / 5 - m, at=margins, axes=("m (rad)", "room (rad)"))
        lessons.check(27.0, 30.7, within=0.1, hints={59.3: "That is the angle to the other one."})
    """
    true = truth_of(truth, at, axes, settings)
    mine, trouble = _read(answer, true)
    wrong = None if mine is None or _far(mine, true) <= within else mine
    if trouble or mine is None:
        sentence = trouble
    elif wrong is None:
        sentence = f"Yes: the same {true.kind}."
    else:
        known = _known(wrong, true, hints or {}, within)
        sentence = f"Not yet: {_apart(wrong, true)} {known or _shape(wrong, true)}".strip()
    return Verdict(mine is not None and wrong is None, sentence, draw(mine, true))


def _read(answer: Any, true: Truth) -> tuple[Numbers | None, str]:
    """A reader's answer as numbers, or a sentence that says why it is none."""
    if answer is None or answer is ...:
        return None, "Nothing is there yet: put your answer in."
    try:
        mine = true.values_of(answer)
    except Exception as error:
        what = "function stopped" if callable(answer) else f"answer {answer!r} is no number"
        return None, f"Your {what}: {type(error).__name__}: {error}"
    asked = true.values.shape
    if mine.shape != asked:
        one = "one number is needed" if asked == () else f"{true.values.size} numbers are needed"
        return None, f"Your answer has the shape {mine.shape}; {one}."
    if not np.isfinite(mine).all():
        lost = int((~np.isfinite(mine)).sum())
        return (
            None,
            f"{lost} of your {mine.size} values are no numbers: a division by 0, or a root?",
        )
    return mine, ""


def _far(mine: Numbers, true: Truth) -> float:
    return float(np.abs(mine - true.values).max())


def _apart(mine: Numbers, true: Truth) -> str:
    """Where, and by how much, an answer differs."""
    if true.values.shape == ():
        way = "small" if mine < true.values else "large"
        return f"your number is too {way}."
    worst = int(np.abs(mine - true.values).argmax())
    verb = "differ" if true.kind.endswith("s") else "differs"
    return f"your {true.kind} {verb} most {true.place(worst)}, by {_far(mine, true):.3g}."


def _known(mine: Numbers, true: Truth, hints: Mapping[Any, str], within: float) -> str:
    """What the author says to this wrong answer, or what is often wrong with a target curve."""
    for wrong, sentence in hints.items():
        values = true.values_of(wrong)
        if values.shape == mine.shape and np.abs(values - mine).max() <= max(within, CLOSE):
            return sentence
    return _margin(mine, true) if true.plain is not None else ""


def _margin(mine: Numbers, true: Truth) -> str:
    plain, ask = np.asarray(true.plain), np.abs(true.values - np.asarray(true.plain)).max()
    if np.abs(mine - plain).max() < CLOSE:
        return "It is the plain cosine: there is no margin in it."
    turned = np.abs((mine - plain) + (true.values - plain)).max() < CLOSE
    if turned or mine.mean() > plain.mean() + CLOSE:
        return "It rewards where it should ask for more: look at the sign of the margin."
    if np.abs(mine - true.values)[: mine.size // 2].max(initial=0) < CLOSE:
        return "Its first half is right; look at what happens where theta + m passes 180 degrees."
    if np.abs(mine - plain).max() < 0.2 * ask:
        return "Its margin is far too small: is it in degrees, or scaled?"
    return ""


def _shape(mine: Numbers, true: Truth) -> str:
    """What is wrong with many values at once, whatever they are."""
    if mine.size < 2:
        return ""
    off = mine - true.values
    if np.ptp(off) < CLOSE * max(1.0, np.abs(off).max()):
        way = "high" if off.flat[0] > 0 else "low"
        return f"Its shape is right, but it lies too {way}, everywhere by as much."
    factor = float((mine * true.values).sum() / ((true.values**2).sum() or 1.0))
    if np.abs(mine - factor * true.values).max() < CLOSE * np.abs(mine).max():
        return f"It is {factor:.3g} times the true one, everywhere."
    if np.abs(mine[::-1] - true.values).max() < CLOSE:
        return "It is the true one the other way round."
    return "Compare its shape with the formula."
