"""From embeddings as they come to points on the unit sphere, and what was done to them, in words.

    2 numbers an embedding     on the circle, z = 0
    3                          on the sphere
    more                       the three directions that hold most of their squared length

The directions are the first right singular vectors of the embeddings turned to length 1 (principal
component analysis about the origin, so that the middle of the sphere stays the middle).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_POINTS = 5000
THUMBNAIL = 48  # pixels: no side of a thumbnail is longer


def array(values: Any) -> npt.NDArray[Any]:
    """Values as an array; a tensor is taken off its graph and its device first."""
    return np.asarray(values.detach().cpu().numpy() if hasattr(values, "detach") else values)


def rows(values: Any, name: str, width: int | None = None) -> Floats:
    """A table of numbers, (N, D) with D at least 2.

    Raises:
        TypeError: if it does not hold numbers.
        ValueError: if its shape does not fit.
    """
    try:
        table = array(values).astype(np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a table of numbers, not {values!r:.60}") from None
    if table.ndim != 2 or table.shape[1] < 2 or len(table) == 0:
        raise ValueError(f"{name} must have shape (N, D) with D at least 2, not {table.shape}")
    if width is not None and table.shape[1] != width:
        raise ValueError(f"{name} must have {width} columns like the embeddings, not {table.shape}")
    return table


def persons(labels: Any, count: int, people: int | None) -> npt.NDArray[np.uint16]:
    """One whole number an embedding, saying whose it is; `people` is how many there can be.

    Raises:
        TypeError: if they are not whole numbers.
        ValueError: if there are too few or too many, or one names nobody.
    """
    whole = array(labels)
    if whole.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers 0, 1, ..., not {whole.dtype}")
    if whole.shape != (count,):
        raise ValueError(f"labels must be one for each of {count} embeddings, not {whole.shape}")
    most = 65535 if people is None else people - 1
    strange = whole[(whole < 0) | (whole > most)]
    if strange.size:
        raise ValueError(f"labels must be 0..{most}, but one is {strange[0]}")
    return whole.astype(np.uint16)


def unit(table: Floats) -> Floats:
    """Rows turned to length 1; a row that has no direction (NaN, infinite or 0) becomes NaN."""
    most = np.abs(table).max(axis=1, keepdims=True)
    good = np.isfinite(most) & (most > 0)
    scaled = np.where(good, table, np.nan) / np.where(good, most, 1.0)  # squares overflow at 1e154
    turned: Floats = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    return turned


def directions(turned: Floats) -> Floats:
    """The three directions to look along, (D, 3): those that hold most of the squared length."""
    width = turned.shape[1]
    good = turned[np.isfinite(turned).all(axis=1)]
    if width <= 3 or len(good) == 0:
        return np.eye(width, 3)
    _, across = np.linalg.eigh(good.T @ good)
    return np.asarray(across[:, :-4:-1])


def means(turned: Floats, labels: npt.NDArray[np.uint16], people: int) -> Floats:
    """The mean direction of each person, (people, D); NaN for whom there is none."""
    good = np.isfinite(turned).all(axis=1)
    count = np.bincount(labels[good], minlength=people)
    centers = np.zeros((people, turned.shape[1]))
    np.add.at(centers, labels[good], turned[good])
    return np.where(count[:, None] > 0, centers / np.maximum(count, 1)[:, None], np.nan)


def packed(table: Floats) -> bytes:
    """Points on the sphere as float32, x y z after x y z."""
    return unit(table).astype("<f4").tobytes()


def thinned(count: int) -> npt.NDArray[np.int64]:
    """Which embeddings are shown: all, or as many as a browser draws well, evenly taken."""
    return np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64)


def mask(held_out: Any, count: int) -> npt.NDArray[np.uint8]:
    """Whether each image was held out, as 0 or 1.

    Raises:
        ValueError: if there is not one yes or no for each embedding.
    """
    out = np.zeros(count, dtype=bool) if held_out is None else array(held_out)
    if out.shape != (count,) or out.dtype.kind != "b":
        raise ValueError(
            f"held_out must be True or False for each of {count} embeddings, "
            f"not {out.dtype} {out.shape}"
        )
    return out.astype(np.uint8)


def thumbnails(
    images: Any, count: int, kept: npt.NDArray[np.int64], side: int = THUMBNAIL
) -> npt.NDArray[np.uint8]:
    """Small gray copies, (len(kept), h, w), of images (N, H, W) or (N, H, W, 3), 0 to 255.

    No side of them is longer than `side`, pixels.

    Raises:
        ValueError: if the shape does not fit, or there is not one for each embedding.
    """
    if images is None:
        return np.zeros((0, 0, 0), dtype=np.uint8)
    shown = array(images)
    if shown.ndim not in (3, 4) or len(shown) != count:
        raise ValueError(
            f"images must have shape ({count}, H, W) or ({count}, H, W, 3), not {shown.shape}"
        )
    factor = -(-max(shown.shape[1:3]) // side)
    h, w = shown.shape[1] // factor, shown.shape[2] // factor
    small = np.empty((len(kept), h, w), dtype=np.uint8)
    for i, image in enumerate(shown[kept]):
        gray = image.mean(axis=2) if image.ndim == 3 else image
        blocks = gray[: h * factor, : w * factor].reshape(h, factor, w, factor)
        small[i] = blocks.mean(axis=(1, 3)).clip(0, 255)
    return small
