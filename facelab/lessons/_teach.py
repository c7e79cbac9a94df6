"""Set-up, questions, pictures beside views, and the package's own source."""

import inspect
import re
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, TypeVar

from IPython.display import Code, display
from matplotlib import pyplot
from matplotlib.axes import Axes

import facelab
from facelab.widgets import Predict, View
from facelab.widgets._words import phrases, speak

ViewType = TypeVar("ViewType", bound=View)


def setup(language: str = "en") -> None:
    """Make this notebook ready and say in one line what it runs on.

    Args:
        language: what the views that are made from now on speak: "en", "ja" or "zh".

    Raises:
        ValueError: if there is no such language; nothing changes then.
    """
    speak(language)
    if "google.colab" in sys.modules:
        from google.colab import output  # type: ignore[import-not-found]

        output.enable_custom_widget_manager()
    ready = phrases()["lessons.ready"]
    print(ready.format(version=facelab.__version__, torch=version("torch")))


def predict(
    question: str,
    options: Sequence[str] = (),
    *,
    answer: float,
    why: str,
    low: float = 0.0,
    high: float = 1.0,
    unit: str = "",
) -> Predict:
    """A question to be answered before the next cell is run; see `Predict` for the arguments."""
    return Predict(question, options, answer=answer, why=why, low=low, high=high, unit=unit)


def quiz(questions: Sequence[tuple[str, Sequence[str], int, str]]) -> None:
    """Show questions with answers to choose from, one below the other, numbered.

    Args:
        questions: each the question, the answers, the place of the right one from 0, and why.

    Raises:
        TypeError, ValueError: if the right answer is not one of the answers.
    """
    number = phrases()["lessons.number"]
    for place, (question, options, answer, why) in enumerate(questions, start=1):
        asked = number.format(number=place, count=len(questions), question=question)
        display(predict(asked, options, answer=answer, why=why))  # type: ignore[no-untyped-call]


def beside(view: ViewType, axes: Axes) -> ViewType:
    """Give a view the picture that readers without a kernel see in its place.

    Args:
        view: any view.
        axes: what a function of `facelab.figures` gave back; its figure is not shown by itself.

    Returns:
        The view.
    """
    view.picture = axes.figure
    pyplot.close(axes.figure)  # type: ignore[arg-type]
    return view


def show_source(thing: Any, *, docs: bool = True) -> None:
    """Show the package's own source of a class or function, in color.

    Args:
        thing: a class, function or method.
        docs: whether to show the docstring too.
    """
    source = inspect.cleandoc("\n" + inspect.getsource(thing))
    if not docs:
        source = re.sub(r'\n\s*"""(?:.|\n)*?"""', "", source)
    display(Code(source, language="python"))  # type: ignore[no-untyped-call]
