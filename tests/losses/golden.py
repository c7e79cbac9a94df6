"""Numbers from the authors' code, and how a loss of ours is held against them.

Inputs, loss and gradients of each case were computed by other people's code. A test builds our loss
with the same hyper-parameters, gives it the same inputs and compares.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

SMALL = Path(__file__).parents[1] / "golden"
SHARED = Path(os.environ.get("FACELAB_SHARED", Path(__file__).parents[3] / "shared")) / "golden"
CHECKED: dict[str, set[str]] = {}  # golden file -> cases compared, told at the end of the run


@dataclass(frozen=True)
class Case:
    """One golden case: where it comes from, its hyper-parameters and its arrays."""

    file: str
    name: str
    implementation: str
    hp: dict[str, Any]
    notes: str
    gradient: str
    arrays: dict[str, np.ndarray]

    @property
    def C(self) -> int:
        return len(self.arrays["weights"])

    @property
    def D(self) -> int:
        return self.arrays["features"].shape[1]

    def tensor(self, name: str, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        tensor = torch.from_numpy(np.array(self.arrays[name]))
        return tensor.to(dtype) if tensor.is_floating_point() else tensor

    def __repr__(self) -> str:
        arrays = self.arrays
        batch = len(arrays["labels"]) if "labels" in arrays else arrays["pos_first"].shape[1]
        return f"{self.file}-{self.name}-B{batch}"


def cases(file: str) -> Iterator[Case]:
    """All cases of a golden file: the small ones, and the large ones where they can be had."""
    path = SHARED / f"{file}.npz" if (SHARED / f"{file}.npz").exists() else SMALL / f"{file}.npz"
    data = np.load(path)
    for entry in json.loads(str(data["meta"])):
        arrays = {name: data[key] for name, key in entry["arrays"].items()}
        yield Case(
            file, entry["case"], entry["impl"], entry["hp"], entry["notes"], entry["grad"], arrays
        )


def agree(case: Case, what: str, ours: torch.Tensor, golden: str, rtol: float) -> None:
    """Assert that an array of ours is the golden one; `rtol` is relative to its largest entry."""
    expected = case.tensor(golden).to(torch.float64)
    atol = rtol * float(expected.abs().max())
    torch.testing.assert_close(
        ours.detach().to(torch.float64).reshape(expected.shape),
        expected,
        rtol=rtol,
        atol=atol,
        msg=lambda message: f"{what} of {case.implementation}: {message}",
    )
    CHECKED.setdefault(case.file, set()).add(repr(case))


def tangent(gradient: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The part of a gradient that is orthogonal to unit rows.

    Some codes normalize their weights in place, outside of autograd, so that their weight gradient
    lacks this projection; for unit rows ours is theirs, projected.
    """
    return gradient - (gradient * rows).sum(1, keepdim=True) * rows


def compare(
    loss: torch.nn.Module,
    case: Case,
    rtol: float = 1e-7,
    dtype: torch.dtype = torch.float64,
    factor: float = 1.0,
    ambient: bool = False,
) -> None:
    """Loss, feature gradient and weight gradient of a classifier against a golden case.

    Args:
        loss: ours, with a parameter `weight`.
        case: the golden case.
        rtol: relative tolerance.
        dtype: precision in which ours is computed.
        factor: golden loss = factor x ours (loss weights in other people's code).
        ambient: whether the golden weight gradient lacks the projection; see `tangent`.
    """
    loss = loss.to(dtype)
    loss.weight.data = case.tensor("weights", dtype)
    features = case.tensor("features", dtype).requires_grad_()
    value = loss(features, case.tensor("labels"))
    value.backward()
    agree(case, "loss", factor * value, "loss", rtol)
    agree(case, "feature gradient", factor * features.grad, "grad_features", rtol)
    if ambient:
        rows = case.tensor("weights")
        expected = tangent(case.tensor("grad_weights"), rows)
        case.arrays["grad_weights"] = expected.numpy()
    agree(case, "weight gradient", factor * loss.weight.grad, "grad_weights", rtol)
