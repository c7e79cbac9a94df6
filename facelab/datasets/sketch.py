"""Sketched faces: drawn from numbers, for questions about any number of people.

    faces = facelab.datasets.sketch(people=1000, images=20, pose=0.8, seed=3)

A person is 32 numbers (head, eyes, brows, nose, mouth, chin, hair, skin, beard, ears); what differs
between the images of a person is drawn apart from that, each kind with a strength:

    0   it never happens; with every strength 0, all images of a person are the same
    1   as bad as a snapshot in passing

    pose        yaw, pitch and roll (standard deviations 24, 11 and 9 degrees at 1), place, size
    light       its direction and strength, exposure, wall and shirt
    expression  smile, open mouth, brows, eyelids, where the eyes look
    glasses     worn in half of the images at 1, each time other rims
    blur        a Gaussian, up to 0.12 half heights of the image
    resolution  up to 5.7 times fewer pixels each way
    noise       up to 0.2 of white

Nobody is asked, nothing is downloaded, and hardness is a dial.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from numbers import Real
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelab.datasets import _sketch_lens, _sketch_paint
from facelab.datasets._door import height_and_width, whole
from facelab.datasets._home import Folder, Passport
from facelab.datasets._sketch_people import DRAWN, features, happenings, image_source, person
from facelab.datasets.faceset import FaceSet

SMALLEST = 8  # pixels
WORKERS = min(4, os.cpu_count() or 1)
CHUNK = 60_000  # pixels drawn at once, so that they stay in the processor's cache

PASSPORT = Passport(
    title="sketched faces",
    contents="as many people and images as you like, 100 x 10 unless told, 64 x 56 gray",
    source="faces sketched by facelab, of nobody",
    license="MIT, as facelab; there is no person to ask",
    get='facelab.load("sketch", people=100, images=10)',
)


def sketch(
    people: int = 100,
    images: int = 10,
    *,
    seed: int = 0,
    size: tuple[int, int] = (64, 56),
    likeness: float = 0.4,
    pose: float = 0.4,
    light: float = 0.4,
    expression: float = 0.5,
    glasses: float = 0.3,
    blur: float = 0.15,
    resolution: float = 0.15,
    noise: float = 0.15,
) -> FaceSet:
    """Faces of people who do not exist, (people x images, H, W) uint8, person by person.

    Person k is the same however many people there are, and image i of a person however many images;
    what happens in an image does not depend on the strengths, only how much of it.

    Args:
        people: P, at least 1; they are called "sketch 001", "sketch 002", ...
        images: of each person, at least 1.
        seed: who they are, and what happens to them.
        size: (H, W), pixels, both at least 8.
        likeness: of the people of a family, four that follow each other: 0 strangers, 1 twins; the
            correlation of their features.
        pose, light, expression, glasses, blur, resolution, noise: strengths, 0 to 1; see above.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.
    """
    people, images = whole("people", people, 1), whole("images", images, 1)
    seed, shape = whole("seed", seed, 0), _shape(size)
    strength = {
        "pose": pose, "light": light, "expression": expression, "glasses": glasses,
        "blur": blur, "resolution": resolution, "noise": noise,
    }  # fmt: skip
    strength = {name: _share(name, value) for name, value in strength.items()}
    alike = _share("likeness", likeness)
    who = np.stack([person(seed, k, alike) for k in range(people)])
    labels = np.repeat(np.arange(people), images)
    drawn = np.empty((people * images, *shape), dtype=np.uint8)
    step = max(1, CHUNK // (shape[0] * shape[1] * _sketch_lens.finer(*shape) ** 2))

    def draw(first: int) -> None:
        part = range(first, min(first + step, len(drawn)))
        sources = [image_source(seed, *divmod(i, images)) for i in part]
        drawn[part.start : part.stop] = _draw(who[labels[part]], sources, strength, shape)

    with ThreadPoolExecutor(WORKERS) as pool:  # NumPy lets go of the lock while it computes
        list(pool.map(draw, range(0, len(drawn), step)))
    names = [f"sketch {k:03}" for k in range(1, people + 1)]
    return FaceSet(drawn, labels, names, PASSPORT.source, PASSPORT.license)


def find_sketch(data_home: Folder = None) -> Path:
    """Where the set lies: in the file that draws it, so `data_home` is not looked at."""
    return Path(__file__)


def _draw(
    people: NDArray[np.float64],
    sources: list[np.random.Generator],
    strength: dict[str, float],
    shape: tuple[int, int],
) -> NDArray[np.uint8]:
    """One image of each of the people, (N, features) -> (N, H, W)."""
    who = features(people)
    what = happenings(np.stack([s.standard_normal(len(DRAWN)) for s in sources]), strength)
    times = _sketch_lens.finer(*shape)
    tone = _sketch_paint.painted(who, what, shape[0] * times, shape[1] * times)
    tone = _sketch_lens.seen(_sketch_lens.shrunk(tone, times), what)
    return _sketch_lens.kept(tone, what, sources)


def _shape(size: object) -> tuple[int, int]:
    """A size in pixels in which a face can be told."""
    height, width = height_and_width(size)
    if min(height, width) < SMALLEST:
        raise ValueError(
            f"size must be at least {SMALLEST} pixels each way, or no face is seen, not {size}"
        )
    return height, width


def _share(name: str, value: object) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number from 0 to 1, not {value!r}")
    found = float(value)
    if not 0 <= found <= 1:
        raise ValueError(f"{name} must be from 0 to 1, not {value}")
    return found
