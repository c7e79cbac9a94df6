"""Faces side by side."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes
from facelab.figures._letters import legible, write
from facelab.figures.palette import INK

GAP = 0.06  # between faces, in widths of a face
LINE = 0.17  # height of a line of text, in widths of a face
LETTERS = 14  # in a line under a face


def face_grid(
    images: npt.ArrayLike,
    labels: Sequence[int] | npt.NDArray[np.integer] | None = None,
    names: Sequence[str] | None = None,
    *,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Faces in rows, with what is known of each written underneath.

    Args:
        images: (N, H, W) gray or (N, H, W, 3) color, uint8 or floats in 0..1.
        labels: (N,) person of each image.
        names: name of each person; without it the label itself is written.
        columns: faces in a row.
        ax: where to draw.

    Raises:
        ValueError: if there are no images, or not one label for each.
    """
    faces = np.asarray(images)
    if faces.ndim not in (3, 4) or len(faces) == 0:
        raise ValueError(f"images must have shape (N, H, W) or (N, H, W, 3), not {faces.shape}")
    if labels is not None and len(labels) != len(faces):
        raise ValueError(f"{len(faces)} images need {len(faces)} labels, not {len(labels)}")
    captions = _captions(labels, names)
    columns = min(columns, len(faces))
    rows = -(-len(faces) // columns)
    height, width = faces.shape[1:3]
    lines = max((caption.count("\n") + 1 for caption in captions), default=0)
    cell = (width * (1 + GAP), height + width * (GAP + LINE * lines))
    inches = 0.95 if columns > 4 else 1.3
    ax = axes(ax, columns * inches, rows * inches * cell[1] / cell[0])
    for index, face in enumerate(faces):
        left, top = (index % columns) * cell[0], (index // columns) * cell[1]
        box = (left, left + width, top + height, top)
        ax.imshow(face, cmap="gray", vmin=0, vmax=_white(faces), extent=box)
        if captions:
            below = top + height + 0.3 * LINE * width
            style: dict[str, Any] = {"ha": "center", "va": "top", "size": 7, "color": INK}
            write(ax.text(left + width / 2, below, captions[index], **style), "")
    ax.set_xlim(0, columns * cell[0] - width * GAP)
    ax.set_ylim(rows * cell[1], 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _white(faces: npt.NDArray[np.generic]) -> float:
    return 255 if np.issubdtype(faces.dtype, np.integer) else 1


def _captions(
    labels: Sequence[int] | npt.NDArray[np.integer] | None, names: Sequence[str] | None
) -> list[str]:
    if labels is None:
        return []
    texts = [
        str(label) if names is None else legible(names[label], f"person {label}")
        for label in labels
    ]
    return [
        "\n".join(wrap(t.replace("_", " "), LETTERS, max_lines=2, placeholder="…")) for t in texts
    ]
