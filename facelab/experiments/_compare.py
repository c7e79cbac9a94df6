"""Losses compared on the same people, from the same start, with the same batches.

    comparison = facelab.compare(["softmax", "arcface", "my_loss.py:MyLoss"], data="orl", seeds=3)
    comparison                  # a table: means, differences to the first, each with its interval
    comparison.to_html("compare.html")

For one seed and split, every loss is given the same split of the people, the same initial weights
of the network (torch's generator starts at the seed and the network draws first), and in each epoch
the same order and distortion of the images. Two things differ, because they belong to the loss: its
own weights, and how images are dealt into batches. A loss that compares images with each other puts
up to four of a person side by side (`batches` "P x K" or "easy and hard"); the others take them as
they come. The result names these losses. With `tune` a third thing differs: the learning rate.
"""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import torch

from facelab import datasets
from facelab.datasets import FaceSet
from facelab.experiments import _cluster, _progress
from facelab.experiments._comparison import Comparison, Row
from facelab.experiments._keep import claim, save
from facelab.experiments._lock import hold
from facelab.experiments._run import network, prepare, reduce
from facelab.experiments._tasks import (
    Task,
    carry,
    carry_away,
    pair,
    plan,
    read,
    refuse_others,
    refuse_untuned,
)
from facelab.experiments._tune import check_tries, choose, plan_tries
from facelab.experiments._wanted import read_losses, read_options
from facelab.experiments._workers import find_jobs, work
from facelab.training.device import find_device


def compare(
    losses: Sequence[Any],
    data: str | Path | FaceSet = "orl",
    *,
    seeds: int | Sequence[int] = 3,
    splits: int | Sequence[int] | None = None,
    out: str | Path | None = None,
    baseline: Any = None,
    tune: int = 0,
    jobs: int | None = None,
    client: Any = None,
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
        tune: how many settings each loss tries first, on people held out of those trained on; 0
            leaves every loss at what it was given, or at what suits small sets.
        jobs: how many runs at once; as many as there are processors if None, and one on a GPU. The
            numbers do not depend on it.
        client: a Dask cluster that does the runs: a client, the address of a scheduler, or "local"
            for workers started here. The numbers do not depend on it.
        progress: whether to show a bar.
        options: of `train`, the same for every run: epochs, people, fraction, device and so on.

    Returns:
        The Comparison.

    Raises:
        TypeError, ValueError, FileNotFoundError: if something is not allowed; nothing has been
            written then.
        FileExistsError: if `out` holds other runs, or is being written by another comparison.
        RuntimeError: if a worker was killed; the same call goes on.
    """
    wanted, first = read_losses(losses, baseline)
    shared, pairs, count = read_options(options), pair(seeds, splits), check_tries(tune)
    faces = data if isinstance(data, FaceSet) else datasets.load(data)
    device = find_device(shared["device"])
    root = None if out is None else _root(Path(out))
    make = partial(plan, wanted, pairs, data, faces, shared, root)
    tasks = make()
    faces = reduce(faces, tasks[0].config)
    parted = prepare(faces, tasks[0].config)
    notes = _try_all(tasks, parted[0])
    tries = plan_tries(wanted, pairs, faces, shared, count, root) if count else []
    refuse_others([task for task, _ in tries])
    refuse_untuned(tasks, count) if count else refuse_others(tasks)
    at_once = find_jobs(jobs, max(len(tasks), len(tries)), device)
    with ExitStack() as stack:
        there = None if client is None else stack.enter_context(_cluster.connect(client, at_once))
        if root is not None:
            stack.enter_context(hold(root))
        bar = stack.enter_context(_progress.runs(len(tries) + len(tasks), progress))
        do = partial(_run_all, device=device, jobs=at_once, client=there, bar=bar)
        if tries:
            tasks = make(choose([task for task, _ in tries], do(tries)))
            refuse_others(tasks)
        rows = do([(task, faces) for task in tasks])
        settings = {t.label: t.config["settings"] for t in reversed(tasks)}  # the first run's
        own = {entry.label: settings[entry.label] for entry in wanted}
        tuned = {(t.label, t.config["split"]): t.config["tuned"] for t in tasks if tries}
        people = (parted[0].num_people, parted[1].num_people)
        comparison = Comparison(rows, first, tasks[0].config, own, people, notes, root, tuned)
        if root is not None:
            comparison.keep()
    return comparison


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
    tasks: list[tuple[Task, FaceSet]],
    *,
    device: torch.device,
    jobs: int,
    client: Any,
    bar: _progress.Bar,
) -> list[Row]:
    """Do what is not done yet; rows in the order of the tasks."""
    rows: dict[int, Row] = {}
    for task, _ in tasks:
        if task.finished:
            rows[task.number] = read(task)
            bar.done(before=True)
    todo = [(task, faces) for task, faces in tasks if task.number not in rows]
    done: Generator[Any, None, None]
    if client is not None:
        done = _cluster.send(carry_away, todo, client)
    else:
        here = [(task, faces, device) for task, faces in todo]
        done = work(carry, here, min(jobs, max(1, len(here))))
    with closing(done):
        for task, row, parts in done:
            if parts is not None and task.folder is not None:
                with hold(task.folder):
                    claim(task.folder, task.config)
                    save(parts, task.folder)
            rows[task.number] = row
            bar.done(f"{row.loss}, seed {row.seed}")
    return [rows[task.number] for task, _ in tasks]
