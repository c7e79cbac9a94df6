"""A number as something gets harder, with its interval at each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures.palette import line, look

if TYPE_CHECKING:
    from facelab.evaluation import Estimate


def trend(
    steps: Sequence[str],
    series: Mapping[str, Sequence[Estimate]],
    ax: Axes | None = None,
    *,
    xlabel: str,
    ylabel: str,
) -> Axes:
    """One curve a series, over steps that stand at equal distances.

    Args:
        steps: what is written below each step, from easy to hard.
        series: name -> a number with its interval for each step; a number without one gets no bar.
        ax: where to draw.
        xlabel, ylabel: what the steps and the numbers are.

    Raises:
        ValueError: if there is nothing to draw, or a series has not one number a step.
    """
    if not len(steps) or not series:
        raise ValueError("there is nothing to draw: no steps, or no series")
    for name, numbers in series.items():
        if len(numbers) != len(steps):
            raise ValueError(f"{name} has {len(numbers)} numbers for {len(steps)} steps")
    ax = axes(ax)
    places = np.arange(len(steps))
    for index, (name, numbers) in enumerate(series.items()):
        shift = 0.05 * (index - (len(series) - 1) / 2)  # so that intervals do not hide each other
        style, marker = line(index), look(index)[1]
        values = np.array([float(number) for number in numbers])
        low, high = [number.low for number in numbers], [number.high for number in numbers]
        x = places + shift
        ax.plot(x, values, marker=marker, markersize=5, label=name, **style)
        ax.vlines(x, low, high, color=style["color"], linewidth=1.4, alpha=0.7)
    ax.set_xticks(places, list(steps))
    ax.set_xlim(-0.3, len(steps) - 0.7)
    ax.set_ylim(0, 1.02)
    legend(ax, fontsize="small", loc="lower left")
    return tidy(ax, xlabel, ylabel)
