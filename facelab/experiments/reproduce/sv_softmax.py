"""Making centers that beat the true one count more (t > 1) tells unseen people apart better.

Source: Wang X. et al., 2018, arXiv:1812.11317: SV-Softmax against softmax on the sphere, which is
t = 1, and a sweep of t. Public code uses t = 1.2.

Here: SV-Softmax on the plain cosine with t = 1, 1.1, 1.2 and 1.4, s = 16 (what suits small sets of
faces), on sketched faces 40 pixels high, 40 people trained on and 40 others tested, new people in
every run. What decides is t = 1.2; the others show the sweep. The picture follows the support
vectors: an image has one when a wrong center is nearer than its own.
"""

from collections.abc import Mapping
from typing import Any

from facelab.datasets import FaceSet
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import Claim, Numbers, Way, sketched
from facelab.experiments.reproduce._measures import SHOWN, training, verification


def measure(run: Run, held_out: FaceSet) -> Numbers:
    """Verification, and the share of images with a support vector over epochs."""
    support = [1 - nearest for nearest in training(run)["nearest"]]
    mean = sum(support) / len(support)
    return {**verification(run, held_out), "support": support, "mean support": mean}


def decides(runs: Mapping[str, Numbers]) -> float:
    """TAR at FAR 1 % with t = 1.2 minus that with t = 1."""
    return float(runs["t = 1.2"]["tar@1e-2"] - runs["t = 1"]["tar@1e-2"])


def draw(finding: Any, ax: Any = None) -> Any:
    """Images with a support vector, epoch by epoch, the mean of the runs."""
    from facelab import figures

    curves = {way: finding.values(way, "support").mean(0) for way in CLAIM.ways}
    return figures.over_epochs(curves, ax, ylabel="images with a support vector, share")


CLAIM = Claim(
    __name__,
    ways={f"t = {t:g}": Way("sv_softmax", {"t": t, "scale": 16.0}) for t in (1.0, 1.1, 1.2, 1.4)},
    measure=measure,
    decides=decides,
    shown={**SHOWN, "mean support": "images with a support vector, mean of the epochs"},
    people=sketched(80),
    options={"epochs": 30, "fraction": 0.5, "height": 40},
    draw=draw,
)
