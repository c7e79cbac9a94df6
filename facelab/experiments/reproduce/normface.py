"""Cosines alone, without a scale, cannot be learned by softmax: the loss stays high.

Source: Wang, Xiang, Cheng, Yuille, ACM MM 2017, arXiv:1704.06369, section 3: training on normalized
features and weights does not converge, because the loss cannot fall below
log(1 + (C - 1) exp(-s C/(C - 1))); a scale s is put in, and it does.

Here: NormFace with s = 1 (the paper without its scale) and with s = 16 (what suits small sets of
faces), on photographs (ORL), 30 people trained on and 10 others tested. The optimizer is AdamW, as
everywhere in facelab; it makes up for small gradients, which the paper's does not. The paper says
that training fails, so what decides is what training is for: how well people never seen are told
apart. The table has the loss, too, and the bound on which it stays.
"""

from collections.abc import Mapping
from math import exp, log
from typing import Any

from facelab.datasets import FaceSet
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import ORL, Claim, Numbers, Way
from facelab.experiments.reproduce._measures import fit, training, verification


def measure(run: Run, held_out: FaceSet) -> Numbers:
    """Verification, the curves of training, and how far the loss ends above its bound (nats)."""
    curves = training(run)
    low = bound(run.config["settings"]["scale"], run.results["people"]["train"])
    end = {"end": curves["loss"][-1], "bound": low, "above": curves["loss"][-1] - low}
    return {**verification(run, held_out), **curves, **end, **fit(run)}


def bound(scale: float, people: int) -> float:
    """The least loss with C people, log(1 + (C - 1) exp(-s C/(C - 1))), nats."""
    return log(1 + (people - 1) * exp(-scale * people / (people - 1)))


def decides(runs: Mapping[str, Numbers]) -> float:
    """AUC with s = 16 minus AUC with s = 1."""
    return float(runs["s = 16"]["auc"] - runs["s = 1"]["auc"])


def draw(finding: Any, ax: Any = None) -> Any:
    """Loss over epochs, and the bounds that it cannot pass."""
    from facelab import figures

    curves = {way: finding.values(way, "loss").mean(0) for way in CLAIM.ways}
    floors = {way: float(finding.values(way, "bound").mean()) for way in CLAIM.ways}
    return figures.over_epochs(curves, ax, ylabel="loss, nats (dotted: its bound)", floors=floors)


CLAIM = Claim(
    __name__,
    ways={
        "s = 16": Way("normface", {"scale": 16.0}),
        "s = 1": Way("normface", {"scale": 1.0}),
    },
    measure=measure,
    decides=decides,
    shown={
        "auc": "AUC",
        "tar@1e-2": "TAR at FAR 1 %",
        "fit": "training images nearest to their own center",
        "end": "loss in the last epoch",
        "bound": "its bound",
    },
    people=ORL,
    draw=draw,
)
