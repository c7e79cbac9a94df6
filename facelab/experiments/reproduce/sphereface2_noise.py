"""Wrong labels cost SphereFace2 less than they cost a softmax with a margin.

Source: Wen, Liu, Weller, Raj, Singh, ICLR 2022, arXiv:2108.01513, section 3.3, on noisy labels: a
wrong label is one wrong answer among C of equal standing, not the whole target of a softmax.

Here: CosFace with m = 0.2, s = 16 and SphereFace2-C with m = 0.1, t = 2, r = 16, both what suits
small sets of faces, each with right labels and with 40 % of the images trained on under the name of
somebody else (uniform; those tested are right), on sketched faces, other people in every run, 40
trained on and 40 others tested. What decides is how much less AUC the wrong labels cost; AUC, as
TAR at a low FAR is near its floor with so many wrong labels.
"""

from collections.abc import Mapping

from facelab.datasets import FaceSet
from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._measures import SHOWN
from facelab.experiments.reproduce.elasticface import OPTIONS, PEOPLE
from facelab.experiments.reproduce.sphereface2 import measure

RATE = 0.4  # of images under the name of somebody else


def mislabeled(faces: FaceSet, split: int) -> FaceSet:
    """The same faces, many under the name of somebody else."""
    return faces.mislabel(RATE, split)


def decides(runs: Mapping[str, Numbers]) -> float:
    """AUC lost by 40 % wrong labels, with CosFace minus with SphereFace2."""
    lost = {
        loss: runs[f"{loss}, right labels"]["auc"] - runs[f"{loss}, 40 % wrong"]["auc"]
        for loss in ("CosFace", "SphereFace2")
    }
    return float(lost["CosFace"] - lost["SphereFace2"])


CLAIM = Claim(
    __name__,
    ways={
        "CosFace, right labels": Way("cosface"),
        "CosFace, 40 % wrong": Way("cosface", trained_on=mislabeled),
        "SphereFace2, right labels": Way("sphereface2"),
        "SphereFace2, 40 % wrong": Way("sphereface2", trained_on=mislabeled),
    },
    measure=measure,
    decides=decides,
    shown={"auc": SHOWN["auc"], "tar@1e-2": SHOWN["tar@1e-2"]},
    people=PEOPLE,
    options=OPTIONS,
)
