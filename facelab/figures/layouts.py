"""Embeddings laid out by PCA or UMAP: where each person's images lie."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab import geometry
from facelab.figures._axes import axes, legend
from facelab.figures._letters import write
from facelab.figures._points import Floats, checked, handles, points
from facelab.figures.palette import INK, RIM, SOFT
from facelab.figures.sphere import sphere

MOST_NAMED = 20  # names that fit beside the picture


def layout(
    places: npt.ArrayLike,
    labels: npt.ArrayLike,
    values: npt.ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    hollow: npt.ArrayLike | None = None,
    title: str = "",
    caption: str = "",
    ax: Axes | None = None,
) -> Axes:
    """A map of embeddings, as `facelab.experiments.layout` gives it.

    Args:
        places: (N, 2), or (N, 3) on the sphere; rows that are NaN are left out.
        labels: (N,) class of each, 0..C-1.
        values: (N,) numbers to color by, for example lengths; by class if not given.
        names: name of each class, for a legend of up to 20.
        hollow: (N,) True for those drawn without filling, for example held-out images.
        title: words above the map.
        caption: words beside the colors of `values`.
        ax: where to draw.

    Raises:
        ValueError: if a shape does not fit.
    """
    where = np.asarray(places, dtype=np.float64)
    if where.ndim != 2 or where.shape[1] not in (2, 3):
        raise ValueError(f"places must have shape (N, 2) or (N, 3), not {where.shape}")
    good = np.isfinite(where).all(axis=1)
    unfilled = np.zeros(len(where), dtype=bool) if hollow is None else np.asarray(hollow, bool)
    numbers = None if values is None else np.asarray(values, dtype=np.float64)
    for name, given in (("labels", np.asarray(labels)), ("hollow", unfilled), ("values", numbers)):
        if given is not None and given.shape != (len(where),):
            raise ValueError(f"{name} must have shape ({len(where)},), not {given.shape}")
    x, y, unfilled = checked(
        where[good], np.asarray(labels)[good], unfilled[good], width=where.shape[1]
    )
    shown = None if names is None or len(names) > MOST_NAMED else names
    ax = _plane(ax, shown) if x.shape[1] == 2 else _ball(ax, shown, x, y, unfilled, numbers)
    if numbers is not None:
        _colored(ax, x, numbers[good], caption)
    elif x.shape[1] == 2:
        points(ax, x, y, unfilled)
    if title:
        write(ax.set_title(title, color=INK), "")
    if shown is not None and numbers is None and x.shape[1] == 2:
        place = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "fontsize": "small"}
        legend(ax, handles=handles(shown, bool(unfilled.any())), **place)
    return ax


def _plane(ax: Axes | None, names: Sequence[str] | None) -> Axes:
    """Axes without numbers: in these maps distances have no unit."""
    ax = axes(ax, 5.8 if names else 4.8, 4.4)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_aspect("equal", adjustable="datalim")
    for side in ax.spines.values():
        side.set_color(RIM)
    return ax


def _ball(
    ax: Axes | None,
    names: Sequence[str] | None,
    x: Floats,
    y: npt.NDArray[np.int64],
    hollow: npt.NDArray[np.bool_],
    values: Floats | None,
) -> Axes:
    if values is None:
        return sphere(x, y, names=names, hollow=hollow, ax=ax)
    return sphere(x[:0], y[:0], ax=ax)


def _colored(ax: Axes, x: Floats, values: Floats, caption: str) -> None:
    """Points in the colors of their values, with a bar; what lies behind is faint."""
    seen = x if x.shape[1] == 2 else geometry.project(geometry.unit(x), geometry.view())
    faint = np.zeros(len(seen), dtype=bool) if x.shape[1] == 2 else seen[:, 2] < 0
    style: dict[str, Any] = {"cmap": "viridis", "vmin": values.min(), "vmax": values.max()}
    for behind, opacity in ((True, 0.3), (False, 1.0)):
        rows = faint == behind
        across, up = seen[rows, :2].T
        style |= {"s": 26, "alpha": opacity, "c": values[rows]}
        drawn = ax.scatter(across, up, edgecolor="white", zorder=3, **style)
    bar = ax.figure.colorbar(drawn, ax=ax, label=caption, shrink=0.8)
    bar.ax.tick_params(colors=SOFT)
