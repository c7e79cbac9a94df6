"""Differences between losses with their intervals, one line a loss."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from facelab.figures._axes import axes, tidy
from facelab.figures._letters import write
from facelab.figures.palette import COLORS, INK, SOFT

LINE = 0.34  # height of a loss, inches


def forest(
    names: Sequence[str],
    differences: npt.ArrayLike,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    ax: Axes | None = None,
    *,
    runs: Sequence[npt.ArrayLike] = (),
    xlabel: str = "difference to the baseline",
) -> Axes:
    """Each difference as a square on its interval; what does not cross 0 is filled.

    Args:
        names: n losses, the first on top.
        differences: (n,).
        low, high: (n,) ends of the intervals; NaN where there is none.
        ax: where to draw.
        runs: n lists of the differences of the single runs, drawn as faint ticks; or nothing.
        xlabel: what differs from what, and its unit.

    Raises:
        ValueError: if there is nothing to draw, or the lists differ in length.
    """
    middle, left, right = (np.asarray(x, np.float64) for x in (differences, low, high))
    if not len(names) or not middle.shape == left.shape == right.shape == (len(names),):
        shapes = f"{middle.shape}, {left.shape} and {right.shape}"
        raise ValueError(f"a forest needs a difference and two ends for each name, not {shapes}")
    ax = axes(ax, height=1.1 + LINE * len(names))
    places = np.arange(len(names), dtype=np.float64)
    ax.axvline(0, color=SOFT, linewidth=1)
    for place, values in zip(places, runs, strict=False):
        x = np.asarray(values, np.float64)
        ax.plot(x, np.full(len(x), place), "|", color=SOFT, markersize=7, alpha=0.7)
    ax.hlines(places, left, right, color=COLORS[0], linewidth=1.8)
    apart = (left > 0) | (right < 0)
    for rows, face in ((apart, COLORS[0]), (~apart, "white")):
        style: dict[str, Any] = {
            "markeredgecolor": COLORS[0],
            "markerfacecolor": face,
            "markersize": 6.5,
        }
        ax.plot(middle[rows], places[rows], "s", zorder=3, **style)
    ax.set_yticks(places, list(names))
    for number, text in enumerate(ax.get_yticklabels(), start=1):
        write(text, f"no. {number}")
    ax.set_ylim(len(names) - 0.4, -0.6)
    tidy(ax, xlabel, "")
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    return ax


def as_svg(draw: Callable[[Axes], object], width: float = 7.0, height: float = 4.0) -> str:
    """A drawing as SVG for a page, its letters as outlines so that no font is needed.

    Args:
        draw: draws into the axes it is given.
        width, height: inches.
    """
    figure = Figure(figsize=(width, height), layout="compressed")
    draw(figure.subplots())
    text = io.StringIO()
    with rc_context({"svg.hashsalt": "facelab"}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    whole = text.getvalue()
    return re.sub("<metadata>.*?</metadata>", "", whole[whole.index("<svg") :], flags=re.DOTALL)
