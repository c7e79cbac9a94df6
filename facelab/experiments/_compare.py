"""Losses compared on the same people, from the same start, with the same batches.

    comparison = facelab.compare(["softmax", "arcface", "my_loss.py:MyLoss"], data="orl", seeds=3)
    comparison                  # a table: means, differences to the first, each with its interval
    comparison.to_html("compare.html")

For one seed and split, every loss is given the same split of the people, the same initial weights
of the network (torch's generator starts at the seed and the network draws first), and in each epoch
the same order and distortion of the images. Two things differ, because they belong to the loss: its
own weights, and how images are dealt into batches. A loss that compares images with each other puts
up to four of a person side by side (`batches` "P x K" or "easy and hard"); the others take them as
they come. The result names these losses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from facelab import datasets
from facelab.datasets import FaceSet
from facelab.experiments import _folder
from facelab.experiments._comparison import NUMBERS, Comparison, Row
from facelab.experiments._config import configure, fingerprint
from facelab.experiments._keep import refuse_another
from facelab.experiments._run import network, prepare
from facelab.experiments._train import carry_out
from facelab.experiments._wanted import Wanted, read_losses, read_numbers, read_options
from facelab.experiments._workers import find_jobs, work
from facelab.training.device import find_device


@dataclass(frozen=True)
class Task:
    """One run of a comparison."""

    number: int
    label: str
    config: dict[str, Any]
    folder: Path | None


def compare(
    losses: Sequence[Any],
    data: str | Path | FaceSet = "orl",
    *,
    seeds: int | Sequence[int] = 3,
    splits: int | Sequence[int] | None = None,
    out: str | Path | None = None,
    baseline: Any = None,
    jobs: int | None = None,
    progress: bool = True,
    **options: Any,
) -> Comparison:
    """Train each loss from each seed, and say how they differ and how sure that is.

    Args:
        losses: keys of LOSSES, keys with settings ("arcface:margin=0.3"), losses of one's own
            ("my_loss.py:MyLoss"), or classes.
        data: a key of DATASETS, a folder with a folder per person, or a FaceSet.
        seeds: how many, or which.
        splits: how many, or which, each with every seed; each seed has its own split if None.
        out: folder for the runs and the report. What is finished there is read, what is
            interrupted goes on. Nothing is kept if None.
        baseline: the loss that the others are compared with; the first if None.
        jobs: how many runs at once; as many as there are processors if None, and one on a GPU. The
            numbers do not depend on it.
        progress: whether to show a bar.
        options: of `train`, the same for every run: epochs, people, fraction, device and so on.

    Returns:
        The Comparison.

    Raises:
        TypeError, ValueError, FileNotFoundError: if something is not allowed; nothing has been
            written then.
        FileExistsError: if `out` holds other runs.
        RuntimeError: if a worker was killed; the same call goes on.
    """
    wanted, first = read_losses(losses, baseline)
    shared = read_options(options)
    pairs = _pairs(seeds, splits)
    faces = data if isinstance(data, FaceSet) else datasets.load(data)
    device = find_device(shared["device"])
    tasks = _plan(wanted, pairs, data, faces, shared, out)
    parted = prepare(faces, tasks[0].config)
    notes = _try_all(tasks, parted[0])
    at_once = find_jobs(jobs, len(tasks), device)
    rows = _run_all(tasks, faces, device, at_once, progress)
    people = (parted[0].num_people, parted[1].num_people)
    folder = None if out is None else Path(out)
    settings = {t.label: t.config["settings"] for t in reversed(tasks)}  # the first run's remain
    own = {entry.label: settings[entry.label] for entry in wanted}
    comparison = Comparison(rows, first, tasks[0].config, own, people, notes, folder)
    if out is not None:
        comparison.keep()
    return comparison


def _pairs(seeds: int | Sequence[int], splits: int | Sequence[int] | None) -> list[tuple[int, int]]:
    """(seed, split) of the runs of each loss."""
    starts = read_numbers(seeds, "seeds")
    if splits is None:
        return [(seed, seed) for seed in starts]
    return [(seed, split) for split in read_numbers(splits, "splits") for seed in starts]


def _plan(
    wanted: list[Wanted],
    pairs: list[tuple[int, int]],
    data: Any,
    faces: FaceSet,
    shared: dict[str, Any],
    out: str | Path | None,
) -> list[Task]:
    """All runs, seed by seed, so that an interrupted comparison has whole seeds."""
    tasks: list[Task] = []
    mark = fingerprint(faces)
    root = None if out is None else _root(Path(out))
    for seed, split in pairs:
        for entry in wanted:
            options = shared | {"seed": seed, "split": split}
            config = configure(entry.loss, data, mark, options, entry.settings)
            folder = None if root is None else root / f"{entry.folder}_seed{seed}_split{split}"
            if folder and (folder / "results.json").exists():
                kept = _folder.read_json(folder / "config.json")
                refuse_another(folder, kept, config, "a finished")
            tasks.append(Task(len(tasks), entry.label, config, folder))
    return tasks


def _root(out: Path) -> Path:
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out} is a file; a comparison needs a folder")
    if (out / "config.json").exists():
        raise FileExistsError(f"{out} holds a single run; choose another folder")
    return out


def _try_all(tasks: list[Task], seen: FaceSet) -> list[str]:
    """Build each loss once, and say which ones deal their batches in their own way."""
    own: dict[str, list[str]] = {}
    for task in {task.label: task for task in tasks}.values():
        loss = network(task.config, seen.num_people, seen.width)[1]
        kind = getattr(loss, "batches", "shuffled")
        if kind != "shuffled":
            own.setdefault(kind, []).append(task.label)
    return [
        f"{', '.join(labels)}: same images in each epoch, but dealt into batches of "
        f"{'several images of a person' if kind == 'P x K' else 'easy and coarsened images'}"
        for kind, labels in own.items()
    ]


def _run_all(
    tasks: list[Task], faces: FaceSet, device: torch.device, jobs: int, progress: bool
) -> list[Row]:
    """Do what is not done yet; rows in the order of the tasks."""
    rows = {t.number: read(t) for t in tasks if t.folder and (t.folder / "results.json").exists()}
    todo = [(task, faces, device) for task in tasks if task.number not in rows]
    bar = tqdm(desc="runs", total=len(tasks), initial=len(rows), disable=not progress, leave=False)
    with bar:
        for number, row in work(carry, todo, min(jobs, max(1, len(todo)))):
            rows[number] = row
            bar.set_postfix_str(f"{row.loss}, seed {row.seed}", refresh=False)
            bar.update()
    return [rows[number] for number in range(len(tasks))]


def carry(task: Task, faces: FaceSet, device: torch.device) -> tuple[int, Row]:
    """Do one run; one that cannot be finished has no numbers and says why."""
    try:
        run = carry_out(task.config, faces, device, task.folder, progress=False)
    except FloatingPointError as error:
        return task.number, _row(task, {}, [], str(error))
    return task.number, _row(task, run.results["verification"], run.metrics)


def read(task: Task) -> Row:
    """The row of a run that is finished already."""
    assert task.folder is not None
    results = _folder.read_json(task.folder / "results.json")
    return _row(task, results["verification"], _folder.read_rows(task.folder / "metrics.csv"))


def _row(
    task: Task, numbers: dict[str, Any], metrics: list[dict[str, float]], failed: str = ""
) -> Row:
    values = {name: numbers[key]["value"] if numbers else float("nan") for name, key in NUMBERS}
    seconds = metrics[-1]["seconds"] if metrics else float("nan")
    config = task.config
    return Row(task.label, config["seed"], config["split"], values, seconds, metrics, failed)
