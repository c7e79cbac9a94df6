"""The losses: one file each, listed here by hand.

    loss = facelab.losses.ArcFace(num_classes=30, embedding_dim=64, margin=0.5, scale=16)
    loss(embeddings, labels)    # (B, D), (B,) -> scalar

A class carries `title`, `formula` (LaTeX), `source` and `settings`; views, command line and tests
follow from them.
"""

from typing import Any

from torch import nn

from facelab.choices import unknown
from facelab.losses._check import check
from facelab.losses._cosine import CosineLoss
from facelab.losses._doctor import diagnose
from facelab.losses._recipes import joined, run_settings
from facelab.losses._settings import Choice, Slider, Switch, as_json, default
from facelab.losses.adacos import AdaCos
from facelab.losses.adaface import AdaFace
from facelab.losses.arcface import ArcFace
from facelab.losses.center import Center
from facelab.losses.circle import Circle
from facelab.losses.combined_margin import CombinedMargin
from facelab.losses.cosface import CosFace
from facelab.losses.curricularface import CurricularFace
from facelab.losses.ddl import DistributionDistillation
from facelab.losses.elasticface import ElasticFace
from facelab.losses.f_softmax import FSoftmax
from facelab.losses.hard_mining import HardMining
from facelab.losses.magface import MagFace
from facelab.losses.marginal import Marginal
from facelab.losses.mml import MinimumMargin
from facelab.losses.mv_softmax import MVSoftmax
from facelab.losses.normface import NormFace
from facelab.losses.range import Range
from facelab.losses.ring import Ring
from facelab.losses.softmax import Softmax
from facelab.losses.sphereface import SphereFace
from facelab.losses.sphereface2 import SphereFace2
from facelab.losses.sphereface_r import SphereFaceR
from facelab.losses.subcenter_arcface import SubCenterArcFace
from facelab.losses.sv_softmax import SVSoftmax
from facelab.losses.triplet import Triplet
from facelab.losses.uniface import UniFace
from facelab.losses.unitsface import UniTSFace

LOSSES: dict[str, Any] = {
    "softmax": Softmax,
    "normface": NormFace,
    "sphereface": SphereFace,
    "sphereface_r": SphereFaceR,
    "cosface": CosFace,
    "arcface": ArcFace,
    "combined_margin": CombinedMargin,
    "f_softmax": FSoftmax,
    "hard_mining": HardMining,
    "sv_softmax": SVSoftmax,
    "mv_softmax": MVSoftmax,
    "elasticface": ElasticFace,
    "sphereface2": SphereFace2,
    "center": Center,
    "marginal": Marginal,
    "range": Range,
    "mml": MinimumMargin,
    "ddl": DistributionDistillation,
    "subcenter_arcface": SubCenterArcFace,
    "curricularface": CurricularFace,
    "adacos": AdaCos,
    "adaface": AdaFace,
    "magface": MagFace,
    "circle": Circle,
    "uniface": UniFace,
    "unitsface": UniTSFace,
    "triplet": Triplet,
    "ring": Ring,
}

__all__ = [
    "LOSSES",
    "AdaCos",
    "AdaFace",
    "ArcFace",
    "Center",
    "Choice",
    "Circle",
    "CombinedMargin",
    "CosFace",
    "CosineLoss",
    "CurricularFace",
    "DistributionDistillation",
    "ElasticFace",
    "FSoftmax",
    "HardMining",
    "MVSoftmax",
    "MagFace",
    "Marginal",
    "MinimumMargin",
    "NormFace",
    "Range",
    "Ring",
    "SVSoftmax",
    "Slider",
    "Softmax",
    "SphereFace",
    "SphereFace2",
    "SphereFaceR",
    "SubCenterArcFace",
    "Switch",
    "Triplet",
    "UniFace",
    "UniTSFace",
    "build",
    "check",
    "describe",
    "diagnose",
    "find",
    "run_settings",
    "trainable",
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


def trainable(name: str, num_classes: int, embedding_dim: int, **values: Any) -> nn.Module:
    """A loss that trains by itself: a classifier, or another loss joined as its paper joins it.

    Args:
        name: a key of LOSSES.
        num_classes: C.
        embedding_dim: D.
        values: settings of that loss, by keyword; `beside` is its weight in the sum.

    Returns:
        The loss, or a JointLoss such as Softmax(...) + 0.003 * Center(...).

    Raises:
        TypeError, ValueError: as `build`.
    """
    beside = values.pop("beside", None) if "beside" in run_settings(find(name)) else None
    loss = build(name, num_classes, embedding_dim, **values)
    return joined(loss, lambda key: build(key, num_classes, embedding_dim), beside)


def describe() -> dict[str, dict[str, Any]]:
    """What views need to know of each loss, as plain data.

    Returns:
        key -> title, formula, source, settings (by keyword), and beside: the weight with which the
        loss is added to its partners, as a setting, or None for a loss that trains alone.
    """
    return {
        key: {
            "title": cls.title,
            "formula": cls.formula,
            "source": cls.source,
            "settings": as_json(cls.settings),
            "beside": as_json(run_settings(cls)).get("beside"),
        }
        for key, cls in LOSSES.items()
    }
