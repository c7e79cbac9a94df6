"""How many images of each person are kept, and which.

    n_k = max(least, round(n_max (k + 1)^-a)),     k = 0, 1, ..., P - 1

is a long tail: the first person keeps all n_max images, the next ones fewer and fewer. a is the
exponent (0: nobody loses any; 1: Zipf's law, half, a third, a quarter, ...).
"""

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._door import whole

Whole = NDArray[np.int64]


def tail(labels: Whole, exponent: float, least: int, rng: np.random.Generator) -> Whole:
    """How many images each person keeps at most, (P,); who comes first is drawn at random.

    Args:
        labels: (N,) in 0..P-1; everybody has an image.
        exponent: a, at least 0.
        least: nobody is left with fewer, who has as many.
        rng: where the order of the people is drawn from.

    Raises:
        TypeError, ValueError: if the exponent or `least` is not allowed; the sentence repeats it.
    """
    if isinstance(exponent, bool) or not isinstance(exponent, int | float | np.number):
        raise TypeError(f"exponent must be a number, not {exponent!r}")
    if not (np.isfinite(exponent) and exponent >= 0):
        raise ValueError(f"exponent must be at least 0 and finite, not {exponent}")
    counts = np.bincount(labels)  # (P,)
    place = rng.permutation(len(counts))  # k of each person
    wanted = np.round(counts.max() * (place + 1.0) ** -float(exponent)).astype(np.int64)
    most: Whole = np.maximum(wanted, whole("least", least, 1))
    return most


def keep(labels: Whole, most: Whole | int, rng: np.random.Generator) -> Whole:
    """Which images are kept, at most `most` of each person, in their old order.

    Args:
        labels: (N,) in 0..P-1.
        most: (P,) or one number for everybody; a person who has fewer keeps all.
        rng: where the images are drawn from.
    """
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]  # person by person, shuffled
    ends = np.cumsum(np.bincount(labels))  # (P,) where the next person begins
    starts = np.concatenate([[0], ends[:-1]])
    person = labels[order]
    rank = np.arange(len(labels)) - starts[person]  # 0, 1, ... within each person
    allowed = np.broadcast_to(most, len(starts))
    return np.sort(order[rank < allowed[person]])
