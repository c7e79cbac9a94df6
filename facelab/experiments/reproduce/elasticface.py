"""A margin drawn anew for every face tells people apart better than the same margin for all.

Source: Boutros, Damer, Kirchbuchner, Kuijper, CVPRW 2022, arXiv:2109.09416, abstract and section 3:
margins drawn from a normal distribution leave the classes room, and so beat ArcFace.

Here: ArcFace (m = 0.3, s = 16) and ElasticFace-Arc, whose margins have that mean and the standard
deviation of the paper, sigma = 0.05, on sketched faces, other people in every run, 40 trained on
and 40 others tested. The paper's m = 0.5 and s = 64 are for 85,000 people; these are what suits
small sets of faces, for both alike. The paper judges by verification, so what decides is TAR at FAR
1 %. "Within" is the angle of a face to the mean direction of its person, "between" that of a mean
to the nearest other one, for people never seen.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facelab.datasets import FaceSet
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import Claim, Numbers, Way, sketched
from facelab.experiments.reproduce._measures import verification
from facelab.experiments.reproduce._spread import means, nearest_angle, quantiles, unit, within

SIGMA = 0.05  # of the paper, radians
PEOPLE = sketched(80)
OPTIONS = {"epochs": 30, "fraction": 0.5, "height": 32}


def measure(run: Run, held_out: FaceSet) -> Numbers:
    """Verification, and angles (degrees) of people never seen and (`fit_`) of those trained on."""
    numbers = dict(verification(run, held_out))
    sets = {"": (run.embeddings, run.labels)}
    sets["fit_"] = run.arrays["train_embeddings"], run.arrays["train_labels"]
    for name, (rows, labels) in sets.items():
        angles = np.rad2deg(within(rows, labels))
        between = np.rad2deg(nearest_angle(means(unit(rows), labels)))
        numbers |= {
            f"{name}within": float(angles.mean()),
            f"{name}spread": float(angles.std()),
            f"{name}between": float(between.mean()),
            f"{name}angles": quantiles(angles),
        }
    return numbers


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR at FAR 1 % with ElasticFace minus that with ArcFace."""
    return float(runs["ElasticFace"]["tar@1e-2"] - runs["ArcFace"]["tar@1e-2"])


def draw(finding: Any, ax: Any = None) -> Any:
    """How far faces lie from the mean of their person, for people never seen."""
    from facelab import figures

    rows = {way: {"": finding.values(way, "angles").ravel()} for way in finding.claim.ways}
    return figures.ridges(rows, ax, xlabel="angle of a face to the mean of its person (degrees)")


SHOWN = {
    "tar@1e-2": "TAR at FAR 1 %",
    "auc": "AUC",
    "within": "within (degrees)",
    "spread": "spread of within",
    "between": "between (degrees)",
    "fit_within": "within, people trained on",
    "fit_spread": "spread of within, people trained on",
    "fit_between": "between, people trained on",
}
CLAIM = Claim(
    __name__,
    ways={
        "ArcFace": Way("arcface"),
        "ElasticFace": Way("elasticface", {"sigma": SIGMA}),
    },
    measure=measure,
    decides=decides,
    shown=SHOWN,
    people=PEOPLE,
    options=OPTIONS,
    draw=draw,
)
