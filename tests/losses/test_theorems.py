"""What must hold for every loss that compares cosines, whoever wrote it.

A loss joins by being listed in LOSSES. Lengths of embeddings and of centers vary: on unit vectors
a loss that forgets to divide by them passes everything.
"""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from facelab.losses import LOSSES, NormFace, build
from facelab.losses._cosine import CosineLoss

C, D, B = 6, 5, 12
DOUBLE = torch.float64

# losses in which the length of an embedding speaks, and why
LENGTH_MATTERS = {
    "sphereface": "the logits keep the length of the embedding",
    "adaface": "the margin follows the length of the embedding",
    "magface": "the margin grows with the length of the embedding, and a term rewards it",
}
COSINE = [key for key, cls in LOSSES.items() if issubclass(cls, CosineLoss)]
LENGTHLESS = [key for key in COSINE if key not in LENGTH_MATTERS]
MARGIN = [key for key in LENGTHLESS if "margin" in LOSSES[key].settings]


def sample(seed: int = 0, batch: int = B) -> tuple[Tensor, Tensor]:
    """Embeddings of lengths 0.1 to 10 and labels."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(batch, D, dtype=DOUBLE, generator=generator)
    embeddings *= 10 ** (2 * torch.rand(batch, 1, dtype=DOUBLE, generator=generator) - 1)
    return embeddings, torch.randint(C, (batch,), generator=generator)


def make(key: str, seed: int = 0, **settings: object) -> torch.nn.Module:
    """A loss in float64, in eval mode (its state stands still), with centers of varied lengths."""
    generator = torch.Generator().manual_seed(1000 + seed)
    loss = build(key, C, D, **settings).double().eval()
    lengths = 10 ** (2 * torch.rand(len(loss.weight), 1, dtype=DOUBLE, generator=generator) - 1)
    loss.weight.data = lengths * torch.randn(loss.weight.shape, dtype=DOUBLE, generator=generator)
    return loss


def gradients(loss: torch.nn.Module, embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    embeddings = embeddings.clone().requires_grad_()
    loss.zero_grad()
    loss(embeddings, labels).backward()
    return embeddings.grad, loss.weight.grad


@pytest.mark.parametrize("key", LENGTHLESS)
def test_gradient_is_orthogonal_to_embeddings_and_centers(key):
    loss, (embeddings, labels) = make(key), sample()
    to_embeddings, to_centers = gradients(loss, embeddings, labels)
    assert to_embeddings.abs().max() > 1e-6
    assert (to_embeddings * embeddings).sum(1).abs().max() < 1e-9
    assert (to_centers * loss.weight).sum(1).abs().max() < 1e-9


@pytest.mark.parametrize("key", LENGTHLESS)
def test_length_of_embeddings_and_centers_changes_nothing(key):
    loss, (embeddings, labels) = make(key), sample()
    before = loss(embeddings, labels)
    loss.weight.data *= torch.linspace(0.2, 7, len(loss.weight), dtype=DOUBLE).unsqueeze(1)
    stretched = embeddings * torch.linspace(0.3, 5, B, dtype=DOUBLE).unsqueeze(1)
    torch.testing.assert_close(loss(stretched, labels), before, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("key", COSINE)
def test_turning_the_whole_sphere_changes_nothing(key):
    loss, (embeddings, labels) = make(key), sample()
    before = loss(embeddings, labels)
    turn, _ = torch.linalg.qr(torch.randn(D, D, dtype=DOUBLE))
    loss.weight.data = loss.weight.data @ turn
    torch.testing.assert_close(loss(embeddings @ turn, labels), before, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("key", COSINE)
def test_renaming_people_changes_nothing(key):
    loss, (embeddings, labels) = make(key), sample()
    before = loss(embeddings, labels)
    order = torch.randperm(C, generator=torch.Generator().manual_seed(3))
    rows = loss.weight.data.reshape(C, -1, D)
    loss.weight.data = rows[order].reshape(loss.weight.shape)
    renamed = order.argsort()[labels]
    torch.testing.assert_close(loss(embeddings, renamed), before, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("key", [key for key in MARGIN if not LOSSES[key].settings["margin"].least])
def test_without_a_margin_every_cosine_loss_is_normface(key):
    others = {"t": 1.0, "extra": 0.0, "sigma": 0.0}  # what else a loss adds, switched off
    off = {name: value for name, value in others.items() if name in LOSSES[key].settings}
    if key in NOT_NORMFACE:
        pytest.skip(NOT_NORMFACE[key])
    loss, (embeddings, labels) = make(key, margin=0.0, **off), sample()
    plain = NormFace(C, D, scale=loss.scale).double()
    plain.weight.data = loss.weight.data
    torch.testing.assert_close(loss(embeddings, labels), plain(embeddings, labels))


NOT_NORMFACE = {
    "sphereface2": "C binary questions instead of one softmax",
    "uniface": "C binary questions instead of one softmax",
    "curricularface": "hard negatives count t + cos(theta) times whatever the margin is",
    "subcenter_arcface": "each class has several centers; with one it is ArcFace, tested there",
}


@pytest.mark.parametrize("key", MARGIN)
def test_raising_the_margin_never_lowers_the_loss_of_an_embedding(key):
    if key in LOSS_MAY_FALL:
        pytest.skip(LOSS_MAY_FALL[key])
    for seed in range(20):
        embeddings, labels = sample(seed, batch=1)
        margins = torch.linspace(0, 1.4, 8).tolist()
        least = LOSSES[key].settings["margin"].least
        losses = [make(key, seed, margin=least + m)(embeddings, labels).item() for m in margins]
        assert all(a <= b + 1e-9 for a, b in pairwise(losses)), (seed, losses)


LOSS_MAY_FALL = {
    "curricularface": "a larger margin makes more negatives hard, and early on those count less",
}


@pytest.mark.parametrize("key", COSINE)
def test_gradient_is_the_slope_of_the_loss(key):
    gentle = {"scale": 4.0} if "scale" in LOSSES[key].settings else {}
    loss, (embeddings, labels) = make(key, **gentle), sample(seed=5)
    if key in SLOPE_REPLACED:
        pytest.skip(SLOPE_REPLACED[key])
    embeddings.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, labels), embeddings, atol=1e-6)
    centers = loss.weight.detach().clone().requires_grad_()

    def of_centers(rows: Tensor) -> Tensor:
        return torch.func.functional_call(loss, {"weight": rows}, (embeddings.detach(), labels))

    assert torch.autograd.gradcheck(of_centers, centers, atol=1e-6)


SLOPE_REPLACED = {
    "circle": "its weights are constants in the backward pass",
    "sphereface_r": "its paper trains with the slope of the plain cosine",
    "adaface": "its paper holds the length, on which the margin depends, constant",
}


@pytest.mark.parametrize("key", list(LOSSES))
@pytest.mark.parametrize("where", ["on", "opposite", "at zero", "random"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_loss_and_gradient_are_finite_wherever_an_embedding_lies(key, where, dtype):
    loss = LOSSES[key](num_classes=C, embedding_dim=D)  # the paper's scale
    if not hasattr(loss, "weight"):
        pytest.skip("no class centers to lie on; its own tests place its embeddings")
    labels = torch.arange(C)
    rows = loss.weight.detach().reshape(C, -1, D)[:, 0]
    sign = {"on": 1.0, "opposite": -1.0, "at zero": 0.0}.get(where, 1.0)
    start = torch.randn(C, D) if where == "random" else sign * rows
    embeddings = start.to(dtype).requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16 if dtype == torch.float32 else dtype):
        value = loss(embeddings, labels)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(embeddings.grad).all()
    assert torch.isfinite(loss.weight.grad).all()


@pytest.mark.parametrize("key", ["normface", "softmax"])
def test_at_right_angles_to_every_center_the_loss_is_log_c(key):
    loss = make(key)
    loss.weight.data[:, -1] = 0
    embeddings = torch.zeros(B, D, dtype=DOUBLE)
    embeddings[:, -1] = 3
    value = loss(embeddings, torch.arange(B) % C)
    assert value.item() == pytest.approx(math.log(C), abs=1e-12)


@pytest.mark.parametrize("key", LENGTHLESS)
def test_loss_is_never_negative_and_vanishes_when_every_face_is_certain(key):
    loss, (embeddings, labels) = make(key), sample()
    assert loss(embeddings, labels) >= 0
    if key in FLOOR:
        pytest.skip(FLOOR[key])
    pair = build(key, 2, D, scale=200.0).double().eval()  # two people, opposite each other
    pair.weight.data = torch.zeros_like(pair.weight)
    pair.weight.data[: len(pair.weight) // 2, 0] = 1
    pair.weight.data[len(pair.weight) // 2 :, 0] = -1
    certain = torch.tensor([[3.0] + [0.0] * (D - 1)], dtype=DOUBLE)
    assert pair(certain, torch.tensor([0])) < 1e-6


FLOOR = {
    "adacos": "it sets its own scale, and that scale keeps a floor under the loss",
    "circle": "an embedding on its center keeps a logit of scale m^2, here exp(-12.5)",
}
