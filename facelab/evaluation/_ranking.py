"""Who scores at least as high as a probe's own person: people of the gallery, and distractors."""

import numpy as np

from facelab.evaluation._door import Floats, Integers

BLOCK = 1 << 22  # cosines held at once: 32 MB
EQUAL = 1e-12  # cosines that differ by less are one cosine, summed in another order


def rank(
    gallery: Floats, person: Integers, probes: Floats, own: Integers
) -> tuple[Integers, Floats]:
    """Rank of each probe among the people of the gallery, from 1, and its own person's score.

    Args:
        gallery: (G, D) of length 1 or 0.
        person: (G,) 0..K-1, each at least once.
        probes: (N, D) of length 1 or 0.
        own: (N,) the person of each probe.

    Returns:
        How many people score at least as high as the own one, itself included, (N,); and the cosine
        with the best image of the own person, (N,).
    """
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.diff(person[order], prepend=-1))
    gallery = gallery[order]
    ranks, scores = np.empty(len(probes), dtype=np.int64), np.empty(len(probes))
    rows = max(1, BLOCK // len(gallery))
    for start in range(0, len(probes), rows):
        block = slice(start, start + rows)
        best = np.maximum.reduceat(probes[block] @ gallery.T, starts, axis=1)  # (rows, K)
        mine = np.take_along_axis(best, own[block, None], axis=1)
        ranks[block] = (best >= mine - EQUAL).sum(axis=1)
        scores[block] = mine[:, 0]
    return ranks, scores


def count_ahead(probes: Floats, own: Floats, distractors: Floats) -> Integers:
    """How many distractors score at least as high as a probe's own person, (N,).

    Args:
        probes: (N, D) of length 1 or 0.
        own: (N,) the cosine with the best image of the own person.
        distractors: (M, D) of length 1 or 0.
    """
    ahead = np.zeros(len(probes), dtype=np.int64)
    columns = max(1, BLOCK // len(probes))
    for start in range(0, len(distractors), columns):
        cosines = probes @ distractors[start : start + columns].T
        ahead += (cosines >= own[:, None] - EQUAL).sum(axis=1)
    return ahead
