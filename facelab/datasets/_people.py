"""Which people: parted in two, or taken by name."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from facelab.choices import unknown
from facelab.datasets._door import whole

People = NDArray[np.int64]  # labels


def parted(count: int, fraction: float, rng: np.random.Generator) -> tuple[People, People]:
    """People in two parts, each in the order of the labels.

    Args:
        count: P.
        fraction: the share of the first part, between 0 and 1.
        rng: decides who is where.

    Raises:
        ValueError: if the fraction is not allowed, or a part would hold nobody.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"fraction must be between 0 and 1, not {fraction!r}")
    size = round(fraction * count)
    if size in (0, count):
        raise ValueError(
            f"{counted(count, 'person', 'people')} cannot be split at {fraction:g}: "
            "both parts need at least one"
        )
    order = rng.permutation(count)
    return np.sort(order[:size]), np.sort(order[size:])


def taken(people: int | Iterable[str], names: Sequence[str]) -> People:
    """The first so many people, or those with the given names, in that order.

    Raises:
        ValueError: if there are not so many people, nobody has that name, or one comes twice.
    """
    if isinstance(people, str):
        people = [people]
    if isinstance(people, Iterable):
        found = [find(name, names) for name in people]
        if len(set(found)) < len(found):
            raise ValueError("a person was asked for twice; name each one once")
        return np.array(found, dtype=np.int64)
    if whole("people", people, 1) > len(names):
        raise ValueError(f"{people:,} people were asked for, but this set has {len(names):,}")
    return np.arange(people)


def find(name: str, names: Sequence[str]) -> int:
    """The label of a person.

    Raises:
        ValueError: if nobody has that name.
    """
    if name not in names:
        raise ValueError(unknown("person", name, names))
    return names.index(name)


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
