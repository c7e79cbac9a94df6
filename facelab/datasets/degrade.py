"""Hard faces out of easy ones: what a camera far away, out of focus or in the dark would have seen.

    level 0   the images themselves, every byte
    level 1   nearly unreadable

    resolution  made 12^level times smaller (every pixel counts), then as large again (bilinear)
    blur        Gaussian, standard deviation level H / 8 pixels; the edge pixels go on outside
    noise       plus level x 110 x a normal number for each pixel and channel, in gray values
    occlusion   a gray box of 0.85 level of height and width, its place and shade drawn
    light       times exp(-level (0.8 + 3 u)), u from 0 to 1 across the face, from a side drawn
    rotation    turned by 90 degrees x level to the left or right, drawn; edge pixels go on outside

What is drawn depends on the seed and the place of an image in the set, never on the level: the same
face gets harder and harder.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from facelab.choices import unknown
from facelab.datasets._door import check_images, generator

if TYPE_CHECKING:
    from facelab.datasets.faceset import FaceSet

Pixels = NDArray[np.float32]  # (N, H, W, channels), gray values
Random = np.random.Generator
Images = NDArray[np.uint8]

COARSEST = 12.0  # times smaller
WIDEST = 1 / 8  # of a blur, in heights of the image
LOUDEST = 110.0  # of noise, gray values
LARGEST = 0.85  # side of a box, in sides of the image
DIMMEST, STEEPEST = 0.8, 3.0  # exponents of the light, all over and across
FARTHEST = math.pi / 2  # of a turn, radians


@overload
def degrade(faces: "FaceSet", kind: str, level: float, seed: int | Random = 0) -> "FaceSet": ...
@overload
def degrade(faces: Images, kind: str, level: float, seed: int | Random = 0) -> Images: ...
def degrade(
    faces: "FaceSet | Images", kind: str, level: float, seed: int | Random = 0
) -> "FaceSet | Images":
    """The same faces, harder to read.

    Args:
        faces: a FaceSet, or images (N, H, W) or (N, H, W, 3), uint8.
        kind: a key of DEGRADATIONS.
        level: 0 (unchanged, every byte) to 1 (nearly unreadable).
        seed: decides noise, places, shades and sides.

    Returns:
        What was given, a FaceSet or images of the same shape; what was given stays as it is.

    Raises:
        TypeError: if the images are not uint8, or the level is no number.
        ValueError: if the kind is unknown, the level is outside 0..1, or a shape is wrong.
    """
    if not isinstance(faces, np.ndarray) and hasattr(faces, "images"):
        return replace(faces, images=_harder(faces.images, kind, level, seed))
    return _harder(faces, kind, level, seed)


def _harder(images: Any, kind: str, level: float, seed: int | Random) -> Images:
    """Images, degraded."""
    check_images(images)
    if kind not in DEGRADATIONS:
        raise ValueError(unknown("degradation", kind, DEGRADATIONS))
    strength, rng = _level(level), generator(seed)
    if strength == 0:
        return np.array(images)
    pixels = images.reshape(*images.shape[:3], -1).astype(np.float32)
    harder = DEGRADATIONS[kind](pixels, strength, rng)
    return harder.round().clip(0, 255).astype(np.uint8).reshape(images.shape)


def _level(level: Any) -> float:
    """A level as a float in 0..1."""
    if isinstance(level, bool) or not isinstance(level, Real):
        raise TypeError(f"level must be a number from 0 to 1, not {level!r}")
    strength = float(level)
    if not 0 <= strength <= 1:
        raise ValueError(f"level must be from 0 (unchanged) to 1 (nearly unreadable), not {level}")
    return strength


def _mixed(pixels: Pixels, rows: Pixels, columns: Pixels) -> Pixels:
    """Each new row a mixture of old rows, (H, H), and each new column of old columns, (W, W)."""
    down = np.tensordot(rows, pixels, axes=(1, 1))  # (H, N, W, channels)
    across = np.tensordot(columns, down, axes=(1, 2))  # (W, H, N, channels)
    return np.ascontiguousarray(across.transpose(2, 1, 0, 3))


def _coarsening(size: int, factor: float) -> Pixels:
    """The matrix that makes a line `factor` times shorter by means, then as long again."""
    count = max(1, round(size / factor))
    edges = np.linspace(0, size, count + 1)
    pixel = np.arange(size)
    shared = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    means = shared.clip(0) * count / size  # (count, size), each row sums to 1
    place = ((pixel + 0.5) * count / size - 0.5).clip(0, count - 1)
    tents = (1 - np.abs(place[:, None] - np.arange(count))).clip(0)  # (size, count)
    return (tents @ means).astype(np.float32)


def _resolution(pixels: Pixels, level: float, rng: Random) -> Pixels:
    factor = COARSEST**level
    return _mixed(pixels, *(_coarsening(size, factor) for size in pixels.shape[1:3]))


def _smearing(size: int, width: float) -> Pixels:
    """The matrix that blurs a line by a Gaussian; outside the line its ends go on."""
    reach = math.ceil(4 * width)
    steps = np.arange(-reach, reach + 1)
    bell = np.exp(-((steps / width) ** 2) / 2)
    matrix = np.zeros((size, size))
    sources = (np.arange(size)[:, None] + steps).clip(0, size - 1)
    np.add.at(matrix, (np.arange(size)[:, None], sources), bell / bell.sum())
    return matrix.astype(np.float32)


def _blur(pixels: Pixels, level: float, rng: Random) -> Pixels:
    width = level * WIDEST * pixels.shape[1]
    return _mixed(pixels, *(_smearing(size, width) for size in pixels.shape[1:3]))


def _noise(pixels: Pixels, level: float, rng: Random) -> Pixels:
    return pixels + level * LOUDEST * rng.standard_normal(pixels.shape, dtype=np.float32)


def _occlusion(pixels: Pixels, level: float, rng: Random) -> Pixels:
    count, height, width = pixels.shape[:3]
    middle = rng.uniform(0.35, 0.65, (2, count))  # of height and width
    shade = rng.uniform(40, 200, (count,)).astype(np.float32)
    covered = [
        np.abs((np.arange(size) + 0.5) / size - place[:, None]) < level * LARGEST / 2
        for size, place in zip((height, width), middle, strict=True)
    ]
    box = covered[0][:, :, None] & covered[1][:, None, :]  # (N, H, W)
    return np.where(box[..., None], shade[:, None, None, None], pixels)


def _light(pixels: Pixels, level: float, rng: Random) -> Pixels:
    count, height, width = pixels.shape[:3]
    side = rng.uniform(0, 2 * math.pi, (count, 1, 1))
    y, x = (np.linspace(-1, 1, size) if size > 1 else np.zeros(1) for size in (height, width))
    across = np.cos(side) * x + np.sin(side) * y[:, None]  # (N, H, W)
    u = (1 + across / (np.abs(np.cos(side)) + np.abs(np.sin(side)))) / 2
    left: Pixels = np.exp(-level * (DIMMEST + STEEPEST * u)).astype(np.float32)
    return pixels * left[..., None]


def _rotation(pixels: Pixels, level: float, rng: Random) -> Pixels:
    to_left = rng.random(len(pixels)) < 0.5
    turned = np.empty_like(pixels)
    for chosen, sign in ((to_left, 1), (~to_left, -1)):
        turned[chosen] = _turned(pixels[chosen], sign * level * FARTHEST)
    return turned


def _turned(pixels: Pixels, angle: float) -> Any:
    """Images turned about their middle by an angle (radians, to the left), bilinear."""
    height, width = pixels.shape[1:3]
    y = np.arange(height)[:, None] - (height - 1) / 2
    x = np.arange(width) - (width - 1) / 2
    back = math.cos(angle), math.sin(angle)
    from_y = (back[0] * y + back[1] * x + (height - 1) / 2).clip(0, height - 1)
    from_x = (back[0] * x - back[1] * y + (width - 1) / 2).clip(0, width - 1)
    top, left = from_y.astype(np.int64), from_x.astype(np.int64)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down: Pixels = (from_y - top).astype(np.float32)[..., None]
    along: Pixels = (from_x - left).astype(np.float32)[..., None]
    above = pixels[:, top, left] * (1 - along) + pixels[:, top, right] * along
    below = pixels[:, bottom, left] * (1 - along) + pixels[:, bottom, right] * along
    return above * (1 - down) + below * down


DEGRADATIONS: dict[str, Callable[[Pixels, float, Random], Pixels]] = {
    "resolution": _resolution,
    "blur": _blur,
    "noise": _noise,
    "occlusion": _occlusion,
    "light": _light,
    "rotation": _rotation,
}
