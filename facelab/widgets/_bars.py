"""Whom a bar is drawn for, in which order, and the distances between them.

Bars stand in the order of class size, most images first. Who has no center in one of the tables
has no bar in any, so that all tables are about the same people.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab import geometry
from facelab.widgets import _cloud
from facelab.widgets._words import numbered

ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)  # ends of a slider, times a power of ten
ALONE = ""  # the title of centers that came without one
MOST_PEOPLE = 200  # their 19,900 pairs are what a browser is sent for each loss


@dataclass(frozen=True)
class Bars:
    """The people of a view.

    Attributes:
        names: of all people.
        counts: images of all people; empty where that is not known.
        shown: the people who have a bar, in the order of the bars.
        left_out: how many have none because they have no center.
        faces: (len(shown), h, w) thumbnails in the order of the bars, or none.
    """

    names: list[str]
    counts: list[int]
    shown: npt.NDArray[np.int64]
    left_out: int
    faces: npt.NDArray[np.uint8]

    def check(self, person: Any) -> int:
        """Give the number of a highlighted person back, -1 for nobody.

        Raises:
            TypeError, ValueError: if nobody with that number has a bar; the sentence repeats it.
        """
        if isinstance(person, bool) or not isinstance(person, int | np.integer):
            raise TypeError(f"person must be a whole number, not {person!r}")
        if not -1 <= person < len(self.names):
            raise ValueError(f"person must be -1 (nobody) to {len(self.names) - 1}, not {person}")
        if person >= 0 and person not in self.shown:
            raise ValueError(f"person {person} is not drawn, so it cannot be highlighted")
        return int(person)


def bars(tables: Mapping[str, _cloud.Floats], counts: Any, names: Any, images: Any) -> Bars:
    """Check what is known of the people, and put them into the order of their bars.

    Args:
        tables: title -> centers (C, D).
        counts: (C,) images of each, or None.
        names: C names, or None.
        images: (C, H, W) or (C, H, W, 3), or None.

    Raises:
        TypeError, ValueError: if there are not as many as people; the sentence repeats it.
    """
    people = len(next(iter(tables.values())))
    good = np.ones(people, dtype=bool)
    for table in tables.values():
        good &= np.isfinite(_cloud.unit(table)).all(axis=1)
    size = _counts(counts, people)
    order = np.argsort(-size, kind="stable") if size.size else np.arange(people)
    there = order[good[order]]
    kept = np.linspace(0, len(there) - 1, min(len(there), MOST_PEOPLE)).round().astype(np.int64)
    shown = there[kept]
    return Bars(
        names=_names(names, people),
        counts=size.tolist(),
        shown=shown,
        left_out=people - len(there),
        faces=_cloud.thumbnails(images, people, shown),
    )


def _counts(counts: Any, people: int) -> npt.NDArray[np.int64]:
    if counts is None:
        return np.zeros(0, dtype=np.int64)
    size = _cloud.array(counts)
    if size.dtype.kind not in "iu":
        raise TypeError(f"counts must be whole numbers of images, not {size.dtype}")
    if size.shape != (people,) or (size < 0).any():
        lowest = f", the lowest {size.min()}" if size.size else ""
        raise ValueError(
            f"counts must be the images of each of {people} people, not {size.shape}{lowest}"
        )
    return size.astype(np.int64)


def _names(names: Any, people: int) -> list[str]:
    if names is None:
        return numbered(people)
    if len(names) != people:
        raise ValueError(f"names must be one for each of {people} people, not {len(names)}")
    return [str(name) for name in names]


def tables_of(centers: Any) -> dict[str, _cloud.Floats]:
    """Title -> (C, D), all of as many people."""
    given = centers if isinstance(centers, Mapping) else {ALONE: centers}
    if not given:
        raise ValueError("there is nothing to draw: the dict of centers is empty")
    tables = {str(title): _cloud.rows(rows, f"centers of {title}") for title, rows in given.items()}
    people = {title: len(rows) for title, rows in tables.items()}
    if len(set(people.values())) > 1:
        raise ValueError(f"all centers must be of the same people, but there are {people}")
    return tables


def gaps_of(
    tables: Mapping[str, _cloud.Floats], shown: Any, normalized: bool
) -> tuple[list[_cloud.Floats], list[_cloud.Floats]]:
    """Squared distances and angles, (P, P) each, of every table."""
    drawn = [(_cloud.unit(t) if normalized else t)[shown] for t in tables.values()]
    angles = [geometry.center_gaps(table, distance="angle") for table in drawn]
    return [geometry.center_gaps(table) for table in drawn], angles


def high(squares: list[_cloud.Floats], normalized: bool, margin: float | None) -> float:
    """Where the slider of M ends: a round number above every distance to a nearest center."""
    known = [np.nanmin(gaps, axis=1).max() for gaps in squares if len(gaps) > 1]
    given = margin if isinstance(margin, Real) and np.isfinite(margin) else 0.0
    top = max([1.15 * max(known, default=0.0), given, 2.5 if normalized else 0.0])
    if top == 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(top))
    return float(power * next(k for k in ROUND if k * power >= top * (1 - 1e-9)))


def packed(tables: list[_cloud.Floats]) -> bytes:
    """Every pair i < j once, row by row, as float32, table after table."""
    upper = [gaps[np.triu_indices(len(gaps), 1)] for gaps in tables]
    return np.concatenate(upper).astype("<f4").tobytes()
