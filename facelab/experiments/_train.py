"""One run: faces in, a trained network and its open-set verification out."""

import hashlib
import math
import platform
import time
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm.auto import tqdm

import facelab
from facelab import datasets, losses
from facelab.choices import unknown
from facelab.datasets import FaceSet
from facelab.evaluation import Verification
from facelab.experiments import _folder
from facelab.experiments._run import Run, network, prepare
from facelab.training import Step, embed, fit, make_optimizer, spread_centers
from facelab.training.device import find_device, lower_precision

ENDS = ("low", "high")
WHOLE = {"seed": 0, "split": 0, "epochs": 1, "batch_size": 2, "height": 16}  # name -> least
FIT = ("epochs", "batch_size", "learning_rate", "seed", "augment", "precision")  # given on to fit()


def train(
    loss: str = "arcface",
    data: str | Path | FaceSet = "orl",
    *,
    seed: int = 0,
    epochs: int = 40,
    out: str | Path | None = None,
    embedding_dim: int = 64,
    backbone: str = "resnet_tiny",
    people: int | None = None,
    fraction: float = 0.75,
    split: int | None = None,
    height: int = 56,
    batch_size: int = 60,
    learning_rate: float = 3e-3,
    augment: bool = True,
    start: str = "even",
    precision: str = "float32",
    device: str = "auto",
    progress: bool = True,
    **settings: Any,
) -> Run:
    """Train on some people and verify on others.

    Args:
        loss: a key of LOSSES.
        data: a key of DATASETS, a folder with a folder per person, or a FaceSet.
        seed: decides initial weights, order and distortion of the images.
        epochs: passes over the images.
        out: folder for the run; a run that was interrupted there goes on.
        embedding_dim: D.
        backbone: a key of BACKBONES, or the name of a timm model.
        people: how many people to use, before they are parted; all if None.
        fraction: share of the people to train on.
        split: decides who is trained on; `seed` if None.
        height: of the pictures, in pixels; the width follows.
        batch_size: B.
        learning_rate: the highest of AdamW.
        augment: whether to distort the images.
        start: "even" spreads the class centers evenly at the start where D is 2 or 3, "random"
            leaves them where chance put them.
        precision: "float32" or "bfloat16".
        device: "auto", "cpu", "cuda" or "mps".
        progress: whether to show a bar.
        settings: keywords of the loss; where none is given, what suits small sets of faces.

    Returns:
        The Run; `run.verification` has been computed on people it has never seen.

    Raises:
        ValueError, TypeError: if an argument is not allowed; nothing has been written then.
        FileExistsError: if `out` holds a finished or another run.
        FloatingPointError: if the loss became NaN or infinite.
    """
    where = find_device(device)
    values = settings_of(loss, embedding_dim, seed, settings)
    faces = data if isinstance(data, FaceSet) else datasets.load(data)
    config: dict[str, Any] = {
        "format": _folder.FORMAT,
        "loss": loss,
        "settings": values,
        "data": None if isinstance(data, FaceSet) else str(data),
        "fingerprint": fingerprint(faces),
        "seed": seed,
        "epochs": epochs,
        "embedding_dim": embedding_dim,
        "backbone": backbone,
        "people": people,
        "fraction": fraction,
        "split": seed if split is None else split,
        "height": height,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "augment": augment,
        "start": start,
        "precision": precision,
        "device": where.type,
        "versions": versions(),
    }
    check(config)
    parted = prepare(faces, config)
    network(config, parted[0].num_people, parted[0].width)  # refuses an unknown backbone
    folder = None if out is None else claim(Path(out), config)
    with torch.backends.cudnn.flags(deterministic=True, benchmark=False):
        run = _run(config, parted, where, folder, progress)
    if folder is not None:
        save(run, folder)
    return run


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


