"""Runs that were paired: the same seed and split under several ways of training."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures._letters import write
from facelab.figures.palette import COLORS, INK, RIM, line


def pairs(runs: Mapping[str, npt.ArrayLike], ax: Axes | None = None, *, ylabel: str = "") -> Axes:
    """A line for each run across the ways it was trained, and a square on each mean.

    Args:
        runs: way -> (n,) a number of each run, in the same order.
        ax: where to draw.
        ylabel: what the number is, and its unit.

    Raises:
        ValueError: if there is nothing to draw, or the lists differ in length.
    """
    values = [np.asarray(numbers, np.float64) for numbers in runs.values()]
    if not values or len({numbers.shape for numbers in values}) > 1 or values[0].ndim != 1:
        shapes = [numbers.shape for numbers in values]
        raise ValueError(f"pairs needs lists of one length, at least one, not shapes {shapes}")
    ax = axes(ax, height=3.4)
    places = np.arange(len(values), dtype=np.float64)
    ax.plot(places, np.stack(values), color=RIM, linewidth=1, marker="o", markersize=3.5)
    style: dict[str, Any] = {"markersize": 8, "markeredgecolor": INK, "color": COLORS[0]}
    ax.plot(places, [numbers.mean() for numbers in values], "s", zorder=3, **style)
    ax.set_xticks(places, list(runs))
    for number, text in enumerate(ax.get_xticklabels(), start=1):
        write(text, f"no. {number}")
    ax.set_xlim(-0.4, len(values) - 0.6)
    tidy(ax, "", ylabel)
    ax.grid(False, axis="x")
    return ax


def over_epochs(
    curves: Mapping[str, npt.ArrayLike],
    ax: Axes | None = None,
    *,
    ylabel: str = "",
    floors: Mapping[str, float] | None = None,
) -> Axes:
    """A curve over epochs for each way of training.

    Args:
        curves: way -> (epochs,).
        ax: where to draw.
        ylabel: what is drawn, and its unit.
        floors: way -> a value that its curve cannot pass, drawn as a dotted line of its color.

    Raises:
        ValueError: if there is nothing to draw.
    """
    if not curves:
        raise ValueError("there is nothing to draw: the dict is empty")
    ax = axes(ax, height=3.4)
    for index, (way, numbers) in enumerate(curves.items()):
        y = np.asarray(numbers, np.float64)
        ax.plot(np.arange(1, len(y) + 1), y, label=way, linewidth=1.6, **line(index))
        if floors is not None and way in floors:
            ax.axhline(floors[way], color=line(index)["color"], linewidth=1, linestyle=":")
    legend(ax)
    return tidy(ax, "epoch", ylabel)
