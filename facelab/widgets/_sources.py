"""What the explorer draws: the embeddings of each run, whose they are, and three numbers of each.

    length    of the embedding, before it is turned to length 1
    own       angle to the mean direction of its person, radians: how hard the face is
    other     angle to the nearest mean direction of another person, radians

The same person has the same number in every run, and the same image too where images are known.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.widgets import _cloud
from facelab.widgets._words import numbered

MOST = 2000  # embeddings of one run that a page can redraw while it is turned
SIDE = 64  # pixels: faces up to this size are sent as they are
ROWS = 512  # embeddings compared with all people at a time


@dataclass
class Source:
    """The embeddings of one run, (N, D), held-out people first."""

    title: str
    table: _cloud.Floats
    labels: npt.NDArray[np.uint16]
    held_out: npt.NDArray[np.uint8]
    images: Any = None
    folder: Path | None = None
    missing: str = ""  # why there are no images

    def __post_init__(self) -> None:
        count = len(self.table)
        self.kept = np.linspace(0, count - 1, min(count, MOST)).round().astype(np.int64)

    @property
    def shown(self) -> _cloud.Floats:
        """The embeddings that are drawn."""
        return self.table[self.kept]

    @property
    def any(self) -> bool:
        """Whether there is anything to draw."""
        return bool(np.isfinite(_cloud.unit(self.shown)).any())

    def packed(self, ids: npt.NDArray[np.uint32]) -> dict[str, Any]:
        """What the browser needs of it; `ids` are the numbers of its images."""
        numbers = measured(self.table, self.labels)[self.kept]
        return {
            "title": self.title,
            "spread": float(np.nanvar(_cloud.unit(self.shown), axis=0).sum()) if self.any else 0.0,
            "labels": self.labels[self.kept].tobytes(),
            "held": self.held_out[self.kept].tobytes(),
            "ids": ids.tobytes(),
            "numbers": numbers.astype("<f4").tobytes(),
        }


def measured(table: _cloud.Floats, labels: npt.NDArray[np.uint16]) -> _cloud.Floats:
    """Length, own, other, and whose the nearest other mean is (-1: nobody's), (N, 4)."""
    people, inside = np.unique(labels.astype(np.int64), return_inverse=True)
    turned = _cloud.unit(table)
    means = _cloud.unit(_cloud.means(turned, inside.astype(np.uint16), len(people)))
    found = np.full((len(table), 4), np.nan)
    found[:, 0] = np.linalg.norm(table, axis=1)
    found[:, 3] = -1
    for start in range(0, len(table), ROWS):
        part = slice(start, start + ROWS)
        cosines = np.nan_to_num(turned[part] @ means.T, nan=-2.0)  # (ROWS, people)
        mine = np.arange(len(cosines)), inside[part]
        own = cosines[mine]
        cosines[mine] = -2.0
        other = cosines.max(axis=1)
        found[part, 1] = np.where(own >= -1.5, np.arccos(own.clip(-1, 1)), np.nan)
        near = other >= -1.5
        found[part, 2] = np.where(near, np.arccos(other.clip(-1, 1)), np.nan)
        found[part, 3] = np.where(near, people[cosines.argmax(axis=1)], -1)
    return found


def gather(
    runs: Any, labels: Any, images: Any, names: Any, held_out: Any
) -> tuple[list[Source], list[str]]:
    """The sources, and the names of all people in them.

    Raises:
        TypeError, ValueError: if what was given cannot be drawn together; the sentence says why.
    """
    many = dict(runs) if isinstance(runs, Mapping) else {"": runs}
    if not many:
        raise ValueError("there is nothing to draw: the dict is empty")
    if all(_is_run(run) for run in many.values()):
        if labels is not None:
            raise TypeError("labels come with the runs: give runs alone, or embeddings and labels")
        people: dict[str, int] = {}
        named = {title or str(run.config["loss"]): run for title, run in many.items()}
        return [_of_run(title, run, people) for title, run in named.items()], list(people)
    if labels is None:
        raise TypeError("embeddings need labels, one for each; or give a Run, or a dict of runs")
    return _of_arrays(many, labels, images, names, held_out)


def _is_run(thing: Any) -> bool:
    return hasattr(thing, "arrays") and hasattr(thing, "config")


def _of_run(title: str, run: Any, people: dict[str, int]) -> Source:
    """The embeddings of a run, held-out people first; adds its people to those known."""
    arrays, labels = run.arrays, []
    for kind in ("", "train_"):
        numbers = [people.setdefault(str(n), len(people)) for n in arrays[f"{kind}names"]]
        labels.append(np.array(numbers, dtype=np.uint16)[arrays[f"{kind}labels"]])
    table = np.concatenate([arrays["embeddings"], arrays["train_embeddings"]]).astype(np.float64)
    held = np.repeat([1, 0], [len(part) for part in labels]).astype(np.uint8)
    source = Source(title, table, np.concatenate(labels), held, folder=run.folder)
    try:
        seen, held_out = run.faces()
        source.images = np.concatenate([held_out.images, seen.images])
    except (ValueError, OSError) as problem:
        source.missing = str(problem)
    return source


def _of_arrays(
    many: Mapping[str, Any], labels: Any, images: Any, names: Any, held_out: Any
) -> tuple[list[Source], list[str]]:
    sources = []
    for title, embeddings in many.items():
        table = _cloud.rows(embeddings, "embeddings")
        whose = _cloud.persons(labels, len(table), None if names is None else len(names))
        mask = _cloud.mask(held_out, len(table))
        _cloud.thumbnails(images, len(table), np.arange(0))  # refuses what does not fit
        sources.append(Source(str(title), table, whose, mask, images))
    count = int(sources[0].labels.max()) + 1
    named = numbered(count) if names is None else [str(n) for n in names]
    return sources, named


def pictures(sources: Sequence[Source]) -> tuple[npt.NDArray[np.uint8], list[Any]]:
    """Every different small gray face once, (F, h, w), and for each source its faces's numbers.

    Where there are no images the numbers are places in the list: two runs with the same people
    in the same order are taken to show the same images.
    """
    if any(source.images is None for source in sources):
        return np.zeros((0, 0, 0), dtype=np.uint8), _by_place(sources)
    small = [_small(source) for source in sources]
    if len({faces.shape[1:] for faces in small}) > 1:
        return np.zeros((0, 0, 0), dtype=np.uint8), _by_place(sources)
    numbers: dict[bytes, int] = {}
    ids = [
        [numbers.setdefault(hashlib.sha256(face.tobytes()).digest(), len(numbers)) for face in part]
        for part in small
    ]
    faces = np.empty((len(numbers), *small[0].shape[1:]), dtype=np.uint8)
    for part, which in zip(small, ids, strict=True):
        faces[which] = part
    return faces, [np.array(which, dtype=np.uint32) for which in ids]


def _small(source: Source) -> npt.NDArray[np.uint8]:
    shown = _cloud.array(source.images)
    if shown.ndim == 3 and max(shown.shape[1:]) <= SIDE:
        return np.ascontiguousarray(shown[source.kept].clip(0, 255).astype(np.uint8))
    return _cloud.thumbnails(shown, len(shown), source.kept)


def _by_place(sources: Sequence[Source]) -> list[Any]:
    ids: list[Any] = []
    start = 0
    for source in sources:
        whose = source.labels[source.kept].tobytes()
        for earlier, given in zip(sources, ids, strict=False):
            if earlier.labels[earlier.kept].tobytes() == whose:
                ids.append(given)
                break
        else:
            ids.append(np.arange(start, start + len(source.kept), dtype=np.uint32))
            start += len(source.kept)
    return ids
