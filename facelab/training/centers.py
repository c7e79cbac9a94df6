"""Where the class centers start."""

import math
from typing import Any

import torch
from torch import Tensor, nn


def spread_centers(loss: nn.Module, seed: int) -> None:
    """Start the class centers evenly spread on the circle or the sphere, people in random order.

    Two random centers on a circle often lie almost on top of each other, and a margin then keeps
    their people from passing: one seed in three never converges. Beyond three dimensions random
    centers are nearly at right angles already, and stay as they are.

    Args:
        loss: with centers `weight` (C, D); their lengths are kept.
        seed: decides who starts where.
    """
    classifier: Any = getattr(loss, "classifier", loss)
    centers = getattr(classifier, "weight", None)
    if centers is None or centers.shape[1] not in (2, 3):
        return
    count = int(classifier.num_classes)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(count, generator=generator)
    even = evenly(count, centers.shape[1])[order]
    copies = len(centers) // count  # several centers of a person stay close together
    even = even.repeat_interleave(copies, 0)
    even = even + (copies > 1) * 0.1 * torch.randn(even.shape, generator=generator)
    with torch.no_grad():
        even = even / even.norm(dim=1, keepdim=True)
        centers.copy_(even.to(centers) * centers.norm(dim=1, keepdim=True))


def evenly(count: int, dim: int) -> Tensor:
    """Unit vectors evenly spread on the circle (dim 2) or the sphere (dim 3), (count, dim).

    On the sphere they follow the Fibonacci spiral: equal steps in height, golden steps around.
    """
    place = torch.arange(count)
    if dim == 2:
        turn = 2 * math.pi * place / count
        return torch.stack([turn.cos(), turn.sin()], 1)
    height = 1 - (2 * place + 1) / count
    around = math.pi * (1 + math.sqrt(5)) * (place + 0.5)
    ring = (1 - height**2).sqrt()
    return torch.stack([ring * around.cos(), ring * around.sin(), height], 1)


def roomiest(centers: Tensor, more: int) -> Tensor:
    """Centers followed by newcomers, each where it is farthest from all that are there.

    Args:
        centers: (C, D) unit vectors, D 2 or 3.
        more: how many newcomers.

    Returns:
        (C + more, D) unit vectors.
    """
    places = evenly(360, centers.shape[1]).to(centers)
    for _ in range(more):
        nearest = (places @ centers.T).amax(dim=1)  # (360,) cosine to the nearest center
        centers = torch.cat([centers, places[nearest.argmin()].unsqueeze(0)])
    return centers
