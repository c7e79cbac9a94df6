"""The minimum margin loss drives apart the people whom center loss leaves close together.

Source: Wei, Wang, Scotney, Wan, Pattern Recognition 97 (2020), arXiv:1805.06741, figure 1 and
section 3: it starts from a network trained with softmax and center loss, on people with very
different numbers of images, and pushes every two centers that are nearer than M.

Here: as in the paper, softmax and center loss first; then half as many epochs at a third of the
rate, with the minimum margin loss (the paper's M = 280, weight 1e-4; the paper's 5e-8 is for a
batch of 90 and 275,000 steps) and, the fair rival, with the same two losses as before. Sketched
faces in a long tail (the k-th person has 24/k images, at least 2), other people in every run, 60
trained on and 20 others tested. What decides is in the unit of the loss, the squared distance from
the mean embedding of a person to the nearest other one; `mml_angles` asks the same without lengths.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from facelab.datasets import FaceSet
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import Claim, Numbers, Way, sketched
from facelab.experiments.reproduce._further import Further
from facelab.experiments.reproduce._measures import verification
from facelab.experiments.reproduce._spread import means, nearest, nearest_angle

PEOPLE = sketched(80, 24)
OPTIONS = {"fraction": 0.75, "height": 32}
MARGIN = 280.0  # of the paper, squared unit of the embeddings
MML = {"margin": MARGIN}


def long_tail(faces: FaceSet, split: int) -> FaceSet:
    """Few people with many images, many with few: 24/k for the k-th, at least 2."""
    return faces.long_tail(1.0, least=2, seed=split)


def measure(run: Run, held_out: FaceSet) -> Numbers:
    """Verification, how people trained on stand, and the loss at the end."""
    rows, labels = run.arrays["train_embeddings"], run.arrays["train_labels"]
    centers, images = means(rows, labels), np.bincount(labels)
    near, angle = nearest(centers), np.rad2deg(nearest_angle(centers))
    rare = images <= np.median(images)
    return {
        **verification(run, held_out),
        "nearest": near.tolist(),
        "near": float(near.mean()),
        "near_rare": float(near[rare].mean()),
        "closer": float((near < MARGIN).mean()),
        "angle": float(angle.mean()),
        "angle_rare": float(angle[rare].mean()),
        "length": float(np.linalg.norm(rows, axis=1).mean()),
        "loss": run.metrics[-1]["loss"],
    }


def decides(runs: Mapping[str, Numbers]) -> float:
    """Mean squared distance to the nearest other person, MML minus center loss gone on with."""
    return float(runs["then MML"]["near"] - runs["then center loss"]["near"])


def draw(finding: Any, ax: Any = None) -> Any:
    """Squared distances to the nearest other person; dashed: M."""
    from facelab import figures

    rows = {way: {"": finding.values(way, "nearest").ravel()} for way in finding.claim.ways}
    words = "squared distance to the nearest other person; dashed: M"
    return figures.ridges(rows, ax, xlabel=words, mark=MARGIN)


SHOWN = {
    "near": "squared distance to the nearest person",
    "near_rare": "the distance of people with few images",
    "closer": "share nearer than M",
    "angle": "angle to the nearest person (degrees)",
    "length": "length of an embedding",
    "tar@1e-2": "TAR at FAR 1 %",
    "auc": "AUC",
}
WAYS = {
    "softmax": Way("softmax", trained_on=long_tail),
    "center loss": Way("center", trained_on=long_tail),
    "then center loss": Way("center", trained_on=long_tail, then=Further("center")),
    "then MML": Way("center", trained_on=long_tail, then=Further("mml", MML)),
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
