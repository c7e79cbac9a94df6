"""What faces are made of: smooth hills, smooth steps, and color laid over color."""

import numpy as np

from facelab.datasets._sketch_people import Array


def mound(a: Array, b: Array) -> Array:
    """A smooth hill of height 1 at (0, 0) and 0 from radius 1 on: max(0, 1 - a^2 - b^2)^2."""
    height = a * a
    height += b * b
    np.subtract(1, height, out=height)
    np.maximum(height, 0, out=height)
    return np.multiply(height, height, out=height)


def soft(value: Array, start: float, end: float) -> Array:
    """0 up to `start`, 1 from `end` on, smooth between: 3 t^2 - 2 t^3."""
    t = ((value - start) / (end - start)).clip(0, 1)
    smooth: Array = t * t * (3 - 2 * t)
    return smooth


def over(tone: Array, color: Array | float, cover: Array) -> None:
    """Lay a color over `tone`, as much as `cover` (0 to 1) says."""
    tone += cover * (color - tone)
