"""A look at a network in training: where everybody is, and how well they are told apart."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.nn import functional as F

from facelab.evaluation import all_pairs, rank_auc


@dataclass(frozen=True)
class Cast:
    """The images that a Bench looks at: `labels` (N,), `held_out` (N,) bool, `images` (N, H, W)."""

    labels: np.ndarray
    held_out: np.ndarray
    images: np.ndarray


@dataclass(frozen=True)
class Look:
    """Where everything is, and how well it is told apart.

    Attributes:
        step: steps done since the network was new.
        points: (N, D) embeddings of the cast, float32.
        centers: (C, D) directions of the class centers, float32.
        numbers: loss (nats), trained and held_out (shares whose nearest center is their own), angle
            (mean angle of the trained to their own center, radians), gap (smallest angle between
            two centers, radians), auc (verification of the held-out images).
        moving: what the loss itself moves: threshold, scale, t, lam, embedding_length.
    """

    step: int
    points: np.ndarray
    centers: np.ndarray
    numbers: dict[str, float]
    moving: dict[str, float]


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows turned to length 1; a row of zeros stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    turned: np.ndarray = rows / np.where(length > 0, length, 1)
    return turned


def measure(points: np.ndarray, centers: np.ndarray, cast: Cast) -> dict[str, float]:
    """The numbers of a Look but the loss, from unit vectors."""
    cosines = points @ centers.T  # (N, C)
    right = cosines.argmax(axis=1) == cast.labels
    own = cosines[np.arange(len(points)), cast.labels].clip(-1, 1)
    between = centers @ centers.T
    np.fill_diagonal(between, -1)
    first, second = all_pairs(int(cast.held_out.sum()))
    held, whose = points[cast.held_out], cast.labels[cast.held_out]
    scores = (held[first] * held[second]).sum(axis=1)
    return {
        "trained": float(right[~cast.held_out].mean()),
        "held_out": float(right[cast.held_out].mean()) if cast.held_out.any() else math.nan,
        "angle": float(np.arccos(own[~cast.held_out]).mean()),
        "gap": float(np.arccos(between.max().clip(-1, 1))),
        "auc": rank_auc(scores, whose[first] == whose[second]),
    }


def moving(loss: nn.Module, length: float) -> dict[str, float]:
    """What a loss moves by itself while it is trained, by the name of its slider in the views."""
    part: Any = getattr(loss, "classifier", loss)
    found = {"embedding_length": length}
    scale, bias = getattr(part, "scale", None), getattr(part, "bias", None)
    if isinstance(bias, Tensor) and isinstance(scale, float | int):
        sign = -1 if hasattr(part, "sharpness") else 1  # SphereFace2 adds its bias to the logits
        found["threshold"] = sign * float(bias.detach().mean()) / scale
    for name in ("scale", "t", "lam"):
        value = getattr(part, name, None)
        if isinstance(value, Tensor):
            found[name] = float(value)
    return found


def rows_of(loss: nn.Module) -> Tensor | None:
    """The class centers of a loss, (C K, D), or None."""
    part: Any = getattr(loss, "classifier", loss)
    weight: Tensor | None = getattr(part, "weight", None)
    return weight


def directions(loss: nn.Module, points: np.ndarray, cast: Cast) -> np.ndarray:
    """One direction a person, (C, D): its center, or the mean of its trained embeddings.

    Of several centers of a person the one is taken to which its trained images are nearest.

    Args:
        loss: the loss.
        points: (N, D) unit vectors, the embeddings of the cast.
        cast: whose they are.
    """
    people = int(cast.labels.max()) + 1
    sums = np.zeros((people, points.shape[1]), dtype=np.float32)
    np.add.at(sums, cast.labels[~cast.held_out], points[~cast.held_out])
    rows = rows_of(loss)
    if rows is None:
        return unit(sums)
    each = (
        F.normalize(rows.detach().cpu()).numpy().reshape(people, -1, points.shape[1])
    )  # (C, K, D)
    best = (each * sums[:, None]).sum(axis=2).argmax(axis=1)
    chosen: np.ndarray = each[np.arange(people), best]
    return chosen
