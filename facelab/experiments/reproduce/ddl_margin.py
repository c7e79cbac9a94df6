"""Distribution distillation widens the margin of hard faces more than training without it does.

Source: Huang et al., ECCV 2020, arXiv:2002.03662: with distillation the expectation margin, the
mean similarity of one person minus that of two, grows from 0.52 to 0.56 for easy faces and from
0.31 to 0.49 for hard ones. The 0.31 is that of ArcFace before it has seen a hard face.

Here: as for `ddl`: ArcFace first, then training on with easy and hard faces, with the distillation
and, the fair rival, without. The paper compares with the network before; what decides here is the
margin of hard faces against the same training without, since seeing hard faces may be all there is
to it.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers
from facelab.experiments.reproduce.ddl import SHOWN, WAYS, draw, measure
from facelab.experiments.reproduce.elasticface import OPTIONS, PEOPLE


def decides(runs: Mapping[str, Numbers]) -> float:
    """Margin of hard faces (cosine units), distillation minus the same training without it."""
    return float(runs["then distillation"]["margin_hard"] - runs["then without"]["margin_hard"])


CLAIM = Claim(
    __name__,
    ways=WAYS,
    measure=measure,
    decides=decides,
    shown={"margin_hard": SHOWN["margin_hard"], "margin_easy": SHOWN["margin_easy"], **SHOWN},
    people=PEOPLE,
    options=OPTIONS,
    draw=draw,
)
