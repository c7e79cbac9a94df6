"""Points of people: a color and a shape each, filled or hollow."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from facelab.figures._letters import legible
from facelab.figures.palette import INK, SOFT, look, outline

Floats = npt.NDArray[np.float64]


def checked(
    embeddings: npt.ArrayLike, labels: npt.ArrayLike, hollow: npt.ArrayLike | None, width: int
) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Embeddings (N, width), labels (N,) and which are hollow (N,).

    Raises:
        ValueError: if a shape does not fit, or an embedding is NaN or infinite.
    """
    x, y = np.asarray(embeddings, dtype=np.float64), np.asarray(labels)
    if x.ndim != 2 or x.shape[1] != width:
        raise ValueError(f"embeddings must have shape (N, {width}), not {x.shape}")
    if not np.isfinite(x).all():
        bad = np.flatnonzero(~np.isfinite(x).all(axis=1))
        raise ValueError(f"embeddings must be finite, but {len(bad)} are not; first: row {bad[0]}")
    unfilled = np.zeros(len(x), dtype=bool) if hollow is None else np.asarray(hollow, dtype=bool)
    for name, values in (("labels", y), ("hollow", unfilled)):
        if values.shape != (len(x),):
            raise ValueError(f"{name} must have shape ({len(x)},), not {values.shape}")
    return x, y.astype(np.int64), unfilled


def points(
    ax: Axes,
    places: Floats,
    labels: npt.NDArray[np.int64],
    hollow: npt.NDArray[np.bool_],
    size: float = 26,
    **settings: Any,
) -> None:
    """Scatter points (N, 2) in the look of their classes; size in square points."""
    for label in np.unique(labels):
        color, marker = look(int(label))
        for unfilled in (False, True):
            rows = (labels == label) & (hollow == unfilled)
            if not rows.any():
                continue
            filled = {"facecolor": color, "edgecolor": INK, "linewidth": 0.4}
            empty = {"facecolor": "white", "edgecolor": outline(int(label)), "linewidth": 1.3}
            style: dict[str, Any] = {"zorder": 3} | (empty if unfilled else filled) | settings
            x, y = places[rows].T
            ax.scatter(x, y, s=size, marker=marker, **style)


def handles(names: Sequence[str], hollow: bool = False) -> list[Line2D]:
    """Legend entries of classes, and of what hollow means if anything is."""
    shared: dict[str, Any] = {"linestyle": "", "markersize": 6, "markeredgewidth": 0.5}
    entries = []
    for index, name in enumerate(names):
        color, marker = look(index)
        style = shared | {"color": color, "marker": marker, "markeredgecolor": INK}
        entries.append(Line2D([], [], label=legible(name, f"person {index}"), **style))
    if hollow:
        style = shared | {"color": "white", "marker": "o", "markeredgecolor": SOFT}
        entries.append(Line2D([], [], label="hollow: held out", **style))
    return entries
