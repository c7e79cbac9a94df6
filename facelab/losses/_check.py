"""Runs the theorems on anybody's loss and says which hold, which fail, and what that means.

facelab.losses.check(MyLoss)          # a class, called with num_classes and embedding_dim
facelab.losses.check("my_loss.py:MyLoss")
facelab check my_loss.py:MyLoss       # the same, from the command line
"""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from facelab.choices import unknown
from facelab.losses._probe import Probe
from facelab.losses._theorems import THEOREMS


@dataclass(frozen=True)
class Finding:
    """What came of one theorem.

    Attributes:
        statement: the theorem.
        holds: whether it holds; None if it does not apply.
        detail: what was seen where it does not hold.
        fails: what that means in training.
    """

    statement: str
    holds: bool | None
    detail: str
    fails: str

    def __str__(self) -> str:
        if self.holds:
            return f"holds  {self.statement}"
        if self.holds is None:
            return f"  -    {self.statement} (does not apply)"
        return f"FAILS  {self.statement}: {self.detail}\n       in training: {self.fails}"


@dataclass(frozen=True)
class Report:
    """The findings on one loss; `print(report)` shows them, `report.ok` sums them up."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no theorem fails."""
        return not self.failed

    @property
    def failed(self) -> list[str]:
        """The statements that fail."""
        return [finding.statement for finding in self.findings if finding.holds is False]

    def __str__(self) -> str:
        held = sum(finding.holds is True for finding in self.findings)
        verdict = f"{self.name}: {held} hold, {len(self.failed)} fail"
        return "\n".join([*map(str, self.findings), verdict])

    __repr__ = __str__


def check(loss: str | Callable[..., nn.Module], **settings: Any) -> Report:
    """Try every theorem on a loss.

    Args:
        loss: a class (or any function) that gives a loss for C people and embeddings of length D:
            a module with class centers as a parameter (C, D) whose forward(embeddings, labels)
            gives a scalar, or logits (B, C); or "FILE.py:Class", read anew each time.
        settings: keywords given to it.

    Returns:
        A Report.

    Raises:
        TypeError: if `loss` is no class or function.
        ValueError: if it has no class centers, or gives back neither a loss nor logits; or if the
            file cannot be run, or lacks the class.
        FileNotFoundError: if there is no such file.
    """
    loss = load(loss) if isinstance(loss, str) else loss
    if isinstance(loss, nn.Module) or not callable(loss):
        raise TypeError(f"check needs the class of a loss, not {loss!r}")
    make = partial(loss, **settings) if settings else loss
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        probes = [Probe(make, dtype) for dtype in (torch.float64, torch.float32)]
        findings = tuple(_find(theorem, probes) for theorem in THEOREMS)
    return Report(getattr(loss, "__name__", repr(loss)), findings)


def _find(theorem: Any, probes: list[Probe]) -> Finding:
    """Try a theorem in float64, and in float32 too where it asks for finite numbers."""
    outcomes = []
    for probe in probes:
        single = probe.dtype == torch.float32
        if single and not theorem.statement.startswith("finite"):
            continue
        try:
            outcomes.append(theorem.test(probe))
        except (RuntimeError, ArithmeticError, ValueError, TypeError) as error:
            outcomes.append(f"it stopped: {str(error).splitlines()[0]}")
    applied = [outcome for outcome in outcomes if outcome is not None]
    wrong = next((outcome for outcome in applied if outcome), "")
    holds = None if not applied else not wrong
    return Finding(theorem.statement, holds, wrong, theorem.fails)


def load(place: str) -> Any:
    """The class named by FILE.py:Class, as the file is now.

    Raises:
        ValueError: if the place is not of that form, the file cannot be run, or lacks the class.
        FileNotFoundError: if there is no such file.
    """
    file, colon, name = place.rpartition(":")
    if not colon or not file.endswith(".py") or not name:
        raise ValueError(f"a loss is named as FILE.py:Class, not {place!r}")
    path = Path(file)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {file!r}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        exec(compile(path.read_bytes(), file, "exec"), vars(module))  # never a compiled copy
    except Exception as error:
        raise ValueError(f"{file} cannot be run: {type(error).__name__}: {error}") from error
    if not hasattr(module, name):
        classes = [key for key, value in vars(module).items() if isinstance(value, type)]
        raise ValueError(unknown(f"class in {file}", name, classes))
    return getattr(module, name)
