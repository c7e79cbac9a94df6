"""Sets of similarities and distances: what DDL and the range loss look at.

    S+, S-       cosines of pairs of images of one person, and of two people
    histogram    h_r = sum_s exp(-(s - t_r)^2 / (2 sigma^2)),   divided by its sum
    divergence   KL(P || Q) = sum_r (P_r + e) (log(P_r + e) - log(Q_r + e))
    overlap      sum_r min(P_r, Q_r)
    order        sum over branches i, j of  mean S-_i - mean S+_j
    range        k / (1/D_1 + ... + 1/D_k),   D_1..D_k the k largest distances of a person

s are cosines, t_r the nodes, sigma the width of a node (cosine units), S+ the cosines of pairs of
one person and S- those of two people.

Sources: Huang et al., ECCV 2020, arXiv:2002.03662 (DDL); Ustinova and Lempitsky, NIPS 2016 (the
histogram); Zhang et al., ICCV 2017, arXiv:1611.08976 (the range).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from facelab.choices import unknown
from facelab.geometry._door import Array, number_of, positive_of
from facelab.geometry.sphere import unit

PAIRS = ("all", "hardest")
TINY = 1e-9  # e above: a node without mass has a logarithm


def similarity_sets(
    embeddings: npt.ArrayLike, labels: npt.ArrayLike, pairs: str = "all"
) -> tuple[Array, Array]:
    """S+ and S-: the cosines of all pairs of images, or of those that DDL looks at.

    Args:
        embeddings: (N, D), of any length; one of length 0 has the cosine 0 with all others.
        labels: (N,) who is on each image.
        pairs: "all"; or "hardest", as DDL has it: in S-, of each person, the largest cosine of
            the first image to the first image of another, one number a person.

    Returns:
        S+ (n,) and S- (k,); either may be empty.

    Raises:
        ValueError: if a shape does not fit, an embedding is not finite, or pairs is unknown.
    """
    if pairs not in PAIRS:
        raise ValueError(unknown("kind of pairs", pairs, PAIRS))
    x, who = unit(number_of("embeddings", embeddings)), np.asarray(labels)
    if x.ndim != 2 or who.shape != (len(x),):
        raise ValueError(f"embeddings {x.shape} need one label each, not labels of {who.shape}")
    first, second = np.triu_indices(len(x), k=1)
    same = who[first] == who[second]
    cosines = (x @ x.T)[first, second]
    return cosines[same], cosines[~same] if pairs == "all" else _hardest(x, who)


def _hardest(units: Array, labels: npt.NDArray[np.generic]) -> Array:
    """Of each person, the largest cosine of the first image to the first of another, (people,)."""
    leads = np.sort(np.unique(labels, return_index=True)[1])
    if len(leads) < 2:
        return np.zeros(0)
    cosines = units[leads] @ units[leads].T
    np.fill_diagonal(cosines, -np.inf)
    return np.asarray(cosines.max(axis=1))


def overlap_area(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """What two histograms share: 0 where they are apart, 1 where they are the same.

    Args:
        first: P, (R,), at least 0, sum 1.
        second: Q, (R,), at least 0, sum 1.

    Raises:
        ValueError: if the shapes differ or an entry is negative.
    """
    p, q = number_of("first", first, 0), number_of("second", second, 0)
    if p.shape != q.shape:
        raise ValueError(f"both histograms must have one shape, not {p.shape} and {q.shape}")
    return float(np.minimum(p, q).sum())


def soft_histogram(similarities: npt.ArrayLike, nodes: npt.ArrayLike, sigma: float) -> Array:
    """A histogram in which every similarity counts at all nodes, by a bell around it.

    Args:
        similarities: s, any shape, at least one; cosine units.
        nodes: t, (R,).
        sigma: above 0, cosine units.

    Returns:
        (R,), at least 0, sum 1.

    Raises:
        ValueError: if there is no similarity, sigma is not above 0, or no node is near any.
    """
    values = number_of("similarities", similarities).reshape(-1, 1)
    width = positive_of("sigma", sigma)
    if not len(values):
        raise ValueError("a histogram needs at least one similarity, not none")
    heights = np.exp(-(((values - number_of("nodes", nodes)) / width) ** 2) / 2).sum(axis=0)
    if heights.sum() == 0:
        raise ValueError(f"no node is near any similarity; sigma must be larger than {width:g}")
    return np.asarray(heights / heights.sum())


def kl_divergence(teacher: npt.ArrayLike, student: npt.ArrayLike) -> float:
    """KL(P || Q) in nats, with TINY added to both: how surprised Q is by P.

    Args:
        teacher: P, (R,), at least 0.
        student: Q, (R,), at least 0.

    Raises:
        ValueError: if the shapes differ or an entry is negative.
    """
    p, q = number_of("teacher", teacher, 0) + TINY, number_of("student", student, 0) + TINY
    if p.shape != q.shape:
        raise ValueError(f"teacher and student must have one shape, not {p.shape} and {q.shape}")
    return float((p * np.log(p / q)).sum())


def order_term(positives: Sequence[npt.ArrayLike], negatives: Sequence[npt.ArrayLike]) -> float:
    """Sum over all branches i, j of mean S-_i - mean S+_j; below 0 when positives are ahead.

    Args:
        positives: S+ of each branch, (n,) each.
        negatives: S- of each branch, (n,) each, as many branches.

    Raises:
        ValueError: if a set is empty or their numbers differ.
    """
    if len(positives) != len(negatives):
        counts = f"{len(positives)} and {len(negatives)}"
        raise ValueError(f"there must be as many negatives as positives, not {counts}")
    sets = [number_of("similarities", each) for each in (*positives, *negatives)]
    if not all(each.size for each in sets):
        raise ValueError("each branch needs at least one positive and one negative")
    high, low = np.split(np.array([each.mean() for each in sets]), 2)
    return float(np.subtract.outer(low, high).sum())


def harmonic_range(distances: npt.ArrayLike, widest: int = 2) -> float:
    """Range of a person: the harmonic mean of the k largest distances between the images.

    Args:
        distances: D, (P,), at least 0, of the pairs of one person's images, squared in the paper.
        widest: k, at least 1; with fewer pairs all of them.

    Returns:
        The unit of the distances; between the least of the k and k times it; 0 without
        pairs, and where one of the k is 0.

    Raises:
        ValueError: if widest is below 1 or a distance is negative.
    """
    k = int(number_of("widest", widest, 1))
    largest = np.sort(number_of("distances", distances, 0).ravel())[::-1][:k]
    if not len(largest) or largest[-1] == 0:
        return 0.0
    return float(len(largest) / (1 / largest).sum())
