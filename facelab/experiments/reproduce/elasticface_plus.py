"""The largest margins for the farthest faces (plus) draw them in more than margins dealt blindly.

Source: Boutros, Damer, Kirchbuchner, Kuijper, CVPRW 2022, arXiv:2109.09416, section 3, ElasticFace-
Arc+: draws are handed out by the order of the cosines, so that hard samples are pushed harder.

Here: ElasticFace-Arc plain and with plus, on sketched faces, other people in every run, 40 trained
on and 40 others tested; m = 0.3, s = 16, and the paper's sigma = 0.05 for both, so that the same
draws are dealt and only who gets which differs (the paper's own plus has 0.0175). Plus is about the
faces far from the center of their person, so what decides is the spread of their angles (the
standard deviation over faces) among the people trained on, where the margins act. TAR stands beside
it.
"""

from collections.abc import Mapping
from typing import Any

from facelab.experiments.reproduce._claim import Claim, Numbers, Way
from facelab.experiments.reproduce.elasticface import OPTIONS, PEOPLE, SHOWN, SIGMA, measure


def decides(runs: Mapping[str, Numbers]) -> float:
    """Spread of the angles within a person trained on (degrees), plain minus plus."""
    return float(runs["plain"]["fit_spread"] - runs["plus"]["fit_spread"])


def draw(finding: Any, ax: Any = None) -> Any:
    """How far faces lie from the mean of their person, for people trained on."""
    from facelab import figures

    rows = {way: {"": finding.values(way, "fit_angles").ravel()} for way in finding.claim.ways}
    return figures.ridges(rows, ax, xlabel="angle of a face to the mean of its person (degrees)")


CLAIM = Claim(
    __name__,
    ways={
        "plain": Way("elasticface", {"sigma": SIGMA}),
        "plus": Way("elasticface", {"sigma": SIGMA, "plus": True}),
    },
    measure=measure,
    decides=decides,
    shown=SHOWN,
    people=PEOPLE,
    options=OPTIONS,
    draw=draw,
)
