"""Where to compute, and in which precision."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

from facelab.choices import unknown


def lower_precision(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    """Autocast for the network; losses leave it again by themselves.

    Raises:
        ValueError: if the precision is neither "float32" nor "bfloat16".
    """
    if precision not in ("float32", "bfloat16"):
        raise ValueError(unknown("precision", precision, ["float32", "bfloat16"]))
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Within, torch computes with so many threads; their number decides the last digits."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def find_device(name: str = "auto") -> torch.device:
    """The device by its name; "auto" takes CUDA, else MPS, else the CPU.

    Raises:
        ValueError: if the name is no device, or this machine has none of the kind.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    kind = name.split(":")[0]
    if kind not in ("cpu", "cuda", "mps"):
        raise ValueError(unknown("device", name, ["auto", "cpu", "cuda", "mps"]))
    if (kind == "cuda" and not cuda) or (kind == "mps" and not mps):
        raise ValueError(f"device {name!r} is not there; this machine has {find_device()}")
    return torch.device(name)
