"""Neither no margin nor a huge one: the total loss is least at an M in between.

Source: Wei, Wang, Scotney, Wan, Pattern Recognition 97 (2020), arXiv:1805.06741, figure 2: of the M
tried the total loss ends lowest with M = 280.

Here: as for `mml`: a long tail of sketched faces, softmax and center loss first, then the minimum
margin loss with M = 0 (which is none), 70, 280 and 1120. The loss is the sum of all three terms,
mean of the last epoch. What decides is how much higher it ends at the better of the two extremes
than at the paper's 280. Each term is at least 0, and the margin's grows with M, so that a lower
total at 280 means that the other terms have fallen by more than that one adds.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce._further import Further
from facelab.experiments.reproduce.mml import OPTIONS, PEOPLE, SHOWN, long_tail, measure

MARGINS = (0.0, 70.0, 280.0, 1120.0)


def decides(runs: Mapping[str, Numbers]) -> float:
    """Loss at the better of M = 0 and M = 1120 minus that at M = 280 (nats)."""
    ends = min(runs["M = 0"]["loss"], runs["M = 1120"]["loss"])
    return float(ends - runs["M = 280"]["loss"])


CLAIM = Claim(
    __name__,
    ways={
        f"M = {m:g}": Way("center", trained_on=long_tail, then=Further("mml", {"margin": m}))
        for m in MARGINS
    },
    measure=measure,
    decides=decides,
    shown={"loss": "total loss (nats)", **SHOWN},
    people=PEOPLE,
    options=OPTIONS,
)
