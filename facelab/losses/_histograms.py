"""Sets of cosines as soft histograms, and how far apart two of them are."""

import torch
from torch import Tensor

from facelab.losses._door import unit

TINY = 1e-9  # added to a histogram before its logarithm; the number of the authors of DDL


def pair_cosines(first: Tensor, second: Tensor) -> Tensor:
    """Cosines of given pairs, (n, D), (n, D) -> (n,)."""
    return (unit(first) * unit(second)).sum(dim=1)


def hardest_negatives(embeddings: Tensor, mode: str = "paper") -> Tensor:
    """The largest cosine of each face to another one, (n, D) -> (n,).

    Args:
        embeddings: (n, D) of n different people, at least 2.
        mode: "paper", or "tface": to later faces only, and never below 0.
    """
    units = unit(embeddings)
    cosines = units @ units.T
    if mode == "tface":
        return cosines.triu(1).amax(dim=1)
    itself = torch.eye(len(cosines), dtype=torch.bool, device=cosines.device)
    return cosines.masked_fill(itself, -torch.inf).amax(dim=1)


def soft_histogram(values: Tensor, nodes: Tensor, width: float) -> Tensor:
    """h_r = sum_s exp(-(s - t_r)^2/(2 sigma^2)), divided by its sum.

    Args:
        values: (n,).
        nodes: t, (R,).
        width: sigma, the unit of the values.

    Returns:
        (R,), at least 0, sum 1.
    """
    gaps = (values.unsqueeze(1) - nodes) / width  # (n, R)
    heights = (-gaps.square() / 2).exp().sum(dim=0)
    return heights / heights.sum()


def divergence(teacher: Tensor, student: Tensor) -> Tensor:
    """KL(P || Q) with TINY added to both, (R,), (R,) -> scalar."""
    p, q = teacher + TINY, student + TINY
    return (p * (p.log() - q.log())).sum()


def order_terms(positives: list[Tensor], negatives: list[Tensor]) -> Tensor:
    """mean S-_a - mean S+_b for all branches a (rows) and b (columns)."""
    high = torch.stack([s.mean() for s in positives])
    low = torch.stack([s.mean() for s in negatives])
    return low.unsqueeze(1) - high
