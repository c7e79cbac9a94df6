"""Experiments: one run, from its settings to a folder that can be opened again, and many compared.

run = facelab.train(loss="arcface", data="orl", seed=0, epochs=40, out="runs/a")
run.verification.tar(far=1e-2)
run = facelab.open_run("runs/a")
facelab.compare(["softmax", "arcface"], data="orl", seeds=3, out="runs/compared")
"""

from facelab.experiments._compare import compare
from facelab.experiments._comparison import Comparison
from facelab.experiments._layouts import kept_layout, layout
from facelab.experiments._repeat import repeat
from facelab.experiments._run import Run, open_run
from facelab.experiments._train import train
from facelab.experiments.live import ENDS, Bench, Cast, Choices, LiveTraining, Look, Report
from facelab.losses import describe

__all__ = [
    "ENDS",
    "Bench",
    "Cast",
    "Choices",
    "Comparison",
    "LiveTraining",
    "Look",
    "Report",
    "Run",
    "compare",
    "describe",
    "kept_layout",
    "layout",
    "open_run",
    "repeat",
    "train",
]
