"""What the lessons say again and again: set-up, questions, the package's own source, exercises."""

import html
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, TypeVar

import numpy as np
from IPython.display import HTML, Code, display
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import facelab
from facelab.choices import unknown
from facelab.figures import target_curves
from facelab.geometry import TARGET_CURVES, target_curve
from facelab.widgets import Predict, View
from facelab.widgets._words import phrases, speak

ViewType = TypeVar("ViewType", bound=View)

CLOSE = 1e-6  # two curves that differ by less are the same curve


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


def check(curve: Callable[..., Any], loss: str, **settings: Any) -> Figure:
    """Draw a reader's target curve over the true one, and say how far they are apart.

    Args:
        curve: theta (n,) in radians -> psi (n,).
        loss: a key of `facelab.geometry.TARGET_CURVES`.
        settings: of that loss, for example `margin=0.35`.

    Returns:
        The figure.

    Raises:
        ValueError: if there is no such curve.
    """
    if loss not in TARGET_CURVES:
        raise ValueError(unknown("target curve", loss, TARGET_CURVES))
    theta = np.linspace(0, np.pi, 361)
    true = target_curve(loss, theta, **settings)
    mine, verdict = _judge(curve, theta, true)
    display(HTML(f"<p><strong>{html.escape(verdict)}</strong></p>"))  # type: ignore[no-untyped-call]
    figure = Figure(figsize=(6.5, 3.6), layout="constrained")
    curves = {f"{loss}, true": true} | ({} if mine is None else {"yours": mine})
    target_curves(theta, curves, ax=figure.subplots())
    return figure


def _judge(
    curve: Callable[..., Any], theta: NDArray[np.float64], true: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | None, str]:
    """A reader's curve, if it is one, and a sentence about it."""
    try:
        mine = np.asarray(curve(theta), dtype=float)
    except Exception as error:
        return None, f"Your function stopped: {type(error).__name__}: {error}"
    if mine.shape != theta.shape:
        return None, f"Your function gave the shape {mine.shape}; one number an angle is needed."
    if not np.isfinite(mine).all():
        return None, f"Your function gave {int((~np.isfinite(mine)).sum())} numbers that are none."
    apart = np.abs(mine - true)
    worst = int(apart.argmax())
    if apart[worst] < CLOSE:
        return mine, "Yes: the same curve."
    hint = _hint(mine, theta, true)
    where = f"most at {np.degrees(theta[worst]):.0f} degrees, by {apart[worst]:.3f}"
    return mine, f"Not yet: your curve differs {where}. {hint}"


def _hint(mine: NDArray[np.float64], theta: NDArray[np.float64], true: NDArray[np.float64]) -> str:
    plain = np.cos(theta)
    if np.abs(mine - plain).max() < CLOSE:
        return "It is the plain cosine: there is no margin in it."
    if np.abs((mine - plain) + (true - plain)).max() < CLOSE or mine[1] > plain[1]:
        return "It rewards where it should ask for more: look at the sign of the margin."
    if np.abs(mine - true)[:180].max() < CLOSE:
        return "Its first half is right; look at what happens where theta + m passes 180 degrees."
    if np.abs(mine - plain).max() < 0.2 * np.abs(true - plain).max():
        return "Its margin is far too small: is it in degrees, or scaled?"
    return "Compare its shape with the formula."