def _run(
    config: dict[str, Any],
    parted: tuple[FaceSet, FaceSet],
    device: torch.device,
    folder: Path | None,
    progress: bool,
) -> Run:
    """Train and verify; a checkpoint in the folder is gone on from."""
    seen, held_out = parted
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config["seed"])
        backbone, loss = network(config, seen.num_people, seen.width)
    if config["start"] == "even":
        spread_centers(loss, config["seed"])
    backbone.to(device)
    loss.to(device)
    metrics = _train(config, seen, backbone, loss, folder, progress)
    arrays = {
        "embeddings": embed(backbone, held_out.images),
        "labels": held_out.labels,
        "names": np.array(held_out.names),
        "train_embeddings": embed(backbone, seen.images),
        "train_labels": seen.labels,
        "train_names": np.array(seen.names),
    }
    classifier: Any = getattr(loss, "classifier", loss)
    if hasattr(classifier, "weight"):
        arrays["centers"] = classifier.weight.detach().cpu().numpy().copy()
    results: dict[str, Any] = {
        "people": {"train": seen.num_people, "held_out": held_out.num_people},
        "images": {"train": len(seen), "held_out": len(held_out)},
        "width": seen.width,
        "parameters": sum(p.numel() for p in backbone.parameters()),
        "training": {key: metrics[-1][key] for key in ("loss", "accuracy", "angle")},
    }
    run = Run(config, metrics, results, arrays, backbone.eval(), loss.eval(), folder)
    results["verification"] = summary(run.verification)
    return run


def _train(
    config: dict[str, Any],
    seen: FaceSet,
    backbone: nn.Module,
    loss: nn.Module,
    folder: Path | None,
    progress: bool,
) -> list[dict[str, float]]:
    """Train to the last epoch, from the checkpoint in the folder if there is one."""
    optimizer = make_optimizer(backbone, loss, config["learning_rate"])
    checkpoint = None if folder is None else folder / _folder.CHECKPOINT
    metrics: list[dict[str, float]] = []
    if checkpoint is not None and checkpoint.exists():
        metrics = _folder.read_checkpoint(checkpoint, backbone, loss, optimizer)
    before = metrics[-1]["seconds"] if metrics else 0.0
    options = {key: config[key] for key in FIT}
    options |= {"optimizer": optimizer, "first_epoch": len(metrics)}
    bar = tqdm(desc=config["loss"], total=config["epochs"], disable=not progress, leave=False)
    start = time.perf_counter()
    epoch: list[Step] = []
    with bar:
        bar.update(len(metrics))
        for step in fit(backbone, loss, seen.images, seen.labels, **options):
            epoch.append(step)
            if step.last or step.loss.device.type == "cpu":  # a look at a GPU would stop its queue
                refuse_nan(step)
            if step.last:
                seconds = before + time.perf_counter() - start
                metrics.append(summarize(loss, epoch) | {"seconds": round(seconds, 3)})
                epoch = []
                if checkpoint is not None:
                    _folder.write_checkpoint(checkpoint, backbone, loss, optimizer, metrics)
                bar.set_postfix(loss=f"{metrics[-1]['loss']:.3f}", refresh=False)
                bar.update()
    return metrics


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


def known(end: float) -> float | None:
    """The end of an interval, or None where there is no interval: JSON has no NaN."""
    return None if math.isnan(end) else end


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


def claim(folder: Path, config: dict[str, Any]) -> Path:
    """Make the folder of a run, or find it interrupted; nothing is written when it is refused.

    Raises:
        FileExistsError: if it holds a finished run, another run, or other files.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; a run needs a folder")
    if (folder / "results.json").exists():
        raise FileExistsError(
            f"{folder} already holds a finished run; choose another folder, or open it with "
            f"facelab.open_run({str(folder)!r})"
        )
    if (folder / "config.json").exists():
        _compare(folder, _folder.read_json(folder / "config.json"), config)
    elif folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} holds other files; choose an empty or a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    _folder.write_json(folder / "config.json", config)
    return folder


def _compare(folder: Path, kept: dict[str, Any], asked: dict[str, Any]) -> None:
    for key in asked:
        if kept.get(key) != asked[key]:
            raise FileExistsError(
                f"{folder} holds an interrupted run with {key} = {kept.get(key)!r}, "
                f"not {asked[key]!r}; choose another folder"
            )


def save(run: Run, folder: Path) -> None:
    """Write a finished run; results.json comes last and says that it is whole."""
    _folder.write_rows(folder / "metrics.csv", run.metrics)
    _folder.write_arrays(folder / "embeddings.npz", run.arrays)
    _folder.write_weights(folder / "weights.safetensors", _folder.pack(run.backbone, run.loss), {})
    _folder.write_json(folder / "results.json", run.results)
    (folder / _folder.CHECKPOINT).unlink(missing_ok=True)
