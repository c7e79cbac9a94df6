"""LFW: 13,233 photographs of 5,749 people in the news; 1,680 of them have two or more.

The JPEG files are read directly, so nothing is ever written beside them and the folder may be
read-only. scikit-learn is used for one thing, the download.

Source: Huang, Ramesh, Berg, Learned-Miller, "Labeled Faces in the Wild", University of
Massachusetts, Amherst, Technical Report 07-49, 2007.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from facelab.choices import unknown
from facelab.datasets._door import whole
from facelab.datasets._home import Folder, find_home
from facelab.datasets._lfw_images import FACE, PASSPORT, read_people
from facelab.datasets.faceset import FaceSet

# view -> the file beside the images that lists its people, or its pairs
SPLITS = {"train": "peopleDevTrain.txt", "test": "peopleDevTest.txt"}
SUBSETS = {"train": "pairsDevTrain.txt", "test": "pairsDevTest.txt", "10_folds": "pairs.txt"}


class LfwPairs(NamedTuple):
    """A list of pairs and the images they are made of.

    Attributes:
        faces: the images, each once.
        first, second: (P,) indices into faces.images.
        fold: (P,) 0..9 in View 2, zeros in View 1.
    """

    faces: FaceSet
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    fold: NDArray[np.int64]


def load_lfw(
    data_home: Folder = None,
    *,
    split: str | None = None,
    min_images: int = 1,
    color: bool = False,
    crop: tuple[int, int, int, int] | None = FACE,
    size: tuple[int, int] | None = (112, 92),
    download: bool = False,
) -> FaceSet:
    """Labeled Faces in the Wild.

    Args:
        data_home: the folder that holds `lfw_home/lfw_funneled/`; see `find_home`.
        split: "train" or "test" for the people of View 1 (nobody is in both), None for everybody.
        min_images: leave out people with fewer images.
        color: (N, H, W, 3) rather than (N, H, W).
        crop: top, bottom, left, right in pixels of the 250 x 250 image; None for all of it.
        size: height and width to resize to, in pixels; None to leave the crop as it is.
        download: fetch 240 MB with scikit-learn if the images are not there.

    Raises:
        FileNotFoundError: if images or lists are not there and download is False.
        ValueError: if an option is not allowed, nobody is left, or an image is damaged.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(unknown("split of lfw", split, SPLITS))
    whole("min_images", min_images, 1)
    folder = _folder(data_home, download)
    names = _listed(folder, SPLITS[split]) if split else _everybody(folder)
    people = {name: sorted((folder / "lfw_funneled" / name).glob("*.jpg")) for name in names}
    people = {name: paths for name, paths in people.items() if len(paths) >= min_images}
    if not people:
        raise ValueError(f"nobody in {folder} has {min_images:,} images or more")
    return read_people(people, color, crop, size)


def lfw_pairs(
    subset: str = "train",
    data_home: Folder = None,
    *,
    color: bool = False,
    crop: tuple[int, int, int, int] | None = FACE,
    size: tuple[int, int] | None = (112, 92),
    download: bool = False,
) -> LfwPairs:
    """The pairs on which LFW is tested.

    Args:
        subset: "train" (2,200 pairs) or "test" (1,000 pairs) of View 1, for choosing a method;
            "10_folds" (6,000 pairs) is View 2, for reporting it. The people of View 2 are also in
            View 1: never train on one and report the other.
        data_home, color, crop, size, download: as in `load_lfw`.

    Returns:
        faces, first, second, fold; two images show the same person where
        `faces.labels[first] == faces.labels[second]`.

    Raises:
        FileNotFoundError, ValueError: as `load_lfw`.
    """
    if subset not in SUBSETS:
        raise ValueError(unknown("subset of lfw", subset, SUBSETS))
    folder = _folder(data_home, download)
    pairs, fold = read_pairs(_lines(folder, SUBSETS[subset]))
    used = sorted({image for pair in pairs for image in pair})
    people: dict[str, list[Path]] = {}
    for name, k in used:
        people.setdefault(name, []).append(folder / "lfw_funneled" / name / f"{name}_{k:04}.jpg")
    index = {image: i for i, image in enumerate(used)}
    first, second = np.array([[index[a], index[b]] for a, b in pairs], dtype=np.int64).T
    return LfwPairs(read_people(people, color, crop, size), first, second, fold)


def read_pairs(
    lines: Sequence[str],
) -> tuple[list[tuple[tuple[str, int], tuple[str, int]]], NDArray[np.int64]]:
    """The lines of a pairs file: `name 1 2` is one person twice, `name 1 other 2` two people.

    Args:
        lines: the first says how many pairs of each kind follow, in View 2 "10 300": for each fold.

    Returns:
        The pairs ((name, number), (name, number)), and (P,) the fold of each.

    Raises:
        ValueError: if a line is neither, or there are not as many as the first line says.
    """
    first = lines[0] if lines else ""
    if not re.fullmatch(r"(\d+\s+)?\d+\s*", first):
        raise ValueError(f"{first!r} does not say how many pairs follow")
    *folds, half = (int(word) for word in first.split())
    pairs = []
    for line in filter(str.strip, lines[1:]):
        words = line.split()
        if not re.fullmatch(r"\S+\s+\d+\s+(\S+\s+)?\d+", line.strip()):
            raise ValueError(f"{' '.join(words)!r} is not a pair of images")
        other = words[0] if len(words) == 3 else words[2]
        pairs.append(((words[0], int(words[1])), (other, int(words[-1]))))
    expected = 2 * half * (folds[0] if folds else 1)
    if len(pairs) != expected:
        raise ValueError(f"the pairs file announces {expected:,} pairs but holds {len(pairs):,}")
    return pairs, np.arange(len(pairs)) // (2 * half)


def find_lfw(data_home: Folder = None) -> Path | None:
    """Where the set lies, or None."""
    folder = find_home(data_home) / "lfw_home"
    return folder if (folder / "lfw_funneled").is_dir() else None


def _folder(data_home: Folder, download: bool) -> Path:
    """The folder `lfw_home`, downloaded if that was asked for."""
    home = find_home(data_home)
    if find_lfw(home) is None:
        if not download:
            raise FileNotFoundError(
                f"there is no lfw_home/lfw_funneled in {home}: {PASSPORT.get} gets it (240 MB)"
            )
        from sklearn.datasets import fetch_lfw_people  # half a second, so only when needed

        try:
            fetch_lfw_people(data_home=home, min_faces_per_person=500)  # decodes one person only
        except (OSError, ValueError) as fault:
            raise OSError(f"LFW could not be downloaded into {home} ({fault})") from fault
    return home / "lfw_home"


def _everybody(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "lfw_funneled").iterdir() if path.is_dir())


def _listed(folder: Path, file: str) -> list[str]:
    """The people of a list, in its order.

    Raises:
        FileNotFoundError: if the list, or the images of anybody on it, are not there.
    """
    names = [line.split()[0] for line in _lines(folder, file)[1:] if line.strip()]
    missing = sorted(set(names) - set(_everybody(folder)))
    if missing:
        raise FileNotFoundError(
            f"{len(missing):,} of the {len(names):,} people in {file} have no images in {folder}, "
            f"the first is {missing[0]}"
        )
    return names


def _lines(folder: Path, file: str) -> list[str]:
    """The lines of a list beside the images."""
    path = folder / file
    if not path.is_file():
        raise FileNotFoundError(f"there is no {file} in {folder}: it comes with LFW's own web page")
    return path.read_text(encoding="utf-8").splitlines()
