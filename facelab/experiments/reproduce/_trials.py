"""The runs of a claim: planned, done side by side, and gone on with after an interruption."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from facelab.datasets import FaceSet
from facelab.experiments import _progress
from facelab.experiments._config import configure, fingerprint
from facelab.experiments._keep import finished_config, refuse_another
from facelab.experiments._run import open_run, prepare
from facelab.experiments._train import carry_out
from facelab.experiments._wanted import Wanted
from facelab.experiments._workers import work
from facelab.experiments.reproduce._claim import Claim, Numbers, Way


@dataclass(frozen=True)
class Trial:
    """One run of a claim.

    Attributes:
        way: how it was trained.
        seed, split: of the run.
        numbers: what was measured.
        seconds: of training.
        failed: why there are no numbers, or "".
    """

    way: str
    seed: int
    split: int
    numbers: Numbers
    seconds: float
    failed: str = ""


@dataclass(frozen=True)
class Task:
    """A run that is planned."""

    claim: Claim
    way: str
    config: dict[str, Any]
    faces: FaceSet
    folder: Path | None


def plan(
    claim: Claim, seeds: Sequence[int], options: dict[str, Any], out: Path | None
) -> list[Task]:
    """All runs, seed by seed, so that what was interrupted has whole seeds.

    Raises:
        TypeError, ValueError: if an option is not allowed.
        FileExistsError: if the folder holds other runs.
    """
    tasks = []
    for seed in seeds:
        faces = claim.people.draw(seed)
        if options["people"] is not None:
            faces = faces.take_people(options["people"])
        for label, way in claim.ways.items():
            seen = changed(faces, way, seed, options["fraction"])
            run = options | {"seed": seed, "split": seed, "people": None}
            config = configure(way.loss, seen, fingerprint(seen), run, dict(way.settings))
            folder = None
            if out is not None:
                folder = out / f"{Wanted(label, way.loss, {}).folder}_seed{seed}"
                if finished(folder):
                    refuse_another(folder, finished_config(folder), config, "a finished")
            tasks.append(Task(claim, label, config, seen, folder))
    return tasks


def changed(faces: FaceSet, way: Way, split: int, fraction: float) -> FaceSet:
    """The faces with those trained on changed, as the way says; people keep their order.

    Raises:
        ValueError: if the way loses somebody.
    """
    if way.trained_on is None:
        return faces
    seen, held_out = faces.split_people(fraction=fraction, seed=split)
    other = way.trained_on(seen, split)
    if other.names != seen.names:
        raise ValueError(f"{len(seen.names)} people were trained on, {len(other.names)} are left")
    place = {name: label for label, name in enumerate(faces.names)}
    parts = [np.array([place[n] for n in part.names])[part.labels] for part in (other, held_out)]
    labels = np.concatenate(parts)
    order = np.argsort(labels, kind="stable")
    images = np.concatenate([other.images, held_out.images])[order]
    return replace(faces, images=images, labels=labels[order], skipped={})


def finished(folder: Path | None) -> bool:
    """Whether a run has ended there."""
    return folder is not None and (folder / "results.json").exists()


def do_all(tasks: list[Task], device: torch.device, at_once: int, progress: bool) -> list[Trial]:
    """Do what is not done yet, so many at once, and measure; trials in the order of the tasks."""
    trials: dict[int, Trial] = {}
    todo = [(number, task, device) for number, task in enumerate(tasks)]
    with _progress.runs(len(tasks), progress) as bar:
        for number, trial in work(carry, todo, at_once):
            trials[number] = trial
            bar.done(f"{trial.way}, seed {trial.seed}")
    return [trials[number] for number in range(len(tasks))]


def carry(number: int, task: Task, device: torch.device) -> tuple[int, Trial]:
    """Do one run, or read it where it is finished, and measure it."""
    seed, split = task.config["seed"], task.config["split"]
    parted, then = prepare(task.faces, task.config), task.claim.ways[task.way].then
    try:
        if task.folder is not None and finished(task.folder):
            run = open_run(task.folder)
            run.backbone.to(device)  # where a second stage goes on
        else:
            run = carry_out(task.config, task.faces, device, task.folder, progress=False)
        run = run if then is None else then(run, parted)
    except FloatingPointError as error:
        return number, Trial(task.way, seed, split, {}, float("nan"), str(error))
    numbers = task.claim.measure(run, parted[1])
    return number, Trial(task.way, seed, split, numbers, run.metrics[-1]["seconds"])
