"""Which faces a loss listens to: the foremost with their weights, and all of them by angle."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures._letters import legible, write
from facelab.figures._points import points
from facelab.figures.palette import INK, RIM, look, outline

GAP = 0.14  # between faces, in widths of a face
BELOW = 0.55  # for bar and words under a face, in widths of a face


def weights(
    images: npt.ArrayLike,
    pulls: npt.ArrayLike,
    labels: npt.ArrayLike,
    names: Sequence[str] | None = None,
    *,
    columns: int = 10,
    rows: int = 2,
    ax: Axes | None = None,
) -> Axes:
    """The faces with the largest weights, largest first, each over its bar.

    Args:
        images: (N, H, W) gray or (N, H, W, 3) color, uint8 or floats in 0..1.
        pulls: (N,) at least 0, what `geometry.sample_pulls` gives. A face of average weight is
            written 1.00 times.
        labels: (N,) whole numbers, whose each face is.
        names: name of each person; without it the label itself is written.
        columns, rows: how many faces are drawn.
        ax: where to draw.

    Raises:
        ValueError: if a shape does not fit, or a pull is NaN or negative.
    """
    faces, parts, whose = np.asarray(images), shares(pulls), np.asarray(labels)
    if faces.ndim not in (3, 4) or len(faces) != len(parts):
        raise ValueError(f"images must be ({len(parts)}, H, W), one a pull, not {faces.shape}")
    if whose.shape != parts.shape:
        raise ValueError(f"labels must have shape {parts.shape}, not {whose.shape}")
    height, width = faces.shape[1:3]
    shown = np.argsort(-parts, kind="stable")[: columns * rows]
    columns = min(columns, len(shown))
    cell = width * (1 + GAP), height + width * BELOW
    rows = -(-len(shown) // columns)
    ax = axes(ax, columns, rows * cell[1] / cell[0])
    white = 255 if np.issubdtype(faces.dtype, np.integer) else 1
    for place, i in enumerate(shown):
        left, top = place % columns * cell[0], place // columns * cell[1]
        under = top + height
        ax.imshow(
            faces[i], cmap="gray", vmin=0, vmax=white, extent=(left, left + width, under, top)
        )
        x, y = [left, left, left + width, left + width, left], [under, top, top, under, under]
        ax.plot(x, y, color=outline(int(whose[i])), linewidth=1.5)
        part = parts[i] / max(parts[shown[0]], 1e-300)
        ax.barh(under + 0.1 * width, part * width, 0.1 * width, left, color=look(0)[0])
        person = int(whose[i])
        said = str(person) if names is None else legible(names[person], f"person {person}")
        words = f"{parts[i] * len(parts):.2f}×  {said:.9}"
        low = under + 0.2 * width
        write(ax.text(left, low, words, ha="left", va="top", size=7, color=INK), words)
    ax.set_xlim(-0.02 * width, columns * cell[0] - width * GAP + 0.02 * width)
    ax.set_ylim(rows * cell[1], -0.02 * width)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def weights_by_angle(
    angles: npt.ArrayLike,
    pulls: npt.ArrayLike,
    labels: npt.ArrayLike,
    plain: npt.ArrayLike | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """The weight of every face against the angle to its own center; 1 is an average face.

    Args:
        angles: (N,) radians.
        pulls: (N,) at least 0, what `geometry.sample_pulls` gives.
        labels: (N,) whole numbers, whose each face is.
        plain: (N,) the pulls under NormFace, drawn hollow beside them.
        ax: where to draw.

    Raises:
        ValueError: if a shape does not fit, or a pull is NaN or negative.
    """
    theta, parts, whose = np.degrees(np.asarray(angles, float)), shares(pulls), np.asarray(labels)
    if theta.shape != parts.shape or whose.shape != parts.shape:
        raise ValueError(
            f"angles {theta.shape}, pulls {parts.shape} and labels {whose.shape} must be alike"
        )
    ax = axes(ax)
    count = len(parts)
    ax.axhline(1, color=RIM, linewidth=1, linestyle="--")
    if plain is not None:
        style: dict[str, Any] = {
            "facecolor": "none",
            "edgecolor": RIM,
            "linewidth": 0.9,
            "label": "NormFace",
        }
        ax.scatter(theta, shares(plain) * count, s=16, **style)
        legend(ax)
    places = np.stack([theta, parts * count], axis=1)
    points(ax, places, whose.astype(np.int64), np.zeros(count, dtype=bool), size=18)
    return tidy(ax, "θ, angle to the own center (degrees)", "weight (1 is an average face)")


def shares(pulls: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Parts of a whole, (N,); zeros where nothing pulls.

    Raises:
        ValueError: if they are not one number each, or one is NaN or negative.
    """
    w = np.asarray(pulls, dtype=np.float64)
    if w.ndim != 1 or len(w) == 0:
        raise ValueError(f"pulls must have shape (N,), not {w.shape}")
    if not (np.isfinite(w) & (w >= 0)).all():
        wrong = w[~(np.isfinite(w) & (w >= 0))][0]
        raise ValueError(f"pulls must be finite and at least 0, not {wrong:g}")
    return np.asarray(w / w.sum() if w.sum() > 0 else w)
