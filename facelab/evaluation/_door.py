"""What verification and identification check, each failure in one sentence."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def check_embeddings(embeddings: npt.ArrayLike, what: str = "embeddings") -> Floats:
    """Embeddings (N, D) as float64 rows of length 1, or of length 0 where they were 0.

    Raises:
        ValueError: if they are not two-dimensional, or one is NaN or infinite.
    """
    x = np.asarray(embeddings, dtype=np.float64)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"{what} must have shape (N, D), not {x.shape}")
    finite = np.isfinite(x).all(axis=1)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        raise ValueError(f"{what} must be finite, but {len(bad)} are not; first: row {bad[0]}")
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(length > 0, length, 1.0)


def check_labels(
    labels: npt.ArrayLike, count: int, what: str = "labels"
) -> npt.NDArray[np.generic]:
    """Labels (N,) of any kind: numbers or names.

    Raises:
        ValueError: if there is not exactly one for each embedding.
    """
    y = np.asarray(labels)
    if y.shape != (count,):
        raise ValueError(f"{what} must have shape ({count},), not {y.shape}")
    return y


def check_pairs(
    pairs: tuple[npt.ArrayLike, npt.ArrayLike], count: int
) -> tuple[Integers, Integers]:
    """A pair list as two index arrays.

    Raises:
        ValueError: if it is not two equally long lists of row numbers in 0..N-1, is empty, or
            compares an image with itself.
    """
    if len(pairs) != 2:
        raise ValueError(f"pairs must be (first, second), two index arrays, not {len(pairs)} items")
    first, second = _rows(pairs[0], count), _rows(pairs[1], count)
    if len(first) != len(second):
        lengths = f"{len(first)} and {len(second)}"
        raise ValueError(f"pairs must be two equally long lists, not {lengths} long")
    itself = np.flatnonzero(first == second)
    if len(itself):
        raise ValueError(f"pair {itself[0]} compares image {first[itself[0]]} with itself")
    return first, second


def _rows(index: npt.ArrayLike, count: int) -> Integers:
    """Row numbers (P,) in 0..N-1, at least one."""
    rows = np.asarray(index)
    if rows.size == 0:
        raise ValueError("the pair list is empty; verification needs pairs of both kinds")
    if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
        raise ValueError(f"pairs must hold two lists of row numbers, not {rows.dtype} {rows.shape}")
    low, high = rows.min(), rows.max()
    if low < 0 or high >= count:
        wrong = low if low < 0 else high
        raise ValueError(f"pairs must hold row numbers in 0..{count - 1}, but one is {wrong}")
    return rows.astype(np.int64)


def check_scores(scores: Floats, same: npt.NDArray[np.bool_]) -> None:
    """Refuse scores (P,) and kinds (P,) of pairs that no ROC can be drawn from.

    Raises:
        ValueError: if a shape does not fit, a score is NaN or infinite, or one kind is missing.
    """
    if scores.ndim != 1 or same.shape != scores.shape:
        raise ValueError(f"scores and same must be two lists, not {scores.shape} and {same.shape}")
    if same.dtype != np.bool_:
        raise ValueError(f"same must be True or False for each pair, not {same.dtype}")
    bad = np.flatnonzero(~np.isfinite(scores))
    if len(bad):
        raise ValueError(f"scores must be finite, but {len(bad)} are not; first: pair {bad[0]}")
    for kind, there in (("the same person", same.any()), ("different people", (~same).any())):
        if not there:
            raise ValueError(f"none of the {len(same):,} pairs is of {kind}; both are needed")


def people_numbers(people: npt.ArrayLike, same: npt.NDArray[np.bool_]) -> Integers:
    """The two people of each pair, (P, 2) numbers or names, renumbered 0..n-1.

    Raises:
        ValueError: if the shape does not fit, or `same` says otherwise.
    """
    who = np.asarray(people)
    if who.shape != (len(same), 2):
        raise ValueError(f"people must have shape ({len(same)}, 2), not {who.shape}")
    wrong = np.flatnonzero((who[:, 0] == who[:, 1]) != same)
    if len(wrong):
        a, b = who[wrong[0]].tolist()
        raise ValueError(f"pair {wrong[0]} is of {a!r} and {b!r}, but same is {same[wrong[0]]}")
    return np.unique(who, return_inverse=True)[1].reshape(who.shape)
