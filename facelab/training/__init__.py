"""Training: one loop, on one screen, that tells what happened and leaves the rest to the caller.

    for step in fit(backbone, loss, images, labels, epochs=40, seed=0):
        print(step.epoch, step.loss)

The caller prints, plots, stops, saves, or moves `loss.margin` between two steps.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from facelab.training.augmentation import coarsen, distort, to_pixels
from facelab.training.device import lower_precision
from facelab.training.sampling import batches


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
) -> Iterator[Step]:
    """Train a network and the centers of its loss together, on the device where the network is.

    Args:
        backbone: (B, channels, H, W) -> (B, D).
        loss: (B, D), (B,) -> scalar; its parameters are trained too.
        images: (N, H, W) or (N, H, W, 3) uint8.
        labels: (N,) int64, 0..C-1.
        epochs: passes over the images.
        batch_size: B; the last batch of an epoch is as large as the others, give or take one.
        learning_rate: the highest of AdamW; it rises for a tenth of the steps, then falls to 0.
        seed: decides order and distortion of the images, epoch by epoch.
        augment: whether to flip, shift, turn, scale and relight the images.
        precision: "float32" or "bfloat16".
        optimizer: one to go on with, after an interruption.
        first_epoch: where to go on.

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


def make_optimizer(backbone: nn.Module, loss: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW over the network, with weight decay, and over the loss, without.

    A loss may ask for multiples of the learning rate, in its attribute `rates`: name -> multiple.
    """
    groups: list[dict[str, Any]] = [{"params": list(backbone.parameters()), "weight_decay": 0.05}]
    for part in loss.modules():
        rates = getattr(part, "rates", {})
        for name, parameter in part.named_parameters(recurse=False):
            own = {"params": [parameter], "weight_decay": 0.0, "multiple": rates.get(name, 1.0)}
            groups.append(own)
    return torch.optim.AdamW(groups, lr=rate)


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
    count, dim = int(classifier.num_classes), centers.shape[1]
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(count, generator=generator)
    turn = 2 * math.pi * order / count
    even = torch.stack([turn.cos(), turn.sin()], 1)
    if dim == 3:  # the Fibonacci spiral: equal steps in height, golden steps around
        height = 1 - (2 * order + 1) / count
        around = math.pi * (1 + math.sqrt(5)) * (order + 0.5)
        ring = (1 - height**2).sqrt()
        even = torch.stack([ring * around.cos(), ring * around.sin(), height], 1)
    copies = len(centers) // count  # several centers of a person stay close together
    even = even.repeat_interleave(copies, 0)
    even = even + (copies > 1) * 0.1 * torch.randn(even.shape, generator=generator)
    with torch.no_grad():
        even = even / even.norm(dim=1, keepdim=True)
        centers.copy_(even.to(centers) * centers.norm(dim=1, keepdim=True))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give all parameters their learning rate: this one, or the multiple they ask for."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("multiple", 1.0)


def schedule(done: float) -> float:
    """Share of the highest rate at a share `done` of all steps: a rise, then a cosine down."""
    return min(done / 0.1, 0.5 * (1 + math.cos(math.pi * max(0.0, (done - 0.1) / 0.9))))


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
