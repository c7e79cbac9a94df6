"""A margin in the cosine tells unseen people apart better than plain softmax does.

Source: Wang H. et al., CVPR 2018, arXiv:1801.09414, the experiments that train one network with one
loss after the other and compare them on LFW, YouTube Faces and MegaFace.

Here: plain softmax and CosFace with m = 0.2, s = 16 (what suits small sets of faces), on the same
sketched faces, people and epochs as the claim of ArcFace, and with the same number to decide.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._measures import MANY, SHOWN, verification


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR at FAR 1 % of CosFace minus that of softmax."""
    return float(runs["cosface"]["tar@1e-2"] - runs["softmax"]["tar@1e-2"])


CLAIM = Claim(
    __name__,
    ways={"cosface": Way("cosface", {"margin": 0.2, "scale": 16.0}), "softmax": Way("softmax")},
    measure=verification,
    decides=decides,
    shown=SHOWN,
    **MANY,
)
