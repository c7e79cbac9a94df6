"""Plus as the paper says it draws far faces in more than plus as the authors' code deals it.

Source: Boutros, Damer, Kirchbuchner, Kuijper, CVPRW 2022, arXiv:2109.09416, section 3, against the
authors' code (fdbtrs/ElasticFace): it indexes the sorted draws with the order of the cosines where
it needs their ranks, so that margin and difficulty are all but unrelated.

Here: ElasticFace-Arc with plus, the draws dealt as the paper says and as the code does, on sketched
faces, other people in every run, 40 trained on and 40 others tested; m = 0.3, s = 16, sigma = 0.05
for both. No paper claims this; it follows if what the paper says about plus holds. What decides is
the spread of the angles among the people trained on, as for `elasticface_plus`.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce.elasticface import OPTIONS, PEOPLE, SHOWN, SIGMA, measure
from facelab.experiments.reproduce.elasticface_plus import draw


def decides(runs: Mapping[str, Numbers]) -> float:
    """Spread of the angles within a person trained on (degrees), the code's minus the paper's."""
    return float(runs["as in the code"]["fit_spread"] - runs["as in the paper"]["fit_spread"])


PLUS = {"sigma": SIGMA, "plus": True}
CLAIM = Claim(
    __name__,
    ways={
        "as in the code": Way("elasticface", PLUS | {"assignment": "official"}),
        "as in the paper": Way("elasticface", PLUS),
    },
    measure=measure,
    decides=decides,
    shown=SHOWN,
    people=PEOPLE,
    options=OPTIONS,
    draw=draw,
)
