"""Histograms one below the other on one axis: the same thing under several ways of training."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures._letters import write
from facelab.figures.palette import INK, MARKERS, RIM, SOFT, line

BARS = 40
TALLEST = 0.8  # of the room of a row
LOWER = 0.1  # marks of a mean stand so far below the line of their row, for each set


def ridges(
    rows: Mapping[str, Mapping[str, npt.ArrayLike]],
    ax: Axes | None = None,
    *,
    xlabel: str = "",
    mark: float | None = None,
) -> Axes:
    """A row of histograms for each title, all to one scale; a mark below stands at each mean.

    Args:
        rows: title -> name of a set -> (n,) values; every row has the same sets.
        ax: where to draw.
        xlabel: what the values are, and their unit.
        mark: a value drawn as a dashed line through all rows.

    Raises:
        ValueError: if there is nothing to draw, a set is empty, or the rows have different sets.
    """
    sets = {title: _numbers(title, row) for title, row in rows.items()}
    names = [list(row) for row in sets.values()]
    if not names or not names[0] or any(row != names[0] for row in names):
        raise ValueError(f"every row needs the same sets, at least one, not {names}")
    ax = axes(ax, height=1.2 + 0.8 * len(sets))
    every = np.concatenate([values for row in sets.values() for values in row.values()])
    edges = np.linspace(every.min(), max(every.max(), every.min() + 1e-9), BARS + 1)
    tall = max(_shares(v, edges).max() for row in sets.values() for v in row.values())
    for place, row in enumerate(sets.values()):
        _row(ax, row, edges, len(sets) - 1 - place, TALLEST / tall)
    if mark is not None:
        ax.axvline(mark, color=INK, linestyle="--", linewidth=1.2)
    ax.set_yticks(np.arange(len(sets))[::-1], list(sets))
    for number, text in enumerate(ax.get_yticklabels(), start=1):
        write(text, f"no. {number}")
    ax.set_ylim(-0.12 - LOWER * len(names[0]), len(sets) - 0.05)
    if names[0] != [""]:
        above: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
        legend(ax, ncols=min(2, len(names[0])), fontsize="small", **above)
    tidy(ax, xlabel, "")
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    return ax


def _numbers(title: str, row: Mapping[str, npt.ArrayLike]) -> dict[str, npt.NDArray[np.float64]]:
    sets = {name: np.asarray(values, np.float64).ravel() for name, values in row.items()}
    for name, values in sets.items():
        if not len(values) or not np.isfinite(values).all():
            raise ValueError(
                f"{title}, {name}: a histogram needs numbers, at least one, all finite"
            )
    return sets


def _shares(values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> Any:
    return np.histogram(values, edges)[0] / len(values)


def _row(
    ax: Axes,
    sets: Mapping[str, npt.NDArray[np.float64]],
    edges: npt.NDArray[np.float64],
    base: float,
    scale: float,
) -> None:
    """The histograms of one row, standing on the height `base`."""
    ax.axhline(base, color=RIM, linewidth=0.8)
    for index, (name, values) in enumerate(sets.items()):
        heights, style = base + scale * _shares(values, edges), line(index)
        ax.stairs(heights, edges, baseline=base, fill=True, color=style["color"], alpha=0.2)
        ax.stairs(heights, edges, baseline=base, label=name if base == 0 else None, **style)
        look: dict[str, Any] = {"marker": MARKERS[index], "color": style["color"]}
        low = base - LOWER * (index + 0.8)
        ax.plot(values.mean(), low, markeredgecolor=SOFT, markersize=5, zorder=3, **look)
