"""Which images go into a batch together."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from facelab.choices import unknown

TOGETHER = 4  # images of one person in a batch of people with several images each
KINDS = ("shuffled", "P x K", "easy and hard")


def batches(
    labels: ArrayLike, count: int, kind: str, generator: torch.Generator
) -> Iterator[Tensor]:
    """The rows of an epoch, each once, dealt into batches of nearly one size.

    Args:
        labels: (N,) person on each image.
        count: number of batches.
        kind: "shuffled" takes images as they come; the others put up to 4 images of a person into
            a batch together, for losses that compare images with each other.
        generator: decides the order.

    Yields:
        (B,) int64 rows.

    Raises:
        ValueError: if the kind is unknown.
    """
    if kind not in KINDS:
        raise ValueError(unknown("kind of batches", kind, KINDS))
    order = torch.randperm(len(np.asarray(labels)), generator=generator)
    if kind != "shuffled":
        order = gathered(order, torch.as_tensor(np.asarray(labels)))
    yield from order.tensor_split(count)


def gathered(order: Tensor, labels: Tensor) -> Tensor:
    """An order in which the images of a person come in small groups, the groups person by person.

    The first groups of all people come first, then the second ones, so that neighbors differ.
    """
    seen: dict[int, int] = {}
    groups: dict[tuple[int, int], list[int]] = {}
    for row in order.tolist():
        person = int(labels[row])
        turn = seen.get(person, 0)
        seen[person] = turn + 1
        groups.setdefault((turn // TOGETHER, person), []).append(row)
    by_turn = sorted(groups, key=lambda key: key[0])  # stable: people stay in the shuffled order
    return torch.tensor([row for key in by_turn for row in groups[key]])
