"""Identification: whose face is it, among the people of a gallery and any number of strangers?

    rank of a probe   how many people's best gallery image scores at least as high as the best
                      image of the probe's own person (the own person among them)
    rank-k rate       share of probes with rank <= k; over all k it is the CMC curve

Distractors are strangers in the gallery: nobody looks for them, and each image of one counts as a
person. Scores are cosines. Ties count against the probe, so that equal embeddings cannot win.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from facelab.evaluation._distractors import DistractorCurve, chance_unbeaten, check_numbers
from facelab.evaluation._door import Floats, Integers, check_embeddings, check_labels
from facelab.evaluation._ranking import count_ahead, rank
from facelab.evaluation.estimate import (
    Estimate,
    check_bootstrap,
    interval,
    people_weights,
    too_few,
    with_interval,
)


@dataclass(frozen=True, eq=False)
class Cmc:
    """Share of probes within each rank, with intervals: (K,) each, ranks from 1 to K people.

    The last share is 1 unless there are distractors, which may push a probe beyond rank K.
    """

    ranks: Integers
    share: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False, repr=False)
class Identification:
    """Ranks of probes, and what follows from them.

    Args:
        ranks: (N,) rank of each probe, from 1, all distractors counted.
        people: (N,) number 0..n-1 of the person of each probe.
        gallery_people: K, how many people the gallery holds, distractors aside.
        draws, seed, level: of the intervals, as for `Verification`. The people of the probes are
            drawn anew; gallery and distractors stay as they are.
        ahead: (N,) how many distractors score at least as high as the own person; None if none.
        distractors: how many there are.
    """

    ranks: Integers
    people: Integers
    gallery_people: int
    draws: int = 500
    seed: int = 0
    level: float = 0.95
    ahead: Integers | None = None
    distractors: int = 0

    def __post_init__(self) -> None:
        check_bootstrap(self.draws, self.level)

    def __repr__(self) -> str:
        probes, people = len(self.ranks), self.people.max() + 1
        more = f" and {self.distractors:,} distractors" if self.distractors else ""
        return (
            f"<Identification: {probes:,} probes of {people} people "
            f"among {self.gallery_people} in the gallery{more}>"
        )

    @cached_property
    def _hits(self) -> tuple[Integers, Integers]:
        """Probes of each person within each rank, (people, K), and probes of each person."""
        shape = (int(self.people.max()) + 1, self.gallery_people)
        at_rank, within = np.zeros(shape, dtype=np.int64), self.ranks <= self.gallery_people
        np.add.at(at_rank, (self.people[within], self.ranks[within] - 1), 1)
        return at_rank.cumsum(axis=1), np.bincount(self.people)

    @cached_property
    def _drawn(self) -> Floats:
        """Rank-k rates of each draw of people, (draws, K)."""
        return self._draw(self._hits[0])

    def _draw(self, hits: Floats | Integers) -> Floats:
        """Shares of each draw of people from the probes that count, (people, F) -> (draws, F)."""
        probes = np.bincount(self.people)
        met = people_weights(len(probes), self.draws, self.seed)
        return (met @ hits) / (met @ probes)[:, None]

    def _ends(self, drawn: Floats) -> tuple[Floats, Floats]:
        """Intervals of the columns of draws, (draws, F); NaN where there are too few people."""
        low, high = interval(drawn, self.level)
        if too_few(int(self.people.max()) + 1):
            return np.full_like(low, np.nan), np.full_like(high, np.nan)
        return low, high

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
        return Cmc(ranks, hits.sum(axis=0) / len(self.ranks), *self._ends(self._drawn))

    def distractor_curve(self, numbers: npt.ArrayLike | None = None) -> DistractorCurve:
        """The share of probes at rank 1 among fewer distractors, then more, as MegaFace has it.

        Args:
            numbers: (F,) how many distractors, each 0 to all there are; 0, 1, 10, 100 and so on
                if None. The share is the mean over all draws of so many.

        Raises:
            ValueError: if there are no distractors, or not so many.
        """
        if self.ahead is None:
            raise ValueError("there are no distractors; pass identify(..., distractors=embeddings)")
        asked = check_numbers(numbers, self.distractors)
        first = (self.ranks - self.ahead == 1)[:, None]  # among the people of the gallery alone
        found = first * chance_unbeaten(self.ahead, self.distractors, asked)  # (N, F)
        hits = np.zeros((int(self.people.max()) + 1, len(asked)))
        np.add.at(hits, self.people, found)
        return DistractorCurve(asked, found.mean(axis=0), *self._ends(self._draw(hits)))


def identify(
    gallery_embeddings: npt.ArrayLike,
    gallery_labels: npt.ArrayLike,
    probe_embeddings: npt.ArrayLike,
    probe_labels: npt.ArrayLike,
    *,
    distractors: npt.ArrayLike | None = None,
    draws: int = 500,
    seed: int = 0,
    level: float = 0.95,
) -> Identification:
    """Look for each probe among the people of a gallery, and among strangers if there are any.

    Args:
        gallery_embeddings: (G, D), any length; one of length 0 has the cosine 0 with everything.
        gallery_labels: (G,) numbers or names; a person may have several images.
        probe_embeddings: (N, D).
        probe_labels: (N,) of people who are in the gallery.
        distractors: (M, D), images of people who are not in the gallery, each counted as a person.
        draws, seed, level: of the intervals.

    Returns:
        The identification.

    Raises:
        ValueError: if a shape does not fit, an embedding is NaN or infinite, the gallery holds one
            person only and there are no distractors, or a probe's person is not in it.
    """
    gallery = check_embeddings(gallery_embeddings, "gallery embeddings")
    probes = _as_wide(gallery, probe_embeddings, "probe embeddings")
    names = check_labels(gallery_labels, len(gallery), "gallery labels")
    wanted = check_labels(probe_labels, len(probes), "probe labels")
    people, person = np.unique(names, return_inverse=True)
    if len(people) < 2 and distractors is None:
        raise ValueError(
            f"a gallery needs at least 2 people; all images are of {people.tolist()[0]!r}"
        )
    missing = np.setdiff1d(wanted, people)
    if len(missing):
        raise ValueError(f"{missing.tolist()[0]!r} is among the probes but not in the gallery")
    ranks, own = rank(gallery, person, probes, np.searchsorted(people, wanted))
    who = np.unique(wanted, return_inverse=True)[1]
    if distractors is None:
        return Identification(ranks, who, len(people), draws, seed, level)
    strangers = _as_wide(gallery, distractors, "distractors")
    ahead = count_ahead(probes, own, strangers)
    total = len(strangers)
    return Identification(ranks + ahead, who, len(people), draws, seed, level, ahead, total)


def _as_wide(gallery: Floats, embeddings: npt.ArrayLike, what: str) -> Floats:
    """Embeddings of length 1 that can be compared with those of the gallery."""
    unit = check_embeddings(embeddings, what)
    if unit.shape[1] != gallery.shape[1]:
        widths = f"{gallery.shape[1]} and {unit.shape[1]}"
        raise ValueError(f"gallery and {what} must be equally wide, not {widths}")
    return unit
