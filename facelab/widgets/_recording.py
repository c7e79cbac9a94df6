"""What a playground has shown: kept thin, for curves that come back and pages without a kernel."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.experiments import Cast, Report

MOST = 400  # pictures kept; when there are more, every other one goes
FINE = 32767  # coordinates -1..1 travel as whole numbers of 16 bits
SCALARS = ("loss", "trained", "held_out", "angle", "gap", "auc")


Row = list[Any]  # step, the numbers of SCALARS, and what the loss itself moves, by name
Places = npt.NDArray[np.int16]


@dataclass
class Recording:
    """Pictures of one training, from its first step on.

    Attributes:
        cast: who is on the images.
        pictures: each a Row and the places of points and centers, (N + C, 3).
    """

    cast: Cast | None = None
    pictures: list[tuple[Row, Places]] = field(default_factory=list)
    _every: int = 1
    _seen: int = 0

    def take(self, report: Report) -> "Recording":
        """Keep a picture, if it is one of those that are kept; a new recording if people differ."""
        if report.cast is not None and not self._of(report.cast):
            return Recording(report.cast).take(report)
        self.cast = report.cast or self.cast
        look = report.look
        row: Row = [look.step, *(known(look.numbers[name]) for name in SCALARS)]
        row.append({name: known(value) for name, value in look.moving.items()})
        self._add(row, np.concatenate([look.points, look.centers]))
        return self

    def _of(self, cast: Cast) -> bool:
        """Whether these are the people it shows."""
        was = self.cast
        return was is not None and all(
            np.array_equal(*pair)
            for pair in ((was.labels, cast.labels), (was.held_out, cast.held_out))
        )

    def _add(self, row: Row, places: npt.NDArray[Any]) -> None:
        """Add a picture; what was seen before a reset goes, and so does an older look at a step."""
        fine = np.round(np.nan_to_num(in_space(places)) * FINE).astype("<i2")
        last = self.pictures[-1][0][0] if self.pictures else -1
        if row[0] < last:
            self.pictures, self._every, self._seen = [], 1, 0
        if row[0] == last:
            self.pictures[-1] = (row, fine)
            return
        self._seen += 1
        if (self._seen - 1) % self._every:
            return
        self.pictures.append((row, fine))
        if len(self.pictures) > MOST:
            self.pictures, self._every = self.pictures[::2], 2 * self._every

    def taken(self) -> tuple[list[Row], bytes]:
        """The rows of all pictures, and their places one after the other."""
        pictures = list(self.pictures)  # the thread that trains may add one meanwhile
        return [row for row, _ in pictures], b"".join(fine.tobytes() for _, fine in pictures)


def known(number: float) -> float | None:
    """A number as JSON can carry it: None where there is none."""
    return round(float(number), 6) if np.isfinite(number) else None


def in_space(rows: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Points of the plane or of space as points of space, (N, 2 or 3) -> (N, 3)."""
    placed = np.zeros((len(rows), 3), dtype="<f4")
    placed[:, : rows.shape[1]] = rows
    return placed


def cast_bytes(cast: Cast) -> list[bytes]:
    """Labels, who is held out, and the faces, as the browser takes them."""
    held, faces = cast.held_out.astype("u1"), np.ascontiguousarray(cast.images)
    return [cast.labels.astype("<u2").tobytes(), held.tobytes(), faces.tobytes()]
