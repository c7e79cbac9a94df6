"""A folder of one's own photographs: `folder/person/*.jpg`, a folder for each person.

Nothing is sent anywhere and nothing is written. What cannot be used is listed and counted, the rest
is used. Each picture should show one face, about in its middle, unless faces are looked for.
"""

import hashlib
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._door import height_and_width, whole
from facelab.datasets._pictures import UnusableError, read_picture
from facelab.datasets.faceset import FaceSet
from facelab.datasets.photos import opencv, read_face

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # a new line in a name would look like two files
CLUTTER = {"Thumbs.db", "desktop.ini", "__MACOSX"}  # left by file browsers, as dot files are


def load_folder(
    path: str | os.PathLike[str],
    *,
    size: tuple[int, int] = (112, 92),
    color: bool = False,
    min_images: int = 1,
    align: bool = False,
    strict: bool = False,
    license: str = "not stated",
) -> FaceSet:
    """The people of a folder that holds one folder a person, in the order of their names.

    A warning counts what was left out and `skipped` lists it, file -> reason: what is damaged,
    tiny, huge, no image, a broken link, not to be read, or a picture already met under this person
    or another. People with one image are used and counted.

    Args:
        path: the folder.
        size: height and width of all images, in pixels; the middle of each picture is kept.
        color: (N, H, W, 3) rather than (N, H, W).
        min_images: leave out people with fewer images.
        align: look for the largest face of each picture, turn it upright by its eyes and cut it
            out; see `facelab.datasets.photos`. Needs the extra "photos".
        strict: refuse the folder instead of warning.
        license: what may be done with the pictures.

    Raises:
        FileNotFoundError, NotADirectoryError, PermissionError: if the folder cannot be read.
        ValueError: if fewer than two people are left, or if strict and there is a fault.
        ModuleNotFoundError: if faces are looked for and OpenCV is not installed.
    """
    root = Path(path).expanduser()
    height, width = height_and_width(size)
    whole("min_images", min_images, 1)
    if align:
        opencv()  # said once, not of each picture
    read = partial(read_face if align else read_picture, height=height, width=width, color=color)
    everybody, skipped = _read_all(root, read)
    people = {name: images for name, images in everybody.items() if len(images) >= min_images}
    told = _summary(root, people, skipped)
    if len(people) < 2:
        raise ValueError(_too_few(root, list(people), told, min_images if everybody else 1))
    if told and strict:
        raise ValueError(told)
    if told:
        warnings.warn(f"{told}; .skipped lists them" if skipped else told, stacklevel=3)
    images = np.stack([image for of_one in people.values() for image in of_one])
    labels = np.repeat(np.arange(len(people)), [len(of_one) for of_one in people.values()])
    return FaceSet(images, labels, list(people), f"folder {_printable(root)}", license, skipped)


def _read_all(
    root: Path, read: Callable[[Path], NDArray[np.uint8]]
) -> tuple[dict[str, list[NDArray[np.uint8]]], dict[str, str]]:
    """Every picture of every person, and file -> reason for what is left out."""
    people: dict[str, list[NDArray[np.uint8]]] = {}
    skipped: dict[str, str] = {}
    met: dict[bytes, str] = {}  # digest of the pixels -> the file that had them first
    for folder in _entries(root):
        try:
            files = _files(folder, root)
        except UnusableError as fault:
            skipped[_printable(folder, root)] = str(fault)
            continue
        for file in files:
            name = _printable(file, root)
            try:
                image = read(file)
                first = met.setdefault(hashlib.sha256(image.tobytes()).digest(), name)
                if first != name:
                    raise UnusableError(f"the same picture as another: {first}")
            except UnusableError as fault:
                skipped[name] = str(fault)
            else:
                people.setdefault(_printable(folder, root), []).append(image)
    return people, skipped


def _entries(folder: Path) -> list[Path]:
    """What a folder holds, by name, without clutter.

    Raises:
        OSError: if it is not there, not a folder, or may not be read; the sentence says which.
    """
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {str(folder)!r}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{str(folder)!r} is a file, not a folder with a folder a person")
    try:
        entries = sorted(folder.iterdir())
    except PermissionError:
        raise PermissionError(f"no permission to read the folder {str(folder)!r}") from None
    return [p for p in entries if not p.name.startswith(".") and p.name not in CLUTTER]


def _files(entry: Path, root: Path) -> list[Path]:
    """What a person's folder holds.

    Raises:
        UnusableError: if the entry is no such folder, or empty; the message says what it is.
    """
    try:
        real, home = entry.resolve(strict=True), root.resolve()
        if not real.is_dir():
            raise UnusableError("outside a person's folder")
        if real == home or real in home.parents:
            raise UnusableError("a link that leads back")
        files = _entries(entry)
    except PermissionError:
        raise UnusableError("no permission to read it") from None
    except (OSError, RuntimeError):
        raise UnusableError("a broken link") from None
    if not files:
        raise UnusableError("an empty folder")
    return files


def _printable(path: Path, root: Path | None = None) -> str:
    """A path as text that can always be printed, relative to the root if one is given."""
    text = path.relative_to(root).as_posix() if root else str(path)
    text = CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)
    return text.encode("utf-8", "backslashreplace").decode()


def _summary(
    root: Path, people: dict[str, list[NDArray[np.uint8]]], skipped: dict[str, str]
) -> str:
    """One sentence on what is left out and who has one image only; empty if all is well."""
    kinds = Counter(reason.split(":")[0] for reason in skipped.values())
    counted = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    single = [name for name, images in people.items() if len(images) == 1]
    parts = []
    if skipped:
        files = "1 file" if len(skipped) == 1 else f"{len(skipped):,} files"
        parts.append(f"{files} left out ({counted})")
    if single:
        who = "1 person has" if len(single) == 1 else f"{len(single):,} people have"
        more = ", ..." if len(single) > 3 else ""
        parts.append(f"{who} one image only ({', '.join(s[:40] for s in single[:3])}{more})")
    return f"{_printable(root)}: {'; '.join(parts)}" if parts else ""


def _too_few(root: Path, people: list[str], told: str, min_images: int) -> str:
    """The sentence for a folder with fewer than two people."""
    if not told and not people and min_images == 1:
        return f"the folder {str(root)!r} is empty; it should hold a folder a person, with pictures"
    least = f" with {min_images} images or more" if min_images > 1 else ""
    found = f"one person only ({people[0][:40]!r})" if people else f"no person{least}"
    told = f"; {told}" if told else ""
    return f"{str(root)!r} holds {found}, but two people are the least to compare{told}"
