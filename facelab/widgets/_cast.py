"""Where the same images lie, frame after frame: what the browser is sent of embeddings and centers.

    _points      x y z of every drawn embedding, length 1
    _centers     x y z of every center, length 1
    _angles      of every drawn embedding: the angle to its own center, to the nearest other one
                 (radians), and whose that is, -1 for nobody
    _neighbors   of every center: the angle to the nearest other one (radians), and whose that is
    _share       the part of their squared length that the drawn directions hold of the embeddings

Points and centers are a picture, of three numbers; angles are those of all D numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab import geometry
from facelab.widgets import _cloud

FAITHFUL = 0.9  # of the squared length: with less, caps and boundaries are not drawn


@dataclass(frozen=True)
class Cast:
    """The images whose embeddings are drawn, and how they are projected.

    Attributes:
        whose: (N,) the person of each embedding.
        people: how many there are, C.
        axes: (D, 3) the directions that are drawn.
        kept: which embeddings are drawn.
    """

    whose: npt.NDArray[np.uint16]
    people: int
    axes: _cloud.Floats
    kept: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        """N, drawn or not."""
        return len(self.whose)

    @property
    def width(self) -> int:
        """D, the numbers of an embedding."""
        return len(self.axes)

    def checked(self, embeddings: Any) -> _cloud.Floats:
        """Embeddings of the same images as a table.

        Raises:
            TypeError, ValueError: if they are not as many or not as wide as before.
        """
        table = _cloud.rows(embeddings, "embeddings", self.width)
        if len(table) != self.count:
            raise ValueError(f"embeddings must have {self.count} rows as before, not {len(table)}")
        return table

    def placed(self, table: _cloud.Floats, centers: Any, said: dict[str, str]) -> dict[str, Any]:
        """The traits that follow from embeddings and centers; `said` is the catalog for notes.

        Raises:
            TypeError, ValueError: if the centers do not fit.
        """
        turned = _cloud.unit(table)
        middles = _cloud.unit(self._middles(turned, centers))
        drawn, whose = turned[self.kept], self.whose[self.kept]
        share = _held(drawn, self.axes)
        missing = [int(np.isnan(rows).any(axis=1).sum()) for rows in (turned, middles)]
        return {
            "_points": _cloud.packed(drawn @ self.axes),
            "_centers": _cloud.packed(middles @ self.axes),
            "_angles": _columns(*geometry.nearest_wrong_center(drawn, middles, whose)),
            "_neighbors": _columns(*neighbors(middles)),
            "_share": share,
            "notes": self._noted(missing, share, centers is None, said),
        }

    def _middles(self, turned: _cloud.Floats, centers: Any) -> _cloud.Floats:
        if centers is None:
            return _cloud.means(turned, self.whose, self.people)
        middles = _cloud.rows(centers, "centers", self.width)
        if len(middles) != self.people:
            raise ValueError(f"centers must have {self.people} rows, not {len(middles)}")
        return middles

    def _noted(self, missing: list[int], share: float, own: bool, said: dict[str, str]) -> str:
        """What was done to the data, in words; `missing` embeddings and centers."""
        (dropped, lost), shown = missing, len(self.kept)
        projected = self.width > 3
        keys = [
            ("flat", self.width == 2),
            ("projected", projected),
            ("projected_caps", projected and share >= FAITHFUL),
            ("projected_poor", projected and share < FAITHFUL),
            ("dropped_one", dropped == 1),
            ("dropped", dropped > 1),
            ("lost_one", lost == 1),
            ("lost", lost > 1),
            ("thinned", shown < self.count),
            ("means", own),
        ]
        values = {"width": self.width, "share": f"{100 * share:.0f}", "dropped": dropped}
        values |= {"lost": lost, "shown": shown, "count": self.count}
        return " ".join(said[f"sphere.{key}"].format(**values) for key, on in keys if on)


def neighbors(middles: _cloud.Floats) -> tuple[_cloud.Floats, npt.NDArray[np.int64]]:
    """Of each center the angle to the nearest other one, and whose it is; NaN and -1 for none."""
    angles, others = np.full(len(middles), np.nan), np.full(len(middles), -1, dtype=np.int64)
    there = np.flatnonzero(np.isfinite(middles).all(axis=1))
    if len(there) > 1:
        angles[there], found = geometry.nearest_center(middles[there])
        others[there] = there[found]
    return angles, others


def _held(turned: _cloud.Floats, axes: _cloud.Floats) -> float:
    """The part of the squared length of embeddings that the axes hold; 1 if there are none."""
    good = turned[np.isfinite(turned).all(axis=1)]
    return round(float(((good @ axes) ** 2).sum() / len(good)), 4) if len(good) else 1.0


def _columns(*columns: npt.ArrayLike) -> bytes:
    """Columns side by side as float32; a whole number up to 2^24 stays what it is."""
    return np.stack([np.asarray(c) for c in columns], axis=1).astype("<f4").tobytes()
