"""The minimum margin loss tells people apart better than marginal loss, its rival.

Source: Wei, Wang, Scotney, Wan, Pattern Recognition 97 (2020), arXiv:1805.06741, the table of LFW
and YTF: marginal loss 99.52 and 95.3 %, minimum margin loss 99.63 and 95.5 %. Marginal loss itself:
Deng, Zhou, Zafeiriou, CVPR Workshops 2017.

Here: as the minimum margin loss of the paper begins with a network of softmax and center loss,
everything is trained in two stages, the second half as long at a third of the rate: softmax alone
and with marginal loss in both, and center loss first and the minimum margin loss then. Each has
what suits small sets of faces; a long tail of sketched faces (the k-th person has 24/k images, at
least 2), other people in every run, 60 trained on and 20 others tested. What decides is how well
the others are told apart.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._further import Further
from facelab.experiments.reproduce.mml import MML, OPTIONS, PEOPLE, SHOWN, long_tail, measure


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR at FAR 1 % with the minimum margin loss minus that with marginal loss."""
    return float(runs["MML"]["tar@1e-2"] - runs["marginal"]["tar@1e-2"])


CLAIM = Claim(
    __name__,
    ways={
        "softmax": Way("softmax", trained_on=long_tail, then=Further("softmax")),
        "marginal": Way("marginal", trained_on=long_tail, then=Further("marginal")),
        "MML": Way("center", trained_on=long_tail, then=Further("mml", MML)),
    },
    measure=measure,
    decides=decides,
    shown={"tar@1e-2": SHOWN["tar@1e-2"], "auc": SHOWN["auc"], **SHOWN},
    people=PEOPLE,
    options=OPTIONS,
)
