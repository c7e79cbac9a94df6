"""A margin in the angle tells unseen people apart better than plain softmax does.

Source: Deng, Guo, Xue, Zafeiriou, CVPR 2019, arXiv:1801.07698, the experiments that train one
network with one loss after the other and compare them on LFW, MegaFace and IJB.

Here: plain softmax and ArcFace with m = 0.3, s = 16 (what suits small sets of faces), on sketched
faces 40 pixels high, 60 people trained on and 60 others tested, new people in every run. Sketched,
as the claim is about many people: the ten that ORL leaves for testing could not tell. What decides
is how many pairs of one person are accepted at a low rate of false accepts, as in the paper.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._measures import MANY, SHOWN, verification


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR at FAR 1 % of ArcFace minus that of softmax."""
    return float(runs["arcface"]["tar@1e-2"] - runs["softmax"]["tar@1e-2"])


CLAIM = Claim(
    __name__,
    ways={"arcface": Way("arcface", {"margin": 0.3, "scale": 16.0}), "softmax": Way("softmax")},
    measure=verification,
    decides=decides,
    shown=SHOWN,
    **MANY,
)
