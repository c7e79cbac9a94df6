"""A stranger's loss, put on a bench: its centers found, its value and gradient read anywhere.

The bench has C people whose centers stand at right angles, and one direction at right angles to all
of them. An embedding that turns from its center into that direction leaves all other cosines at 0,
so that the loss tells what stands in for its own cosine.
"""

import copy
import inspect
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CLASSES = 5
WIDTH = CLASSES + 1  # D: room for the direction at right angles to all centers


class Probe:
    """A loss on the bench.

    Args:
        make: gives the loss for C people and embeddings of length D; called as
            `make(num_classes=C, embedding_dim=D)` where it has these names, else `make(C, D)`.
        dtype: precision it is moved to.

    Raises:
        ValueError: if it has no class centers, or gives back neither a loss nor logits.
    """

    def __init__(self, make: Callable[..., nn.Module], dtype: torch.dtype = torch.float64) -> None:
        self.dtype = dtype
        self.loss = build(make, CLASSES, WIDTH).to(dtype).eval()
        self.name, self.turned, self.copies = find_centers(self.loss, CLASSES, WIDTH)
        self.place(lengths(CLASSES).unsqueeze(1) * torch.eye(CLASSES, WIDTH))

    def place(self, centers: Tensor) -> None:
        """Put the class centers where they are wanted, (C, D)."""
        rows = centers.to(self.dtype).repeat_interleave(self.copies, 0)
        self.loss.get_parameter(self.name).data = rows.T.clone() if self.turned else rows.clone()

    def value(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch, (B, D), (B,) -> scalar; logits are given to the cross-entropy."""
        out = self.loss(embeddings, labels)
        out = out[0] if isinstance(out, tuple) else out
        if isinstance(out, Tensor) and out.shape == (len(labels), CLASSES):
            out = F.cross_entropy(out, labels)
        if not isinstance(out, Tensor) or out.ndim != 0:
            shape = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
            raise ValueError(f"forward must give a scalar or logits (B, C), not {shape}")
        return out

    def gradient(self, embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Value and gradients to embeddings and centers; the loss is left as it was."""
        embeddings = embeddings.to(self.dtype).clone().requires_grad_()
        self.loss.zero_grad()
        value = self.value(embeddings, labels)
        torch.autograd.backward(value)
        centers = self.loss.get_parameter(self.name).grad
        nothing = torch.zeros_like(self.loss.get_parameter(self.name))
        to_embeddings = torch.zeros_like(embeddings) if embeddings.grad is None else embeddings.grad
        return value.detach(), to_embeddings, nothing if centers is None else centers

    def turned_away(self, theta: Tensor) -> Tensor:
        """The loss of one person's embedding at the angles theta to its center, (n,) -> (n,)."""
        own, free = torch.eye(WIDTH, dtype=self.dtype)[0], torch.eye(WIDTH, dtype=self.dtype)[-1]
        label = torch.tensor([0])
        with torch.no_grad():
            values = [
                self.value((3 * (own * t.cos() + free * t.sin())).unsqueeze(0), label)
                for t in theta.to(self.dtype)
            ]
        return torch.stack(values)

    def with_setting(self, name: str, value: float) -> "Probe":
        """The same bench with one attribute of the loss set to another value."""
        other = copy.copy(self)
        other.loss = copy.deepcopy(self.loss)
        setattr(other.loss, name, value)
        return other

    def setting(self, *names: str) -> float | None:
        """The first of these attributes that the loss has as a number."""
        for name in names:
            value = getattr(self.loss, name, None)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
        return None


def build(make: Callable[..., nn.Module], classes: int, width: int) -> nn.Module:
    """Call a loss's class by keyword where it has our names, else by place."""
    try:
        names = set(inspect.signature(make).parameters)
    except (TypeError, ValueError):
        names = set()
    if {"num_classes", "embedding_dim"} <= names:
        return make(num_classes=classes, embedding_dim=width)
    return make(classes, width)


def find_centers(loss: nn.Module, classes: int, width: int) -> tuple[str, bool, int]:
    """Name of the parameter that holds the centers, whether it is (D, C), centers per person.

    Raises:
        ValueError: if no parameter has a fitting shape.
    """
    for name, parameter in loss.named_parameters():
        shape = tuple(parameter.shape)
        if len(shape) == 2 and shape[1] == width and shape[0] % classes == 0:
            return name, False, shape[0] // classes
        if shape == (width, classes):
            return name, True, 1
    shapes = {name: tuple(p.shape) for name, p in loss.named_parameters()}
    raise ValueError(
        f"no class centers found: a parameter of shape ({classes}, {width}) is needed "
        f"for {classes} people and embeddings of {width}, but there are {shapes or 'none'}"
    )


def sample(seed: int, count: int = 8) -> tuple[Tensor, Tensor]:
    """Embeddings of lengths 0.3 to 3, float64 (count, D), and labels (count,)."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(count, WIDTH, dtype=torch.float64, generator=generator)
    return embeddings * lengths(count).unsqueeze(1), torch.arange(count) % CLASSES


def lengths(count: int) -> Tensor:
    """Lengths from 0.3 to 3: on unit vectors a loss that forgets to divide by them passes."""
    return torch.logspace(-0.5, 0.5, count, dtype=torch.float64)
