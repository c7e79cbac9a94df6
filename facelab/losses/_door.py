"""What every loss checks at its door, and how it shows itself."""

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from facelab.losses._settings import Settings

LEAST_LENGTH = 1e-12  # a vector shorter than this has no direction: it gets zeros and no gradient


def configure(
    loss: nn.Module, num_classes: int, embedding_dim: int, values: dict[str, Any]
) -> None:
    """Check and keep the sizes and settings of a loss.

    Args:
        loss: the loss; its class attribute `settings` says what may be set.
        num_classes: C, at least 2.
        embedding_dim: D, at least 1.
        values: one value for each setting.

    Raises:
        TypeError: if a size is not a whole number, or a value has the wrong type.
        ValueError: if a size or a value is out of range.
    """
    for name, size, least in (("num_classes", num_classes, 2), ("embedding_dim", embedding_dim, 1)):
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"{name} must be a whole number, not {size!r}")
        if size < least:
            raise ValueError(f"{name} must be at least {least}, not {size}")
    loss.num_classes, loss.embedding_dim = num_classes, embedding_dim  # type: ignore[assignment]
    settings: Settings = loss.settings  # type: ignore[assignment]
    for name, setting in settings.items():
        setattr(loss, name, setting.check(name, values[name]))


def represent(loss: nn.Module) -> str:
    """The arguments one types to get this loss back."""
    names = ["num_classes", "embedding_dim", *loss.settings]  # type: ignore[misc]
    return ", ".join(f"{name}={getattr(loss, name)!r}" for name in names)


def check_batch(embeddings: Tensor, labels: Tensor, num_classes: int, embedding_dim: int) -> None:
    """Refuse a batch that the loss cannot be computed on.

    Values are looked at on the CPU only: on a GPU the look would stop the queue at every step.

    Args:
        embeddings: (B, D) floating point.
        labels: (B,) int64, each in 0..C-1.
        num_classes: C.
        embedding_dim: D.

    Raises:
        TypeError: if embeddings are not floating point, or labels not int64.
        ValueError: if a shape is wrong, the batch is empty, a label is outside 0..C-1, or an
            embedding is NaN or infinite.
    """
    if not embeddings.is_floating_point():
        raise TypeError(f"embeddings must be floating point, not {embeddings.dtype}")
    if labels.dtype != torch.int64:
        raise TypeError(f"labels must be int64, not {labels.dtype}")
    if embeddings.ndim != 2 or embeddings.shape[1] != embedding_dim:
        wanted = f"(B, {embedding_dim})"
        raise ValueError(f"embeddings must have shape {wanted}, not {tuple(embeddings.shape)}")
    if labels.shape != embeddings.shape[:1]:
        wanted = f"({embeddings.shape[0]},)"
        raise ValueError(f"labels must have shape {wanted}, not {tuple(labels.shape)}")
    if len(labels) == 0:
        raise ValueError("the batch is empty; a loss needs at least one embedding")
    if embeddings.device.type == "cpu":
        _check_values(embeddings, labels, num_classes)


def _check_values(embeddings: Tensor, labels: Tensor, num_classes: int) -> None:
    low, high = torch.aminmax(labels)
    if low < 0 or high >= num_classes:
        wrong = int(low) if low < 0 else int(high)
        raise ValueError(f"labels must be in 0..{num_classes - 1}, but one is {wrong}")
    finite = torch.isfinite(embeddings).all(dim=1)
    if not finite.all():
        rows = (~finite).nonzero().flatten().tolist()
        raise ValueError(
            f"embeddings must be finite, but {len(rows)} are not; first: row {rows[0]}"
        )


def full_precision(tensor: Tensor) -> AbstractContextManager[Any]:
    """Switch autocast off: exp(64) does not fit into half precision, so logits stay in float32."""
    return torch.autocast(tensor.device.type, enabled=False)


def unit(vectors: Tensor) -> Tensor:
    """Rows turned to length 1, (n, D) -> (n, D); a row without direction stays 0, gradient too."""
    return vectors * inverse_length(vectors).unsqueeze(1)


def inverse_length(vectors: Tensor) -> Tensor:
    """1/|row| of each row, (n, D) -> (n,); 0 for a row shorter than LEAST_LENGTH."""
    length = vectors.norm(dim=1)
    inverse = length.clamp_min(LEAST_LENGTH).reciprocal()
    return torch.where(length > LEAST_LENGTH, inverse, torch.zeros_like(inverse))
