"""The losses: one file each, listed here by hand.

    loss = facelab.losses.ArcFace(num_classes=30, embedding_dim=64, margin=0.5, scale=16)
    loss(embeddings, labels)    # (B, D), (B,) -> scalar

A class carries `title`, `formula` (LaTeX), `source` and `settings`; views, command line and tests
follow from them.
"""

from typing import Any

from torch import nn

from facelab.choices import unknown
from facelab.losses._settings import Choice, Slider, Switch, as_json, default
from facelab.losses.arcface import ArcFace
from facelab.losses.cosface import CosFace
from facelab.losses.normface import NormFace
from facelab.losses.softmax import Softmax

LOSSES: dict[str, Any] = {
    "softmax": Softmax,
    "normface": NormFace,
    "cosface": CosFace,
    "arcface": ArcFace,
}

__all__ = [
    "LOSSES",
    "ArcFace",
    "Choice",
    "CosFace",
    "NormFace",
    "Slider",
    "Softmax",
    "Switch",
    "build",
    "describe",
    "find",
]


def find(name: str) -> Any:
    """The class of a loss by its key.

    Raises:
        ValueError: if there is no such loss; the nearest keys are suggested.
    """
    if name not in LOSSES:
        raise ValueError(unknown("loss", name, LOSSES))
    return LOSSES[name]


def build(name: str, num_classes: int, embedding_dim: int, **values: Any) -> nn.Module:
    """A loss by its key, with the settings that suit small sets of faces where none are given.

    Args:
        name: a key of LOSSES.
        num_classes: C.
        embedding_dim: D.
        values: settings of that loss, by keyword.

    Raises:
        ValueError: if the loss or a setting is unknown, or a value is out of range.
        TypeError: if a value has the wrong type.
    """
    cls = find(name)
    for key in values:
        if key not in cls.settings:
            raise ValueError(unknown(f"setting of {name}", key, cls.settings))
    settings = {key: default(s, True, values) for key, s in cls.settings.items()}
    loss: nn.Module = cls(num_classes, embedding_dim, **settings | values)
    return loss


def describe() -> dict[str, dict[str, Any]]:
    """What views need to know of each loss, as plain data: title, formula, source, settings."""
    return {
        key: {
            "title": cls.title,
            "formula": cls.formula,
            "source": cls.source,
            "settings": as_json(cls.settings),
        }
        for key, cls in LOSSES.items()
    }
