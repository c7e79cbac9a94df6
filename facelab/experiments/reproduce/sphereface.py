"""A-Softmax with m = 4 has to be annealed: without a fading share of plain softmax it learns badly.

Source: Liu, Wen, Yu, Li, Raj, Song, CVPR 2017, arXiv:1704.08063, and the authors' code: the target
is (lambda cos(theta) + psi(theta)) / (1 + lambda); lambda begins large and fades to 5, as psi alone
does not converge from scratch.

Here: m = 4 and the length of the embedding kept, as in the paper, on photographs (ORL), 30 people
trained on and 10 others tested. Annealed: lambda fades from 100 to 5, which it reaches after 19 of
200 steps; with the schedule of public code, too, that takes a tenth of the training. From scratch:
lambda is 0 from the first step on. A third way, lambda = 5 all along, tells the fading from the
share that is left in the end; it does not decide.
"""

from collections.abc import Mapping

from facelab.datasets import FaceSet
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import ORL, Claim, Numbers, Way
from facelab.experiments.reproduce._measures import draw_training, fit, training, verification


def measure(run: Run, held_out: FaceSet) -> Numbers:
    """Verification, and the curves of training."""
    return {**verification(run, held_out), **training(run), **fit(run)}


def decides(runs: Mapping[str, Numbers]) -> float:
    """AUC with lambda fading to 5 minus AUC with lambda = 0."""
    return float(runs["lambda fades to 5"]["auc"] - runs["lambda = 0"]["auc"])


PAPER = {"margin": 4.0, "length": "kept"}

CLAIM = Claim(
    __name__,
    ways={
        "lambda fades to 5": Way(
            "sphereface", {**PAPER, "lam_first": 100.0, "lam_least": 5.0, "lam_rate": 1.0}
        ),
        "lambda = 5": Way("sphereface", {**PAPER, "lam_first": 5.0, "lam_least": 5.0}),
        "lambda = 0": Way("sphereface", {**PAPER, "lam_first": 0.0, "lam_least": 0.0}),
    },
    measure=measure,
    decides=decides,
    shown={
        "auc": "AUC",
        "tar@1e-2": "TAR at FAR 1 %",
        "fit": "training images nearest to their own center",
        "own angle": "mean angle to the own center, radians",
    },
    people=ORL,
    draw=draw_training,
)
