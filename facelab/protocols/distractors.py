"""Identification with distractors: whose face is it, among more and more people nobody looks for?

One image of each person stands in the gallery, the other images are probes. Distractors join the
gallery, one image each: people with a single image, and those of another set.

    rank 1 at n   share of probes whose own person beats everybody else and n distractors, the mean
                  over all draws of n
    CMC           share of probes whose own person is among the k best, all distractors there

Source: Kemelmacher-Shlizerman, Seitz, Miller, Brossard, "The MegaFace benchmark", CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from facelab.datasets import FaceSet
from facelab.evaluation import Estimate, Identification, identify
from facelab.protocols._door import Embed, embedded, names_of, refuse_known
from facelab.protocols._gallery import part
from facelab.protocols._result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WHERE = "identification with distractors"


@dataclass(frozen=True, eq=False, repr=False)
class Distractors(Result):
    """Identification among more and more distractors.

    Attributes:
        identification: ranks of the probes, all distractors there.
        counts: the numbers of distractors asked for; those of `distractor_curve` if None.
    """

    identification: Identification
    counts: Sequence[int] | None = None

    @property
    def title(self) -> str:
        """What was tested, on whom."""
        found = self.identification
        return (
            f"Identification of {len(found.ranks):,} probes among {found.gallery_people:,} people "
            f"never trained on, and up to {found.distractors:,} distractors"
        )

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """Rank 1 at each number of distractors, and ranks 5 and 10 among all of them."""
        found = self.identification
        named = {_named(1, count): number for count, number in self._rank_1.items()}
        wanted = [k for k in (5, 10) if k < found.gallery_people]
        return named | {_named(k, found.distractors): found.rank(k) for k in wanted}

    @cached_property
    def _rank_1(self) -> dict[int, Estimate]:
        """Number of distractors -> rank 1."""
        curve = self.identification.distractor_curve(self.counts)
        rows = zip(curve.share, curve.low, curve.high, strict=True)
        level, note = self.identification.level, self.identification.rank(1).note
        numbers = [Estimate(share, low, high, level, note) for share, low, high in rows]
        return dict(zip(curve.distractors.tolist(), numbers, strict=True))

    def draw(self, ax: Axes | None = None) -> Axes:
        """Rank 1 against the number of distractors."""
        from facelab.figures import trend

        ticks = [f"{count:,}" for count in self._rank_1]
        series = {"right person first": list(self._rank_1.values())}
        x, y = "distractors in the gallery", "rank 1 (share of probes)"
        return trend(ticks, series, ax, xlabel=x, ylabel=y)

    def draw_cmc(self, ax: Axes | None = None, *, ranks: int = 20) -> Axes:
        """The CMC among all distractors, up to so many ranks."""
        from facelab.figures import cmc

        return cmc(self.identification, ax, ranks=ranks)


def _named(rank: int, count: int) -> str:
    return f"rank {rank} among {count:,} distractors"


def distractors(
    embed: Embed,
    faces: FaceSet,
    *,
    trained_on: Iterable[str],
    others: FaceSet | None = None,
    counts: Sequence[int] | None = None,
    seed: int = 0,
) -> Distractors:
    """Look for each probe in a gallery that holds more and more distractors.

    Args:
        embed: images -> embeddings (N, D), such as `run.embed`.
        faces: at least 2 people with two images or more; whoever has one image is a distractor.
        trained_on: names of the people the network was trained on, such as `run.trained_on`.
        others: more distractors, of whom one image each is taken; none of them is in `faces`.
        counts: numbers of distractors, each 0 to all there are; 0, 1, 10, 100, ... if None.
        seed: decides which images stand in the gallery, and the intervals.

    Returns:
        Rank 1 at each number of distractors, with its interval over people.

    Raises:
        ValueError: if somebody was trained on, somebody is in both sets, fewer than 2 people have
            two images, or there are no distractors, or fewer than asked for.
    """
    known = names_of(trained_on)
    found, single = _by_images(faces)
    refuse_known(faces.names, known, WHERE)
    strangers = [single] if single else []
    if others is not None:
        refuse_known(others.names, known, f"{WHERE}, as distractors")
        _refuse_twice(faces, others)
        strangers.append(others)
    if not strangers:
        raise ValueError(
            "there are no distractors: everybody has two images or more; pass others, "
            'for example facelab.load("sketch")'
        )
    stands, probes = part(found.labels, seed)
    gallery, looked_for = (embedded(embed, found.images[rows]) for rows in (stands, probes))
    crowd = [embedded(embed, s.images[part(s.labels, seed)[0]]) for s in strangers]
    names, wanted = found.labels[stands], found.labels[probes]
    ranks = identify(
        gallery, names, looked_for, wanted, distractors=np.concatenate(crowd), seed=seed
    )
    return Distractors(ranks, counts)


def _by_images(faces: FaceSet) -> tuple[FaceSet, FaceSet | None]:
    """People with two images or more, and people with one, None if there are none."""
    images = faces.people()
    alone = [name for name, count in images.items() if count == 1]
    again = [name for name, count in images.items() if count > 1]
    if len(again) < 2:
        raise ValueError(f"{WHERE} needs at least 2 people with two images, not {len(again)}")
    return faces.take_people(again), faces.take_people(alone) if alone else None


def _refuse_twice(faces: FaceSet, others: FaceSet) -> None:
    """Refuse distractors who are looked for.

    Raises:
        ValueError: the sentence says who.
    """
    both = sorted(set(faces.names) & set(others.names))
    if both:
        raise ValueError(f"{both[0]} is in faces and in others; a distractor is nobody's match")
