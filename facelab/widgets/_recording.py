"""What a playground has shown: kept thin, for curves that come back and pages without a kernel."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.experiments import Cast

MOST = 400  # pictures kept; when there are more, every other one goes
FINE = 32767  # coordinates -1..1 travel as whole numbers of 16 bits
SCALARS = ("loss", "trained", "held_out", "angle", "gap", "auc")


@dataclass
class Recording:
    """Pictures of one training: each a row of numbers and the places of points and centers.

    Attributes:
        rows: step and the numbers of SCALARS, a row a picture.
        places: (N + C, 3) int16 a picture, the points first.
    """

    rows: list[list[float | None]] = field(default_factory=list)
    places: list[npt.NDArray[np.int16]] = field(default_factory=list)
    _every: int = 1
    _seen: int = 0

    def add(self, step: int, numbers: dict[str, float], places: npt.NDArray[np.float32]) -> None:
        """Keep a picture, if it is one of those that are kept."""
        if self.places and len(self.places[-1]) != len(places):
            self.places, self.rows, self._every, self._seen = [], [], 1, 0
        self._seen += 1
        if (self._seen - 1) % self._every:
            return
        self.rows.append([step, *(known(numbers[name]) for name in SCALARS)])
        self.places.append(np.round(places * FINE).astype("<i2"))
        if len(self.rows) > MOST:
            self.rows, self.places, self._every = self.rows[::2], self.places[::2], 2 * self._every

    def packed(self) -> bytes:
        """The places of all pictures, one after the other."""
        return b"".join(picture.tobytes() for picture in self.places)


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
