"""What a comparison is asked for: losses with their settings, seeds and splits."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from numbers import Integral
from pathlib import Path
from typing import Any

from facelab.choices import read_settings, unknown
from facelab.experiments import _own
from facelab.experiments._train import train

OURS = ("loss", "data", "seed", "split", "out", "progress", "settings")  # compare says these itself
WITH_SETTINGS = re.compile(r"(.+?):([A-Za-z_][\w-]*\s*=[^:]*)")


@dataclass(frozen=True)
class Wanted:
    """A loss of a comparison: what it is called there, and what a run is told."""

    label: str
    loss: str
    settings: dict[str, Any]

    @property
    def folder(self) -> str:
        """Its part of the name of a folder, also on systems that allow few letters."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", self.label)
        if plain == self.label:
            return plain
        return f"{plain}-{hashlib.sha256(self.label.encode()).hexdigest()[:8]}"


def read_loss(said: Any) -> Wanted:
    """A loss from "arcface", "arcface:margin=0.3,scale=32", "my_loss.py:MyLoss" or a class.

    Raises:
        TypeError, ValueError, FileNotFoundError: if there is no such loss, or the settings are not
            written as name=value.
    """
    place, found, words = (said, "", "") if isinstance(said, type) else _cut(said)
    loss = _own.named(place)
    file, colon, name = loss.rpartition(":")
    label = f"{Path(file).name}:{name}" if colon else loss
    example = "arcface:margin=0.3,scale=32"
    settings = read_settings(words, str(said), example) if found else {}
    return Wanted(label + found + words, loss, settings)


def _cut(said: Any) -> tuple[Any, str, str]:
    """Loss, colon and settings of what was said."""
    match = WITH_SETTINGS.fullmatch(said) if isinstance(said, str) else None
    return (match[1], ":", match[2]) if match else (said, "", "")


def read_losses(losses: Any, baseline: Any) -> tuple[list[Wanted], str]:
    """The losses, no two alike, and the label of the one that the others are compared with.

    Raises:
        TypeError, ValueError: if there are fewer than two, one is named twice, or the baseline is
            not among them.
    """
    if isinstance(losses, str | type) or not isinstance(losses, Iterable):
        raise TypeError(f"losses must be a list of losses, not {losses!r}")
    wanted = [read_loss(said) for said in losses]
    labels = [entry.label for entry in wanted]
    if len(labels) < 2:
        raise ValueError(f"a comparison needs at least 2 losses, not {len(labels)}")
    twice = [label for label in labels if labels.count(label) > 1]
    if twice:
        raise ValueError(f"{twice[0]} is named twice; each loss is compared once")
    first = labels[0] if baseline is None else read_loss(baseline).label
    if first not in labels:
        raise ValueError(unknown("baseline", first, labels))
    return wanted, first


def read_numbers(said: int | Sequence[int], what: str) -> list[int]:
    """Seeds or splits: 3 means 0, 1, 2; a list is taken as it is.

    Raises:
        TypeError, ValueError: if it is neither, is empty, or a number comes twice or is negative.
    """
    if isinstance(said, Integral) and not isinstance(said, bool):
        if said < 1:
            raise ValueError(f"{what} must be at least 1, not {said}")
        return list(range(int(said)))
    if isinstance(said, str | bool) or not isinstance(said, Iterable):
        raise TypeError(f"{what} must be a number or a list of numbers, not {said!r}")
    numbers = list(said)
    for number in numbers:
        if not isinstance(number, Integral) or isinstance(number, bool) or number < 0:
            raise ValueError(f"{what} must be whole numbers of at least 0, not {number!r}")
    if not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(f"{what} must be different numbers, at least one, not {numbers}")
    return [int(number) for number in numbers]


def read_options(options: dict[str, Any]) -> dict[str, Any]:
    """A value for each option of `train` that all runs share.

    Raises:
        TypeError: if there is no such option.
    """
    known = {
        name: parameter.default
        for name, parameter in signature(train).parameters.items()
        if name not in OURS and parameter.kind is not Parameter.VAR_KEYWORD
    }
    for name in options:
        if name not in known:
            raise TypeError(unknown("option of compare", name, known))
    return known | options
