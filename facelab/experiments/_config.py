"""What a run was asked for: checked before anything is written, with faces and versions named."""

import hashlib
import math
import platform
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

import facelab
from facelab import losses
from facelab.choices import unknown
from facelab.datasets import FaceSet
from facelab.training.device import lower_precision

WHOLE = {"seed": 0, "split": 0, "epochs": 1, "batch_size": 2, "height": 16}  # name -> least


def settings_of(loss: str, dim: int, seed: int, given: dict[str, Any]) -> dict[str, Any]:
    """Every setting of a loss as it is in a run, those given and those that suit small sets.

    Raises:
        TypeError, ValueError: if the loss or a setting is unknown, or a value is not allowed.
    """
    wanted = losses.run_settings(losses.find(loss))
    own = {"seed": seed} if "seed" in wanted else {}  # a run has one seed
    losses.trainable(loss, 3, dim, **own, **given)  # refuses what is not allowed
    bare = losses.build(loss, 3, dim, **own, **{k: v for k, v in given.items() if k != "beside"})
    values = {name: getattr(bare, name) for name in wanted if name != "beside"}
    if "beside" in wanted:
        values["beside"] = float(given.get("beside", wanted["beside"].teaching))  # type: ignore[union-attr]
    return values


def check(config: dict[str, Any]) -> None:
    """Refuse numbers that no run can have.

    Raises:
        TypeError: if one is not a number, or not a whole one where it must be.
        ValueError: if one is out of range, or the precision is unknown.
    """
    for name, least in WHOLE.items():
        value = config[name]
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(f"{name} must be a whole number, not {value!r}")
        if value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")
    rate = config["learning_rate"]
    if not (isinstance(rate, Real) and 0 < float(rate) < math.inf):
        raise ValueError(f"learning_rate must be above 0, not {rate!r}")
    if config["start"] not in ("even", "random"):
        raise ValueError(unknown("start", config["start"], ["even", "random"]))
    lower_precision(torch.device("cpu"), config["precision"])


def fingerprint(faces: FaceSet) -> str:
    """SHA-256 of images, labels and names: two sets with the same one are the same set."""
    digest = hashlib.sha256(repr((faces.images.shape, faces.names)).encode())
    digest.update(faces.images.tobytes())
    digest.update(faces.labels.tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of what decides the numbers."""
    return {
        "facelab": facelab.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
