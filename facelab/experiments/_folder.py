"""The folder of a run: written atomically, read without unpickling anything.

    config.json           everything needed to repeat the run, versions included
    metrics.csv           a row per epoch
    embeddings.npz        embeddings, labels and names of training and held-out people, centers
    weights.safetensors   network and loss
    results.json          written last: a folder that has it holds a finished run

While the run goes on, `checkpoint.safetensors` holds the state after the last whole epoch.
"""

import csv
import errno
import io
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from facelab.experiments import _lock

FORMAT = 1  # of the folder; raised when an older facelab could not read it
FILES = ("config.json", "metrics.csv", "embeddings.npz", "weights.safetensors", "results.json")
CHECKPOINT = "checkpoint.safetensors"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write(path: Path, content: bytes) -> None:
    """Replace a file as a whole: whoever looks sees the old content or the new, never half."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError) and error.errno in FULL:
            sentence = f"{error.strerror}; the rest of {path.parent} is whole, and with more room "
            raise OSError(error.errno, f"{sentence}the same call goes on", str(path)) from None
        raise


def is_scrap(path: Path) -> bool:
    """Whether a file is what a run that was killed may leave: the start of a write, or its lock."""
    return path.name == _lock.NAME or (path.name.startswith(".") and path.suffix == ".part")


def tidy(folder: Path) -> None:
    """Delete what a finished run does not need."""
    for path in [folder / CHECKPOINT, *folder.glob(".*.part")]:
        path.unlink(missing_ok=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a dict as JSON that a person can read."""
    write(path, (json.dumps(content, indent=2) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ValueError: if the file is cut off or is no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a JSON object, not {type(content).__name__}")
    return content


def read_config(path: Path) -> dict[str, Any]:
    """Read what a run was asked for; what older runs do not say was not there to be asked.

    Raises:
        ValueError: if the file is cut off or is no JSON object.
    """
    config = read_json(path)
    config.setdefault("label_noise", 0.0)
    return config


def check_format(path: Path, config: dict[str, Any]) -> None:
    """Refuse a config that this facelab does not read.

    Raises:
        ValueError: if it was written in another format.
    """
    if config.get("format") != FORMAT:
        raise ValueError(
            f"{path} was written in format {config.get('format')!r}, "
            f"but this facelab reads format {FORMAT}"
        )


def write_rows(path: Path, rows: list[dict[str, float]]) -> None:
    """Write metrics as CSV, a row per epoch."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write(path, text.getvalue().encode())


def read_rows(path: Path) -> list[dict[str, float]]:
    """Read metrics back, numbers as numbers.

    Raises:
        ValueError: if a cell is missing or is no number.
    """
    with path.open(newline="", encoding="utf-8") as file:
        try:
            rows = [{key: float(cell) for key, cell in row.items()} for row in csv.DictReader(file)]
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: {error}") from None
    if not rows:
        raise ValueError(f"{path} is damaged: there is no row in it")
    return rows


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as one compressed npz."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    write(path, content.getvalue())


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read arrays back; never unpickles.

    Raises:
        ValueError: if the file is damaged or holds objects.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except Exception as error:
        raise ValueError(f"{path} is damaged: {error}") from None


def pack(backbone: nn.Module, loss: nn.Module) -> dict[str, Tensor]:
    """All tensors of network and loss, by name."""
    both = nn.ModuleDict({"backbone": backbone, "loss": loss})
    return {name: t.detach().cpu().contiguous().clone() for name, t in both.state_dict().items()}


def unpack(path: Path, tensors: dict[str, Tensor], backbone: nn.Module, loss: nn.Module) -> None:
    """Put tensors written by `pack` into `path` back into a network and a loss of the same shape.

    Raises:
        ValueError: if they are those of another network or loss, as an older facelab may have had.
    """
    both = nn.ModuleDict({"backbone": backbone, "loss": loss})
    wanted = {name: tuple(tensor.shape) for name, tensor in both.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for name, _ in sorted(wanted.items() ^ found.items()):
        here, there = found.get(name, "nothing"), wanted.get(name, "nothing")
        raise ValueError(
            f"{path} holds the weights of another network or loss than this facelab has: "
            f"{name} is {here}, where it must be {there}"
        )
    both.load_state_dict(tensors)


def write_weights(path: Path, tensors: dict[str, Tensor], note: dict[str, str]) -> None:
    """Write tensors, and a note of strings, as safetensors."""
    write(path, save_tensors(tensors, metadata=note))


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors and their note.

    Raises:
        ValueError: if the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            note = file.metadata() or {}
        return load_tensors(path.read_bytes()), note
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
