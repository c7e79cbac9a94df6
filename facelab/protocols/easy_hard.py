"""Easy and hard verification: probes worse and worse, against a gallery as it was taken.

One image of each person stands in the gallery, untouched; all other images are probes, at several
levels of a degradation. Each probe is compared with each image of the gallery. So stands a camera
on a wall against the photograph on a passport.

Source: the distances of SCface (Grgic, Delac, Grgic, Multimedia Tools and Applications 51, 2011),
made from any set by `facelab.datasets.degrade`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from facelab.datasets import FaceSet
from facelab.evaluation import MOST_PAIRS, Estimate, Verification, verify
from facelab.protocols._door import Embed, embedded, refuse_known, several
from facelab.protocols._gallery import part
from facelab.protocols._result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = (0.0, 0.25, 0.5, 0.75)
FAR = 1e-2
WHERE = "easy and hard verification"


@dataclass(frozen=True, eq=False, repr=False)
class EasyHard(Result):
    """A verification for each level of a degradation.

    Attributes:
        kind: what made the probes harder.
        verifications: level -> probes at that level against the gallery.
        gallery: how many images are in the gallery, one a person.
        probes: how many images are compared with them at each level.
    """

    kind: str
    verifications: dict[float, Verification]
    gallery: int
    probes: int

    @property
    def title(self) -> str:
        """What was tested, on whom."""
        return (
            f"Verification of {self.gallery:,} people never trained on, {self.probes:,} probes at "
            f"levels of {self.kind} against one untouched image each"
        )

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """AUC and TAR at a FAR of 1 %, for each level."""
        named = {}
        for level, met in self.verifications.items():
            named[f"level {level:g}: AUC"] = met.auc()
            named[f"level {level:g}: TAR at FAR 1 %"] = met.tar(far=FAR)
        return named

    def draw(self, ax: Axes | None = None) -> Axes:
        """Both numbers against the level."""
        from facelab.figures import trend

        numbers = list(self.numbers.values())
        ticks = [f"{level:g}" for level in self.verifications]
        series = {"AUC": numbers[0::2], "TAR at FAR 1 %": numbers[1::2]}
        x = f"level of {self.kind} of the probes (0: untouched)"
        return trend(ticks, series, ax, xlabel=x, ylabel="share")


def easy_hard(
    embed: Embed,
    faces: FaceSet,
    *,
    trained_on: Iterable[str],
    kind: str = "resolution",
    levels: Sequence[float] = LEVELS,
    seed: int = 0,
) -> EasyHard:
    """Compare probes of several levels with a gallery that is left as it is.

    Args:
        embed: images -> embeddings (N, D), such as `run.embed`.
        faces: at least 2 people, some with two images or more.
        trained_on: names of the people the network was trained on, such as `run.trained_on`.
        kind: a key of `facelab.datasets.DEGRADATIONS`.
        levels: each 0 (untouched) to 1 (nearly unreadable), each once.
        seed: decides which image stands in the gallery, the degradation, and the intervals.

    Returns:
        AUC and TAR at FAR 1 % for each level, each with its interval over people.

    Raises:
        ValueError: if somebody in `faces` was trained on, nobody has two images, there are too
            many pairs, or a level or the kind is not allowed.
    """
    several(faces, 2, WHERE)
    refuse_known(faces.names, trained_on, WHERE)
    if not len(levels) or len(set(levels)) < len(levels):
        raise ValueError(f"levels must be different numbers from 0 to 1, not {list(levels)}")
    stands, probes = part(faces.labels, seed)
    count = len(stands) * len(probes)
    if count > MOST_PAIRS:
        raise ValueError(
            f"{len(probes):,} probes and {len(stands):,} images make {count:,} pairs, more than "
            f"{MOST_PAIRS:,}; pass fewer faces, for example faces.take_people(500)"
        )
    labels = faces.labels[np.concatenate([stands, probes])]
    first, second = np.indices((len(stands), len(probes))).reshape(2, -1)
    gallery = embedded(embed, faces.images[stands])
    found = {}
    for level in levels:
        harder = faces.degrade(kind, level, seed).images[probes]
        both = np.concatenate([gallery, embedded(embed, harder)])
        found[float(level)] = verify(both, labels, (first, len(stands) + second), seed=seed)
    return EasyHard(kind, found, len(stands), len(probes))
