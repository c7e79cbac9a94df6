"""The optimizer, and how high its learning rate is at each step."""

import math
from typing import Any

import torch
from torch import nn


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


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give all parameters their learning rate: this one, or the multiple they ask for."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("multiple", 1.0)


def rise_and_fall(done: float) -> float:
    """Share of the highest rate at a share `done` of all steps: a rise, then a cosine down."""
    return min(done / 0.1, 0.5 * (1 + math.cos(math.pi * max(0.0, (done - 0.1) / 0.9))))


def steady(done: float) -> float:
    """The highest rate all the time, for training that has no end."""
    return 1.0
