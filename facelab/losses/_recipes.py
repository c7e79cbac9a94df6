"""What trains by itself: classifiers as they are, other losses joined as their papers join them."""

from collections.abc import Callable
from typing import Any

from torch import nn

from facelab.losses._joint import AuxiliaryLoss
from facelab.losses._settings import Settings


def run_settings(cls: Any) -> Settings:
    """The settings of a loss in a run: its own, and its weight where it stands beside others."""
    joined = issubclass(cls, AuxiliaryLoss) and cls.partners
    return {**cls.settings, "beside": cls.beside} if joined else cls.settings


def joined(
    loss: nn.Module, build: Callable[[str], nn.Module], beside: float | None = None
) -> nn.Module:
    """A loss as it trains: itself, or the sum with its partners.

    Args:
        loss: any loss.
        build: gives a partner by its key.
        beside: weight of the loss in the sum; what suits small sets if None.

    Returns:
        The loss, or a JointLoss.

    Raises:
        TypeError, ValueError: if the weight is not one.
    """
    if not isinstance(loss, AuxiliaryLoss) or not loss.partners:
        return loss
    weight = loss.beside.check("beside", loss.beside.teaching if beside is None else beside)
    total: Any = build(loss.partners[0])
    for key in loss.partners[1:]:
        other: Any = build(key)
        total = total + other.beside.teaching * other
    whole: nn.Module = total + weight * loss
    return whole
