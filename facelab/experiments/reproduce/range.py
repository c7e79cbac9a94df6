"""The minimum margin loss tells people apart better than range loss, its rival.

Source: Wei, Wang, Scotney, Wan, Pattern Recognition 97 (2020), arXiv:1805.06741, the table of LFW
and YTF: range loss 99.50 and 95.1 %, minimum margin loss 99.63 and 95.5 %. Range loss itself, which
was made for long tails: Zhang, Fang, Wen, Li, Qiao, ICCV 2017, arXiv:1611.08976.

Here: as the minimum margin loss of the paper begins with a network of softmax and center loss,
everything is trained in two stages, the second half as long at a third of the rate: softmax alone
and with range loss in both, and center loss first and the minimum margin loss then. Each has what
suits small sets of faces; a long tail of sketched faces (the k-th person has 24/k images, at least
2), other people in every run, 60 trained on and 20 others tested. What decides is how well the
others are told apart.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._further import Further
from facelab.experiments.reproduce.mml import MML, OPTIONS, PEOPLE, SHOWN, long_tail, measure


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR at FAR 1 % with the minimum margin loss minus that with range loss."""
    return float(runs["MML"]["tar@1e-2"] - runs["range"]["tar@1e-2"])


CLAIM = Claim(
    __name__,
    ways={
        "softmax": Way("softmax", trained_on=long_tail, then=Further("softmax")),
        "range": Way("range", trained_on=long_tail, then=Further("range")),
        "MML": Way("center", trained_on=long_tail, then=Further("mml", MML)),
    },
    measure=measure,
    decides=decides,
    shown={"tar@1e-2": SHOWN["tar@1e-2"], "auc": SHOWN["auc"], **SHOWN},
    people=PEOPLE,
    options=OPTIONS,
)
