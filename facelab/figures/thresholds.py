"""The threshold that would suit each person alone, and the one that all have to share."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures.palette import MARKERS, line


def own_thresholds(
    own: Mapping[str, npt.ArrayLike], shared: Mapping[str, float], ax: Axes | None = None
) -> Axes:
    """For each way of training, people from the lowest to the highest threshold of their own.

    The flatter the points, the better one threshold for all, the line of their color, suits all.

    Args:
        own: way -> (P,) cosines at which 1 % of the pairs of a person with strangers are accepted,
            in any order.
        shared: way -> the one for all.
        ax: where to draw.

    Raises:
        ValueError: if there is nothing to draw, or a way has no shared threshold.
    """
    if not own or set(own) != set(shared):
        raise ValueError(f"each of {list(own)} needs one shared threshold, not {list(shared)}")
    ax = axes(ax)
    for index, (way, thresholds) in enumerate(own.items()):
        values = np.sort(np.asarray(thresholds, np.float64))
        style: dict[str, Any] = {"color": line(index)["color"]}
        place = np.linspace(0, 1, len(values))
        ax.plot(place, values, MARKERS[index], markersize=4, alpha=0.8, label=way, **style)
        ax.axhline(shared[way], linestyle=line(index)["linestyle"], linewidth=1.4, **style)
    ax.set_xticks([0, 1], ["lowest", "highest"])
    legend(ax, loc="upper left")
    words = "threshold (cosine) at which 1 %\nof strangers are accepted"
    return tidy(ax, "people; lines: one threshold for all", words)
