"""One run: faces in, a trained network and its open-set verification out."""

import time
from pathlib import Path
from typing import Any

import torch
from torch import nn
from tqdm.auto import tqdm

from facelab import datasets
from facelab.datasets import FaceSet
from facelab.experiments import _checkpoint, _folder
from facelab.experiments._config import OPTIONS, configure, fingerprint
from facelab.experiments._keep import claim, part, refuse, save
from facelab.experiments._lock import hold
from facelab.experiments._measure import kept_arrays, refuse_nan, summarize, summary
from facelab.experiments._run import Run, network, prepare
from facelab.training import Step, fit, make_optimizer, spread_centers
from facelab.training.device import find_device, threads

FIT = ("epochs", "batch_size", "learning_rate", "seed", "augment", "precision")  # given on to fit()


def train(
    loss: str | type[nn.Module] = "arcface",
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
    label_noise: float = 0.0,
    start: str = "even",
    precision: str = "float32",
    device: str = "auto",
    progress: bool = True,
    **settings: Any,
) -> Run:
    """Train on some people and verify on others.

    Args:
        loss: a key of LOSSES, "FILE.py:Class" for a loss of one's own, or its class.
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
        label_noise: share of the images trained on that get the name of somebody else there, drawn
            by `seed`; the people tested keep theirs.
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
    asked = locals()
    faces = data if isinstance(data, FaceSet) else datasets.load(data)
    options = {name: asked[name] for name in OPTIONS} | {"threads": torch.get_num_threads()}
    config = configure(loss, data, fingerprint(faces), options, settings)
    return carry_out(config, faces, find_device(device), out, progress)


def carry_out(
    config: dict[str, Any],
    faces: FaceSet,
    device: torch.device,
    out: str | Path | None = None,
    progress: bool = True,
) -> Run:
    """Do what a config says, from where an interrupted run stopped.

    Args:
        config: as `configure` gives it.
        faces: all of them; the run parts them.
        device: where to compute.
        out, progress: as for `train`.
    """
    parted = prepare(faces, config)
    network(config, parted[0].num_people, parted[0].width)  # refuses an unknown backbone
    if out is None:
        return _run(config, parted, device, None, progress)
    folder = Path(out)
    refuse(folder, config)  # before anything is written
    with hold(folder):
        run = _run(claim(folder, config), parted, device, folder, progress)
        save(part(run), folder)
    return run


def _run(
    config: dict[str, Any],
    parted: tuple[FaceSet, FaceSet],
    device: torch.device,
    folder: Path | None,
    progress: bool,
) -> Run:
    """Train from the start, and verify."""
    seen = parted[0]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config["seed"])
        backbone, loss = network(config, seen.num_people, seen.width)
    if config["start"] == "even":
        spread_centers(loss, config["seed"])
    return learn(config, parted, backbone.to(device), loss.to(device), folder, progress)


def learn(
    config: dict[str, Any],
    parted: tuple[FaceSet, FaceSet],
    backbone: nn.Module,
    loss: nn.Module,
    folder: Path | None = None,
    progress: bool = False,
) -> Run:
    """Train a network as it is, and verify; a checkpoint in the folder is gone on from."""
    seen, held_out = parted
    exact = torch.backends.cudnn.flags(deterministic=True, benchmark=False)
    with threads(config["threads"]), exact:
        metrics = _train(config, seen, backbone, loss, folder, progress)
        arrays = kept_arrays(backbone, loss, seen, held_out)
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
        metrics = _checkpoint.read(checkpoint, backbone, loss, optimizer)
    before = metrics[-1]["seconds"] if metrics else 0.0
    options = {key: config[key] for key in FIT}
    options |= {"optimizer": optimizer, "first_epoch": len(metrics)}
    bar = tqdm(desc=config["loss"], total=config["epochs"], disable=not progress, leave=False)
    start = time.perf_counter()
    epoch: list[Step] = []
    with bar, torch.random.fork_rng(devices=[]):  # for dropout, and what else draws from torch's
        _seed(config, len(metrics))
        bar.update(len(metrics))
        for step in fit(backbone, loss, seen.images, seen.labels, **options):
            epoch.append(step)
            if step.last or step.loss.device.type == "cpu":  # a look at a GPU would stop its queue
                refuse_nan(step)
            if step.last:
                seconds = before + time.perf_counter() - start
                metrics.append(summarize(loss, epoch) | {"seconds": round(seconds, 3)})
                epoch = []
                _seed(config, len(metrics))
                if checkpoint is not None:
                    _checkpoint.write(checkpoint, backbone, loss, optimizer, metrics)
                bar.set_postfix(loss=f"{metrics[-1]['loss']:.3f}", refresh=False)
                bar.update()
    return metrics


def _seed(config: dict[str, Any], epoch: int) -> None:
    """Every epoch draws by the seed and its number alone, so a run can go on after any."""
    torch.manual_seed(config["seed"] * 1_000_003 + epoch)
