"""Losses joined as the papers write them.

    Softmax(...) + 5e-5 * Center(...) + 5e-8 * MinimumMargin(...)

An auxiliary loss is added to a classifier and never trains alone. It is weighed by a number and
joined by +; the sum is one module that trains, and reports each term by name.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from facelab.losses._door import check_batch, configure, full_precision, represent
from facelab.losses._settings import Settings, Slider

BATCHES = ("shuffled", "P x K", "easy and hard")  # what a loss may need, from least to most


class JointLoss(nn.Module):
    """A weighted sum of losses.

    Args:
        terms: (weight, loss) pairs; the first is usually a classifier of weight 1.

    Raises:
        ValueError: if the losses differ in C or D, or a weight is not finite.
    """

    def __init__(self, terms: list[tuple[float, nn.Module]]) -> None:
        super().__init__()
        for name in ("num_classes", "embedding_dim"):
            sizes = {getattr(loss, name) for _, loss in terms if hasattr(loss, name)}
            if len(sizes) > 1:
                raise ValueError(f"joined losses must agree in {name}, not have {sorted(sizes)}")
        weights = torch.tensor([weight for weight, _ in terms], dtype=torch.float64)
        if not torch.isfinite(weights).all():
            raise ValueError(f"weights of joined losses must be finite, not {weights.tolist()}")
        self.weights = [float(weight) for weight, _ in terms]
        self.losses = nn.ModuleList([loss for _, loss in terms])
        self.last: dict[str, Tensor] = {}  # each term of the last batch, unweighted, detached

    @property
    def batches(self) -> str:
        """The most that any term needs of a batch; see BATCHES."""
        needs = [getattr(loss, "batches", BATCHES[0]) for loss in self.losses]
        return max(needs, key=BATCHES.index)

    @property
    def classifier(self) -> Any:
        """The first term that has class centers, or None."""
        terms = [getattr(loss, "classifier", loss) for loss in self.losses]
        return next((term for term in terms if hasattr(term, "cosines")), None)

    @property
    def students(self) -> int:
        """Hard branches that the terms compare with the easy one, at most; 0 without such terms."""
        return max(getattr(loss, "students", 0) for loss in self.losses)

    def forward(self, embeddings: Tensor, labels: Tensor, hardness: Tensor | None = None) -> Tensor:
        """The weighted sum, (B, D), (B,) -> scalar; `last` keeps the terms.

        Args:
            embeddings: (B, D).
            labels: (B,) int64.
            hardness: (B,) int64 branch of each image, for the terms that compare branches.
        """
        total = embeddings.new_zeros(())
        for weight, loss in zip(self.weights, self.losses, strict=True):
            compares = getattr(loss, "batches", "") == BATCHES[-1]
            value = loss(embeddings, labels, hardness) if compares else loss(embeddings, labels)
            self.last[type(loss).__name__] = value.detach()
            total = total + weight * value
        return total

    def __radd__(self, other: Any) -> "JointLoss":
        return JointLoss(_terms(other) + _terms(self))

    def __add__(self, other: Any) -> "JointLoss":
        return JointLoss(_terms(self) + _terms(other))

    def __repr__(self) -> str:
        pairs = zip(self.weights, self.losses, strict=True)
        return " + ".join(f"{loss!r}" if w == 1 else f"{w:g} * {loss!r}" for w, loss in pairs)


class AuxiliaryLoss(nn.Module):
    """A loss that is added to a classifier: `0.003 * Center(...)`, `Softmax(...) + Ring(...)`.

    A leaf sets `title`, `formula`, `source` and `settings` and answers `term`; `beside` is the
    weight with which it joins its `partners`, the paper's and the one that suits small sets.
    Partners are keys of losses, a classifier first; a loss without them trains alone.

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
    beside: ClassVar[Slider]
    partners: ClassVar[tuple[str, ...]] = ("softmax",)
    batches: ClassVar[str] = BATCHES[0]

    num_classes: int
    embedding_dim: int

    def __init__(self, num_classes: int, embedding_dim: int, **values: Any) -> None:
        super().__init__()
        configure(self, num_classes, embedding_dim, values)

    def term(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch in full precision, (B, D), (B,) -> scalar."""
        raise NotImplementedError

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch, (B, D), (B,) -> scalar.

        Raises:
            TypeError, ValueError: if the batch does not fit; see `check_batch`.
        """
        check_batch(embeddings, labels, self.num_classes, self.embedding_dim)
        with full_precision(embeddings):
            wide = embeddings if embeddings.dtype == torch.float64 else embeddings.float()
            return self.term(wide, labels)

    def extra_repr(self) -> str:
        """The arguments, for `repr`."""
        return represent(self)

    def __rmul__(self, weight: float) -> JointLoss:
        return JointLoss([(weight, self)])

    def __add__(self, other: Any) -> JointLoss:
        return JointLoss(_terms(self) + _terms(other))

    def __radd__(self, other: Any) -> JointLoss:
        return JointLoss(_terms(other) + _terms(self))


def _terms(loss: Any) -> list[tuple[float, nn.Module]]:
    if isinstance(loss, JointLoss):
        return list(zip(loss.weights, loss.losses, strict=True))
    if isinstance(loss, nn.Module):
        return [(1.0, loss)]
    raise TypeError(f"only losses can be joined, not {loss!r}")
