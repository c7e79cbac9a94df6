"""Where a run is kept: a folder that is claimed before the run and finished after it."""

from pathlib import Path
from typing import Any

from facelab.experiments import _folder
from facelab.experiments._run import Run


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
        refuse_another(folder, _folder.read_json(folder / "config.json"), config)
    elif folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} holds other files; choose an empty or a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    _folder.write_json(folder / "config.json", config)
    return folder


def refuse_another(
    folder: Path, kept: dict[str, Any], asked: dict[str, Any], state: str = "an interrupted"
) -> None:
    """Refuse a folder whose run is not the one asked for.

    Raises:
        FileExistsError: if they differ; the first difference is named.
    """
    for key in asked:
        if kept.get(key) != asked[key]:
            raise FileExistsError(
                f"{folder} holds {state} run with {key} = {kept.get(key)!r}, "
                f"not {asked[key]!r}; choose another folder"
            )


def save(run: Run, folder: Path) -> None:
    """Write a finished run; results.json comes last and says that it is whole."""
    _folder.write_rows(folder / "metrics.csv", run.metrics)
    _folder.write_arrays(folder / "embeddings.npz", run.arrays)
    _folder.write_weights(folder / "weights.safetensors", _folder.pack(run.backbone, run.loss), {})
    _folder.write_json(folder / "results.json", run.results)
    (folder / _folder.CHECKPOINT).unlink(missing_ok=True)
