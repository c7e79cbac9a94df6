"""Curves over an angle, over the scale, and over training."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.choices import unknown
from facelab.figures._axes import axes, by_name, legend, tidy
from facelab.figures.palette import INK, line
from facelab.geometry import normface_lower_bound

Rows = Sequence[Mapping[str, Any]]

UNITS = {
    "loss": "loss (nats)",
    "accuracy": "nearest center is the right one (share of images)",
    "angle": "angle to the own center (degrees)",
    "seconds": "time (seconds)",
}


def target_curves(
    theta: npt.ArrayLike, curves: Mapping[str, npt.ArrayLike], ax: Axes | None = None
) -> Axes:
    """What stands in for the cosine at the true class, over the angle to its center.

    Args:
        theta: (n,) angles, radians; drawn in degrees.
        curves: name -> (n,) values of psi(theta), on the scale of a cosine.
        ax: where to draw.
    """
    ax = axes(ax)
    degrees = np.rad2deg(np.asarray(theta, dtype=np.float64))
    for index, (name, psi) in enumerate(curves.items()):
        ax.plot(degrees, np.asarray(psi), label=name, linewidth=1.8, **line(index))
    ax.set_xlim(0, 180)
    ax.set_xticks(range(0, 181, 30))
    legend(ax)
    return tidy(ax, "angle θ to the own center (degrees)", "target ψ(θ) (cosine units)")


def lower_bound(
    num_classes: Iterable[int] = (2, 10, 100, 1000),
    scales: npt.ArrayLike | None = None,
    mark: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The lowest loss NormFace can reach, over the scale: why a scale is needed at all.

    Args:
        num_classes: numbers of classes C, one curve each.
        scales: (n,) scales s; 0 to 32 if not given.
        mark: a scale at which the values are marked and written down.
        ax: where to draw.
    """
    ax = axes(ax)
    s = np.linspace(0, 32, 321) if scales is None else np.asarray(scales, dtype=np.float64)
    for index, classes in enumerate(num_classes):
        style, label = line(index), f"C = {classes:,}"
        if mark is not None:
            value = float(normface_lower_bound(mark, classes))
            ax.plot([mark], [value], "o", color=style["color"])
            label += f": {value:.3g} at s = {mark:g}"
        ax.plot(s, normface_lower_bound(s, classes), label=label, **style)
    if mark is not None:
        ax.axvline(mark, color=INK, linewidth=0.8, linestyle=":")
    ax.set_xlim(s.min(), s.max())
    ax.set_ylim(bottom=0)
    legend(ax, title="classes")
    return tidy(ax, "scale s (no unit)", "lowest loss that can be reached (nats)")


def training_curves(
    rows: Rows | Mapping[str, Rows], key: str = "loss", over: str = "epoch", ax: Axes | None = None
) -> Axes:
    """A column of the metrics over epochs or steps.

    Args:
        rows: the metrics, one mapping a row; or name -> metrics, to compare runs.
        key: the column to draw; rows where it is missing or empty are left out.
        over: the column along the axis.
        ax: where to draw.

    Raises:
        ValueError: if no row has such a column.
    """
    ax = axes(ax)
    runs = by_name(rows)
    for index, (name, table) in enumerate(runs.items()):
        x, y = _columns(table, over, key)
        ax.plot(x, y, label=name, linewidth=1.6, **line(index))
    if list(runs) != [""]:
        legend(ax)
    return tidy(ax, over, UNITS.get(key, key))


def _columns(table: Rows, over: str, key: str) -> tuple[list[float], list[float]]:
    known = list(dict.fromkeys(column for row in table for column in row))
    for column in (over, key):
        if column not in known:
            raise ValueError(unknown("column of the metrics", column, known))
    full = [row for row in table if row.get(key) not in (None, "")]
    return [float(row[over]) for row in full], [float(row[key]) for row in full]
