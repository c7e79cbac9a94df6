"""A set of faces with its passport: who is on each image, where it comes from, who may use it.

images  (N, H, W) gray or (N, H, W, 3) color, uint8
labels  (N,) int64 in 0..P-1: the person on each image
names   P names, one a person
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._door import check_box, check_set, check_true, generator, whole
from facelab.datasets._mislabel import mislabeled, renamed
from facelab.datasets._people import counted, parted, taken
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
        true_labels: (N,) who it really is, where labels were changed on purpose; -1 for somebody
            who is not in this set. None if all labels are right.

    Raises:
        TypeError, ValueError: if these do not fit together; the sentence repeats the value.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: list[str]
    source: str
    license: str
    skipped: Mapping[str, str] = field(default_factory=dict)
    true_labels: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        labels = check_set(self.images, self.labels, self.names)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "true_labels", check_true(self.true_labels, labels))
        object.__setattr__(self, "names", list(self.names))

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        color = "gray" if self.images.ndim == 3 else "color"
        left_out = f"; {len(self.skipped):,} files left out, see .skipped" if self.skipped else ""
        wrong = f"; {self.wrong.sum():,} labels wrong, see .wrong" if self.wrong.any() else ""
        return (
            f"FaceSet: {counted(len(self), 'image', 'images')} of "
            f"{counted(self.num_people, 'person', 'people')}, "
            f"{self.height} x {self.width} {color}, from {self.source}{left_out}{wrong}"
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

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """(N,) True where the label is not the true one."""
        true = self.labels if self.true_labels is None else self.true_labels
        return np.not_equal(self.labels, true)

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
        first, second = parted(self.num_people, fraction, generator(seed))
        return self._of(first), self._of(second)

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

    def mislabel(self, rate: float, seed: int | np.random.Generator = 0) -> "FaceSet":
        """Uniform label noise: round(rate N) images under the name of somebody else.

        Each other person is equally likely; everybody keeps an image of their own. `true_labels`
        says who it is, `wrong` where. Part people first and mislabel those trained on, as
        `facelab.train(label_noise=0.2)` does: else the test is wrong too.

        Args:
            rate: 0 to 1, as far as everybody can keep an image.
            seed: which images, and whose they become.

        Raises:
            TypeError, ValueError: if the rate is not allowed; the sentence repeats it.
        """
        true = self.labels if self.true_labels is None else self.true_labels
        return replace(
            self, labels=mislabeled(self.labels, rate, generator(seed)), true_labels=true
        )

    def take_people(self, people: int | Iterable[str]) -> "FaceSet":
        """The first so many people, or those with the given names, in that order.

        Raises:
            ValueError: if there are not so many people, or nobody has that name.
        """
        return self._of(taken(people, self.names))

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
        images, labels, true = self.images[kept], self.labels[kept], self.true_labels
        true = None if true is None else true[kept]
        return replace(self, images=images, labels=labels, true_labels=true, skipped={})

    def _of(self, people: NDArray[np.int64]) -> "FaceSet":
        """The images of some people (labels of this set), who get new labels in that order."""
        label = np.full(self.num_people, -1)
        label[people] = np.arange(len(people))
        keep = label[self.labels] >= 0
        images, labels = self.images[keep], label[self.labels[keep]]
        names, true = [self.names[k] for k in people], renamed(self.true_labels, keep, label)
        return FaceSet(images, labels, names, self.source, self.license, true_labels=true)
