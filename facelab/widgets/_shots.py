"""Easy and hard faces as networks see them, each state looked at once.

A shot is one state of all images: for each network the embeddings turned to length 1, int16 (1 is
32767; a row of zeros has no direction), then a small gray copy of each image.
"""

import threading
from typing import Any

import numpy as np

from facelab.widgets import _cloud, _similar

UNIT = 32767
LEVELS = 10  # steps from 0 to 1
OUTWARD = (10, 5, 3, 7, 2, 8, 4, 6, 1, 9)  # which levels come first where not all find room
GIVEN = "given"  # the key of hard embeddings that were made before


class Shots:
    """What the networks see of some faces, made hard in one way after the other.

    Args:
        networks: one, or one or two by title: what embeds images, or pairs (easy, hard) of tables.
        faces: a FaceSet; for tables labels are enough.
        seed: of what is drawn when faces are made hard.

    Attributes:
        titles: of the networks.
        fixed: whether the embeddings were made before.
        labels: (n,) whose the compared images are.
        names: of all people.
        total: images there are; n of them are compared.
        widths: D of each network.
        pixel_size: height and width of a small copy, in pixels.
        lost: key -> embeddings without a direction.
        lock: held while the networks look; one at a time.

    Raises:
        TypeError, ValueError: if something does not fit; the sentence repeats it.
    """

    def __init__(self, networks: Any, faces: Any, seed: int = 0) -> None:
        named = _similar.by_title(networks)
        self.titles, self.fixed = list(named), _similar.are_tables(named)
        labels, self.names = _similar.people_of(faces, needs_images=not self.fixed)
        self.total, self._rows = len(labels), _similar.kept(labels)
        self.labels = labels[self._rows]
        if self.fixed:
            self._tables = named
        else:
            self._ask = {title: _similar.embedder(title, each) for title, each in named.items()}
            self._take(faces, labels)
        self._images, self._seed = getattr(faces, "images", None), seed
        self.lock, self._cached = threading.RLock(), dict[str, bytes]()
        self.lost: dict[str, int] = {}
        self.widths: list[int] = []
        self.pixel_size = [0, 0]
        self.easy = self.shot("", 0)

    def _take(self, faces: Any, labels: _similar.Rows) -> None:
        """Of many faces, only the people that are compared are ever made hard."""
        self._faces = faces
        if len(self._rows) < self.total:
            last = int(self.labels.max())
            self._faces = faces.take_people(last + 1)
            self._rows = np.searchsorted(np.flatnonzero(labels <= last), self._rows)

    def key(self, kind: str, level: float) -> str:
        """The name of a state; level 0 is easy, in whatever way."""
        step = round(level * LEVELS)
        return "easy" if step == 0 else GIVEN if self.fixed else f"{kind} {step}"

    def shot(self, kind: str, level: float) -> bytes:
        """A state as the networks see it, looked at when it is asked for first."""
        key = self.key(kind, level)
        with self.lock:
            if key not in self._cached:
                self._cached[key] = self._look(key, kind, level)
            return self._cached[key]

    def carried(self, kind: str, shown: str, room: int) -> dict[str, bytes]:
        """Shots for a page beside the one shown: those of its kind, others while there is room."""
        for step in () if self.fixed else OUTWARD:
            self.shot(kind, step / LEVELS)
        own = [f"{kind} {step}" for step in OUTWARD]
        there = {key: self._cached[key] for key in [*own, *self._cached] if key in self._cached}
        keys = [key for key in there if key not in ("easy", shown)]
        return {key: there[key] for key in keys[: room // len(self.easy)]}

    def _look(self, key: str, kind: str, level: float) -> bytes:
        """Embeddings and small copies of one state, packed."""
        if self.fixed:
            given = {title: pair[key != "easy"] for title, pair in self._tables.items()}
            images, rows = self._images, self._rows
        else:
            hard = self._faces if key == "easy" else self._faces.degrade(kind, level, self._seed)
            images, rows = hard.images[self._rows], np.arange(len(self._rows))
            given = {title: ask(images) for title, ask in self._ask.items()}
        count = self.total if self.fixed else len(rows)
        tables = [self._unit(i, title, given[title], count)[rows] for i, title in enumerate(given)]
        self.lost[key] = sum(int(np.isnan(table).any(axis=1).sum()) for table in tables)
        self.widths = self.widths or [table.shape[1] for table in tables]
        return b"".join([*map(_packed, tables), self._small(images, rows, key)])

    def _unit(self, index: int, title: str, table: Any, count: int) -> _cloud.Floats:
        width = self.widths[index] if self.widths else None
        given = _cloud.rows(table, f"the embeddings of {title}", width)
        if len(given) != count:
            raise ValueError(
                f"{title} must have {count} embeddings, one an image, not {len(given)}"
            )
        return _cloud.unit(given)

    def _small(self, images: Any, rows: _similar.Rows, key: str) -> bytes:
        if images is None:
            return b""
        copies = _similar.small(images[rows])
        self.pixel_size = list(copies.shape[1:])
        return copies.tobytes()


def _packed(table: _cloud.Floats) -> bytes:
    return (np.nan_to_num(table) * UNIT).round().astype("<i2").tobytes()


def first_seen(
    shot: bytes, width: int, labels: _similar.Rows
) -> tuple[_cloud.Floats, _similar.Rows]:
    """Embeddings of the first network in a shot that have a direction, and whose they are."""
    rows = np.frombuffer(shot, "<i2", len(labels) * width).reshape(len(labels), width)
    there = rows.any(axis=1)
    return rows[there] / UNIT, labels[there]
