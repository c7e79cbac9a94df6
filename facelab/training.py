"""Training: one loop, on one screen, that tells what happened and leaves the rest to the caller.

    for step in fit(backbone, loss, images, labels, epochs=40, seed=0):
        print(step.epoch, step.loss)

The caller prints, plots, stops, saves, or moves `loss.margin` between two steps.
"""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facelab.choices import unknown

MEAN, SPREAD = 127.5, 64.0  # gray values to about -2..2


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
    rate: float = 3e-3,
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
        rate: highest learning rate of AdamW; it rises for a tenth of the steps, then falls to 0.
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
    _check(len(pixels), len(targets), epochs, batch_size, rate)
    optimizer = optimizer or make_optimizer(backbone, loss, rate)
    per_epoch = math.ceil(len(pixels) / batch_size)
    backbone.train()
    loss.train()
    for epoch in range(first_epoch, epochs):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        order = torch.randperm(len(pixels), generator=generator).to(device)
        for number, rows in enumerate(order.tensor_split(per_epoch)):
            step = epoch * per_epoch + number
            set_rate(optimizer, rate * schedule((step + 1) / (epochs * per_epoch + 1)))
            batch = distort(pixels[rows], generator) if augment else pixels[rows]
            with lower_precision(device, precision):
                embeddings = backbone(batch).float()  # (B, D)
            value = loss(embeddings, targets[rows])
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
            last = number == per_epoch - 1
            yield Step(epoch, step, value.detach(), embeddings.detach(), targets[rows], last)


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
        raise ValueError(f"rate must be above 0, not {rate}")


def make_optimizer(backbone: nn.Module, loss: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW over the network, with weight decay, and over the loss, without."""
    groups: list[dict[str, Any]] = [{"params": list(backbone.parameters()), "weight_decay": 0.05}]
    if own := list(loss.parameters()):
        groups.append({"params": own, "weight_decay": 0.0})
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
    centers = getattr(getattr(loss, "classifier", loss), "weight", None)
    if centers is None or centers.shape[1] not in (2, 3):
        return
    count, dim = centers.shape
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    turn = 2 * math.pi * order / count
    even = torch.stack([turn.cos(), turn.sin()], 1)
    if dim == 3:  # the Fibonacci spiral: equal steps in height, golden steps around
        height = 1 - (2 * order + 1) / count
        around = math.pi * (1 + math.sqrt(5)) * (order + 0.5)
        ring = (1 - height**2).sqrt()
        even = torch.stack([ring * around.cos(), ring * around.sin(), height], 1)
    with torch.no_grad():
        centers.copy_(even.to(centers) * centers.norm(dim=1, keepdim=True))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give all parameters the same learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def schedule(done: float) -> float:
    """Share of the highest rate at a share `done` of all steps: a rise, then a cosine down."""
    return min(done / 0.1, 0.5 * (1 + math.cos(math.pi * max(0.0, (done - 0.1) / 0.9))))


def to_pixels(images: np.ndarray, device: torch.device | str) -> Tensor:
    """uint8 (N, H, W) or (N, H, W, 3) -> float (N, channels, H, W) on the device, about -2 to 2."""
    tensor = torch.as_tensor(images, device=device)
    tensor = tensor.unsqueeze(1) if tensor.ndim == 3 else tensor.permute(0, 3, 1, 2)
    return ((tensor.float() - MEAN) / SPREAD).contiguous()


def distort(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Flip, turn, scale, shift and relight each picture of a batch by its own draw.

    Args:
        pixels: (B, channels, H, W).
        generator: on the CPU, so that every device sees the same draws.

    Returns:
        (B, channels, H, W).
    """
    draws = torch.rand(7, len(pixels), generator=generator).to(pixels.device) * 2 - 1  # -1..1
    turn, grow, across, down = 0.15 * draws[0], 1 + 0.1 * draws[1], 0.12 * draws[2], 0.12 * draws[3]
    flip = torch.where(draws[4] > 0, 1.0, -1.0)
    cos, sin = turn.cos() * grow, turn.sin() * grow
    rows = [torch.stack([cos * flip, -sin, across], 1), torch.stack([sin * flip, cos, down], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), list(pixels.shape), align_corners=False)
    moved = F.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    contrast, light = 1 + 0.2 * draws[5], 0.3 * draws[6]
    return moved * contrast.view(-1, 1, 1, 1) + light.view(-1, 1, 1, 1)


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
