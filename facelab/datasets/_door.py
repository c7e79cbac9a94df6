"""What a set of faces checks at its door, and how a whole number is asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def whole(name: str, value: object, least: int) -> int:
    """A whole number that is large enough.

    Args:
        name: what the number is called, for the error.
        value: what the reader gave.
        least: the smallest number allowed.

    Raises:
        TypeError: if it is not a whole number.
        ValueError: if it is below `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")
    return int(value)


def height_and_width(size: object) -> tuple[int, int]:
    """A size in pixels, both at least 1.

    Raises:
        TypeError: if it is not a pair of whole numbers.
        ValueError: if one of them is below 1.
    """
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise TypeError(f"size must be (height, width), not {size!r}")
    return whole("height", size[0], 1), whole("width", size[1], 1)


def check_box(sides: tuple[int, int, int, int], height: int, width: int) -> None:
    """Refuse a box (top, bottom, left, right), pixels, that is empty or not inside an image.

    Raises:
        TypeError, ValueError: the sentence repeats it.
    """
    for name, value in zip(("top", "bottom", "left", "right"), sides, strict=True):
        whole(name, value, 0)
    top, bottom, left, right = sides
    if not (top < bottom <= height and left < right <= width):
        raise ValueError(
            f"rows {top} to {bottom} and columns {left} to {right} are not a box inside "
            f"images of {height} x {width}"
        )


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """The random numbers that belong to a seed; a generator is passed through."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(whole("seed", seed, 0))


def check_set(images: Any, labels: object, names: Sequence[str]) -> NDArray[np.int64]:
    """Labels as int64, if images, labels and names fit together.

    Raises:
        TypeError, ValueError: if they do not.
    """
    check_images(images)
    whose = check_labels(labels, len(images))
    check_names(names, whose)
    return whose


def check_images(images: object) -> None:
    """Refuse what is not a set of images, (N, H, W) or (N, H, W, 3), uint8.

    Raises:
        TypeError: if it is not a NumPy array of bytes.
        ValueError: if the shape is wrong or there is no image.
    """
    if not isinstance(images, np.ndarray):
        raise TypeError(f"images must be a NumPy array, not {type(images).__name__}")
    if images.dtype != np.uint8:
        raise TypeError(f"images must be uint8, 0 to 255, not {images.dtype}")
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise ValueError(f"images must be (N, H, W) or (N, H, W, 3), not {images.shape}")
    if 0 in images.shape:
        raise ValueError(f"a set of faces needs at least one image, not {images.shape}")


def check_labels(given: object, count: int) -> NDArray[np.int64]:
    """Labels as int64, one for each of `count` images.

    Raises:
        TypeError: if they are not whole numbers.
        ValueError: if there are more or fewer than images.
    """
    labels: NDArray[Any] = np.asarray(given)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers, not {labels.dtype}")
    if labels.shape != (count,):
        raise ValueError(f"{count} images need {count} labels, not labels of shape {labels.shape}")
    return labels.astype(np.int64)


def check_true(given: object, labels: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """True labels as int64, one for each image, or None.

    Raises:
        TypeError, ValueError: if they are not whole numbers in -1..P-1, one for each image.
    """
    if given is None:
        return None
    true, people = check_labels(given, len(labels)), int(labels.max()) + 1
    if true.min() < -1 or true.max() >= people:
        wrong = true.min() if true.min() < -1 else true.max()
        raise ValueError(f"true labels must be in -1..{people - 1}, not {wrong}")
    return true


def check_names(names: Sequence[str], labels: NDArray[np.int64]) -> None:
    """Refuse names that do not fit the labels: each person has one name and at least one image.

    Raises:
        TypeError: if names are not strings.
        ValueError: if a label has no name, a name has no image, or two people share a name.
    """
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"names must be a list of strings, one a person, not {names!r:.80}")
    people = len(names)
    outside = labels[(labels < 0) | (labels >= people)]
    if outside.size:
        raise ValueError(
            f"labels must be in 0..{people - 1}, as there are {people} names, not {outside[0]}"
        )
    images = np.bincount(labels, minlength=people)
    if not images.all():
        raise ValueError(
            f"every person needs an image, but {names[int(images.argmin())]!r} has none"
        )
    if len(set(names)) < people:
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"every person needs a name of their own, but two are called {twice!r}")
