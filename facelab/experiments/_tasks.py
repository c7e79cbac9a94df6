"""The runs of a comparison: planned, done here or elsewhere, and read where they are finished."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from facelab.datasets import FaceSet
from facelab.experiments import _folder
from facelab.experiments._comparison import NUMBERS, Row
from facelab.experiments._config import configure, fingerprint, versions
from facelab.experiments._keep import Parts, finished_config, part, refuse_another
from facelab.experiments._progress import alone
from facelab.experiments._train import carry_out
from facelab.experiments._wanted import Wanted, read_numbers
from facelab.training.device import find_device

ONE_AT_A_TIME = threading.Lock()  # torch's generator and its threads belong to a whole process


@dataclass(frozen=True)
class Task:
    """One run of a comparison."""

    number: int
    label: str
    config: dict[str, Any]
    folder: Path | None

    @property
    def finished(self) -> bool:
        """Whether the run has ended in its folder."""
        return self.folder is not None and (self.folder / "results.json").exists()


def pair(seeds: int | Sequence[int], splits: int | Sequence[int] | None) -> list[tuple[int, int]]:
    """(seed, split) of the runs of each loss."""
    starts = read_numbers(seeds, "seeds")
    if splits is None:
        return [(seed, seed) for seed in starts]
    return [(seed, split) for split in read_numbers(splits, "splits") for seed in starts]


def plan(
    wanted: list[Wanted],
    pairs: list[tuple[int, int]],
    data: Any,
    faces: FaceSet,
    shared: dict[str, Any],
    root: Path | None,
    chosen: dict[tuple[str, int], Any] | None = None,
) -> list[Task]:
    """All runs, seed by seed, so that an interrupted comparison has whole seeds.

    Args:
        wanted: the losses.
        pairs: (seed, split) of the runs of each.
        data, faces: the name of the faces, and the faces.
        shared: a value for each option of a run.
        root: the folder of the comparison, or None.
        chosen: (label, split) -> the Choice of the settings' search, if there was one.
    """
    tasks: list[Task] = []
    mark = fingerprint(faces)
    for seed, split in pairs:
        for entry in wanted:
            options, settings = shared | {"seed": seed, "split": split}, entry.settings
            choice = chosen[entry.label, split] if chosen else None
            if choice:
                options |= {"learning_rate": choice.learning_rate}
                settings = settings | choice.settings
            config = configure(entry.loss, data, mark, options, settings)
            config |= {"tuned": choice.told()} if choice else {}
            folder = None if root is None else root / f"{entry.folder}_seed{seed}_split{split}"
            tasks.append(Task(len(tasks), entry.label, config, folder))
    return tasks


def refuse_others(tasks: list[Task]) -> None:
    """Refuse folders in which other runs have ended.

    Raises:
        FileExistsError: if there is one; the first difference is named.
    """
    for task in tasks:
        if task.folder is not None and task.finished:
            refuse_another(task.folder, finished_config(task.folder), task.config, "a finished")


def refuse_untuned(tasks: list[Task], tries: int) -> None:
    """Refuse folders in which runs have ended whose settings come from no such search.

    Raises:
        FileExistsError: if there is one.
    """
    for task in tasks:
        if task.folder is not None and task.finished:
            found = finished_config(task.folder).get("tuned")
            there = found.get("tries") if isinstance(found, dict) else 0
            if there != tries:
                raise FileExistsError(
                    f"{task.folder} holds a finished run after {there or 'no'} tries of settings, "
                    f"not {tries}; choose another folder"
                )


def carry(task: Task, faces: FaceSet, device: torch.device) -> tuple[Task, Row, None]:
    """Do one run here; one that cannot be finished has no numbers and says why."""
    try:
        run = carry_out(task.config, faces, device, task.folder, progress=False)
    except FloatingPointError as error:
        return task, _row(task, {}, [], str(error)), None
    return task, _row(task, run.results["verification"], run.metrics), None


def carry_away(task: Task, faces: FaceSet) -> tuple[Task, Row, Parts | None]:
    """Do one run on a worker that may know nothing of the folder, and give back what to write.

    Raises:
        ValueError: if the worker has other versions of what decides the numbers.
    """
    there, here = versions(), task.config["versions"]
    if there != here:
        raise ValueError(f"a worker has {there}, but here it is {here}; numbers could differ")
    device = find_device(task.config["device"])
    alone()
    with ONE_AT_A_TIME:
        try:
            run = carry_out(task.config, faces, device, None, progress=False)
        except FloatingPointError as error:
            return task, _row(task, {}, [], str(error)), None
    return task, _row(task, run.results["verification"], run.metrics), part(run)


def read(task: Task) -> Row:
    """The row of a run that is finished already.

    Raises:
        ValueError: if its folder is damaged.
    """
    assert task.folder is not None
    results = _folder.read_json(task.folder / "results.json")
    rows = _folder.read_rows(task.folder / "metrics.csv")
    try:
        return _row(task, results["verification"], rows)
    except (KeyError, TypeError):
        raise ValueError(
            f"{task.folder / 'results.json'} is damaged: numbers are missing"
        ) from None


def _row(
    task: Task, numbers: dict[str, Any], metrics: list[dict[str, float]], failed: str = ""
) -> Row:
    values = {name: float("nan") if failed else numbers[key]["value"] for name, key in NUMBERS}
    seconds = metrics[-1]["seconds"] if metrics else float("nan")
    config = task.config
    return Row(task.label, config["seed"], config["split"], values, seconds, metrics, failed)
