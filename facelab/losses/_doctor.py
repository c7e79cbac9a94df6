"""Why is it stuck, why is it NaN: what a loss does at the start, in the middle and at the end.

    print(facelab.losses.diagnose("arcface", num_classes=10, embedding_dim=2, scale=64))

Everything is read off the loss itself, on centers laid out as well as they can be: a simplex where
there is room for one, a regular polygon on the circle, a spiral on the sphere.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from facelab.losses._door import unit

ANGLES = (1, 15, 30, 60, 90, 120)  # degrees from the own center at which the pull is told
CERTAIN = 0.9  # probability of the right person that a scale should make possible
FAINT = 1e-3  # share of the strongest pull below which an embedding is left where it is


@dataclass(frozen=True)
class Diagnosis:
    """What a loss does for C people and embeddings of length D.

    Attributes:
        name: the loss, as one types it.
        chance: log C, the loss of guessing, nats.
        start: mean loss of random embeddings and centers, nats.
        certainty: probability of the right person when all angles are 90 degrees, margin included.
        floor: the loss when every embedding lies on its center, nats.
        pull: angle to the own center (degrees) -> |dL/dtheta| there, nats a radian.
        scale: s of the loss, or None.
        recommended: the scale of AdaCos, sqrt(2) log(C - 1), but at least what lets a perfect
            embedding reach a probability of 0.9.
        advice: what follows, a sentence each.
    """

    name: str
    chance: float
    start: float
    certainty: float
    floor: float
    pull: dict[int, float]
    scale: float | None
    recommended: float
    advice: tuple[str, ...]

    def __str__(self) -> str:
        pulls = ", ".join(f"{size:.2g} at {angle}" for angle, size in self.pull.items())
        lines = [
            self.name,
            f"  starts at {self.start:.3g} nats (guessing: {self.chance:.3g})",
            f"  at right angles the right person gets a probability of {self.certainty:.2g}",
            f"  cannot go below {self.floor:.3g} nats",
            f"  pull by angle in degrees: {pulls}",
            f"  recommended scale: {self.recommended:.1f}",
            *(f"* {sentence}" for sentence in self.advice),
        ]
        return "\n".join(lines)

    __repr__ = __str__


def diagnose(loss: nn.Module) -> Diagnosis:
    """Say what a loss does at the start, in the middle and at the end of training.

    Args:
        loss: one that compares embeddings with class centers, `weight` (C, D).

    Returns:
        A Diagnosis; print it.

    Raises:
        ValueError: if the loss has no class centers.
    """
    weight = getattr(loss, "weight", None)
    if not isinstance(weight, Tensor) or not hasattr(loss, "num_classes"):
        raise ValueError(f"{type(loss).__name__} has no class centers to lay out")
    C, D = int(loss.num_classes), weight.shape[1]  # type: ignore[arg-type]
    was, training = weight.detach().clone(), loss.training
    loss.eval()
    try:
        start = _start(loss, weight)
        centers = lay_out(C, D).to(weight)
        weight.data = centers.repeat_interleave(len(weight) // C, 0)
        labels = torch.arange(C, device=weight.device)
        with torch.no_grad():
            floor = float(loss(_as_long(loss, centers), labels))
        pull = {angle: _pull(loss, centers, math.radians(angle)) for angle in ANGLES}
    finally:
        weight.data = was
        loss.train(training)
    scale = getattr(loss, "scale", None)
    room = _least_scale(centers)
    recommended = max(math.sqrt(2) * math.log(max(C - 1, 2)), room)
    certainty = math.exp(-_at_right_angles(loss, C, weight))
    facts = (floor, math.log(C), certainty, pull, scale, recommended)
    return Diagnosis(repr(loss), math.log(C), start, certainty, floor, pull, scale, recommended,
                     _advice(*facts))  # fmt: skip


def lay_out(num_classes: int, embedding_dim: int) -> Tensor:
    """Centers as far apart as can be, (C, D) unit rows: simplex, polygon, spiral, or by chance."""
    C, D = num_classes, embedding_dim
    if D >= C - 1:
        simplex = torch.eye(C, dtype=torch.float64) - 1 / C
        basis = torch.linalg.svd(simplex).Vh[: C - 1]
        rows = unit(simplex @ basis.T)
        return torch.cat([rows, torch.zeros(C, D - C + 1, dtype=torch.float64)], 1)
    place = torch.arange(C, dtype=torch.float64)
    if D == 2:
        turn = 2 * math.pi * place / C
        return torch.stack([turn.cos(), turn.sin()], 1)
    if D == 3:
        height = 1 - (2 * place + 1) / C
        turn = math.pi * (1 + math.sqrt(5)) * (place + 0.5)
        ring = (1 - height**2).sqrt()
        return torch.stack([ring * turn.cos(), ring * turn.sin(), height], 1)
    generator = torch.Generator().manual_seed(0)
    return unit(torch.randn(C, D, dtype=torch.float64, generator=generator))


def _as_long(loss: nn.Module, rows: Tensor) -> Tensor:
    """Embeddings of the length that suits a loss in which length speaks."""
    return rows * float(getattr(loss, "typical_length", 1.0))


def _start(loss: nn.Module, weight: Tensor) -> float:
    """Mean loss of random embeddings before random centers."""
    generator = torch.Generator().manual_seed(0)
    C, D = int(loss.num_classes), weight.shape[1]  # type: ignore[arg-type]
    rows = torch.randn(256, D, generator=generator).to(weight)
    weight.data = torch.randn(weight.shape, generator=generator).to(weight)
    labels = torch.arange(256, device=weight.device) % C
    with torch.no_grad():
        return float(loss(_as_long(loss, unit(rows)), labels))


def _at_right_angles(loss: nn.Module, C: int, weight: Tensor) -> float:
    """The loss of an embedding at right angles to every center, its own included."""
    was = weight.detach().clone()
    free = torch.zeros_like(weight)
    free[:, 0] = 1
    weight.data = free if weight.shape[1] > 1 else was
    embedding = torch.zeros(1, weight.shape[1]).to(weight)
    embedding[0, -1] = 1
    training = loss.training
    loss.eval()
    with torch.no_grad():
        value = float(loss(_as_long(loss, embedding), torch.zeros(1, dtype=torch.int64)))
    weight.data = was
    loss.train(training)
    return value


def _pull(loss: nn.Module, centers: Tensor, angle: float) -> float:
    """|dL/dtheta| of an embedding on its way from its own center towards the nearest other one."""
    own = centers[0]
    other = centers[1 + int((centers[1:] @ own).argmax())]
    aside = unit((other - (other @ own) * own).unsqueeze(0))[0]
    if float(aside.norm()) < 0.5:  # two opposite centers: any way round
        aside = torch.roll(own, 1) * torch.tensor([-1.0] + [1.0] * (len(own) - 1)).to(own)
    theta = torch.tensor(angle, dtype=own.dtype, device=own.device, requires_grad=True)
    embedding = (own * theta.cos() + aside * theta.sin()).unsqueeze(0)
    value = loss(_as_long(loss, embedding), torch.zeros(1, dtype=torch.int64, device=own.device))
    (slope,) = torch.autograd.grad(value, theta)
    return abs(float(slope))


def _least_scale(centers: Tensor) -> float:
    """The least scale at which a perfect embedding reaches CERTAIN, by halving."""
    gaps = 1 - (centers @ centers.T)[0, 1:]
    low, high = 1e-3, 1e4
    for _ in range(60):
        middle = math.sqrt(low * high)
        enough = float(1 / (1 + (-middle * gaps).exp().sum())) >= CERTAIN
        low, high = (low, middle) if enough else (middle, high)
    return high


def _advice(
    floor: float,
    chance: float,
    certainty: float,
    pull: dict[int, float],
    scale: Any,
    recommended: float,
) -> tuple[str, ...]:
    said = []
    if floor > 0.3 * chance:
        said.append(
            f"stuck: even a perfect embedding keeps a loss of {floor:.2g}; the scale is too small "
            "or the margin wider than the room between two centers"
        )
    if certainty < 1e-6:
        said.append(
            f"slow start: the right person begins with a probability of {certainty:.0e}; lower the "
            "margin or the scale, or raise them during training"
        )
    strongest = max(pull.values())
    idle = [angle for angle, size in pull.items() if size < FAINT * strongest and angle < 60]
    if strongest > 0 and idle:
        said.append(
            f"idle: within {max(idle)} degrees an embedding is hardly pulled any more; a smaller "
            "scale or a wider margin draws it closer"
        )
    if isinstance(scale, float) and scale > 4 * recommended:
        said.append(f"a scale of {scale:g} is steep here; about {recommended:.0f} suits so few")
    return tuple(said) or ("nothing stands out",)
