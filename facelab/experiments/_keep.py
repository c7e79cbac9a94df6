"""Where a run is kept: a folder that is claimed before the run and finished after it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from facelab.experiments import _folder
from facelab.experiments._run import Run


@dataclass(frozen=True)
class Parts:
    """What is written of a finished run, and can be sent from one machine to another."""

    metrics: list[dict[str, float]]
    arrays: dict[str, np.ndarray]
    weights: dict[str, Tensor]
    results: dict[str, Any]


def part(run: Run) -> Parts:
    """What is to be written of a run."""
    return Parts(run.metrics, run.arrays, _folder.pack(run.backbone, run.loss), run.results)


def refuse(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """What an interrupted run in the folder was asked for, or {}; nothing is written.

    Raises:
        FileExistsError: if the folder holds a finished run, another run, or other files.
        ValueError: if what is there is damaged.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; a run needs a folder")
    if (folder / "results.json").exists():
        raise FileExistsError(
            f"{folder} already holds a finished run; choose another folder, or open it with "
            f"facelab.open_run({str(folder)!r})"
        )
    if (folder / "config.json").exists():
        kept = _folder.read_config(folder / "config.json")
        refuse_another(folder, kept, config)
        return kept
    if folder.exists() and not all(_folder.is_scrap(path) for path in folder.iterdir()):
        raise FileExistsError(f"{folder} holds other files; choose an empty or a new folder")
    return {}


def claim(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Write a run's config into its folder, or find the run interrupted there.

    Returns:
        The config, with as many threads as the run began with.

    Raises:
        FileExistsError, ValueError: as `refuse`.
    """
    kept = refuse(folder, config)
    config = config | {"threads": kept.get("threads", config["threads"])}
    folder.mkdir(parents=True, exist_ok=True)
    _folder.write_json(folder / "config.json", config)
    return config


def finished_config(folder: Path) -> dict[str, Any]:
    """What a finished run was asked for.

    Raises:
        ValueError: if its config is damaged, or not there.
    """
    if not (folder / "config.json").is_file():
        raise ValueError(
            f"{folder} holds a finished run without config.json; choose another folder"
        )
    return _folder.read_config(folder / "config.json")


def refuse_another(
    folder: Path, kept: dict[str, Any], asked: dict[str, Any], state: str = "an interrupted"
) -> None:
    """Refuse a folder whose run is not the one asked for.

    Raises:
        FileExistsError: if they differ; the first difference is named.
    """
    for key in asked:
        if key != "threads" and kept.get(key) != asked[key]:
            raise FileExistsError(
                f"{folder} holds {state} run with {key} = {kept.get(key)!r}, "
                f"not {asked[key]!r}; choose another folder"
            )


def save(parts: Parts, folder: Path) -> None:
    """Write a finished run; results.json comes last and says that it is whole."""
    _folder.write_rows(folder / "metrics.csv", parts.metrics)
    _folder.write_arrays(folder / "embeddings.npz", parts.arrays)
    _folder.write_weights(folder / "weights.safetensors", parts.weights, {})
    _folder.write_json(folder / "results.json", parts.results)
    _folder.tidy(folder)
