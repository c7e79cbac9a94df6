"""How people are spread: their means, the nearest other one, and the angles around them.

mu_c     mean embedding of person c, (D,)
near_c   min over j != c of |mu_c - mu_j|^2 (squared unit of the embeddings), or of the angle
within   angle between an embedding and the mean direction of its person, radians
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.evaluation import all_pairs

Floats = npt.NDArray[np.float64]
QUANTILES = (np.arange(50) + 0.5) / 50  # of values that are kept for a picture


def unit(rows: npt.ArrayLike) -> Floats:
    """Rows turned to length 1, (n, D); one of length 0 stays 0."""
    table = np.asarray(rows, dtype=np.float64)
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table / np.where(length > 0, length, 1.0))


def means(embeddings: npt.ArrayLike, labels: npt.NDArray[np.int64]) -> Floats:
    """mu, (C, D), of people 0..C-1 who have an embedding each."""
    rows = np.asarray(embeddings, dtype=np.float64)
    sums = np.zeros((int(labels.max()) + 1, rows.shape[1]))
    np.add.at(sums, labels, rows)
    return np.asarray(sums / np.bincount(labels)[:, None])


def nearest(centers: npt.ArrayLike) -> Floats:
    """near, (C,): the squared distance of each center to the nearest other one."""
    rows = np.asarray(centers, dtype=np.float64)
    gaps = ((rows[:, None] - rows) ** 2).sum(axis=2)
    np.fill_diagonal(gaps, np.inf)
    return np.asarray(gaps.min(axis=1))


def nearest_angle(centers: npt.ArrayLike) -> Floats:
    """The angle of each center to the nearest other one, (C,), radians."""
    return np.asarray(np.arccos((1 - nearest(unit(centers)) / 2).clip(-1, 1)))


def within(embeddings: npt.ArrayLike, labels: npt.NDArray[np.int64]) -> Floats:
    """The angle of each embedding to the mean direction of its person, (N,), radians."""
    rows = unit(embeddings)
    cosines = (rows * unit(means(rows, labels))[labels]).sum(axis=1)
    return np.asarray(np.arccos(cosines.clip(-1, 1)))


def pairs_of(embeddings: npt.ArrayLike, labels: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """S+ and S-: the cosines of all pairs of one person, and of two people, (n,) and (k,)."""
    rows = unit(embeddings)
    first, second = all_pairs(len(rows))
    cosines, same = (rows @ rows.T)[first, second], labels[first] == labels[second]
    return cosines[same], cosines[~same]


def quantiles(values: npt.ArrayLike) -> list[Any]:
    """Fifty quantiles, evenly taken: enough to draw a histogram from."""
    return list(np.quantile(np.asarray(values, dtype=np.float64), QUANTILES).tolist())
