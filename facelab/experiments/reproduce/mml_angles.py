"""The minimum margin loss turns people apart, too: their directions, not lengths alone.

Source: Wei, Wang, Scotney, Wan, Pattern Recognition 97 (2020), arXiv:1805.06741: its embeddings are
compared by angle in the end, as those of all rivals, so a margin that helps must be seen there.

Here: as for `mml`: a long tail of sketched faces, softmax and center loss first, then the minimum
margin loss or, the fair rival, the same two losses for as long. Squared distances also grow with
the length of the embeddings, which a cosine does not see; so what decides is the angle between the
mean embedding of a person and the nearest other one. Plain softmax stands beside it.
"""

from collections.abc import Mapping

from facelab.experiments.reproduce._claim import Claim, Numbers
from facelab.experiments.reproduce.mml import OPTIONS, PEOPLE, SHOWN, WAYS, measure


def decides(runs: Mapping[str, Numbers]) -> float:
    """Mean angle to the nearest other person (degrees), MML minus center loss gone on with."""
    return float(runs["then MML"]["angle"] - runs["then center loss"]["angle"])


CLAIM = Claim(
    __name__,
    ways=WAYS,
    measure=measure,
    decides=decides,
    shown={"angle": SHOWN["angle"], "angle_rare": "the angle of people with few images", **SHOWN},
    people=PEOPLE,
    options=OPTIONS,
)
