"""Identification: whose face is it, among the people of a gallery?

    rank of a probe   how many people's best gallery image scores at least as high as the best
                      image of the probe's own person (the own person among them)
    rank-k rate       share of probes with rank <= k; over all k it is the CMC curve

Scores are cosines. Ties count against the probe, so that equal embeddings cannot win.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from facelab.evaluation._door import Floats, Integers, check_embeddings, check_labels
from facelab.evaluation.estimate import (
    Estimate,
    check_bootstrap,
    interval,
    people_weights,
    too_few,
    with_interval,
)

BLOCK = 1 << 22  # cosines held at once: 32 MB


@dataclass(frozen=True, eq=False)
class Cmc:
    """Share of probes within each rank, with intervals: (K,) each, ranks from 1 to K people."""

    ranks: Integers
    share: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False, repr=False)
class Identification:
    """Ranks of probes, and what follows from them.

    Args:
        ranks: (N,) rank of each probe, from 1.
        people: (N,) number 0..n-1 of the person of each probe.
        gallery_people: how many people the gallery holds.
        draws, seed, level: of the intervals, as for `Verification`. The people of the probes are
            drawn anew; the gallery stays as it is.
    """

    ranks: Integers
    people: Integers
    gallery_people: int
    draws: int = 500
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        check_bootstrap(self.draws, self.level)

    def __repr__(self) -> str:
        probes, people = len(self.ranks), self.people.max() + 1
        return (
            f"<Identification: {probes:,} probes of {people} people "
            f"among {self.gallery_people} in the gallery>"
        )

    @cached_property
    def _hits(self) -> tuple[Integers, Integers]:
        """Probes of each person within each rank, (people, K), and probes of each person."""
        shape = (int(self.people.max()) + 1, self.gallery_people)
        at_rank = np.zeros(shape, dtype=np.int64)
        np.add.at(at_rank, (self.people, self.ranks - 1), 1)
        return at_rank.cumsum(axis=1), at_rank.sum(axis=1)

    @cached_property
    def _drawn(self) -> Floats:
        """Rank-k rates of each draw of people, (draws, K)."""
        hits, probes = self._hits
        met = people_weights(len(probes), self.draws, self.seed)
        return (met @ hits) / (met @ probes)[:, None]

    def rank(self, k: int = 1) -> Estimate:
        """Share of probes whose own person is among the k best.

        Raises:
            ValueError: if k is not between 1 and the number of people in the gallery.
        """
        if not 1 <= k <= self.gallery_people:
            raise ValueError(f"k must be in 1..{self.gallery_people}, not {k!r}")
        share = float((self.ranks <= k).mean())
        if few := too_few(len(self._hits[1])):
            return Estimate(share, level=self.level, note=few)
        return with_interval(share, self._drawn[:, k - 1], self.level)

    def cmc(self) -> Cmc:
        """The share of probes within each rank."""
        hits, _ = self._hits
        ranks = np.arange(1, self.gallery_people + 1)
        low, high = interval(self._drawn, self.level)
        if too_few(len(hits)):
            low, high = np.full_like(low, np.nan), np.full_like(high, np.nan)
        return Cmc(ranks, hits.sum(axis=0) / len(self.ranks), low, high)


def identify(
    gallery_embeddings: npt.ArrayLike,
    gallery_labels: npt.ArrayLike,
    probe_embeddings: npt.ArrayLike,
    probe_labels: npt.ArrayLike,
    *,
    draws: int = 500,
    seed: int = 0,
    level: float = 0.95,
) -> Identification:
    """Look for each probe among the people of a gallery.

    Args:
        gallery_embeddings: (G, D), any length; one of length 0 has the cosine 0 with everything.
        gallery_labels: (G,) numbers or names; a person may have several images.
        probe_embeddings: (N, D).
        probe_labels: (N,) of people who are in the gallery.
        draws, seed, level: of the intervals.

    Returns:
        The identification.

    Raises:
        ValueError: if a shape does not fit, an embedding is NaN or infinite, the gallery holds one
            person only, or a probe's person is not in it.
    """
    gallery = check_embeddings(gallery_embeddings, "gallery embeddings")
    probes = check_embeddings(probe_embeddings, "probe embeddings")
    if gallery.shape[1] != probes.shape[1]:
        widths = f"{gallery.shape[1]} and {probes.shape[1]}"
        raise ValueError(f"gallery and probe embeddings must be equally wide, not {widths}")
    names = check_labels(gallery_labels, len(gallery), "gallery labels")
    wanted = check_labels(probe_labels, len(probes), "probe labels")
    people, person = np.unique(names, return_inverse=True)
    if len(people) < 2:
        raise ValueError(
            f"a gallery needs at least 2 people; all images are of {people.tolist()[0]!r}"
        )
    missing = np.setdiff1d(wanted, people)
    if len(missing):
        raise ValueError(f"{missing.tolist()[0]!r} is among the probes but not in the gallery")
    ranks = _ranks(gallery, person, probes, np.searchsorted(people, wanted))
    who = np.unique(wanted, return_inverse=True)[1]
    return Identification(ranks, who, len(people), draws, seed, level)


def _ranks(gallery: Floats, person: Integers, probes: Floats, own: Integers) -> Integers:
    """Rank of each probe, (N,): people scoring at least as high as the own one."""
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.diff(person[order], prepend=-1))
    gallery = gallery[order]
    ranks = np.empty(len(probes), dtype=np.int64)
    rows = max(1, BLOCK // len(gallery))
    for start in range(0, len(probes), rows):
        block = slice(start, start + rows)
        best = np.maximum.reduceat(probes[block] @ gallery.T, starts, axis=1)  # (rows, people)
        mine = np.take_along_axis(best, own[block, None], axis=1)
        ranks[block] = (best >= mine).sum(axis=1)
    return ranks
