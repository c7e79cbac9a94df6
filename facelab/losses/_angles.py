"""Adding an angle to an angle when only its cosine is known.

    cos(theta + m) = cos(theta) cos(m) - sin(theta) sin(m)

so no arccos is needed, and no gradient 1/sin(theta) blows up where an embedding meets its center.

Beyond theta = pi - m the cosine of theta + m rises again: a loss that uses it there rewards an
embedding for turning away. Public codes differ in what they do about it; `BEYOND_PI` lists them.
"""

import math

import torch
from torch import Tensor

from facelab.losses._settings import Choice

LEAST_SIN_SQUARED = 1e-12  # sqrt has an infinite slope at 0: an embedding may lie on its center

BEYOND_PI = Choice(
    "what replaces cos(theta + m) where theta + m > pi",
    {
        "linear": "cos(theta) - m sin(m): never rises (curricularface, pytorch-metric-learning)",
        "none": "cos(theta + m) all the way, rising (insightface, ElasticFace)",
        "clip": "-1: theta + m stops at pi, without a gradient (OpenSphere, AdaFace)",
        "keep": "cos(theta): the margin is dropped, a step up (FaceX-Zoo)",
        "easy": "cos(theta) wherever cos(theta) <= 0 (the easy margin of several codes)",
        "shift": "cos(theta) - (1 - cos(m)): continuous and never rising (wespeaker)",
    },
    default="linear",
)


def cos_of_sum(cosine: Tensor, margin: float | Tensor, beyond_pi: str = "linear") -> Tensor:
    """cos(theta + m), with the chosen treatment where theta + m > pi.

    Args:
        cosine: cos(theta), any shape.
        margin: m in radians, a number or a tensor that broadcasts against `cosine`.
        beyond_pi: a key of BEYOND_PI.

    Returns:
        psi(theta), the shape of `cosine`.
    """
    m = torch.as_tensor(margin, dtype=cosine.dtype, device=cosine.device)
    sine = ((1 - cosine) * (1 + cosine)).clamp_min(LEAST_SIN_SQUARED).sqrt()
    turned = cosine * m.cos() - sine * m.sin()
    if beyond_pi == "none":
        return turned
    if beyond_pi == "easy":
        return torch.where(cosine > 0, turned, cosine)
    replaced = {
        "linear": cosine - m * m.sin(),
        "clip": torch.full_like(cosine, -1.0),
        "keep": cosine,
        "shift": cosine - (1 - m.cos()),
    }[beyond_pi]
    return torch.where(cosine > (math.pi - m).cos(), turned, replaced)


def straight_through(value: Tensor, cosine: Tensor) -> Tensor:
    """The value of `value` with the gradient of `cosine` (characteristic gradient detachment)."""
    return cosine + (value - cosine).detach()
