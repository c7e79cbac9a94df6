"""The state of a run after a whole epoch, from which an interrupted one goes on."""

import json
from pathlib import Path

import torch
from torch import Tensor, nn

from facelab.experiments import _folder


def write(
    path: Path,
    backbone: nn.Module,
    loss: nn.Module,
    optimizer: torch.optim.Optimizer,
    rows: list[dict[str, float]],
) -> None:
    """Write the state after a whole epoch: network, loss, optimizer and the metrics so far."""
    tensors = _folder.pack(backbone, loss)
    for number, entry in optimizer.state_dict()["state"].items():
        for name, value in entry.items():
            tensors[f"optimizer.{number}.{name}"] = torch.as_tensor(value).cpu().clone()
    _folder.write_weights(path, tensors, {"rows": json.dumps(rows)})


def read(
    path: Path, backbone: nn.Module, loss: nn.Module, optimizer: torch.optim.Optimizer
) -> list[dict[str, float]]:
    """Put a checkpoint back into network, loss and optimizer, and give back the metrics so far.

    Raises:
        ValueError: if the file is damaged, or of another run.
    """
    tensors, note = _folder.read_weights(path)
    state: dict[int, dict[str, Tensor]] = {}
    try:
        for key in [key for key in tensors if key.startswith("optimizer.")]:
            _, number, name = key.split(".", 2)
            state.setdefault(int(number), {})[name] = tensors.pop(key)
        _folder.unpack(path, tensors, backbone, loss)
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        rows: list[dict[str, float]] = json.loads(note["rows"])
    except (KeyError, ValueError, RuntimeError):
        raise ValueError(
            f"{path} is no checkpoint of this run; delete it and the run begins again"
        ) from None
    return rows
