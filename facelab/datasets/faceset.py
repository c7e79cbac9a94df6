"""A set of faces with its passport: who is on each image, where it comes from, who may use it.

images  (N, H, W) gray or (N, H, W, 3) color, uint8
labels  (N,) int64 in 0..P-1: the person on each image
names   P names, one a person
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from facelab.choices import unknown
from facelab.datasets._door import check_box, check_set, generator, whole
from facelab.datasets._pixels import grayed, resized, sheet
from facelab.datasets._tail import keep, tail
from facelab.datasets.degrade import degrade


@dataclass(frozen=True, eq=False, repr=False)
class FaceSet:
    """Images of people. Every method gives a new set and leaves this one as it is.

    Args:
        images: (N, H, W) or (N, H, W, 3) uint8.
        labels: (N,) whole numbers in 0..P-1; kept as int64.
        names: P different names; every person has at least one image.
        source: where the images come from, whom to credit.
        license: what may be done with them.
        skipped: what a loader left out: file -> reason.

    Raises:
        TypeError, ValueError: if these do not fit together; the sentence repeats the value.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: list[str]
    source: str
    license: str
    skipped: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        labels = check_set(self.images, self.labels, self.names)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "names", list(self.names))

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        color = "gray" if self.images.ndim == 3 else "color"
        left_out = f"; {len(self.skipped):,} files left out, see .skipped" if self.skipped else ""
        return (
            f"FaceSet: {_count(len(self), 'image', 'images')} of "
            f"{_count(self.num_people, 'person', 'people')}, "
            f"{self.height} x {self.width} {color}, from {self.source}{left_out}"
        )

    def _repr_html_(self) -> str:
        return sheet(self.images, self.labels, self.names, repr(self))

    @property
    def num_people(self) -> int:
        """P, the number of people."""
        return len(self.names)

    @property
    def height(self) -> int:
        """H, in pixels."""
        return int(self.images.shape[1])

    @property
    def width(self) -> int:
        """W, in pixels."""
        return int(self.images.shape[2])

    def people(self) -> dict[str, int]:
        """How many images there are of each person: name -> images, in the order of the labels."""
        images = np.bincount(self.labels, minlength=self.num_people)
        return dict(zip(self.names, images.tolist(), strict=True))

    def split_people(
        self, fraction: float = 0.75, seed: int | np.random.Generator = 0
    ) -> tuple["FaceSet", "FaceSet"]:
        """An open set: no person is in both parts.

        Args:
            fraction: the share of people in the first part, between 0 and 1.
            seed: which people; the same seed gives the same parts.

        Returns:
            (train, test), each with labels of its own from 0.

        Raises:
            ValueError: if a part would hold nobody.
        """
        if not 0 < fraction < 1:
            raise ValueError(f"fraction must be between 0 and 1, not {fraction!r}")
        size = round(fraction * self.num_people)
        if size in (0, self.num_people):
            raise ValueError(
                f"{_count(self.num_people, 'person', 'people')} cannot be split at {fraction:g}: "
                "both parts need at least one"
            )
        order = generator(seed).permutation(self.num_people)
        return self._of(np.sort(order[:size])), self._of(np.sort(order[size:]))

    def per_person(self, n: int, seed: int | np.random.Generator = 0) -> "FaceSet":
        """At most `n` images of each person, drawn at random; `seed` says which."""
        return self._keep(keep(self.labels, whole("n", n, 1), generator(seed)))

    def long_tail(
        self, exponent: float = 1.0, least: int = 1, seed: int | np.random.Generator = 0
    ) -> "FaceSet":
        """Many images of a few people and few of most, as in sets that were found.

            n_k = max(least, round(n_max (k + 1)^-exponent)),     k = 0, 1, ..., P - 1

        Args:
            exponent: how steep, at least 0; 1 leaves 1, 1/2, 1/3, ... of n_max, the most images of
                anybody. Nobody gets more images than there are.
            least: images that nobody is taken, at least 1.
            seed: who is k-th, and which images are kept.

        Raises:
            TypeError, ValueError: if an argument is not allowed; the sentence repeats it.
        """
        rng = generator(seed)
        return self._keep(keep(self.labels, tail(self.labels, exponent, least, rng), rng))

    def take_people(self, people: int | Iterable[str]) -> "FaceSet":
        """The first so many people, or those with the given names, in that order.

        Raises:
            ValueError: if there are not so many people, or nobody has that name.
        """
        if isinstance(people, str):
            people = [people]
        if isinstance(people, Iterable):
            return self._of(np.array([self._find(name) for name in people], dtype=np.int64))
        if whole("people", people, 1) > self.num_people:
            raise ValueError(
                f"{people:,} people were asked for, but this set has {self.num_people:,}"
            )
        return self._of(np.arange(people))

    def crop(self, top: int, bottom: int, left: int, right: int) -> "FaceSet":
        """Rows top to bottom - 1 and columns left to right - 1, in pixels.

        Raises:
            ValueError: if that is not inside the images.
        """
        check_box((top, bottom, left, right), self.height, self.width)
        return replace(self, images=self.images[:, top:bottom, left:right].copy())

    def resize(self, height: int, width: int) -> "FaceSet":
        """All images in another size, in pixels; shrinking does not alias."""
        size = whole("height", height, 1), whole("width", width, 1)
        same = size == (self.height, self.width)
        return self if same else replace(self, images=resized(self.images, *size))

    def gray(self) -> "FaceSet":
        """The same images without color."""
        return self if self.images.ndim == 3 else replace(self, images=grayed(self.images))

    def degrade(self, kind: str, level: float, seed: int = 0) -> "FaceSet":
        """The same faces, harder to read; see `facelab.datasets.degrade`."""
        return degrade(self, kind, level, seed)

    def _keep(self, kept: NDArray[np.int64]) -> "FaceSet":
        """Some of the images; everybody has one among them."""
        return replace(self, images=self.images[kept], labels=self.labels[kept], skipped={})

    def _of(self, people: NDArray[np.int64]) -> "FaceSet":
        """The images of some people (labels of this set), who get new labels in that order."""
        if len(np.unique(people)) < len(people):
            raise ValueError("a person was asked for twice; name each one once")
        label = np.full(self.num_people, -1)
        label[people] = np.arange(len(people))
        keep = label[self.labels] >= 0
        return replace(
            self,
            images=self.images[keep],
            labels=label[self.labels[keep]],
            names=[self.names[k] for k in people],
            skipped={},
        )

    def _find(self, name: str) -> int:
        """The label of a person."""
        if name not in self.names:
            raise ValueError(unknown("person", name, self.names))
        return self.names.index(name)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
