"""Training: one loop, on one screen, that tells what happened and leaves the rest to the caller.

    for step in fit(backbone, loss, images, labels, epochs=40, seed=0):
        print(step.epoch, step.loss)

The caller prints, plots, stops, saves, or moves `loss.margin` between two steps.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from facelab.training.augmentation import coarsen, distort, to_pixels
from facelab.training.centers import spread_centers
from facelab.training.device import lower_precision
from facelab.training.rates import make_optimizer, rise_and_fall, set_rate, steady
from facelab.training.sampling import batches

__all__ = [
    "Step",
    "coarsen",
    "embed",
    "fit",
    "make_optimizer",
    "rise_and_fall",
    "spread_centers",
    "steady",
]


@dataclass(frozen=True)
class Step:
    """What one step of training did; nothing here has waited for the device.

    Attributes:
        epoch: passes over the images finished before this step.
        step: steps finished before this one.
        loss: scalar, before the step.
        embeddings: (B, D) of the batch, before the step.
        labels: (B,) of the batch.
        last: whether it was the last step of its epoch.
    """

    epoch: int
    step: int
    loss: Tensor
    embeddings: Tensor
    labels: Tensor
    last: bool


def fit(
    backbone: nn.Module,
    loss: nn.Module,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int = 40,
    batch_size: int = 60,
    learning_rate: float = 3e-3,
    seed: int = 0,
    augment: bool = True,
    precision: str = "float32",
    optimizer: torch.optim.Optimizer | None = None,
    first_epoch: int = 0,
    schedule: Callable[[float], float] = rise_and_fall,
) -> Iterator[Step]:
    """Train a network and the centers of its loss together, on the device where the network is.

    Args:
        backbone: (B, channels, H, W) -> (B, D).
        loss: (B, D), (B,) -> scalar; its parameters are trained too.
        images: (N, H, W) or (N, H, W, 3) uint8.
        labels: (N,) int64, 0..C-1.
        epochs: passes over the images.
        batch_size: B; the last batch of an epoch is as large as the others, give or take one.
        learning_rate: the highest of AdamW.
        seed: decides order and distortion of the images, epoch by epoch.
        augment: whether to flip, shift, turn, scale and relight the images.
        precision: "float32" or "bfloat16".
        optimizer: one to go on with, after an interruption.
        first_epoch: where to go on.
        schedule: share of the steps done, 0 to 1 -> share of the highest rate.

    Yields:
        A Step after each step.

    Raises:
        ValueError: if images and labels do not fit together, or an argument is out of range.
    """
    device = next(backbone.parameters()).device
    pixels, targets = to_pixels(images, device), torch.as_tensor(labels, device=device)
    _check(len(pixels), len(targets), epochs, batch_size, learning_rate)
    optimizer = optimizer or make_optimizer(backbone, loss, learning_rate)
    per_epoch = math.ceil(len(pixels) / batch_size)
    needs = getattr(loss, "batches", "shuffled")
    backbone.train()
    loss.train()
    for epoch in range(first_epoch, epochs):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        for number, rows in enumerate(batches(labels, per_epoch, needs, generator)):
            step = epoch * per_epoch + number
            set_rate(optimizer, learning_rate * schedule((step + 1) / (epochs * per_epoch + 1)))
            batch = distort(pixels[rows], generator) if augment else pixels[rows]
            batch, extra = add_hard(batch, loss) if needs == "easy and hard" else (batch, ())
            people = targets[rows].repeat(len(batch) // len(rows))
            with lower_precision(device, precision):
                embeddings = backbone(batch).float()  # (B, D)
            value = loss(embeddings, people, *extra)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
            last = number == per_epoch - 1
            yield Step(epoch, step, value.detach(), embeddings.detach(), people, last)


def add_hard(pixels: Tensor, loss: nn.Module) -> tuple[Tensor, tuple[Tensor]]:
    """A batch, followed by coarser and coarser copies of it, and the branch of each image.

    Args:
        pixels: (B, channels, H, W), the easy branch.
        loss: its attribute `students` says how many hard branches there are.

    Returns:
        (B (1 + students), channels, H, W), and (B (1 + students),) int64 in a tuple of its own.
    """
    students = int(getattr(loss, "students", 1))
    copies = [coarsen(pixels, 2.0 ** (branch + 1)) for branch in range(1, students + 1)]
    hardness = torch.arange(1 + students, device=pixels.device).repeat_interleave(len(pixels))
    return torch.cat([pixels, *copies]), (hardness,)


def _check(images: int, labels: int, epochs: int, batch_size: int, rate: float) -> None:
    if images != labels:
        raise ValueError(f"as many labels as images are needed, not {labels} for {images}")
    if images == 0:
        raise ValueError("there are no images to train on")
    if epochs < 1 or batch_size < 2:
        raise ValueError(
            f"epochs must be at least 1 and batch_size at least 2, not {epochs} and {batch_size}"
        )
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"learning_rate must be above 0, not {rate}")


def embed(backbone: nn.Module, images: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """Embeddings of images, (N, H, W) or (N, H, W, 3) uint8 -> (N, D) float32, without training."""
    device = next(backbone.parameters()).device
    training = backbone.training
    backbone.eval()
    with torch.inference_mode():
        parts = [
            backbone(to_pixels(images[start : start + batch_size], device)).float().cpu()
            for start in range(0, len(images), batch_size)
        ]
    backbone.train(training)
    return torch.cat(parts).numpy()
