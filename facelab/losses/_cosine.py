"""The parent of every loss that compares cosines, and of the one question they answer differently.

    L = mean over the batch of  log( exp(s psi(theta_y)) + sum_{j != y} exp(s cos theta_j) )
                                - s psi(theta_y)

theta_j is the angle between an embedding and the center of class j, y is the true class. A loss
differs from its neighbors in psi, the curve that stands in for the cosine at the true class; a few
also change what is done to the negatives, replace the softmax by binary questions, or gather the
losses of a batch in another way.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facelab.losses._door import (
    check_batch,
    configure,
    full_precision,
    represent,
    unit,
)
from facelab.losses._product import cosine_product
from facelab.losses._settings import Settings


class CosineLoss(nn.Module):
    """A softmax over scaled cosines between embeddings and class centers.

    A leaf sets `title`, `formula`, `source` and `settings` (which must hold `scale`) and answers
    `target`. The class centers are the rows of `weight` (C, D); their lengths do not matter.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        values: one value for each of the leaf's settings.

    Raises:
        TypeError, ValueError: if a size or a setting is not allowed; the sentence repeats it.
    """

    title: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    settings: ClassVar[Settings]

    num_classes: int
    embedding_dim: int
    scale: float | Tensor

    def __init__(self, num_classes: int, embedding_dim: int, **values: Any) -> None:
        super().__init__()
        configure(self, num_classes, embedding_dim, values)
        self.weight = nn.Parameter(torch.randn(num_classes, embedding_dim))  # (C, D)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi: what stands in for cos(theta) at the true class.

        Args:
            cosine: (B,) cosines to the true centers.
            length: (B,) lengths of the embeddings; most losses do not look at them.

        Returns:
            (B,) values on the scale of a cosine.
        """
        raise NotImplementedError

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """What stands in for the cosines to the other centers; unchanged unless a leaf says so.

        Args:
            cosines: (B, C) cosines to all centers; the true column is replaced afterwards.
            target: (B,) psi at the true class.
            cosine: (B,) plain cosine at the true class.

        Returns:
            (B, C) values on the scale of a cosine.
        """
        return cosines

    def amplitude(self, cosines: Tensor, labels: Tensor, length: Tensor) -> float | Tensor:
        """What turns cosines into logits: the scale s, unless a leaf says so.

        Args:
            cosines: (B, C) plain cosines to all centers.
            labels: (B,) int64.
            length: (B,) lengths of the embeddings.

        Returns:
            A number, or a tensor that broadcasts against (B, C).
        """
        return self.scale

    def losses(self, logits: Tensor, labels: Tensor) -> Tensor:
        """From logits, (B, C), to the loss of each embedding, (B,); softmax unless a leaf differs.

        Args:
            logits: (B, C), margin in place.
            labels: (B,) int64.
        """
        return F.cross_entropy(logits, labels, reduction="none")

    def gather(self, losses: Tensor) -> Tensor:
        """From the losses of a batch, (B,), to one number; the mean unless a leaf says so."""
        return losses.mean()

    def cosines(self, embeddings: Tensor) -> Tensor:
        """Cosines between embeddings and centers, (B, D) -> (B, C)."""
        return cosine_product(unit(embeddings), self.weight)

    def logits(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The scaled logits with the margin in place, (B, D), (B,) -> (B, C)."""
        cosines = self.cosines(embeddings)  # (B, C)
        column = labels.unsqueeze(1)
        cosine = cosines.gather(1, column).squeeze(1)  # (B,)
        length = embeddings.norm(dim=1)  # (B,)
        target = self.target(cosine, length)
        negatives = self.negatives(cosines, target, cosine)
        amplitude = self.amplitude(cosines, labels, length)
        return amplitude * negatives.scatter(1, column, target.unsqueeze(1))

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            embeddings: (B, D) floating point, any length.
            labels: (B,) int64 in 0..C-1.

        Returns:
            Scalar, in nats.

        Raises:
            TypeError, ValueError: if the batch does not fit; see `check_batch`.
        """
        check_batch(embeddings, labels, self.num_classes, self.embedding_dim)
        with full_precision(embeddings):
            logits = self.logits(embeddings.to(self.weight.dtype), labels)
            return self.gather(self.losses(logits, labels))

    def extra_repr(self) -> str:
        """The arguments, for `repr`."""
        return represent(self)
