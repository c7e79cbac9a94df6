"""Wrong labels, at random: what the field calls uniform, or symmetric, label noise.

    round(rate N) images get the label of another person, each other person equally likely

They are drawn from all images but one of each person, so that nobody is left without an image of
their own.
"""

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._tail import keep

Whole = NDArray[np.int64]
SOMEBODY_ELSE = -1  # the true label of an image whose person is not in the set


def mislabeled(labels: Whole, rate: float, rng: np.random.Generator) -> Whole:
    """The labels, (N,), with exactly round(rate N) of them wrong.

    Args:
        labels: (N,) in 0..P-1; everybody has an image.
        rate: 0 to 1.
        rng: decides which, and whose they become.

    Raises:
        TypeError: if the rate is no number.
        ValueError: if it is not from 0 to 1, or more than can be wrong.
    """
    people = int(labels.max()) + 1
    count = round(check_rate(rate) * len(labels))
    if count and people == 1:
        raise ValueError("one person only: there is no other whose label could be given")
    free = np.setdiff1d(np.arange(len(labels)), keep(labels, 1, rng))
    if count > len(free):
        raise ValueError(
            f"rate {rate} is {count:,} of {len(labels):,} images, but at most {len(free):,} can be "
            "mislabeled: everybody keeps one of their own"
        )
    changed = labels.copy()
    chosen = rng.choice(free, count, replace=False)
    step = rng.integers(1, max(2, people), count)  # to another person, each equally likely
    changed[chosen] = (labels[chosen] + step) % people
    return changed


def check_rate(rate: object) -> float:
    """A rate as a float.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is not from 0 to 1.
    """
    if isinstance(rate, bool) or not isinstance(rate, int | float | np.number):
        raise TypeError(f"rate must be a number from 0 to 1, not {rate!r}")
    share = float(rate)
    if not 0 <= share <= 1:
        raise ValueError(f"rate must be from 0 to 1, not {rate}")
    return share


def renamed(true: Whole | None, kept: NDArray[np.bool_], label: Whole) -> Whole | None:
    """True labels of the images kept, when people get new labels.

    Args:
        true: (N,) true labels, or None if all labels are right.
        kept: (N,) which images are kept.
        label: (P,) new label of each person, or SOMEBODY_ELSE.
    """
    if true is None:
        return None
    here = true[kept]
    return np.where(here == SOMEBODY_ELSE, SOMEBODY_ELSE, label[here])
