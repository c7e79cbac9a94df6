"""What a loss on the sphere should keep, each with what it means in training where it does not.

A theorem is given a probe and tells what is wrong, in words, or nothing. `None` stands for a
theorem that does not apply, such as one on the margin where the loss has none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from facelab.losses._probe import CLASSES, WIDTH, Probe, lengths, sample

Outcome = str | None  # "" holds, words say what is wrong, None does not apply
STEP = 1e-6  # of the finite differences, in float64
SLOPE = 1e-4  # share by which a gradient may differ from them


@dataclass(frozen=True)
class Theorem:
    """A statement, how it is tried, and what follows in training where it fails."""

    statement: str
    fails: str
    test: Callable[[Probe], Outcome]


def _finite(probe: Probe, embeddings: Tensor, labels: Tensor) -> str:
    parts = zip(("loss", "gradient", "gradient of the centers"),
                probe.gradient(embeddings, labels), strict=True)  # fmt: skip
    wrong = [name for name, part in parts if not torch.isfinite(part).all()]
    return f"{' and '.join(wrong)} not finite" if wrong else ""


def on_its_center(probe: Probe) -> Outcome:
    """Every embedding lies exactly on its center."""
    return _finite(probe, 2 * torch.eye(CLASSES, WIDTH), torch.arange(CLASSES))


def opposite_its_center(probe: Probe) -> Outcome:
    """Every embedding lies exactly opposite its center."""
    return _finite(probe, -2 * torch.eye(CLASSES, WIDTH), torch.arange(CLASSES))


def at_zero(probe: Probe) -> Outcome:
    """Every embedding is zero and has no direction."""
    found = _finite(probe, torch.zeros(CLASSES, WIDTH), torch.arange(CLASSES))
    _, gradient, _ = probe.gradient(torch.zeros(CLASSES, WIDTH), torch.arange(CLASSES))
    size = float(gradient.abs().max())
    return found or (f"the gradient is {size:.0e}" if size > 1e6 else "")


def slope(probe: Probe) -> Outcome:
    """Gradient and finite differences agree at embeddings in general position."""
    embeddings, labels = sample(1)
    _, gradient, _ = probe.gradient(embeddings, labels)
    worst, size = 0.0, float(gradient.abs().max())
    with torch.no_grad():
        for row in range(len(embeddings)):
            for column in range(WIDTH):
                step = torch.zeros_like(embeddings)
                step[row, column] = STEP
                up, down = (probe.value(embeddings + k * step, labels) for k in (1, -1))
                difference = float(up - down) / (2 * STEP)
                worst = max(worst, abs(difference - float(gradient[row, column])))
                size = max(size, abs(difference))
    return f"off by {worst / size:.0%} of its size" if worst > SLOPE * max(size, 1e-9) else ""


def _same(before: Tensor, after: Tensor) -> str:
    gap = abs(float(after - before))
    return f"{float(before):.6g} became {float(after):.6g}" if gap > 1e-6 * (1 + gap) else ""


def turning(probe: Probe) -> Outcome:
    """The whole sphere is turned: embeddings and centers alike."""
    embeddings, labels = sample(2)
    generator = torch.Generator().manual_seed(3)
    turn, _ = torch.linalg.qr(torch.randn(WIDTH, WIDTH, dtype=torch.float64, generator=generator))
    return _moved(probe, embeddings @ turn, labels, torch.eye(CLASSES, WIDTH).double() @ turn)


def _moved(probe: Probe, embeddings: Tensor, labels: Tensor, centers: Tensor) -> str:
    """Loss on the bench against the loss after a change that should change nothing."""
    plain, own = sample(2)
    rows = lengths(CLASSES).unsqueeze(1)
    with torch.no_grad():
        probe.place(rows * torch.eye(CLASSES, WIDTH))
        before = probe.value(plain, own)
        probe.place(rows * centers)
        after = probe.value(embeddings, labels)
        probe.place(rows * torch.eye(CLASSES, WIDTH))
    return _same(before, after)


def renaming(probe: Probe) -> Outcome:
    """People are numbered in another order."""
    embeddings, labels = sample(2)
    order = torch.arange(CLASSES - 1, -1, -1)
    with torch.no_grad():
        before = probe.value(embeddings, labels)
        probe.place((lengths(CLASSES).unsqueeze(1) * torch.eye(CLASSES, WIDTH))[order])
        after = probe.value(embeddings, order[labels])
        probe.place(lengths(CLASSES).unsqueeze(1) * torch.eye(CLASSES, WIDTH))
    return _same(before, after)


def embedding_length(probe: Probe) -> Outcome:
    """Every embedding is stretched by its own factor."""
    embeddings, labels = sample(2)
    return _moved(probe, embeddings * lengths(8).unsqueeze(1), labels, torch.eye(CLASSES, WIDTH))


def center_length(probe: Probe) -> Outcome:
    """Every center is stretched by its own factor."""
    embeddings, labels = sample(2)
    stretched = lengths(CLASSES).flip(0).unsqueeze(1) * torch.eye(CLASSES, WIDTH)
    return _moved(probe, embeddings, labels, stretched)


def turning_away(probe: Probe) -> Outcome:
    """An embedding turns from its own center to the opposite point."""
    theta = torch.linspace(0.01, math.pi - 0.01, 181, dtype=torch.float64)
    losses = probe.turned_away(theta)
    falls = (losses[1:] - losses[:-1]) < -1e-7 * (1 + losses[1:].abs())
    if not falls.any():
        return ""
    first = float(torch.rad2deg(theta[int(falls.nonzero()[0])]))
    return f"it falls from {first:.0f} degrees on"


def wider_margin(probe: Probe) -> Outcome:
    """The margin grows and all else stays."""
    margin = probe.setting("margin", "m")
    if margin is None:
        return None
    name = "margin" if hasattr(probe.loss, "margin") else "m"
    theta = torch.linspace(0.1, 2.5, 9, dtype=torch.float64)
    narrow = probe.turned_away(theta)
    wide = probe.with_setting(name, margin + 0.1 * max(1.0, abs(margin))).turned_away(theta)
    if torch.equal(narrow, wide):
        return f"{name} has no effect once the loss is built"
    return "it falls" if (wide < narrow - 1e-9).any() else ""


def unit_of_margin(probe: Probe) -> Outcome:
    """The margin that acts, measured at 60 degrees, is the number that was given."""
    margin, scale = probe.setting("margin", "m"), probe.setting("scale", "s")
    if not margin or not scale:
        return None
    theta = torch.tensor([math.pi / 3], dtype=torch.float64)
    excess = torch.expm1(probe.turned_away(theta))  # (C - 1) exp(-s psi), negatives at cosine 0
    psi = float((math.log(CLASSES - 1) - excess.log()) / scale)
    angle = math.acos(max(-1.0, min(1.0, psi))) - math.pi / 3
    near = [abs(angle - k * margin) < 0.02 * k * margin for k in (1, math.pi / 180)]
    if near[1] and not near[0]:
        return f"{margin:g} acts as {angle:.3g} radians: it is taken as degrees"
    return ""


def half_precision(probe: Probe) -> Outcome:
    """Random, aligned and opposite embeddings under autocast."""
    if probe.dtype != torch.float32:
        return None
    rows = torch.eye(CLASSES, WIDTH)
    places = {"random": sample(4)[0][:CLASSES].float(), "aligned": rows, "opposite": -rows}
    for kind in (torch.bfloat16, torch.float16):
        for place, embeddings in places.items():
            with torch.autocast("cpu", dtype=kind):
                wrong = _finite(probe, embeddings, torch.arange(CLASSES))
            if wrong:
                return f"{wrong} in {str(kind)[6:]} at {place} embeddings"
    return ""


def alone(probe: Probe) -> Outcome:
    """A batch of one image."""
    embeddings, labels = sample(5, count=1)
    return _finite(probe, embeddings, labels)


def standing_still(probe: Probe) -> Outcome:
    """The same batch is given twice in eval mode."""
    embeddings, labels = sample(6)
    with torch.no_grad():
        return _same(probe.value(embeddings, labels), probe.value(embeddings, labels))


THEOREMS = (
    Theorem("finite where an embedding lies on its center",
            "NaN as soon as an embedding meets its center", on_its_center),
    Theorem("finite where an embedding lies opposite its center",
            "NaN in the first steps in low dimensions", opposite_its_center),
    Theorem("finite where an embedding is zero",
            "NaN, or one huge step, when a network gives back zeros", at_zero),
    Theorem("finite on a batch of one image",
            "NaN on the last batch of an epoch", alone),
    Theorem("finite in half precision",
            "NaN as soon as autocast is switched on", half_precision),
    Theorem("the gradient is the slope of the loss",
            "the optimizer follows another function than the one that is printed", slope),
    Theorem("turning the whole sphere changes nothing",
            "directions of the embedding space are not alike", turning),
    Theorem("renaming people changes nothing",
            "some people are treated differently from others", renaming),
    Theorem("the length of an embedding changes nothing",
            "the loss can be lowered by stretching, without turning anything", embedding_length),
    Theorem("the length of a center changes nothing",
            "people with many images get long centers and win ties", center_length),
    Theorem("turning away from the own center never lowers the loss",
            "embeddings far from their person are driven further away", turning_away),
    Theorem("a wider margin never lowers the loss",
            "the margin does not do what its name says", wider_margin),
    Theorem("the margin is in radians or cosine units",
            "a margin copied from a paper has almost no effect", unit_of_margin),
    Theorem("the same batch has the same loss in eval mode",
            "validation changes the state of training", standing_still),
)  # fmt: skip
