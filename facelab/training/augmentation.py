"""Pictures on their way into the network: uint8 to numbers, distorted, or made hard to read."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

MEAN, SPREAD = 127.5, 64.0  # gray values to about -2..2


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


def coarsen(pixels: Tensor, factor: float) -> Tensor:
    """Lose resolution: each picture is made `factor` times smaller and as large again.

    Args:
        pixels: (B, channels, H, W).
        factor: at least 1; 4 leaves a quarter of the height and width.

    Returns:
        (B, channels, H, W).

    Raises:
        ValueError: if the factor is below 1.
    """
    if not factor >= 1:
        raise ValueError(f"factor must be at least 1, not {factor}")
    size = (max(1, round(pixels.shape[2] / factor)), max(1, round(pixels.shape[3] / factor)))
    small = F.adaptive_avg_pool2d(pixels, size)
    return F.interpolate(small, list(pixels.shape[2:]), mode="bilinear", align_corners=False)
