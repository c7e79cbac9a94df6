"""The sphere, drawn flat: three-dimensional embeddings of people, their centers and caps.

An orthographic view: right, up, and toward the reader. What lies on the back is faded.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from facelab import geometry
from facelab.figures._axes import axes, legend
from facelab.figures._points import Floats, checked, handles, points
from facelab.figures.palette import NET, RIM, SOFT, look, outline

PIXELS = 500  # width of the shaded ball
LIGHT = geometry.unit([-0.4, 0.55, 0.75])  # right, up, toward the reader
SHADE = 0.12  # how much darker the side away from the light is
TINT = 0.25  # how much of a cap is its person's color
ROOM = 1.1  # half the width of the picture, in radii


def sphere(
    embeddings: npt.ArrayLike,
    labels: npt.ArrayLike,
    centers: npt.ArrayLike | None = None,
    radii: npt.ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    hollow: npt.ArrayLike | None = None,
    turn: npt.ArrayLike | None = None,
    boundaries: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Embeddings on the unit sphere, with centers as rings and a cap around each.

    Args:
        embeddings: (N, 3), of any length; drawn at length 1.
        labels: (N,) class of each, 0..C-1.
        centers: (C, 3), of any length.
        radii: (C,) angle from each center to the rim of its cap, radians; 0 for no cap.
        names: name of each class, for a legend.
        hollow: (N,) True for those drawn without filling, for example held-out images.
        turn: (3, 3) matrix from `geometry.view`; the usual view if not given.
        boundaries: whether the edges between the regions of the nearest center are drawn.
        ax: where to draw.

    Raises:
        ValueError: if a shape does not fit, an embedding is NaN, or radii come without centers.
    """
    x, y, unfilled = checked(embeddings, labels, hollow, width=3)
    rows, caps = _centers(centers, radii)
    matrix = geometry.view() if turn is None else np.asarray(turn, dtype=np.float64)
    middle = geometry.project(geometry.unit(rows), matrix)
    ax = axes(ax, 5.8 if names else 4.4, 4.4)
    ax.imshow(_ball(middle, caps), extent=(-1, 1, -1, 1), origin="lower", zorder=1)
    _net(ax, matrix)
    _rims(ax, middle, caps)
    if boundaries:
        _edges(ax, middle)
    _people(ax, geometry.project(geometry.unit(x), matrix), y, unfilled)
    _rings(ax, middle)
    ax.set_xlim(-ROOM, ROOM)
    ax.set_ylim(-ROOM, ROOM)
    ax.set_aspect("equal")
    ax.set_axis_off()
    if names:
        place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5), "fontsize": "small"}
        legend(ax, handles=handles(names, bool(unfilled.any())), **place)
    return ax


def _centers(centers: npt.ArrayLike | None, radii: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Centers (C, 3) and radii (C,), none of them where none are given."""
    if centers is None and radii is not None:
        raise ValueError("radii need centers to be drawn around")
    rows = np.zeros((0, 3)) if centers is None else np.asarray(centers, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise ValueError(f"centers must have shape (C, 3), not {rows.shape}")
    caps = np.zeros(len(rows)) if radii is None else np.asarray(radii, dtype=np.float64)
    if caps.shape != (len(rows),):
        raise ValueError(f"radii must have shape ({len(rows)},), not {caps.shape}")
    return rows, caps


def _ball(middle: Floats, caps: Floats) -> Floats:
    """A softly shaded white ball with tinted caps, (PIXELS, PIXELS, 4)."""
    across = (np.arange(PIXELS) + 0.5) / PIXELS * 2 - 1
    right, up = np.meshgrid(across, across)
    out = np.hypot(right, up)
    normal = np.stack([right, up, np.sqrt(np.clip(1 - out**2, 0, 1))], axis=-1)
    shade = 1 - SHADE * (1 - np.clip(normal @ LIGHT, 0, 1)) ** 1.6
    color = np.repeat(shade[..., None], 3, axis=2)
    for index, (center, radius) in enumerate(zip(middle, caps, strict=True)):
        inside = (normal @ center >= np.cos(radius)) & (radius > 0)
        tint = np.array(to_rgb(look(index)[0]))
        color[inside] = (1 - TINT) * color[inside] + TINT * tint
    edge = np.clip((1 - out) * PIXELS / 2 + 0.5, 0, 1)  # one pixel from ball to paper
    return np.dstack([color, edge])


def _net(ax: Axes, matrix: Floats) -> None:
    """Rim, and a faint line for every 30 degrees of longitude and latitude, in front only."""
    ax.plot(*geometry.regular_polygon(181)[np.arange(182) % 181].T, color=RIM, lw=0.8, zorder=2)
    for angle in np.deg2rad(np.arange(0, 180, 30)):
        _front_and_back(
            ax, geometry.great_circle([np.cos(angle), np.sin(angle), 0], 121) @ matrix.T
        )
        if angle:
            _front_and_back(ax, geometry.cap([0, 0, 1], angle, 121) @ matrix.T)


def _front_and_back(
    ax: Axes, curve: Floats, back: float = 0.0, color: str = NET, **settings: Any
) -> None:
    """A curve seen from the front: its hidden part with the opacity `back`."""
    behind = curve[:, 2] < 0
    for hidden, opacity in ((False, 1.0), (True, back)):
        if opacity:
            shown = np.where((behind == hidden)[:, None], curve, np.nan)
            dots = ":" if hidden else "-"
            style: dict[str, Any] = {"color": color, "linewidth": 0.6, "zorder": 2} | settings
            ax.plot(shown[:, 0], shown[:, 1], alpha=opacity, linestyle=dots, **style)


def _rims(ax: Axes, middle: Floats, caps: Floats) -> None:
    for index, (center, radius) in enumerate(zip(middle, caps, strict=True)):
        if radius > 0:
            rim = geometry.cap(center, radius, 181)
            _front_and_back(ax, rim, back=0.35, color=outline(index), linewidth=1.4)


def _edges(ax: Axes, middle: Floats) -> None:
    """Where the nearest center changes: in front solid, behind faint."""
    known = middle[np.isfinite(middle).all(axis=1) & middle.any(axis=1)]
    for *_, way in geometry.decision_arcs(known):
        _front_and_back(ax, way, back=0.35, color=SOFT, linewidth=1.1)


def _people(
    ax: Axes, seen: Floats, labels: npt.NDArray[np.int64], hollow: npt.NDArray[np.bool_]
) -> None:
    for behind, size, opacity in ((True, 14, 0.22), (False, 26, 0.95)):
        rows = (seen[:, 2] < 0) == behind
        points(ax, seen[rows, :2], labels[rows], hollow[rows], size, alpha=opacity)


def _rings(ax: Axes, middle: Floats) -> None:
    """Centers: white shapes with an edge in the person's color, above the points."""
    for index, (x, y, depth) in enumerate(middle):
        color, marker = outline(index), look(index)[1]
        style: dict[str, Any] = {
            "s": 95,
            "facecolor": "white",
            "edgecolor": color,
            "linewidth": 2.2,
        }
        ax.scatter([x], [y], marker=marker, alpha=0.3 if depth < 0 else 1, zorder=4, **style)
