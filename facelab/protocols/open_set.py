"""Open-set verification: are two images of one person, when neither was ever trained on?

    AUC            chance that a same-person pair scores higher than a different-person pair
    TAR at FAR     share of same-person pairs accepted where a given share of the others is

All pairs of images are compared, or some of them where there are too many. Whom one tests on is
chance as well: `over_splits` trains anew for each of several splits of the people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from facelab.datasets import FaceSet
from facelab.evaluation import (
    MOST_PAIRS,
    Estimate,
    Verification,
    mean_over_runs,
    sample_pairs,
    verify,
)
from facelab.protocols._door import Embed, Train, embedded, refuse_known, several
from facelab.protocols._result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAR = 1e-2


@dataclass(frozen=True, eq=False, repr=False)
class OpenSet(Result):
    """Open-set verification of some people.

    Attributes:
        verification: the scored pairs.
        images: how many images were compared.
    """

    verification: Verification
    images: int

    @property
    def title(self) -> str:
        """What was tested, on whom."""
        met = self.verification
        assert met.people is not None
        return (
            f"Open-set verification of {met.people.max() + 1:,} people never trained on "
            f"({self.images:,} images, {len(met.scores):,} pairs)"
        )

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """AUC, equal error rate, and TAR at a FAR of 1 %."""
        return _numbers(self.verification)

    def draw(self, ax: Axes | None = None) -> Axes:
        """The ROC with its band."""
        from facelab.figures import roc

        return roc(self.verification, ax)


@dataclass(frozen=True, eq=False, repr=False)
class Splits(Result):
    """Open-set verification over several splits of the same people.

    Attributes:
        verifications: one a split, each by a network of its own.
        people: (trained on, tested) in each split.
        level: of the intervals.
    """

    verifications: list[Verification]
    people: tuple[int, int]
    level: float = 0.95

    @property
    def title(self) -> str:
        """What was tested, on whom."""
        trained, tested = self.people
        return (
            f"Open-set verification over {len(self.verifications)} splits, each trained on "
            f"{trained:,} people and tested on {tested:,} others (means over splits)"
        )

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """Means over splits; intervals are corrected for people that the splits share."""
        rows = [_numbers(verification) for verification in self.verifications]
        ratio, which = self.people[1] / self.people[0], range(len(rows))
        return {
            name: mean_over_runs(
                [float(row[name]) for row in rows], list(which), ratio=ratio, level=self.level
            ).estimate
            for name in rows[0]
        }

    def draw(self, ax: Axes | None = None) -> Axes:
        """A ROC a split."""
        from facelab.figures import roc

        return roc({f"split {k}": v for k, v in enumerate(self.verifications)}, ax)


def _numbers(verification: Verification) -> dict[str, Estimate]:
    return {
        "AUC": verification.auc(),
        "EER": verification.eer(),
        "TAR at FAR 1 %": verification.tar(far=FAR),
    }


def open_set(embed: Embed, faces: FaceSet, *, trained_on: Iterable[str], seed: int = 0) -> OpenSet:
    """Compare images of people whom a network has never seen.

    Args:
        embed: images -> embeddings (N, D), such as `run.embed`.
        faces: at least 2 people, some with two images or more.
        trained_on: names of the people the network was trained on, such as `run.trained_on`.
        seed: of the intervals, and of the pairs where not all can be compared.

    Returns:
        AUC, EER and TAR at FAR 1 %, each with its interval over people.

    Raises:
        ValueError: if somebody in `faces` was trained on, or there is nothing to compare.
    """
    where = "open-set verification"
    several(faces, 2, where)
    refuse_known(faces.names, trained_on, where)
    count = len(faces)
    few = count * (count - 1) // 2 <= MOST_PAIRS
    pairs = None if few else sample_pairs(faces.labels, seed=seed)
    found = verify(embedded(embed, faces.images), faces.labels, pairs, seed=seed)
    return OpenSet(found, count)


def over_splits(
    train: Train, faces: FaceSet, *, splits: int = 5, fraction: float = 0.75, seed: int = 0
) -> Splits:
    """Train and test on several splits of the people: one network a split.

    Args:
        train: called with the people to train on, gives a callable as `embed` of `open_set`.
        faces: at least 4 people.
        splits: how often the people are split, at least 2 for an interval.
        fraction: share of the people to train on, between 0 and 1.
        seed: the splits are those of seed, seed + 1, ...

    Returns:
        AUC, EER and TAR at FAR 1 %: means over splits, with the interval of Nadeau and Bengio.

    Raises:
        ValueError: if there are too few people, or splits is below 1.
    """
    if splits < 1:
        raise ValueError(f"splits must be at least 1, not {splits!r}")
    several(faces, 4, "open-set verification over splits")
    found = []
    for number in range(seed, seed + splits):
        seen, held_out = faces.split_people(fraction, number)
        found.append(open_set(train(seen), held_out, trained_on=seen.names).verification)
    return Splits(found, (seen.num_people, held_out.num_people))
