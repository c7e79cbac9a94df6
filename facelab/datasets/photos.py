"""A photograph in which the face is looked for, turned upright by its eyes, scaled and cut out.

1. The face: OpenCV's cascade for faces seen from the front; the largest one counts. A photograph
   in which none is found is tried again turned by 20 and by 40 degrees to either side.
2. The eyes: a cascade for eyes, in the upper half of the face, once on each side of the nose.
3. The photograph is turned, scaled and moved, so that the eyes lie at EYES of the new image.

Where no two eyes are found, the face is cut out by its rectangle: its eyes are put where they lie
in most faces. Everything happens on this machine. OpenCV is needed: pip install "facelab[photos]".
Source: cascades that OpenCV carries; the method of Viola and Jones, IJCV 57 (2004).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._door import height_and_width
from facelab.datasets._pictures import UnusableError, read_photo

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]

EYES = np.array([[0.31, 0.42], [0.69, 0.42]])  # of width and height, where eyes come to lie
IN_FACE = np.array([[0.31, 0.40], [0.68, 0.40]])  # where they lie in the rectangle of most faces
TILTS = (0, -20, 20, -40, 40)  # degrees by which a photograph is turned to find its face
LEAST = 48  # pixels: a smaller face shows too little
FACE = 160  # pixels: width to which a face is brought to look for its eyes
STEEPEST = np.radians(30)  # a steeper line between two eyes is a mistake


@dataclass(frozen=True, eq=False)
class Aligned:
    """A face cut out of a photograph.

    Attributes:
        image: (H, W) or (H, W, 3) uint8.
        eyes: (2, 2) x and y of both eyes in the photograph, pixels; the left one first.
        by: "eyes", or "face" where no two eyes were found.
    """

    image: Pixels
    eyes: Points
    by: str


def align(photo: Pixels, size: tuple[int, int] = (112, 92)) -> Aligned | None:
    """Find the largest face of a photograph, turn it upright and cut it out.

    Args:
        photo: (H, W) gray or (H, W, 3) color, uint8.
        size: height and width of the image that is cut out, in pixels.

    Returns:
        The face, or None if none was found.

    Raises:
        TypeError, ValueError: if it is no such photograph, or the size is not allowed.
        ModuleNotFoundError: if OpenCV is not installed, or carries no cascades.
    """
    height, width = height_and_width(size)
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8:
        raise TypeError(f"a photograph must be a uint8 array, not {type(photo).__name__}")
    if photo.ndim not in (2, 3) or (photo.ndim == 3 and photo.shape[2] != 3):
        raise ValueError(f"a photograph must be (H, W) or (H, W, 3), not {photo.shape}")
    cv2 = opencv()
    gray = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) if photo.ndim == 3 else photo
    found = _look(gray)
    if found is None:
        return None
    eyes, by = found
    photo, moved = _halved(photo, _similarity(eyes, EYES * (width, height)))
    image = cv2.warpAffine(photo, moved, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return Aligned(image, eyes, by)


def read_face(path: Path, height: int, width: int, color: bool) -> Pixels:
    """The largest face of a picture file.

    Args:
        path: any file, link or folder.
        height, width: of the image, in pixels.
        color: (height, width, 3) rather than (height, width).

    Raises:
        UnusableError: if the file cannot be used, or no face is found in it.
    """
    found = align(read_photo(path, color), (height, width))
    if found is None:
        raise UnusableError("no face found")
    return found.image


def opencv() -> Any:
    """OpenCV with its cascades.

    Raises:
        ModuleNotFoundError: if it is not there; the sentence says how to get it.
    """
    try:
        import cv2

        there = list(Path(cv2.data.haarcascades).glob("*.xml"))  # type: ignore[attr-defined]
    except (ImportError, AttributeError):
        there = []
    if not there:
        raise ModuleNotFoundError(
            'looking for faces needs OpenCV with its cascades: pip install "facelab[photos]"'
        )
    return cv2


@cache
def _cascade(name: str) -> Any:
    cv2 = opencv()
    return cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_{name}.xml")


def _look(gray: Pixels) -> tuple[Points, str] | None:
    """Both eyes of the largest face, in pixels of the photograph, and what they come from."""
    cv2, (height, width), second = opencv(), gray.shape, None
    for tilt in TILTS:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1)
        turned = cv2.warpAffine(gray, turn, (width, height)) if tilt else gray
        face = _face(turned)
        if face is None:
            continue
        eyes = _eyes(turned, face)
        x, y, side = face
        there = eyes if eyes is not None else IN_FACE * side + (x, y)
        points = cv2.transform(there[None], cv2.invertAffineTransform(turn))[0]
        if eyes is not None:
            return points, "eyes"
        second = second or (points, "face")
        if tilt == 0:
            break  # a face that is found upright is upright enough
    return second


def _face(gray: Pixels) -> tuple[int, int, int] | None:
    """x, y and side of the largest face, in pixels."""
    even = opencv().equalizeHist(gray)
    found = _cascade("frontalface_alt2").detectMultiScale(even, 1.1, 3, minSize=(LEAST, LEAST))
    if not len(found):
        return None
    x, y, side, _ = max(found, key=lambda box: box[2])
    return int(x), int(y), int(side)


def _eyes(gray: Pixels, face: tuple[int, int, int]) -> Points | None:
    """Both eyes of a face, (2, 2), or None unless both are found at plausible places."""
    x, y, side = face
    sides = ((x + 0.08 * side, x + 0.5 * side), (x + 0.5 * side, x + 0.92 * side))
    found = [_eye(gray, left, right, y + 0.2 * side, y + 0.6 * side) for left, right in sides]
    if found[0] is None or found[1] is None:
        return None
    eyes = np.array(found)
    across, down = eyes[1] - eyes[0]
    apart = np.hypot(across, down) / side
    steep = abs(np.arctan2(down, across)) > STEEPEST
    return None if steep or not 0.25 < apart < 0.6 else eyes


def _eye(gray: Pixels, left: float, right: float, top: float, low: float) -> Points | None:
    """The surest eye within a part of a photograph, x and y in pixels."""
    cv2 = opencv()
    x, y = max(int(left), 0), max(int(top), 0)
    part = gray[y : int(low), x : int(right)]
    finer = 0.42 * FACE / max(part.shape[1], 1)
    part = cv2.resize(part, None, fx=finer, fy=finer, interpolation=cv2.INTER_LINEAR)
    for name in ("eye", "eye_tree_eyeglasses"):
        boxes, _, sure = _cascade(name).detectMultiScale3(
            part, 1.05, 2, minSize=(20, 20), outputRejectLevels=True
        )
        if len(boxes):
            a, b, width, height = boxes[int(np.argmax(sure))]
            return np.array([x + (a + width / 2) / finer, y + (b + height / 2) / finer])
    return None


def _similarity(eyes: Points, goals: Points) -> Points:
    """The turn, scale and shift, (2, 3), that bring two points to two others."""
    here, there = eyes[1] - eyes[0], goals[1] - goals[0]
    factor = complex(*there) / complex(*here)
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, goals[0] - turn @ eyes[0]])


def _halved(photo: Pixels, moved: Points) -> tuple[Pixels, Points]:
    """The photograph halved as often as its face allows, and the move for it: no pixel is lost."""
    cv2 = opencv()
    while np.hypot(moved[0, 0], moved[1, 0]) <= 0.5:
        height, width = photo.shape[0] // 2, photo.shape[1] // 2
        across, down = photo.shape[1] / width, photo.shape[0] / height
        photo = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
        moved = moved * (across, down, 1)
    return photo, moved
