"""Which faces a loss listens to: how hard a batch pulls at the direction of each embedding.

    w_i   = N |dL/du_i|,     u_i = x_i/|x_i|,     tangent to the sphere
    dL/du = s f/N sum_j a_j (c_j - cos(theta_j) u)
    a_y   = -(1 - p_y) psi'(theta_y)/(-sin theta_y),     a_j = p_j n'(theta_j)/(-sin theta_j)

c_j are the centers, of length 1, p_j the shares of the softmax over s psi(theta_y) and
s n(theta_j), s the scale. f is what the loss of a face counts: 1, or the derivative of
(1 - p)^gamma l for F-Softmax, or N/kept and 0 for hard mining. Without a margin a_j = p_j and
a_y = p_y - 1: then the pull points from the own center to the mean of all, each as heavy as its p.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.choices import unknown
from facelab.geometry._door import Array, number_of, positive_of
from facelab.geometry.curves import SMOOTH, STEP, TARGET_CURVES, negative_curve, target_curve

LEAST_SINE = 1e-6  # closer to a center, or opposite it, there is no direction to it
LEAST_DOUBT = 1e-12  # (1 - p)^gamma has an infinite slope at p = 1 when gamma < 1

# losses whose gradient is not that of a softmax over their curves
NO_PULL = {
    "sphereface_r": "its gradient is that of the plain cosine, not of its curve",
    "sphereface2": "it asks about each person apart; there is no softmax",
    "circle": "its weights a_p and a_n are constants for the gradient",
    "uniface": "it asks about each person apart; there is no softmax",
    "unitsface": "it adds a second loss, of samples and samples",
}


def sample_pulls(
    loss: str,
    embeddings: npt.ArrayLike,
    labels: npt.ArrayLike,
    centers: npt.ArrayLike,
    **settings: Any,
) -> Array:
    """w, the pull of the batch at each embedding; w/w.sum() is the weight of each face.

    Args:
        loss: a key of TARGET_CURVES that is not in NO_PULL.
        embeddings: (N, D), any length above 0.
        labels: (N,) whole numbers 0..C-1.
        centers: (C, D), any length above 0.
        settings: the loss's keywords, its scale among them (softmax has none: its scale is the
            length of each embedding), and what its training has come to. For elasticface `margin`
            may be (N,), the draws. For adaface `mean` and `deviation` are those of these lengths.

    Returns:
        (N,) at least 0, in nats per radian.

    Raises:
        ValueError: if there is no such loss, a shape does not fit, or a value is out of range.
    """
    if loss in NO_PULL:
        raise ValueError(f"no pulls for {loss}: {NO_PULL[loss]}")
    if loss not in TARGET_CURVES:
        raise ValueError(unknown("loss with a pull", loss, TARGET_CURVES))
    x, own, c = _checked(embeddings, labels, centers)
    length = np.linalg.norm(x, axis=1)
    u, c = x / length[:, None], c / np.linalg.norm(c, axis=1, keepdims=True)
    theta = np.array([_angles(row, c) for row in u])  # (N, C)
    scale, known = _met(loss, length, settings)
    losses, b = _slopes(loss, theta, own, scale, known)
    sine = np.sin(theta)
    a = np.where(sine > LEAST_SINE, -b / np.maximum(sine, LEAST_SINE), 0.0)  # (N, C)
    pull = a @ c - (a * np.cos(theta)).sum(axis=1, keepdims=True) * u
    return np.asarray(_counted(loss, losses, settings) * scale * np.linalg.norm(pull, axis=1))


def _checked(
    embeddings: npt.ArrayLike, labels: npt.ArrayLike, centers: npt.ArrayLike
) -> tuple[Array, npt.NDArray[np.int64], Array]:
    x, c = np.asarray(embeddings, dtype=np.float64), np.asarray(centers, dtype=np.float64)
    own = np.asarray(labels)
    if x.ndim != 2 or c.ndim != 2 or x.shape[1] != c.shape[1]:
        raise ValueError(f"embeddings {x.shape} and centers {c.shape} must be (N, D) and (C, D)")
    if own.shape != (len(x),) or own.dtype.kind not in "iu":
        raise ValueError(f"labels must be {len(x)} whole numbers, not {own.dtype} {own.shape}")
    if len(own) and not (own.min() >= 0 and own.max() < len(c)):
        raise ValueError(f"labels must be 0..{len(c) - 1}, but go from {own.min()} to {own.max()}")
    for name, table in (("embeddings", x), ("centers", c)):
        positive_of(f"lengths of {name}", np.linalg.norm(table, axis=1))
    return x, own.astype(np.int64), c


def _angles(u: Array, c: Array) -> Array:
    """Angles between u (D,) and the rows of c (C, D), all of length 1, radians."""
    near, far = np.linalg.norm(c - u, axis=1), np.linalg.norm(c + u, axis=1)
    return np.asarray(2 * np.arctan2(near, far))


def _met(loss: str, length: Array, settings: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The scale (a number or (N, 1) by face), and the settings with the length of each face."""
    known = dict(settings)
    if loss == "adaface":
        cut = length.clip(1e-3, 100.0)
        spread = cut.std(ddof=1) if len(cut) > 1 else 0.0
        known = {"mean": cut.mean(), "deviation": spread} | known
    if loss in ("adaface", "magface"):
        known["embedding_length"] = length
    if loss == "softmax" or (loss == "sphereface" and settings.get("length") == "kept"):
        return length, known
    if "scale" not in settings:
        raise ValueError(f"the pulls of {loss} need scale, which is not given")
    return float(positive_of("scale", settings["scale"])), known


