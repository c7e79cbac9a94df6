"""Axes to draw into, and the little that all of them share."""

from collections.abc import Mapping
from typing import Any, TypeVar

from matplotlib.axes import Axes

from facelab.figures._letters import write
from facelab.figures.palette import INK, NET, RIM, SOFT

T = TypeVar("T")


def axes(ax: Axes | None, width: float = 5.5, height: float = 4.0) -> Axes:
    """The axes given, or those of a new pyplot figure, which a notebook shows; sizes in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    new: Axes = pyplot.subplots(figsize=(width, height), layout="compressed")[1]
    return new


def tidy(ax: Axes, x: str, y: str) -> Axes:
    """Name both axes, draw a faint grid, and take away the frame's upper and right side."""
    ax.set_xlabel(x, color=INK)
    ax.set_ylabel(y, color=INK)
    ax.grid(True, color=NET, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(colors=SOFT)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(RIM)
    return ax


def legend(ax: Axes, **settings: Any) -> None:
    """A legend without a frame, in fonts that have its letters."""
    entries = ax.legend(frameon=False, labelcolor=INK, **settings).get_texts()
    for number, text in enumerate(entries, start=1):
        write(text, f"no. {number}")


def by_name(one_or_many: T | Mapping[str, T]) -> dict[str, T]:
    """A mapping as it is; a single thing under the name ""."""
    if isinstance(one_or_many, Mapping):
        if not one_or_many:
            raise ValueError("there is nothing to draw: the dict is empty")
        return dict(one_or_many)
    return {"": one_or_many}
