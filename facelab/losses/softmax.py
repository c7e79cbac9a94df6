"""Softmax: the plain classifier, in which lengths count as much as angles.

    L = mean over the batch of  log sum_j exp(z_j) - z_y,      z_j = W_j . x + b_j

x is the embedding (D), W_j the row of class j (D), b_j its bias, y the true class. Both |x| and
|W_j| enter the logit: a long embedding is a confident one, and a class with many images grows a
long row. Nothing here is on a sphere yet.

Source: standard; without a bias, as face-recognition code nearly always has it.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facelab.losses._door import (
    check_batch,
    configure,
    full_precision,
    inverse_length,
    represent,
    unit,
)
from facelab.losses._settings import Settings, Switch


class Softmax(nn.Module):
    """L = mean of log sum_j exp(W_j . x + b_j) - (W_y . x + b_y).

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        bias: whether b is learned; otherwise it is 0.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: standard.
    """

    title: ClassVar[str] = "Softmax"
    formula: ClassVar[str] = r"z_y = |W_y|\,|x| \cos\theta_y"
    source: ClassVar[str] = "standard"
    settings: ClassVar[Settings] = {"bias": Switch("learn a bias for each class")}

    num_classes: int
    embedding_dim: int

    def __init__(self, num_classes: int, embedding_dim: int, *, bias: bool = False) -> None:
        super().__init__()
        configure(self, num_classes, embedding_dim, {"bias": bias})
        row_length = (
            embedding_dim**-0.5
        )  # logits start at about |x|/sqrt(D), the usual linear layer
        self.weight = nn.Parameter(torch.randn(num_classes, embedding_dim) * row_length)  # (C, D)
        self.offset = nn.Parameter(torch.zeros(num_classes)) if bias else None  # (C,)

    def cosines(self, embeddings: Tensor) -> Tensor:
        """Cosines between embeddings and rows, (B, D) -> (B, C); not used by the loss."""
        return unit(embeddings) @ self.weight.T * inverse_length(self.weight)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch, (B, D), (B,) -> scalar in nats.

        Raises:
            TypeError, ValueError: if the batch does not fit; see `check_batch`.
        """
        check_batch(embeddings, labels, self.num_classes, self.embedding_dim)
        with full_precision(embeddings):
            logits = F.linear(embeddings.to(self.weight.dtype), self.weight, self.offset)  # (B, C)
            return F.cross_entropy(logits, labels)

    def extra_repr(self) -> str:
        """The arguments, for `repr`."""
        return represent(self)
