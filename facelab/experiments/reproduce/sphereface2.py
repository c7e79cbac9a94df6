"""With SphereFace2 one threshold suits everybody: similarities of different people compare.

Source: Wen, Liu, Weller, Raj, Singh, ICLR 2022, arXiv:2108.01513, introduction and section 3: C
binary questions with one shared bias bring training to what verification does, one threshold for
all pairs; a softmax only compares the people of one embedding with each other.

Here: CosFace with m = 0.2, s = 16 and SphereFace2-C with m = 0.1, t = 2, r = 16, both what suits
small sets of faces, on sketched faces, other people in every run, 40 trained on and 40 others
tested; SphereFace2 with the paper's m = 0.4, t = 3, r = 40, for thousands of people, stands beside.
Each person tested gets a threshold of their own, where 1 % of the pairs with strangers are
accepted, and all get the one where 1 % of all such pairs are. What decides is what the one
threshold costs: the TAR with own thresholds minus the TAR with the one, means over people. "Uneven"
is the standard deviation of the own thresholds over people, as a share of the distance between the
mean cosines of one person and of two.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facelab.datasets import FaceSet
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._measures import verification
from facelab.experiments.reproduce._spread import unit
from facelab.experiments.reproduce.elasticface import OPTIONS, PEOPLE

FAR = 0.01
PAPER = {"kind": "C", "margin": 0.4, "scale": 40.0, "sharpness": 3.0, "bias_start": "paper"}


def measure(run: Run, held_out: FaceSet) -> Numbers:
    """Verification, and what one threshold costs against one a person."""
    return {**verification(run, held_out), **thresholds(run.embeddings, run.labels)}


def thresholds(embeddings: Any, labels: Any) -> dict[str, Any]:
    """Own thresholds, the shared one, and the TAR with each.

    Args:
        embeddings: (N, D).
        labels: (N,) in 0..P-1; everybody has two images.

    Returns:
        own (P,) and shared (cosine units), tar_own, tar_shared, cost, uneven.
    """
    rows, who = unit(embeddings), np.asarray(labels)
    cosines, same = rows @ rows.T, who[:, None] == who
    itself = np.eye(len(rows), dtype=bool)
    everybody = range(int(who.max()) + 1)
    theirs = [(who == person)[:, None] & same & ~itself for person in everybody]
    others = [(who == person)[:, None] & ~same for person in everybody]
    own = np.array([np.quantile(cosines[pairs], 1 - FAR) for pairs in others])
    shared = float(np.quantile(cosines[~same], 1 - FAR))
    tar = [
        float(np.mean([(cosines[p] >= t).mean() for p, t in zip(theirs, cuts, strict=True)]))
        for cuts in (own, np.full(len(own), shared))
    ]
    apart = cosines[same & ~itself].mean() - cosines[~same].mean()
    return {
        "own": own.tolist(),
        "shared": shared,
        "tar_own": tar[0],
        "tar_shared": tar[1],
        "cost": tar[0] - tar[1],
        "uneven": float(own.std() / apart),
    }


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR lost by one threshold for all, with CosFace minus with SphereFace2."""
    return float(runs["CosFace"]["cost"] - runs["SphereFace2"]["cost"])


def draw(finding: Any, ax: Any = None) -> Any:
    """The thresholds that would suit the people of the first run, and the one for all."""
    from facelab import figures

    own = {way: finding.values(way, "own")[0] for way in finding.claim.ways}
    shared = {way: float(finding.values(way, "shared")[0]) for way in finding.claim.ways}
    return figures.own_thresholds(own, shared, ax)


CLAIM = Claim(
    __name__,
    ways={
        "CosFace": Way("cosface"),
        "SphereFace2": Way("sphereface2"),
        "SphereFace2, the paper's settings": Way("sphereface2", PAPER),
    },
    measure=measure,
    decides=decides,
    shown={
        "tar_own": "TAR, own thresholds",
        "tar_shared": "TAR, one for all",
        "cost": "lost by one for all",
        "uneven": "unevenness of own thresholds",
        "auc": "AUC",
    },
    people=PEOPLE,
    options=OPTIONS,
    draw=draw,
)
