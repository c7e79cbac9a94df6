"""Who stands in the gallery, and who is a probe."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def part(labels: NDArray[np.int64], seed: int) -> tuple[Rows, Rows]:
    """One image of each person for the gallery, drawn at random, and the other images as probes.

    Args:
        labels: (N,) 0..P-1, each at least once.
        seed: decides which image.

    Returns:
        Rows of the gallery (P,), in the order of the labels, and of the probes (N - P,).
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    stands = order[np.unique(labels[order], return_index=True)[1]]
    return stands, np.setdiff1d(np.arange(len(labels)), stands)
