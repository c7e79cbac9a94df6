"""What a run was asked for: checked before anything is written, with faces and versions named."""

import hashlib
import math
import platform
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import torch

import facelab
from facelab import losses
from facelab.choices import unknown
from facelab.datasets import DATASETS, FaceSet, split_name
from facelab.experiments import _folder, _own
from facelab.training.device import find_device, lower_precision

# what a run can be told, beside its loss and its faces
OPTIONS = (
    "seed",
    "epochs",
    "embedding_dim",
    "backbone",
    "people",
    "fraction",
    "split",
    "height",
    "batch_size",
    "learning_rate",
    "augment",
    "label_noise",
    "start",
    "precision",
    "device",
)
WHOLE = {"seed": 0, "split": 0, "epochs": 1, "batch_size": 2, "height": 16}  # name -> least


def configure(
    loss: Any, data: Any, mark: str, options: dict[str, Any], settings: dict[str, Any]
) -> dict[str, Any]:
    """Everything needed to repeat a run.

    Args:
        loss: a key of LOSSES, "FILE.py:Class", or a class.
        data: name of the faces, or the faces themselves.
        mark: their fingerprint.
        options: a value for each of OPTIONS; `split` is the seed if None. `threads` may say how
            many torch computes with: their number decides the last digits.
        settings: keywords of the loss.

    Raises:
        TypeError, ValueError, FileNotFoundError: if something is not allowed.
    """
    name = _own.named(loss)
    seed, split = options["seed"], options["split"]
    config = {
        "format": _folder.FORMAT,
        "loss": name,
        "settings": settings_of(name, options["embedding_dim"], seed, settings),
        "data": _named(data),
        "fingerprint": mark,
        **{key: options[key] for key in OPTIONS},
        "split": seed if split is None else split,
        "device": find_device(options["device"]).type,
        "threads": options.get("threads", 1),
        "versions": versions(),
    }
    if _own.is_own(name):
        config["loss_sha256"] = _own.digest(name)
    check(config)
    return config


def _named(data: Any) -> str | None:
    """How a run names its faces: by key, by the folder in full, or not at all."""
    if isinstance(data, FaceSet):
        return None
    known = split_name(str(data))[0] in DATASETS
    return str(data) if known else str(Path(data).expanduser().resolve())


def settings_of(loss: str, dim: int, seed: int, given: dict[str, Any]) -> dict[str, Any]:
    """Every setting of a loss as it is in a run, those given and those that suit small sets.

    Raises:
        TypeError, ValueError: if the loss or a setting is unknown, or a value is not allowed.
    """
    if _own.is_own(loss):
        return _own.check_settings(loss, seed, dim, given)
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
    noise = config["label_noise"]
    if isinstance(noise, bool) or not (isinstance(noise, Real) and 0 <= float(noise) < 1):
        raise ValueError(f"label_noise must be at least 0 and below 1, not {noise!r}")
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
