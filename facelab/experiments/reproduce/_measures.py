"""What claims measure of a run, beside what is their own."""

from facelab.datasets import FaceSet
from facelab.experiments._comparison import NUMBERS
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import Numbers


def verification(run: Run, held_out: FaceSet) -> Numbers:
    """How well people never seen are told apart: auc, eer, tar@1e-2, accuracy."""
    return {name: run.results["verification"][key]["value"] for name, key in NUMBERS}


def training(run: Run) -> Numbers:
    """Curves over epochs: loss (nats), nearest (share of images nearest to their own center)."""
    return {
        "loss": [row["loss"] for row in run.metrics],
        "nearest": [row["accuracy"] for row in run.metrics],
    }
