"""A run done again from its config: on the same machine, the same numbers bit for bit."""

import warnings
from pathlib import Path
from typing import Any

from facelab import datasets
from facelab.datasets import FaceSet
from facelab.experiments import _folder
from facelab.experiments._config import OPTIONS, configure, fingerprint, versions
from facelab.experiments._run import Run
from facelab.experiments._train import carry_out
from facelab.training.device import find_device

CHANGED = {
    "fingerprint": "the faces are not those it was trained on",
    "loss_sha256": "the file of its loss has been changed since",
}


def repeat(
    config: str | Path,
    data: FaceSet | None = None,
    *,
    out: str | Path | None = None,
    progress: bool = True,
) -> Run:
    """Do a run again, from the same seed to the same numbers.

    Args:
        config: the config.json of a run, or its folder.
        data: the faces, for a run that was given a FaceSet.
        out: folder for the new run; nothing is kept if None.
        progress: whether to show a bar.

    Returns:
        The new Run. Where versions differ from those in the config it may differ in the last
        digits, and a warning says so.

    Raises:
        FileNotFoundError: if there is no config, or the file of a loss of one's own is gone.
        ValueError: if the config is damaged, of another format, or asks for what is no longer so.
        FileExistsError: as `train`.
    """
    path = Path(config) / "config.json" if Path(config).is_dir() else Path(config)
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}; a run keeps its config.json in its folder")
    kept = _folder.read_config(path)
    _folder.check_format(path, kept)
    missing = [key for key in ("loss", "settings", "fingerprint", *OPTIONS) if key not in kept]
    if missing or not isinstance(kept["settings"], dict):
        raise ValueError(f"{path} is no config of a run: no {', '.join(missing or ['settings'])}")
    if data is None and not isinstance(kept.get("data"), str):
        raise ValueError(f"{path} is of a run that was given its faces: give them again as data")
    faces = datasets.load(kept["data"]) if data is None else data
    new = _again(path, kept, faces)
    if kept.get("versions") != versions():
        warnings.warn(
            f"the run was written with {_told(kept.get('versions'))}, and here is "
            f"{_told(versions())}: the last digits may differ",
            stacklevel=2,
        )
    return carry_out(new, faces, find_device(kept["device"]), out, progress)


def _again(path: Path, kept: dict[str, Any], faces: FaceSet) -> dict[str, Any]:
    """The config as this facelab writes it, if it means the same.

    Raises:
        ValueError: if it does not; the first difference is named.
    """
    options = {key: kept[key] for key in OPTIONS} | {"threads": kept.get("threads", 1)}
    settings = {key: value for key, value in kept["settings"].items() if key != "seed"}
    name = faces if kept.get("data") is None else kept["data"]
    try:
        new = configure(kept["loss"], name, fingerprint(faces), options, settings)
    except TypeError as error:
        raise ValueError(f"{path} cannot be repeated: {error}") from None
    for key, value in new.items():
        if key not in ("versions", "data") and kept.get(key, value) != value:
            words = CHANGED.get(key, f"it says {key} = {kept[key]!r}, and here it is {value!r}")
            raise ValueError(f"{path} cannot be repeated: {words}")
    return kept | new


def _told(found: Any) -> str:
    known = found if isinstance(found, dict) else {}
    return ", ".join(f"{name} {version}" for name, version in known.items()) or "unknown versions"
