"""What claims measure and draw, beside what is their own."""

from typing import Any

from facelab.datasets import FaceSet
from facelab.experiments._comparison import NUMBERS
from facelab.experiments._run import Run
from facelab.experiments.reproduce._claim import Numbers, sketched

SHOWN = {"tar@1e-2": "TAR at FAR 1 %", "auc": "AUC", "eer": "EER"}
MANY: dict[str, Any] = {  # the keywords of a claim about many people, so that the same are met
    "people": sketched(120),
    "seeds": 6,
    "options": {"epochs": 30, "fraction": 0.5, "height": 40},
}


def verification(run: Run, held_out: FaceSet) -> Numbers:
    """How well people never seen are told apart: auc, eer, tar@1e-2, accuracy."""
    return {name: run.results["verification"][key]["value"] for name, key in NUMBERS}


def training(run: Run) -> Numbers:
    """Curves over epochs: loss (nats), nearest (share of images nearest to their own center)."""
    return {
        "loss": [row["loss"] for row in run.metrics],
        "nearest": [row["accuracy"] for row in run.metrics],
    }


def fit(run: Run) -> Numbers:
    """Where training ends: fit (share nearest to the own center), own angle (mean, radians)."""
    last = run.results["training"]
    return {"fit": last["accuracy"], "own angle": last["angle"]}


def draw_training(finding: Any, ax: Any = None) -> Any:
    """Draw the share of training images nearest to their own center, the mean of the runs."""
    from facelab import figures

    curves = {way: finding.values(way, "nearest").mean(0) for way in finding.claim.ways}
    words = "share nearest to their own center"
    return figures.over_epochs(curves, ax, ylabel=words)
