"""Which images are compared, and the cosines of those pairs.

    score = x_i . x_j / (|x_i| |x_j|)

x_i is the embedding of image i (D). An embedding of length 0 has no direction: its cosine with
everything counts as 0.
"""

import numpy as np
import numpy.typing as npt

from facelab.evaluation._door import Floats, Integers, check_labels

Pairs = tuple[Integers, Integers]

MOST_PAIRS = 2_000_000  # all pairs of 2,000 images: about 100 MB, some seconds for an interval
BLOCK = 1 << 22  # numbers held at once while scores are computed: 32 MB


def all_pairs(count: int) -> Pairs:
    """All pairs of N images, each once: two arrays (N (N - 1)/2,) of row numbers.

    Raises:
        ValueError: if there are more than MOST_PAIRS; `sample_pairs` draws some.
    """
    total = count * (count - 1) // 2
    if total > MOST_PAIRS:
        raise ValueError(
            f"{count:,} images make {total:,} pairs, more than {MOST_PAIRS:,}; "
            "pass pairs=sample_pairs(labels, seed=0), or fewer images"
        )
    first, second = np.triu_indices(count, k=1)
    return first, second


def sample_pairs(labels: npt.ArrayLike, per_kind: int = 50_000, seed: int = 0) -> Pairs:
    """Some pairs of a set too large for all: as many of the same person as of different people.

    Args:
        labels: (N,) numbers or names.
        per_kind: most pairs of either kind; none is drawn twice.
        seed: of the generator.

    Returns:
        Two arrays of row numbers.

    Raises:
        ValueError: if nobody has two images, or there is one person only.
    """
    y = check_labels(labels, len(np.asarray(labels)))
    rng = np.random.default_rng(seed)
    person = np.unique(y, return_inverse=True)[1]
    same = draw(rng, pairs_within(person), per_kind)
    if len(same) == 0:
        raise ValueError("nobody has two images: there is no pair of the same person")
    if person.max() == 0:
        raise ValueError("there is one person only: no pair of different people")
    different = _different(rng, person, per_kind)
    first, second = np.concatenate([same, different]).T
    return first, second


def pairs_within(person: Integers) -> Integers:
    """All pairs of the same person, (P, 2)."""
    order = np.argsort(person, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(person[order])) + 1)
    pairs = [np.stack(np.triu_indices(len(g), k=1), 1) for g in groups]
    return np.concatenate([g[p] for g, p in zip(groups, pairs, strict=True)])


def draw(rng: np.random.Generator, pairs: Integers, most: int) -> Integers:
    """At most so many of the pairs, (P, 2) -> (at most `most`, 2), in their order."""
    if len(pairs) <= most:
        return pairs
    return pairs[np.sort(rng.choice(len(pairs), most, replace=False))]


def _different(rng: np.random.Generator, person: Integers, most: int) -> Integers:
    """At most `most` different pairs of different people, (at most `most`, 2)."""
    count = len(person)
    if count * (count - 1) // 2 <= 4 * most:
        pairs = np.stack(np.triu_indices(count, k=1), 1)
        return draw(rng, pairs[person[pairs[:, 0]] != person[pairs[:, 1]]], most)
    found = np.empty(0, dtype=np.int64)
    for _ in range(64):  # each round at least a share of the draws is new
        a, b = np.sort(rng.integers(0, count, (2, 2 * most)), axis=0)
        keys = (a * count + b)[person[a] != person[b]]
        found = np.unique(np.concatenate([found, keys]))
        if len(found) >= most:
            break
    kept = draw(rng, found[:, None], most)[:, 0]
    return np.stack([kept // count, kept % count], 1)


def cosines(unit: Floats, pairs: Pairs) -> Floats:
    """Cosines of pairs of unit rows, (N, D) -> (P,), in blocks that fit into memory."""
    first, second = pairs
    scores = np.empty(len(first))
    rows = max(1, BLOCK // unit.shape[1])
    for start in range(0, len(first), rows):
        block = slice(start, start + rows)
        scores[block] = np.einsum("pd,pd->p", unit[first[block]], unit[second[block]])
    return scores
