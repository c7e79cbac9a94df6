"""Olivetti: the photographs of ORL cut closer, 64 x 64, as scikit-learn hands them out.

Source: AT&T Laboratories Cambridge; the 64 x 64 version by Sam Roweis.
"""

from pathlib import Path

import numpy as np

from facelab.datasets._home import Folder, Passport, find_home
from facelab.datasets.faceset import FaceSet

FILE = "olivetti_py3.pkz"  # what scikit-learn writes

PASSPORT = Passport(
    title="Olivetti faces",
    contents="40 people x 10 images, 64 x 64 gray",
    source="Olivetti faces, AT&T Laboratories Cambridge (Samaria and Harter 1994)",
    license="free to use with credit to AT&T Laboratories Cambridge",
    get='facelab.load("olivetti", download=True)',
)


def load_olivetti(data_home: Folder = None, *, download: bool = False) -> FaceSet:
    """The Olivetti faces: 400 images of 40 people, (400, 64, 64) uint8.

    Args:
        data_home: the folder that holds, or is to hold, `olivetti_py3.pkz`; see `find_home`.
        download: fetch 4 MB with scikit-learn if the file is not there.

    Raises:
        FileNotFoundError: if the file is not there and download is False.
        OSError: if the download fails.
        ValueError: if the file is damaged.
    """
    folder = find_home(data_home)
    there = find_olivetti(data_home) is not None
    if not there and not download:
        raise FileNotFoundError(f"there is no {FILE} in {folder}: {PASSPORT.get} gets it (4 MB)")
    from sklearn.datasets import fetch_olivetti_faces  # half a second, so only when needed

    try:
        pixels = fetch_olivetti_faces(data_home=folder, download_if_missing=download).images
    except Exception as fault:  # a damaged pickle raises whatever its bytes happen to say
        if there:
            raise ValueError(
                f"{folder / FILE} is damaged ({fault}): delete it, then {PASSPORT.get}"
            ) from None
        raise OSError(f"Olivetti could not be downloaded into {folder} ({fault})") from fault
    images = np.round(pixels * 255).astype(np.uint8)  # scikit-learn gives 0 to 1
    names = [f"person {k}" for k in range(1, 41)]
    return FaceSet(images, np.repeat(np.arange(40), 10), names, PASSPORT.source, PASSPORT.license)


def find_olivetti(data_home: Folder = None) -> Path | None:
    """Where the set lies, or None."""
    path = find_home(data_home) / FILE
    return path if path.is_file() else None
