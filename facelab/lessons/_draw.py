"""The figure of a check: the reader's answer over the true one."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from facelab.figures import COLORS, target_curves
from facelab.lessons._truth import Truth

Numbers = NDArray[np.float64]
TRUE, YOURS = COLORS[0], COLORS[1]


def draw(mine: Numbers | None, true: Truth) -> Figure:
    """The figure; the reader's part is missing where there is no answer to draw.

    Args:
        mine: (n,), or () for one number.
        true: what it is compared with.
    """
    low = true.kind == "number"
    figure = Figure(figsize=(6.5, 1.6 if low else 3.6), layout="constrained")
    ax = figure.subplots()
    if true.plain is not None and true.at is not None:
        target_curves(true.at, _both(mine, true), ax=ax)
        return figure
    {"number": _number, "numbers": _bars, "curve": _curves}[true.kind](ax, mine, true)
    ax.set_xlabel(true.axes[0])
    ax.set_ylabel(true.axes[1])
    ax.legend(frameon=False)
    return figure


def _both(mine: Numbers | None, true: Truth) -> dict[str, Numbers]:
    return {true.name: true.values} | ({} if mine is None else {"yours": mine})


def _curves(ax: Axes, mine: Numbers | None, true: Truth) -> None:
    assert true.along is not None
    looks = {"color": TRUE, "linewidth": 4, "alpha": 0.5}, {"color": YOURS, "linestyle": "--"}
    for (name, values), look in zip(_both(mine, true).items(), looks, strict=False):
        ax.plot(true.along, values, label=name, **look)  # type: ignore[arg-type]


def _bars(ax: Axes, mine: Numbers | None, true: Truth) -> None:
    assert true.along is not None
    for shift, (name, values) in zip((-0.2, 0.2), _both(mine, true).items(), strict=False):
        color = TRUE if shift < 0 else YOURS
        ax.bar(true.along + shift, values, width=0.4, label=name, color=color)
    ax.set_xticks(true.along)


def _number(ax: Axes, mine: Numbers | None, true: Truth) -> None:
    for mark, (name, value) in zip("D^", _both(mine, true).items(), strict=False):
        color = TRUE if mark == "D" else YOURS
        ax.plot([float(value)], [0], mark, markersize=11, label=name, color=color)
    ax.axhline(0, color="#9aa3b0", linewidth=1, zorder=0)
    ax.margins(x=0.4)
    low, high = ax.get_xlim()
    half = max((high - low) / 2, 0.05 * max(abs(float(true.values)), 1))  # rounding is not drawn
    ax.set_xlim((low + high) / 2 - half, (low + high) / 2 + half)
    ax.set_yticks([])
