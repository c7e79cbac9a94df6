"""Pairs of images of a batch: which show the same person, and how far apart their embeddings are.

Everything has a shape that follows from B alone, so that a GPU never has to be asked.
"""

import torch
from torch import Tensor


def pairs(batch: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Each unordered pair i < j once: two index tensors of length B (B - 1)/2."""
    first, second = torch.triu_indices(batch, batch, offset=1, device=device)
    return first, second


def squared_distances(vectors: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """|x_i - x_j|^2 of the given pairs, (n, D) -> (P,), from the differences themselves.

    |x|^2 + |y|^2 - 2 x.y would save memory and cost the digits of near neighbors.
    """
    return (vectors[first] - vectors[second]).square().sum(dim=1)


def same_person(labels: Tensor) -> Tensor:
    """(B,) -> (B, B): whether two images show the same person; True on the diagonal."""
    return labels.unsqueeze(1) == labels.unsqueeze(0)


def first_of_person(same: Tensor) -> Tensor:
    """(B, B) -> (B,): whether an image is the first of its person in the batch."""
    return ~same.tril(-1).any(dim=1)


def last_of_person(same: Tensor) -> Tensor:
    """(B, B) -> (B,): index of the last image of each image's person in the batch."""
    places = torch.arange(len(same), device=same.device)
    return torch.where(same, places, -1).amax(dim=1)


def refuse_one_person(labels: Tensor, what: str) -> None:
    """Refuse a batch with a single person; looked at on the CPU only.

    Raises:
        ValueError: if all labels are the same.
    """
    if labels.device.type == "cpu" and bool((labels == labels[0]).all()):
        raise ValueError(
            f"{what} compares people, but all {len(labels)} images of the batch show person "
            f"{int(labels[0])}; a P x K batch has at least 2"
        )


def refuse_without_triplet(labels: Tensor, what: str) -> None:
    """Refuse a batch without two images of one person and one of another; on the CPU only.

    Raises:
        ValueError: if there is one person only, or one image of each.
    """
    if labels.device.type != "cpu":
        return
    people = len(set(labels.tolist()))
    if people in (1, len(labels)):
        raise ValueError(
            f"{what} needs two images of one person and one of another, but the {len(labels)} "
            f"images of the batch show {people} people; a P x K batch has both"
        )


def check_hardness(labels: Tensor, hardness: Tensor | None, students: int) -> Tensor:
    """Refuse branches that do not fit; values are looked at on the CPU only.

    Args:
        labels: (B,).
        hardness: (B,) int64, 0 for easy, 1..students for hard.
        students: number of hard branches.

    Returns:
        hardness.

    Raises:
        TypeError: if hardness is not int64.
        ValueError: if it is missing, or its shape or a value is wrong.
    """
    if hardness is None:
        raise ValueError("distribution distillation needs hardness, the branch of each image")
    if hardness.dtype != torch.int64:
        raise TypeError(f"hardness must be int64, not {hardness.dtype}")
    if hardness.shape != labels.shape:
        wanted, found = tuple(labels.shape), tuple(hardness.shape)
        raise ValueError(f"hardness must have shape {wanted}, not {found}")
    if hardness.device.type == "cpu":
        low, high = torch.aminmax(hardness)
        if low < 0 or high > students:
            wrong = int(low) if low < 0 else int(high)
            raise ValueError(f"hardness must be in 0..{students}, but one is {wrong}")
    return hardness