def _slopes(
    loss: str, theta: Array, own: npt.NDArray[np.int64], scale: Any, known: dict[str, Any]
) -> tuple[Array, Array]:
    """The loss of each face, (N,), and its dL/dtheta_j over s, (N, C)."""
    row = np.arange(len(theta))
    mine, beside = theta[row, own], theta[row, own][:, None]
    alike = {k: np.mean(v) if np.ndim(v) else v for k, v in known.items()}  # moves no other curve

    def target(at: Array) -> Array:
        return target_curve(loss, at, **known)

    def negative(at: Array) -> Array:
        return negative_curve(loss, at, beside, **alike)

    size = np.broadcast_to(scale, mine.shape)
    logits = size[:, None] * negative(theta)
    logits[row, own] = -np.inf
    top = np.maximum(logits.max(axis=1), size * target(mine))
    parts = np.exp(logits - top[:, None])
    whole = parts.sum(axis=1) + np.exp(size * target(mine) - top)
    doubt = parts.sum(axis=1) / whole  # 1 - p
    b = parts / whole[:, None] * _slope(negative, theta)
    b[row, own] = -doubt * _slope(target, mine)
    sure = -np.log1p(-np.minimum(doubt, 0.5))  # keeps its digits where p is nearly 1
    return np.where(doubt < 0.5, sure, top + np.log(whole) - size * target(mine)), b


def _slope(curve: Callable[[Array], Array], theta: Array) -> Array:
    """The derivative by differences to both sides; beside a step that of the smooth side."""
    before, after = curve(theta) - curve(theta - STEP), curve(theta + STEP) - curve(theta)
    one = np.where(np.abs(after) < np.abs(before), after, before)
    smooth = np.abs(after - before) < SMOOTH * STEP
    return np.asarray(np.where(smooth, (after + before) / 2, one) / STEP)


def _counted(loss: str, losses: Array, settings: dict[str, Any]) -> Array:
    """f, what the loss of each face counts in N L."""
    if loss == "hard_mining":
        kept = max(1, int(float(number_of("rate", settings["rate"], 0, 1)) * len(losses) + 1e-9))
        found = np.zeros(len(losses))
        found[np.argsort(-losses, kind="stable")[:kept]] = len(losses) / kept
        return found
    if loss != "f_softmax":
        return np.ones(len(losses))
    gamma = float(number_of("gamma", settings["gamma"], 0))
    at = np.full_like(losses, losses.mean()) if settings.get("focus") == "batch" else losses
    doubt = np.maximum(-np.expm1(-at), LEAST_DOUBT)
    inner = np.where(doubt > LEAST_DOUBT, gamma * doubt ** (gamma - 1) * np.exp(-at) * at, 0.0)
    return np.asarray(doubt**gamma + inner)
