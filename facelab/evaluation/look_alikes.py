"""Look-alikes: pairs of different people whom a baseline finds most alike, for a harder test.

    s(a, b) = the largest cosine between an image of a and an image of b

b is a look-alike of a if it is among the k people with the largest s(a, b). Beginning with the most
alike, a pair of people is taken if one is a look-alike of the other and neither is in k pairs yet.
Its two most alike images stand for it. Pairs of the same person stay as they are.

They are hard for the baseline above all. Take one that is not itself among what is compared.

Source: SLLFW (Deng, Hu, Zhang, Chen, Guo, Pattern Recognition 66, 2017), which keeps the genuine
pairs of LFW and replaces the others.
Departs from SLLFW: there people had the last word on who looks alike; here the baseline has it.
"""

import numpy as np
import numpy.typing as npt

from facelab.evaluation._door import Floats, Integers, check_embeddings, check_labels, check_pairs
from facelab.evaluation._pairs import Pairs, draw, pairs_within

BLOCK = 1 << 22  # cosines held at once: 32 MB


def hard_pairs(
    embeddings: npt.ArrayLike,
    labels: npt.ArrayLike,
    pairs: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    *,
    per_person: int = 3,
    per_kind: int = 50_000,
    seed: int = 0,
) -> Pairs:
    """Pairs of look-alikes, and pairs of the same person, as `verify` takes them.

    Args:
        embeddings: (N, D) of a baseline, any length.
        labels: (N,) numbers or names.
        pairs: two arrays of row numbers, such as those of LFW. Their pairs of the same person stay,
            and as many look-alikes at most replace the others. All there are if None. Pairs of the
            same person alone get no look-alikes.
        per_person: k, look-alikes of a person, and most pairs of different people with them.
        per_kind: most pairs of either kind: the most alike, and a draw of those of the same person.
        seed: of that draw; nothing else is drawn.

    Returns:
        Two arrays of row numbers, no pair twice unless `pairs` has it twice: those of the same
        person, then look-alikes, the most alike first.

    Raises:
        ValueError: if a shape does not fit, an embedding is NaN or infinite, there is one person
            only, there is no pair of the same person, or a number is below 1.
    """
    unit = check_embeddings(embeddings)
    y = check_labels(labels, len(unit))
    person = np.unique(y, return_inverse=True)[1]
    for name, value in (("per_person", per_person), ("per_kind", per_kind)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
    if person.max() == 0:
        raise ValueError("there is one person only: nobody can look like them")
    same, most = pairs_within(person), per_kind
    if pairs is not None:
        given = np.stack(check_pairs(pairs, len(unit)), axis=1)
        genuine = person[given[:, 0]] == person[given[:, 1]]
        same, most = given[genuine], min(per_kind, int((~genuine).sum()))
    if len(same) == 0:
        raise ValueError("there is no pair of the same person, and both kinds are needed")
    alike = _look_alikes(unit, person, int(per_person), most)
    drawn = draw(np.random.default_rng(seed), same, per_kind)
    first, second = np.concatenate([drawn, alike]).T
    return first, second


def _look_alikes(unit: Floats, person: Integers, k: int, most: int) -> Integers:
    """The most alike images of look-alikes, the most alike first, (at most `most`, 2) rows."""
    order = np.argsort(person, kind="stable")
    ends = np.cumsum(np.bincount(person))
    rows = np.split(order, ends[:-1])  # of each person
    near, score = _nearest(unit[order], person[order], min(k, len(rows) - 1))
    a = np.repeat(np.arange(len(rows)), near.shape[1])
    key, once = np.unique(_key(a, near.ravel(), len(rows)), return_index=True)
    falling = np.lexsort((key, -score.ravel()[once].round(12)))  # ties: by number
    taken = _take(np.stack(np.divmod(key[falling], len(rows)), axis=1), len(rows), k)[:most]
    pairs = [_closest(unit, rows[i], rows[j]) for i, j in taken.tolist()]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _key(a: Integers, b: Integers, people: int) -> Integers:
    """One number for a pair of people, whoever is named first."""
    return np.minimum(a, b) * people + np.maximum(a, b)


def _nearest(unit: Floats, person: Integers, k: int) -> tuple[Integers, Floats]:
    """The k people most like each person, and how alike, (P, k) each; rows sorted by person."""
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    people = len(starts)
    near = np.empty((people, k), dtype=np.int64)
    score = np.empty((people, k))
    size = max(1, BLOCK // people)
    for first in range(0, people, size):
        some = np.arange(first, min(first + size, people))
        alike = _alike(unit, person, starts, some)
        alike[np.arange(len(some)), some] = -np.inf
        near[some] = np.argpartition(-alike, k - 1, axis=1)[:, :k]
        score[some] = np.take_along_axis(alike, near[some], axis=1)
    return near, score


def _alike(unit: Floats, person: Integers, starts: Integers, some: Integers) -> Floats:
    """s(a, b) of some people, one after the other, and everybody: (S, P)."""
    alike = np.full((len(some), len(starts)), -np.inf)
    end = int(np.searchsorted(person, some[-1], side="right"))
    step = max(1, BLOCK // len(unit))
    for start in range(int(starts[some[0]]), end, step):
        rows = slice(start, min(start + step, end))
        best = np.maximum.reduceat(unit[rows] @ unit.T, starts, axis=1)  # (rows, P)
        local = np.flatnonzero(np.diff(person[rows], prepend=-1))
        who = person[rows][local] - some[0]
        alike[who] = np.maximum(alike[who], np.maximum.reduceat(best, local, axis=0))
    return alike


def _take(pairs: Integers, people: int, k: int) -> Integers:
    """Those of the pairs of people, (L, 2), before which neither was in k pairs."""
    met = [0] * people
    taken = []
    for row, (a, b) in enumerate(pairs.tolist()):
        if met[a] < k and met[b] < k:
            met[a] += 1
            met[b] += 1
            taken.append(row)
    return pairs[taken]


def _closest(unit: Floats, a: Integers, b: Integers) -> tuple[int, int]:
    """The two most alike images of two people, out of their rows."""
    best, at = -np.inf, (int(a[0]), int(b[0]))
    step = max(1, BLOCK // len(b))
    for start in range(0, len(a), step):
        cosines = unit[a[start : start + step]] @ unit[b].T
        i, j = np.divmod(int(cosines.argmax()), len(b))
        if cosines[i, j] > best:
            best, at = float(cosines[i, j]), (int(a[start + i]), int(b[j]))
    return at
