"""Which margin each face of a batch got: ElasticFace's draws, and who they were handed to."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures.palette import RIM, look


def margins_by_rank(
    angles: npt.ArrayLike,
    margins: Mapping[str, npt.ArrayLike],
    ax: Axes | None = None,
    *,
    mean: float | None = None,
    unit: str = "radians",
) -> Axes:
    """The margin of each face over its rank: the one closest to its own center stands first.

    Args:
        angles: (N,) to the own centers, radians.
        margins: way of handing out -> (N,) margins, in the order of the angles.
        ax: where to draw.
        mean: the mean margin, a dashed line.
        unit: of the margins, in words.

    Raises:
        ValueError: if there is nothing to draw, or there is not one margin for each angle.
    """
    theta = np.asarray(angles, dtype=np.float64)
    dealt = {way: np.asarray(numbers, np.float64) for way, numbers in margins.items()}
    if not dealt or theta.ndim != 1 or any(m.shape != theta.shape for m in dealt.values()):
        shapes = [numbers.shape for numbers in dealt.values()]
        raise ValueError(f"margins must have the shape of angles, {theta.shape}, not {shapes}")
    ax = axes(ax, height=3.6)
    closest_first = np.argsort(theta, kind="stable")
    if mean is not None:
        ax.axhline(mean, color=RIM, linewidth=1, linestyle="--")
    for index, (way, numbers) in enumerate(dealt.items()):
        color, marker = look(index)
        style: dict[str, Any] = {"color": color, "marker": marker, "linestyle": "none"}
        rank = np.arange(1, len(theta) + 1)
        ax.plot(rank, numbers[closest_first], label=way, markersize=4.5, **style)
    legend(ax, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(dealt))
    return tidy(ax, "faces, closest to the own center first", f"margin ({unit})")
