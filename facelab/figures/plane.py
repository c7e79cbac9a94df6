"""Two-dimensional embeddings as they are: lengths count."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures._points import checked, handles, points
from facelab.figures.palette import INK, RIM, outline


def plane(
    embeddings: npt.ArrayLike,
    labels: npt.ArrayLike,
    centers: npt.ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    hollow: npt.ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Embeddings in the plane, with the unit circle and an arrow for each center.

    Args:
        embeddings: (N, 2), of any length; they are drawn with it.
        labels: (N,) class of each, 0..C-1.
        centers: (C, 2) rows of the loss, of any length.
        names: name of each class, for a legend.
        hollow: (N,) True for those drawn without filling, for example held-out images.
        ax: where to draw.

    Raises:
        ValueError: if a shape does not fit, or an embedding is NaN or infinite.
    """
    x, y, unfilled = checked(embeddings, labels, hollow, width=2)
    ax = axes(ax, 5.6 if names else 4.6, 4.4)
    t = np.linspace(0, 2 * np.pi, 181)
    ax.plot(np.cos(t), np.sin(t), color=RIM, linewidth=0.9, linestyle="--", label="length 1")
    points(ax, x, y, unfilled)
    for index, (right, up) in enumerate([] if centers is None else np.asarray(centers)):
        arrow = {"arrowstyle": "-|>", "color": outline(index), "linewidth": 2.0, "shrinkB": 0}
        ax.annotate("", (right, up), (0, 0), arrowprops=arrow, zorder=4)
    ends = np.concatenate([x, [[1, 1]], np.zeros((0, 2)) if centers is None else centers])
    reach = 1.08 * np.abs(ends).max()
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    ax.plot([0], [0], "+", color=INK)
    if names:
        place = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "fontsize": "small"}
        legend(ax, handles=handles(names, bool(unfilled.any())), **place)
    return tidy(ax, "embedding, 1st coordinate (no unit)", "embedding, 2nd coordinate (no unit)")
