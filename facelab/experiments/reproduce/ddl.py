"""Distribution distillation tells hard faces apart better than the same training without it.

Source: Huang et al., ECCV 2020, arXiv:2002.03662, the table of SCface: rank 1 over three distances
is 79.8 % with ArcFace, 86.3 % with ArcFace trained on with hard faces (ArcFace-FT), 94.4 % with
distribution distillation.

Here: as in the paper, ArcFace first (m = 0.3, s = 16); then half as many epochs at a third of the
rate with easy and hard faces together, once with the distillation (the paper's weights 0.1, 0.02,
0.5) and once without, which is the fair rival. Hard faces have a quarter of the pixels each way.
Sketched faces, other people in every run, 40 trained on and 40 others tested. What decides is TAR
at FAR 1 % among hard faces of people never seen, each network at its own threshold. "Margin" is the
mean cosine of one person minus that of two; "FAR of hard" is taken at the threshold of the easy
faces.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from facelab.datasets import FaceSet
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._further import Further
from facelab.experiments.reproduce._spread import pairs_of, quantiles
from facelab.experiments.reproduce.elasticface import OPTIONS, PEOPLE

FAR = 0.01
COARSER = math.log(4) / math.log(12)  # level at which a face has a quarter of the pixels each way


def measure(run: Run, held_out: FaceSet) -> Numbers:
    """Margins and TAR of easy and of hard faces of people never seen, and their cosines."""
    hard = run.embed(held_out.degrade("resolution", COARSER).images)
    sets = {"easy": pairs_of(run.embeddings, run.labels)}
    sets["hard"] = pairs_of(hard, held_out.labels)
    cut = float(np.quantile(sets["easy"][1], 1 - FAR))
    numbers: dict[str, Any] = {"far_hard": float((sets["hard"][1] >= cut).mean())}
    for name, (one, two) in sets.items():
        threshold = np.quantile(two, 1 - FAR)
        numbers |= {
            f"tar_{name}": float((one >= threshold).mean()),
            f"margin_{name}": float(one.mean() - two.mean()),
            f"one_{name}": quantiles(one),
            f"two_{name}": quantiles(two),
        }
    return numbers


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR at FAR 1 % among hard faces, distillation minus the same training without it."""
    return float(runs["then distillation"]["tar_hard"] - runs["then without"]["tar_hard"])


def draw(finding: Any, ax: Any = None) -> Any:
    """Cosines of one person's pairs and of two people's, of easy and of hard faces."""
    from facelab import figures

    kinds = {"one person, easy": "one_easy", "one person, hard": "one_hard"}
    kinds |= {"two people, easy": "two_easy", "two people, hard": "two_hard"}
    rows = {
        way: {name: finding.values(way, kind).ravel() for name, kind in kinds.items()}
        for way in finding.claim.ways
    }
    return figures.ridges(rows, ax, xlabel="similarity: cosine of two faces of people never seen")


SHOWN = {
    "tar_hard": "TAR of hard",
    "margin_hard": "margin of hard",
    "far_hard": "FAR of hard",
    "tar_easy": "TAR of easy",
    "margin_easy": "margin of easy",
}
WAYS = {
    "ArcFace": Way("arcface"),
    "then without": Way("arcface", then=Further("ddl", {"beside": 0.0})),
    "then distillation": Way("arcface", then=Further("ddl")),
}
CLAIM = Claim(
    __name__,
    ways=WAYS,
    measure=measure,
    decides=decides,
    shown=SHOWN,
    people=PEOPLE,
    options=OPTIONS,
    draw=draw,
)
