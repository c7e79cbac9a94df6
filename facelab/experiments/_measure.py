"""What a run is told by: a row for each epoch, and the numbers it ends with."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facelab.datasets import FaceSet
from facelab.evaluation import Verification
from facelab.training import Step, embed

ENDS = ("low", "high")


def refuse_nan(step: Step) -> None:
    """Stop a run that cannot recover.

    Raises:
        FloatingPointError: if the loss became NaN or infinite.
    """
    if not torch.isfinite(step.loss):
        raise FloatingPointError(
            f"the loss became {float(step.loss)} in epoch {step.epoch + 1}; "
            "try a lower learning_rate, scale or margin"
        )


def summarize(loss: nn.Module, steps: list[Step]) -> dict[str, float]:
    """The row of an epoch: mean loss, share of images nearest to their own center, mean angle."""
    value = float(torch.stack([step.loss for step in steps]).mean())
    labels = torch.cat([step.labels for step in steps])
    with torch.no_grad():
        cosines = to_centers(loss, torch.cat([step.embeddings for step in steps]), labels)
    own = cosines.gather(1, labels.unsqueeze(1)).clamp(-1, 1)
    accuracy = float((cosines.argmax(1) == labels).float().mean())
    angle = float(own.arccos().mean())
    return {"epoch": steps[0].epoch + 1, "loss": value, "accuracy": accuracy, "angle": angle}


def to_centers(loss: nn.Module, embeddings: Tensor, labels: Tensor) -> Tensor:
    """Cosines to the class centers, (N, D) -> (N, C); to the people's means where it has none."""
    classifier: Any = getattr(loss, "classifier", loss)
    if hasattr(classifier, "cosines"):
        cosines: Tensor = classifier.cosines(embeddings)
        return cosines
    directions = F.normalize(embeddings)
    means = directions.new_zeros(int(labels.max()) + 1, directions.shape[1])
    return directions @ F.normalize(means.index_add(0, labels, directions)).T


def summary(verification: Verification) -> dict[str, Any]:
    """The numbers of a verification, each with its interval over people."""
    numbers = {
        "auc": verification.auc(),
        "eer": verification.eer(),
        "tar_at_far_0.01": verification.tar(far=1e-2),
        "accuracy": verification.accuracy(),
    }
    return {
        name: {"value": float(number)} | {end: known(getattr(number, end)) for end in ENDS}
        for name, number in numbers.items()
    }


def kept_arrays(
    backbone: nn.Module, loss: nn.Module, seen: FaceSet, held_out: FaceSet
) -> dict[str, np.ndarray]:
    """What a run keeps of its faces and its centers."""
    arrays = {
        "embeddings": embed(backbone, held_out.images),
        "labels": held_out.labels,
        "names": np.array(held_out.names),
        "train_embeddings": embed(backbone, seen.images),
        "train_labels": seen.labels,
        "train_names": np.array(seen.names),
    }
    if seen.true_labels is not None:
        arrays["train_true_labels"] = seen.true_labels
    classifier: Any = getattr(loss, "classifier", loss)
    if hasattr(classifier, "weight"):
        arrays["centers"] = classifier.weight.detach().cpu().numpy().copy()
    return arrays


def known(end: float) -> float | None:
    """The end of an interval, or None where there is no interval: JSON has no NaN."""
    return None if math.isnan(end) else end
