"""What the camera makes of a face: blur, few pixels, noise, bytes.

Blur and resolution mix rows with rows and columns with columns: for each image one matrix from
the left and one from the right, image -> R image C^T. The matrix of a blur is a Gaussian on the
distance of pixels, each row made to sum to 1; a resolution r stands for pixels 2^r times larger,
read between their middles.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._sketch_people import Array, Numbers

STEP = 0.004  # between widths of a blur that are told apart, half heights
STEPS = 8  # resolutions told apart between a size and half of it
REMEMBERED = 1024  # matrices


def seen(tone: Array, what: Numbers) -> Array:
    """Images (N, H, W), tones from 0 to 1, after blur and resolution."""
    height, width = tone.shape[1:]
    blur = np.round(what["blur"].ravel() / STEP).astype(int).tolist()
    resolution = np.round(what["resolution"].ravel() * STEPS).astype(int).tolist()
    for i, (wide, coarse) in enumerate(zip(blur, resolution, strict=True)):
        if wide or coarse:
            rows = _mixing(height, wide * STEP * height / 2, coarse)
            tone[i] = rows @ tone[i] @ _mixing(width, wide * STEP * height / 2, coarse).T
    return tone


@lru_cache(REMEMBERED)
def _mixing(size: int, width: float, step: int) -> Array:
    """The matrix (size, size) that blurs a line by `width` pixels, then makes it coarse."""
    return (_coarse(size, step) @ _smear(size, width)).astype(np.float32)


def _smear(size: int, width: float) -> NDArray[np.float64]:
    """The matrix that blurs a line; what lies outside it counts for nothing."""
    if width == 0:
        return np.eye(size)
    pixel = np.arange(size)
    bell = np.exp(-(((pixel[:, None] - pixel) / width) ** 2) / 2)
    return np.asarray(bell / bell.sum(axis=1, keepdims=True))


def _coarse(size: int, step: int) -> NDArray[np.float64]:
    """The matrix that makes a line 2^(step / STEPS) times shorter by means, then as long again."""
    if step == 0:
        return np.eye(size)
    count = max(1, round(size / 2 ** (step / STEPS)))
    edges, pixel = np.linspace(0, size, count + 1), np.arange(size)
    shared = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    means = shared.clip(0) * count / size
    place = ((pixel + 0.5) * count / size - 0.5).clip(0, count - 1)
    tents = (1 - np.abs(place[:, None] - np.arange(count))).clip(0)
    return np.asarray(tents @ means)


def shrunk(tone: Array, times: int) -> Array:
    """Images `times` smaller, each pixel the mean of a square of old ones."""
    if times == 1:
        return tone
    count, height, width = tone.shape
    squares = tone.reshape(count, height // times, times, width // times, times)
    return np.asarray(squares.mean(axis=(2, 4)))


def kept(tone: Array, what: Numbers, sources: list[np.random.Generator]) -> NDArray[np.uint8]:
    """Images (N, H, W) as bytes, noise added from the source of each; `tone` is used up."""
    if what["noise"].any():
        for image, much, source in zip(tone, what["noise"].ravel(), sources, strict=True):
            image += much * source.standard_normal(image.shape, dtype=np.float32)
    return np.asarray((tone * 255 + 0.5).clip(0, 255).astype(np.uint8))


def finer(height: int, width: int) -> int:
    """How many times finer than the images to draw, so that nothing slips between pixels."""
    return math.ceil(40 / min(height, width))
