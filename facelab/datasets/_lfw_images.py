"""The images of LFW: JPEG files of 250 x 250 pixels, cropped and resized as they are read."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facelab.datasets._door import height_and_width
from facelab.datasets._home import Passport
from facelab.datasets.faceset import FaceSet

SIDE = 250  # every image is 250 x 250
FACE = (62, 190, 73, 178)  # top, bottom, left, right: framed like ORL, and of its proportions

PASSPORT = Passport(
    title="Labeled Faces in the Wild",
    contents="5,749 people, 13,233 images, 250 x 250 color",
    source="Labeled Faces in the Wild (Huang, Ramesh, Berg, Learned-Miller 2007)",
    license="no license stated; for research; the photographs belong to their owners",
    get='facelab.load("lfw", download=True)',
)


def read_people(
    people: dict[str, list[Path]],
    color: bool,
    crop: tuple[int, int, int, int] | None,
    size: tuple[int, int] | None,
) -> FaceSet:
    """Read, crop and resize, person by person.

    Args:
        people: name -> the JPEG files.
        color, crop, size: as in `load_lfw`.

    Raises:
        ValueError: if the crop is not inside the images, or an image is missing or damaged.
    """
    top, bottom, left, right = box = crop or (0, SIDE, 0, SIDE)
    if not (0 <= top < bottom <= SIDE and 0 <= left < right <= SIDE):
        raise ValueError(f"crop {box} is not a box (top, bottom, left, right) inside 250 x 250")
    shape = height_and_width(size or (bottom - top, right - left))
    paths = [path for of_one in people.values() for path in of_one]
    images = np.empty((len(paths), *shape, 3) if color else (len(paths), *shape), dtype=np.uint8)
    for i, path in enumerate(paths):
        images[i] = _read(path, "RGB" if color else "L", (left, top, right, bottom), shape)
    labels = np.repeat(np.arange(len(people)), [len(of_one) for of_one in people.values()])
    return FaceSet(images, labels, list(people), PASSPORT.source, PASSPORT.license)


def _read(
    path: Path, mode: str, box: tuple[int, int, int, int], shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """One image; a gray one is decoded without its color, which is faster."""
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            if image.size != (SIDE, SIDE):
                raise ValueError(f"it is {image.height} x {image.width}, not {SIDE} x {SIDE}")
            image.draft(mode, image.size)
            resized = image.convert(mode).resize(shape[::-1], Image.Resampling.BICUBIC, box=box)
            return np.asarray(resized)
    except (OSError, ValueError) as fault:
        raise ValueError(f"{path} is missing or damaged ({fault})") from None
