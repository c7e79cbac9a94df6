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
        "linear": "cos(theta) - m sin(m): falls on (curricularface, pytorch-metric-learning)",
        "none": "cos(theta + m) all the way, rising (insightface, ElasticFace)",
        "clip": "-1: theta + m stops at pi, without a gradient (OpenSphere, AdaFace)",
        "keep": "cos(theta): the margin is dropped, a step up (FaceX-Zoo)",
        "easy": "cos(theta) wherever cos(theta) <= 0 (the easy margin of several codes)",
        "shift": "cos(theta) - (1 - cos(m)): continuous and never rising (wespeaker)",
    },
    default="linear",
)


GRADIENT = Choice(
    "slope of psi in the backward pass",
    {
        "exact": "the derivative of psi",
        "straight_through": "the slope of the plain cosine (insightface, OpenSphere)",
    },
    default="exact",
)


def sine(cosine: Tensor) -> Tensor:
    """sin(theta) from cos(theta), never quite 0, so that its slope stays finite."""
    return ((1 - cosine) * (1 + cosine)).clamp_min(LEAST_SIN_SQUARED).sqrt()


def angle(cosine: Tensor) -> Tensor:
    """theta from cos(theta), in radians; unlike arccos with a finite slope at 0 and at pi."""
    return torch.atan2(sine(cosine), cosine)


def cos_of_sum(cosine: Tensor, margin: float | Tensor, beyond_pi: str = "linear") -> Tensor:
    """cos(theta + m), with the chosen treatment where theta + m > pi.

    Args:
        cosine: cos(theta), any shape.
        margin: m in radians, a number or a tensor that broadcasts against `cosine`.
        beyond_pi: a key of BEYOND_PI.

    Returns:
        psi(theta), the shape of `cosine`.
    """
    m = margin if isinstance(margin, Tensor) else cosine.new_full((), margin)
    turned = cosine * m.cos() - sine(cosine) * m.sin()
    beyond = (cosine <= (math.pi - m).cos()) & (m > 0)  # a drawn margin may be negative
    return past_pi(turned, cosine, m, beyond, beyond_pi)


def past_pi(turned: Tensor, cosine: Tensor, ahead: Tensor, beyond: Tensor, how: str) -> Tensor:
    """A turned cosine, replaced where its angle has passed pi.

    Args:
        turned: cosine of the turned angle, (B,).
        cosine: cos(theta), (B,).
        ahead: radians by which the turned angle leads theta when it reaches pi, () or (B,).
        beyond: where it has passed pi, (B,) bool.
        how: a key of BEYOND_PI.

    Returns:
        psi(theta), (B,).
    """
    if how == "none":
        return turned
    if how == "easy":
        return torch.where(cosine > 0, turned, cosine)
    replaced = {
        "linear": cosine - ahead * ahead.sin(),
        "clip": torch.full_like(cosine, -1.0),
        "keep": cosine,
        "shift": cosine - (1 - ahead.cos()),
    }[how]
    return torch.where(beyond, replaced, turned)


def falling_cosine(phi: Tensor) -> Tensor:
    """(-1)^k cos(phi) - 2k with k = floor(phi/pi): a cosine that goes on falling beyond pi.

    Args:
        phi: radians, at least 0, any shape.
    """
    k = torch.floor(phi / math.pi)
    return (1 - 2 * (k % 2)) * phi.cos() - 2 * k


def straight_through(value: Tensor, cosine: Tensor) -> Tensor:
    """The value of `value` with the gradient of `cosine` (characteristic gradient detachment)."""
    return cosine + (value - cosine).detach()
