"""Training that is watched: one small network, changed while it learns, in a thread of its own."""

from facelab.experiments.live.bench import Bench
from facelab.experiments.live.choices import ENDS, Choices
from facelab.experiments.live.look import Cast, Look
from facelab.experiments.live.report import Report
from facelab.experiments.live.worker import LiveTraining

__all__ = ["ENDS", "Bench", "Cast", "Choices", "LiveTraining", "Look", "Report"]
