"""What must hold for losses with a threshold, with pairs, or with centers of their own.

Lengths vary from row to row. Expected values come from loops over pairs and from pencil and paper,
not from the code under test.
"""

import copy
import math
from itertools import combinations, permutations

import numpy as np
import pytest
import torch
from torch import Tensor

from facelab.losses import (
    Center,
    Circle,
    CosFace,
    DistributionDistillation,
    Marginal,
    MinimumMargin,
    Range,
    Ring,
    Softmax,
    SphereFace2,
    Triplet,
    UniFace,
    UniTSFace,
    build,
)
from facelab.losses._histograms import divergence, hardest_negatives, soft_histogram
from facelab.losses._threshold import spread_cosine
from facelab.losses.range import ranges

C, D, B = 6, 5, 14
DOUBLE = torch.float64
SEEDS = pytest.mark.parametrize("seed", range(4))


def sample(seed: int, batch: int = B, people: int = C) -> tuple[Tensor, Tensor]:
    """Embeddings of lengths 0.1 to 10; every person twice at least, in random order."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(batch, D, dtype=DOUBLE, generator=generator)
    embeddings *= 10 ** (2 * torch.rand(batch, 1, dtype=DOUBLE, generator=generator) - 1)
    labels = torch.arange(batch) % people
    return embeddings, labels[torch.randperm(batch, generator=generator)]


def unit(rows: Tensor) -> Tensor:
    return rows / rows.norm(dim=1, keepdim=True)


def with_centers(loss: torch.nn.Module, seed: int) -> torch.nn.Module:
    """The loss in float64 with class centers of varied lengths."""
    generator = torch.Generator().manual_seed(500 + seed)
    loss = loss.double()
    rows = torch.randn(loss.weight.shape, dtype=DOUBLE, generator=generator)
    loss.weight.data = rows * torch.linspace(0.2, 8, len(rows), dtype=DOUBLE).unsqueeze(1)
    return loss


def gradient(loss: torch.nn.Module, embeddings: Tensor, labels: Tensor) -> Tensor:
    leaf = embeddings.clone().requires_grad_()
    loss(leaf, labels).backward()
    return leaf.grad


def softplus(z: float) -> float:
    return max(z, 0) + math.log1p(math.exp(-abs(z)))


# ------------------------------------------------------------------------------------ SphereFace2


@SEEDS
@pytest.mark.parametrize("kind", ["C", "A", "M"])
@pytest.mark.parametrize("detach", ["paper", "code", "none"])
def test_sphereface2_is_its_formula(seed, kind, detach):
    margin = {"C": 0.3, "A": 0.45, "M": 1.6}[kind]
    words = {"scale": 12.0, "balance": 0.6, "sharpness": 2.5, "detach": detach, "loss_weight": 3.0}
    loss = with_centers(SphereFace2(C, D, kind=kind, margin=margin, **words), seed)
    loss.bias.data[0] = -1.7
    embeddings, labels = sample(seed)
    theta = (unit(embeddings) @ unit(loss.weight.detach()).T).arccos()

    def g(angle: float) -> float:
        return 2 * ((math.cos(angle) + 1) / 2) ** 2.5 - 1

    total = 0.0
    for i, y in enumerate(labels.tolist()):
        for j in range(C):
            t = theta[i, j].item()
            turned = {"C": t, "A": min(math.pi, t + 0.45), "M": min(math.pi, 1.6 * t)}[kind]
            lowered = 0.3 if kind == "C" else 0.0
            if j == y:
                total += 0.6 / 12 * softplus(-(12 * (g(turned) - lowered) - 1.7))
            else:
                total += 0.4 / 12 * softplus(12 * (g(t) + lowered) - 1.7)
    assert loss(embeddings, labels).item() == pytest.approx(3 * total / B, rel=1e-9)


@pytest.mark.parametrize("kind", ["C", "A", "M"])
def test_sphereface2_drops_the_slopes_that_each_convention_names(kind):
    margin = {"C": 0.3, "A": 0.45, "M": 1.6}[kind]
    cosine = torch.linspace(-0.9, 0.95, 9, dtype=DOUBLE)
    t, angle = 2.5, cosine.arccos()
    ahead = {"C": angle, "A": angle + 0.45, "M": 1.6 * angle}[kind]
    speed = {"C": 1.0, "A": 1.0, "M": 1.6}[kind]
    plain = t * ((cosine + 1) / 2) ** (t - 1)  # dg/dcos
    exact = t * ((ahead.cos() + 1) / 2) ** (t - 1) * speed * ahead.sin() / angle.sin()
    exact[ahead > math.pi] = 0
    expected = {"paper": exact if kind == "C" else plain, "code": cosine * 0 + 1, "none": exact}
    for detach, slope in expected.items():
        loss = SphereFace2(C, D, kind=kind, margin=margin, sharpness=t, detach=detach)
        leaf = cosine.clone().requires_grad_()
        (got,) = torch.autograd.grad(loss.target(leaf, leaf).sum(), leaf)
        torch.testing.assert_close(got, slope)
        leaf = cosine.clone().requires_grad_()
        (got,) = torch.autograd.grad(loss.negatives(leaf, leaf, leaf).sum(), leaf)
        torch.testing.assert_close(got, cosine * 0 + 1 if detach == "code" else plain)


@SEEDS
def test_without_a_margin_the_three_kinds_of_sphereface2_are_one(seed):
    embeddings, labels = sample(seed)
    none = {"C": 0.0, "A": 0.0, "M": 1.0}
    losses = [with_centers(SphereFace2(C, D, kind=k, margin=m), seed) for k, m in none.items()]
    values = [loss(embeddings, labels).item() for loss in losses]
    assert values[1:] == pytest.approx(values[:1] * 2, rel=1e-7)  # starts of b differ in float32


def test_with_sharpness_1_the_similarity_is_the_cosine():
    cosine = torch.linspace(-1, 1, 21, dtype=DOUBLE)
    torch.testing.assert_close(SphereFace2(C, D, sharpness=1.0).similarity(cosine), cosine)


@pytest.mark.parametrize("kind", ["C", "A", "M"])
@pytest.mark.parametrize(("people", "balance"), [(2, 0.7), (2, 0.99), (10, 0.7), (5000, 0.05)])
def test_sphereface2_bias_starts_where_nothing_pulls_on_it_at_right_angles(kind, people, balance):
    loss = SphereFace2(people, D, kind=kind, balance=balance).double()
    unweighted = torch.zeros(3, D, dtype=DOUBLE)  # no direction: every cosine is 0
    loss(unweighted, torch.tensor([0, 1, 1])).backward()
    pull = loss.bias.grad.item()
    loss.zero_grad()
    loss.bias.data += 0.5
    loss(unweighted, torch.tensor([0, 1, 1])).backward()
    assert abs(pull) < 1e-5 * abs(loss.bias.grad.item())


def test_without_margin_and_balance_the_bias_starts_at_minus_log_of_the_others():
    loss = SphereFace2(11, D, balance=0.5, margin=0.0, sharpness=1.0)
    assert loss.bias.item() == pytest.approx(-math.log(10))


@pytest.mark.parametrize(
    ("people", "bias"), [(10, 12.950), (100, 10.276), (1000, 7.943), (10572, 5.582)]
)
def test_sphereface2_bias_has_its_published_starts(people, bias):
    assert SphereFace2(people, D).bias.item() == pytest.approx(bias, abs=1e-3)


@SEEDS
def test_a_further_person_adds_only_the_terms_of_that_person(seed):
    embeddings, labels = sample(seed, people=C - 1)
    loss = with_centers(SphereFace2(C, D), seed)
    fewer = SphereFace2(C - 1, D).double()
    fewer.weight.data, fewer.bias.data = loss.weight.data[:-1], loss.bias.data
    cosine = unit(embeddings) @ unit(loss.weight.detach())[-1]
    z = loss.scale * (loss.similarity(cosine) + loss.margin) + loss.bias.detach()
    added = 0.3 / loss.scale * z.exp().log1p().mean()
    torch.testing.assert_close(loss(embeddings, labels), fewer(embeddings, labels) + added)
    torch.testing.assert_close(
        torch.autograd.grad(loss(embeddings, labels), loss.weight)[0][:-1],
        torch.autograd.grad(fewer(embeddings, labels), fewer.weight)[0],
    )


def test_the_two_lines_of_sphereface2_are_where_the_formula_puts_them():
    loss = SphereFace2(1000, D).double()
    for value, cosine in ((-loss.margin, 0.688), (loss.margin, 0.171)):
        logit = loss.scale * (loss.similarity(torch.tensor(cosine)) + value) + loss.bias
        assert abs(logit.item()) < 0.2  # three digits of a cosine, times a scale of 40


@pytest.mark.parametrize(("sharpness", "margin", "fits"), [(3, 0.25, True), (3, 0.27, False)])
def test_ten_caps_fit_on_a_circle_only_below_a_margin(sharpness, margin, fits):
    loss = SphereFace2(10, 2, margin=margin, sharpness=sharpness, bias_start="even", scale=16.0)
    angles = torch.arange(10) * math.pi / 5
    loss.weight.data = torch.stack([angles.cos(), angles.sin()], dim=1)
    logits = loss.logits(loss.weight, torch.arange(10)).detach()
    right = (logits > 0) == torch.eye(10, dtype=torch.bool)
    assert bool(right.all()) == fits


@pytest.mark.parametrize(
    ("people", "dim", "degrees"),
    [(2, 1, 180), (3, 1, 0), (3, 2, 120), (4, 2, 90), (10, 2, 36), (4, 3, 109.471), (6, 3, 90)],
)
def test_evenly_spread_centers_are_as_far_apart_as_they_can_be(people, dim, degrees):
    assert math.degrees(math.acos(spread_cosine(people, dim))) == pytest.approx(degrees, abs=1e-3)
    assert spread_cosine(2 * dim + 2, dim) > 0  # more than the ends of the axes


@pytest.mark.parametrize(("make", "sign"), [(SphereFace2, -1), (UniFace, 1)])
@pytest.mark.parametrize("dim", [2, 3, 64])
def test_an_even_start_puts_the_threshold_between_own_center_and_neighbor(make, sign, dim):
    loss = make(10, dim, bias_start="even", margin=0.1)
    threshold = sign * loss.bias.item() / loss.scale
    neighbor = torch.tensor(spread_cosine(10, dim))
    if make is UniFace:
        low, high = neighbor.item(), 1 - 0.1
    else:
        low, high = loss.similarity(neighbor).item() + 0.1, 1 - 0.1
    assert threshold == pytest.approx((low + high) / 2, abs=1e-6)


# ------------------------------------------------------------------------------ UniFace, UniTSFace


@SEEDS
def test_uniface_is_sphereface2_without_g_and_with_half_the_margin_on_each_side(seed):
    embeddings, labels = sample(seed)
    uniface = with_centers(UniFace(C, D, margin=0.3, scale=9.0), seed)
    uniface.bias.data[0] = 0.8
    words = {"margin": 0.15, "scale": 9.0, "balance": 0.5, "sharpness": 1.0, "loss_weight": 18.0}
    sphereface = with_centers(SphereFace2(C, D, **words), seed)
    sphereface.bias.data[0] = -0.8 - 9 * 0.15
    torch.testing.assert_close(uniface(embeddings, labels), sphereface(embeddings, labels))


@SEEDS
def test_uniface_with_equal_biases_for_all_is_uniface_with_one(seed):
    embeddings, labels = sample(seed)
    one = with_centers(UniFace(C, D, negative_weight=0.3), seed)
    each = with_centers(UniFace(C, D, negative_weight=0.3, form="bce"), seed)
    torch.testing.assert_close(one(embeddings, labels), each(embeddings, labels))
    softmax = with_centers(UniFace(C, D, form="softmax", margin=0.25, scale=20.0), seed)
    cosface = with_centers(CosFace(C, D, margin=0.25, scale=20.0), seed)
    torch.testing.assert_close(softmax(embeddings, labels), cosface(embeddings, labels))


def test_uniface_clamps_only_when_it_is_told_to():
    for clamp in (False, True):
        loss = UniFace(2, D, clamp=clamp, scale=10.0)
        loss.weight.data = torch.eye(2, D)
        opposite = torch.tensor([[-3.0, 0.5, 0, 0, 0]], requires_grad=True)
        own = loss.logits(opposite, torch.tensor([0]))[0, 0]
        own.backward()
        assert (own.item() == -10) == clamp
        assert (opposite.grad == 0).all() == clamp  # opposite its center nothing pulls any more


@SEEDS
def test_unitsface_compares_with_the_sample_seen_last_then_stores(seed):
    loss = with_centers(UniTSFace(C, D, scale=7.0, sample_margin=0.2, margin=0.1), seed)
    cosface = with_centers(CosFace(C, D, scale=7.0, margin=0.1), seed)
    first, first_labels = sample(seed)
    silent = loss(first, first_labels)
    torch.testing.assert_close(silent, cosface(first, first_labels))  # nobody is stored yet
    assert not loss.started
    last = {y: i for i, y in enumerate(first_labels.tolist())}
    memory = torch.stack([first[last[y]] for y in range(C)])
    torch.testing.assert_close(loss.memory, memory, rtol=0, atol=0)
    second, labels = sample(seed + 100)
    value = loss(second, labels)
    cosines = unit(second) @ unit(memory).T
    others = [[7 * cosines[i, j] for j in range(C) if j != y] for i, y in enumerate(labels)]
    bias = np.mean([torch.stack(row).logsumexp(0).item() for row in others])
    assert loss.bias.item() == pytest.approx(bias, rel=1e-12)
    terms = [
        softplus(-(7 * (cosines[i, y].item() - 0.2) - bias))
        + sum(softplus(z.item() - bias) for z in others[i])
        for i, y in enumerate(labels)
    ]
    expected = cosface(second, labels).item() + np.mean(terms)
    assert value.item() == pytest.approx(expected, rel=1e-9)
    assert loss.bias.item() != 0
    loss(first, first_labels)
    assert loss.bias.item() == pytest.approx(bias)  # it starts once


def test_unitsface_waits_for_everybody():
    loss = UniTSFace(C, D, terms="samples").double()
    embeddings, labels = sample(0, people=C - 1)
    for _ in range(3):
        assert loss(embeddings, labels) == 0
    assert not loss.started
    assert loss.memory[:-1].norm(dim=1).min() > 0
    assert loss.memory[-1].norm() == 0


@pytest.mark.parametrize("form", ["unified", "bce", "softmax"])
def test_no_gradient_reaches_the_memory_and_eval_leaves_it_alone(form):
    loss = UniTSFace(C, D, form=form, terms="samples").double()
    loss(*sample(0))
    assert not loss.memory.requires_grad
    assert gradient(loss, *sample(1)).abs().max() > 0
    loss.eval()
    before = copy.deepcopy(loss.state_dict())
    loss(*sample(2))
    for name, tensor in loss.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)


# ------------------------------------------------------------------------------------------ Center


@SEEDS
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_center_loss_is_half_the_squared_distance_before_the_step(seed, reduction):
    loss = Center(C, D, reduction=reduction).double()
    embeddings, labels = sample(seed)
    before = loss.centers.clone()
    value = loss(embeddings, labels).item()
    halves = [((x - before[y]) ** 2).sum().item() / 2 for x, y in zip(embeddings, labels)]  # noqa: B905
    assert value == pytest.approx(sum(halves) / (B if reduction == "mean" else 1), rel=1e-12)


@SEEDS
def test_centers_follow_by_the_rule_with_one_more_in_the_denominator(seed):
    loss = Center(C, D, rate=0.3).double()
    embeddings, labels = sample(seed, people=C - 2)
    before = loss.centers.clone()
    loss(embeddings, labels)
    for j in range(C):
        mine = [embeddings[i] for i in range(B) if labels[i] == j]
        delta = sum((before[j] - x for x in mine), torch.zeros(D, dtype=DOUBLE)) / (1 + len(mine))
        torch.testing.assert_close(loss.centers[j], before[j] - 0.3 * delta)
    assert (loss.centers[C - 2 :] == before[C - 2 :]).all()  # absent people stay


def test_one_image_moves_its_center_by_half_the_rate_of_the_gap():
    loss = Center(2, 2, rate=0.5)
    loss.centers.copy_(torch.tensor([[0.0, 0.0], [5.0, 5.0]]))
    loss(torch.tensor([[8.0, -4.0]]), torch.tensor([0]))
    assert loss.centers.tolist() == [[2.0, -1.0], [5.0, 5.0]]


def test_the_optimizer_and_the_weight_of_the_loss_do_not_move_the_centers():
    embeddings, labels = sample(0)
    moved = []
    for weight in (0.003, 100.0):
        torch.manual_seed(3)
        joint = (weight * Center(C, D)).double()
        center = joint.losses[0]
        assert list(center.parameters()) == []
        joint(embeddings.requires_grad_(), labels).backward()
        moved.append(center.centers.clone())
    torch.testing.assert_close(moved[0], moved[1], rtol=0, atol=0)
    trained = Center(C, D, update="optimizer").double()
    assert [name for name, _ in trained.named_parameters()] == ["centers"]
    before = trained.centers.detach().clone()
    trained(embeddings, labels).backward()
    torch.testing.assert_close(trained.centers.detach(), before, rtol=0, atol=0)
    counts = torch.bincount(labels, minlength=C).to(DOUBLE).unsqueeze(1)
    sums = torch.zeros(C, D, dtype=DOUBLE).index_add(0, labels, embeddings.detach())
    torch.testing.assert_close(trained.centers.grad, (counts * before - sums) / B)


def test_frozen_or_in_eval_mode_the_centers_stand_still():
    embeddings, labels = sample(0)
    for loss in (Center(C, D, rate=0.0).double(), Center(C, D).double().eval()):
        before = loss.centers.clone()
        value = loss(embeddings, labels)
        torch.testing.assert_close(loss.centers, before, rtol=0, atol=0)
        torch.testing.assert_close(loss(embeddings, labels), value)
    assert loss(loss.centers[labels], labels) == 0  # on the centers nothing is left


@SEEDS
def test_center_loss_grows_with_the_square_of_a_common_scale(seed):
    loss = Center(C, D).double().eval()
    embeddings, labels = sample(seed)
    value = loss(embeddings, labels)
    loss.centers *= 3
    torch.testing.assert_close(loss(3 * embeddings, labels), 9 * value)
    pulled = gradient(loss, embeddings, labels)
    torch.testing.assert_close(pulled, (embeddings - loss.centers[labels]) / B)


# -------------------------------------------------------------------------------- Marginal, triplet


@SEEDS
def test_marginal_loss_is_a_contrastive_hinge_over_all_ordered_pairs(seed):
    loss = Marginal(C, D, threshold=1.1, slack=0.25)
    embeddings, labels = sample(seed)
    u, total = unit(embeddings), 0.0
    for i, j in permutations(range(B), 2):
        d = ((u[i] - u[j]) ** 2).sum().item()
        near, far = max(0, d - (1.1 - 0.25)), max(0, 1.1 + 0.25 - d)
        total += near if labels[i] == labels[j] else far
    assert loss(embeddings, labels).item() == pytest.approx(total / (B * B - B), rel=1e-9)


def test_marginal_loss_is_zero_when_every_pair_is_on_its_side():
    embeddings = torch.tensor([[2.0, 0.1], [5.0, 0.0], [0.0, 3.0], [0.1, 0.5]])
    labels = torch.tensor([0, 0, 1, 1])
    assert Marginal(2, 2)(embeddings, labels) == 0
    assert Marginal(2, 2)(embeddings, torch.tensor([0, 1, 0, 1])) > 0
    assert Marginal(2, 2, threshold=0.0, slack=0.0)(embeddings, labels) > 0


def gaps_of(embeddings: Tensor) -> np.ndarray:
    u = unit(embeddings).numpy()
    return ((u[:, None] - u[None]) ** 2).sum(-1)


@SEEDS
@pytest.mark.parametrize("mining", ["all", "semi-hard", "hard"])
@pytest.mark.parametrize("average", ["all", "active"])
def test_triplets_are_those_that_a_loop_finds(seed, mining, average):
    embeddings, labels = sample(seed, batch=11)
    labels[0] = C - 1  # numbers of images differ
    d, y = gaps_of(embeddings), labels.tolist()
    found = []
    for a in range(11):
        near = [p for p in range(11) if p != a and y[p] == y[a]]
        far = [n for n in range(11) if y[n] != y[a]]
        if not near:
            continue
        if mining == "all":
            found += [d[a, p] - d[a, n] for p in near for n in far]
        elif mining == "hard":
            found.append(max(d[a, p] for p in near) - min(d[a, n] for n in far))
        else:
            for p in near:
                beyond = [d[a, n] for n in far if d[a, n] >= d[a, p]]
                found.append(d[a, p] - (min(beyond) if beyond else max(d[a, n] for n in far)))
    losses = np.maximum(0, np.array(found) + 0.35)
    expected = losses.mean() if average == "all" else losses[losses > 0].mean()
    loss = Triplet(C, D, margin=0.35, mining=mining, average=average)
    assert loss(embeddings, labels).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mining", ["all", "semi-hard", "hard"])
def test_triplet_loss_is_its_margin_when_all_fall_together_and_zero_when_all_is_in_order(mining):
    labels = torch.tensor([0, 0, 1, 1])
    together = torch.tensor([[2.0, 1.0]]).repeat(4, 1) * torch.tensor([[1.0], [2], [3], [0.5]])
    loss = Triplet(2, 2, margin=0.2, mining=mining)
    assert loss(together, labels).item() == pytest.approx(0.2, abs=1e-6)
    apart = torch.tensor([[1.0, 0.0], [3.0, 0.0], [-1.0, 0.0], [-0.2, 0.0]])
    assert Triplet(2, 2, margin=0.0, mining=mining)(apart, labels) == 0
    assert loss(apart, torch.tensor([0, 1, 0, 1])) <= 4.2 + 1e-6


# ------------------------------------------------------------------------------------------- Range


@SEEDS
@pytest.mark.parametrize("k", [1, 2, 3])
def test_range_loss_is_what_a_loop_over_people_finds(seed, k):
    embeddings, labels = sample(seed)
    labels[:3] = torch.tensor([0, 0, 0])
    people = labels.unique().tolist()
    intra = 0.0
    for person in people:
        mine = embeddings[labels == person]
        gaps = sorted((((a - b) ** 2).sum().item() for a, b in combinations(mine, 2)), reverse=True)
        kept = gaps[:k]
        if kept:
            harmonic = len(kept) / sum(1 / gap for gap in kept)
            assert min(kept) - 1e-9 <= harmonic <= max(kept) + 1e-9
            intra += harmonic
    means = [embeddings[labels == person].mean(0) for person in people]
    closest = min(((a - b) ** 2).sum().item() for a, b in combinations(means, 2))
    margin = closest * 1.5
    loss = Range(C, D, margin=margin, widest=k, intra_weight=0.4, inter_weight=0.7)
    expected = 0.4 * intra + 0.7 * (margin - closest)
    assert loss(embeddings, labels).item() == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.gradcheck(lambda x: loss(x, labels), embeddings.requires_grad_())


@SEEDS
def test_ranges_grow_with_the_square_and_without_a_margin_nobody_is_pushed(seed):
    embeddings, labels = sample(seed)
    intra, inter = Range(C, D, margin=0.0).parts(embeddings, labels)
    grown, _ = Range(C, D, margin=0.0).parts(3 * embeddings, labels)
    torch.testing.assert_close(grown, 9 * intra)
    assert inter == 0
    plain, _ = Range(C, D, distance="plain").parts(embeddings, labels)
    grown, _ = Range(C, D, distance="plain").parts(3 * embeddings, labels)
    torch.testing.assert_close(grown, 3 * plain)


def test_ranges_leave_out_those_with_one_image_and_survive_the_same_image_twice():
    gaps, groups = torch.tensor([4.0, 1.0, 9.0, 3.0]), torch.tensor([0, 2, 0, 3])
    assert ranges(gaps, groups, 2, 3).tolist() == pytest.approx([2 / (1 / 9 + 1 / 4), 0, 1])
    labels = torch.tensor([0, 0, 0, 1])
    twin = torch.tensor([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [3.0, 0.0]])
    for distance in ("squared", "plain"):
        assert torch.isfinite(gradient(Range(2, 2, distance=distance), twin, labels)).all()


# ----------------------------------------------------------------------------- Minimum margin loss


def centered(seed: int, **words: object) -> MinimumMargin:
    loss = MinimumMargin(C, D, centers="parameter", **words).double()
    loss.places.data = sample(seed, batch=C)[0]
    return loss


@SEEDS
def test_minimum_margin_adds_each_pair_of_people_once_whatever_their_number_of_images(seed):
    embeddings, labels = sample(seed, people=C - 1)
    loss = centered(seed, margin=60.0)
    c = loss.places.detach()
    pairs = list(combinations(range(C - 1), 2))
    squares = {(i, j): ((c[i] - c[j]) ** 2).sum().item() for i, j in pairs}
    expected = sum(max(0, 60 - d) for d in squares.values())
    assert loss(embeddings, labels).item() == pytest.approx(expected, rel=1e-12)
    one_each = torch.arange(C - 1)
    torch.testing.assert_close(loss(embeddings[: C - 1], one_each), loss(embeddings, labels))
    loss.zero_grad()
    loss(embeddings, labels).backward()
    for i in range(C):
        close = [j for j in range(C - 1) if i != j and squares.get((min(i, j), max(i, j)), 99) < 60]
        push = -2 * sum((c[i] - c[j] for j in close), torch.zeros(D, dtype=DOUBLE))
        torch.testing.assert_close(loss.places.grad[i], push if i < C - 1 else push * 0)
    assert loss.places.grad.sum(0).abs().max() < 1e-9


@SEEDS
def test_minimum_margin_does_not_see_a_shift_or_a_turn_and_is_convex_in_m(seed):
    embeddings, labels = sample(seed)
    loss = centered(seed, margin=50.0)
    value = loss(embeddings, labels)
    turn, _ = torch.linalg.qr(torch.randn(D, D, dtype=DOUBLE))
    loss.places.data = loss.places.data @ turn + 7
    torch.testing.assert_close(loss(embeddings, labels), value)
    values = []
    for margin in np.linspace(0, 300, 31):
        loss.margin = float(margin)
        values.append(loss(embeddings, labels).item())
    steps = np.diff(values)
    assert values[0] == 0
    assert (steps >= 0).all()
    assert (np.diff(steps) >= -1e-9).all()


@pytest.mark.parametrize("centers", ["rule", "parameter", "batch_mean"])
def test_without_a_margin_or_with_one_person_nothing_is_pushed(centers):
    embeddings, labels = sample(0)
    for loss, people in ((MinimumMargin(C, D, margin=0.0, centers=centers), labels),
                         (MinimumMargin(C, D, centers=centers), labels * 0)):  # fmt: skip
        loss = loss.double()
        leaf = embeddings.clone().requires_grad_()
        value = loss(leaf, people)
        value.backward()
        assert value == 0
        assert leaf.grad is None or (leaf.grad == 0).all()


@SEEDS
@pytest.mark.parametrize("shared", [False, True])
def test_minimum_margin_reaches_the_images_through_the_step_of_their_center(seed, shared):
    embeddings, labels = sample(seed)
    center = Center(C, D, rate=0.4).double()
    places = sample(seed + 50, batch=C)[0]
    center.centers.copy_(places)
    if shared:
        loss = MinimumMargin(C, D, margin=90.0, shared=center).double()
        center(embeddings, labels)  # its step; the minimum margin must not make a second one
    else:
        loss = MinimumMargin(C, D, margin=90.0, rate=0.4).double()
        loss.places.copy_(places)
    leaf = embeddings.clone().requires_grad_()
    value = loss(leaf, labels)
    value.backward()
    after = places.clone()
    counts = torch.bincount(labels, minlength=C)
    for j in range(C):
        total = sum(places[j] - x for x in embeddings[labels == j])
        after[j] = places[j] - 0.4 * total / (1 + counts[j])
    torch.testing.assert_close(center.centers if shared else loss.places, after)
    exact = MinimumMargin(C, D, margin=90.0, centers="parameter").double()
    exact.places.data = after
    expected = exact(embeddings, labels)
    expected.backward()
    torch.testing.assert_close(value, expected)
    way = 0.4 / (1 + counts[labels].to(DOUBLE)).unsqueeze(1)
    torch.testing.assert_close(leaf.grad, way * exact.places.grad[labels])
    assert leaf.grad.abs().max() > 0


def test_in_eval_mode_minimum_margin_is_a_function_of_the_images_and_moves_nothing():
    embeddings, labels = sample(0)
    center = Center(C, D, rate=0.4).double()
    shared = MinimumMargin(C, D, margin=90.0, shared=center).double()
    own = MinimumMargin(C, D, margin=90.0, rate=0.4).double()
    own.places.copy_(center.centers)
    before = center.centers.clone()
    for module in (center, shared, own):
        module.eval()
    torch.testing.assert_close(shared(embeddings, labels), own(embeddings, labels))
    torch.testing.assert_close(center.centers, before, rtol=0, atol=0)
    torch.testing.assert_close(own.places, before, rtol=0, atol=0)
    leaf = embeddings.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: own(x, labels), leaf)


@SEEDS
def test_minimum_margin_of_batch_means_is_that_of_the_means(seed):
    embeddings, labels = sample(seed)
    loss = MinimumMargin(C, D, margin=40.0, centers="batch_mean")
    exact = MinimumMargin(C, D, margin=40.0, centers="parameter").double()
    exact.places.data = torch.stack([embeddings[labels == j].mean(0) for j in range(C)])
    torch.testing.assert_close(loss(embeddings, labels), exact(embeddings, labels))
    assert torch.autograd.gradcheck(lambda x: loss(x, labels), embeddings.requires_grad_())


@SEEDS
def test_minimum_margin_over_images_is_the_mean_over_pairs_that_are_too_close(seed):
    embeddings, labels = sample(seed)
    loss = centered(seed, margin=0.9, distance="cosine", gather="images")
    u = unit(loss.places.detach())
    short = [
        0.9 - (1 - (u[labels[i]] @ u[labels[j]]).item())
        for i, j in combinations(range(B), 2)
        if labels[i] != labels[j]
    ]
    short = [s for s in short if s > 0]
    assert loss(embeddings, labels).item() == pytest.approx(sum(short) / len(short), rel=1e-9)


# ------------------------------------------------------------------------------ Circle, ring


@SEEDS
def test_the_class_form_of_circle_loss_is_its_pair_form_with_one_positive(seed):
    loss = with_centers(Circle(C, D, relaxation=0.2, scale=9.0), seed)
    embeddings, labels = sample(seed)
    cosines = (unit(embeddings) @ unit(loss.weight.detach()).T).numpy()
    total = 0.0
    for i, y in enumerate(labels.tolist()):
        s_p, others = cosines[i, y], np.delete(cosines[i], y)
        pull = np.exp(-9 * max(0, 1.2 - s_p) * (s_p - 0.8))
        push = np.exp(9 * np.maximum(0, others + 0.2) * (others - 0.2)).sum()
        total += math.log1p(pull * push)
    assert loss(embeddings, labels).item() == pytest.approx(total / B, rel=1e-9)


@SEEDS
@pytest.mark.parametrize("anchors", ["each", "together"])
def test_the_pair_form_of_circle_loss_is_its_formula(seed, anchors):
    embeddings, labels = sample(seed, batch=9)
    labels[0] = C - 1
    s = (unit(embeddings) @ unit(embeddings).T).numpy()
    m, gamma, sums = 0.15, 6.0, {}
    for i, j in permutations(range(9), 2):
        if anchors == "together" and i > j:
            continue
        pull, push = sums.setdefault(i if anchors == "each" else 0, [[], []])
        if labels[i] == labels[j]:
            pull.append(math.exp(-gamma * max(0, 1 + m - s[i, j]) * (s[i, j] - (1 - m))))
        else:
            push.append(math.exp(gamma * max(0, s[i, j] + m) * (s[i, j] - m)))
    losses = [math.log1p(sum(push) * sum(pull)) for pull, push in sums.values()]
    expected = np.mean([value for value in losses if value > 0])
    loss = Circle(C, D, relaxation=m, scale=gamma, form="pair", anchors=anchors)
    assert loss(embeddings, labels).item() == pytest.approx(expected, rel=1e-9)
    assert loss.batches == "P x K"
    assert list(loss.parameters()) == []
    assert loss.classifier is None
    assert (0.1 * Marginal(C, D) + loss).classifier is None


def test_two_people_part_on_a_circle_of_similarities():
    loss = Circle(C, D, relaxation=0.25)
    angle = torch.linspace(0, math.pi / 2, 20, dtype=DOUBLE)
    radius = 0.25 * math.sqrt(2)
    s_n, s_p = radius * angle.cos(), 1 - radius * angle.sin()
    torch.testing.assert_close(loss.positive(s_p), loss.negative(s_n))


@SEEDS
def test_ring_loss_pulls_along_the_embedding_and_the_radius_to_the_mean_length(seed):
    loss = Ring(C, D).double()
    loss.started.fill_(True)
    loss.radius.data[0] = 2.5
    embeddings, labels = sample(seed)
    lengths = embeddings.norm(dim=1)
    assert loss(embeddings, labels).item() == pytest.approx(((lengths - 2.5) ** 2).mean() / 2)
    pull = gradient(loss, embeddings, labels)
    torch.testing.assert_close(pull, unit(embeddings) * (lengths - 2.5).unsqueeze(1) / B)
    assert loss.radius.grad.item() == pytest.approx(2.5 - lengths.mean().item())
    assert loss(2.5 * unit(embeddings), labels).item() == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize("form", ["l2", "l1", "auto"])
def test_the_radius_starts_once_at_the_mean_length_of_a_first_batch_in_training(form):
    loss = Ring(C, D, form=form).double().eval()
    (first, labels), (second, _) = sample(0), sample(1)
    loss(second, labels)
    assert loss.radius.item() == 1
    loss.train()
    loss(first, labels)
    loss(second, labels)
    assert loss.radius.item() == pytest.approx(first.norm(dim=1).mean().item())
    copied = Ring(C, D, form=form).double()
    copied.load_state_dict(loss.state_dict())
    torch.testing.assert_close(copied(second, labels), loss(second, labels))


def test_the_auto_form_of_ring_loss_does_not_depend_on_the_unit_of_length():
    embeddings, labels = sample(0)
    values = []
    for scale in (1.0, 4.0):
        loss = Ring(C, D, form="auto").double()
        loss(scale * embeddings[:3], labels[:3])
        values.append(loss(scale * embeddings, labels).item())
    assert values[0] == pytest.approx(values[1])
    linear = Ring(C, D, form="l1").double().eval()
    assert linear(torch.full((1, D), 3.0, dtype=DOUBLE), labels[:1]).item() == pytest.approx(
        3 * math.sqrt(5) - 1 - 0.5
    )


# ----------------------------------------------------------------------- distribution distillation


def branches(seed: int, count: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """A batch with `count` branches, each with all people, in random order."""
    parts = [sample(seed + 10 * b) for b in range(count)]
    hardness = torch.arange(count).repeat_interleave(B)
    order = torch.randperm(count * B, generator=torch.Generator().manual_seed(seed))
    embeddings = torch.cat([x for x, _ in parts])[order]
    return embeddings, torch.cat([y for _, y in parts])[order], hardness[order]


def sets_by_loop(x: Tensor, y: list[int], mode: str) -> tuple[list[float], list[float]]:
    """Positive pairs and hardest negatives of a branch, by loops."""
    u = unit(x)
    pairs = combinations(range(len(y)), 2)
    positive = [(u[i] @ u[j]).item() for i, j in pairs if y[i] == y[j]]
    lead = [i for i in range(len(y)) if y[i] not in y[:i]]
    if mode == "tface":
        positive = [s for s in positive if s > 0]
        later = [[(u[i] @ u[j]).item() for j in lead if j > i] for i in lead]
        return positive, [max([0.0, *row]) for row in later]
    return positive, [max((u[i] @ u[j]).item() for j in lead if j != i) for i in lead]


def histogram_by_loop(values: list[float], nodes: np.ndarray, width: float) -> np.ndarray:
    heights = np.zeros(len(nodes))
    for s in values:
        heights += np.exp(-((s - nodes) ** 2) / (2 * width**2))
    return heights / heights.sum()


@SEEDS
@pytest.mark.parametrize("mode", ["paper", "tface"])
@pytest.mark.parametrize("students", [1, 2])
def test_distribution_distillation_is_its_formula_from_labels_alone(seed, mode, students):
    embeddings, labels, hardness = branches(seed, students + 1)
    words = {"positive_weight": 0.3, "negative_weight": 0.2, "order_weight": 0.1, "width": 0.15}
    loss = DistributionDistillation(C, D, nodes=50, mode=mode, students=students, **words)
    nodes = np.arange(50) / 50 if mode == "tface" else np.linspace(-1, 1, 50)
    sets = []
    for b in range(students + 1):
        mine = hardness == b
        sets.append(sets_by_loop(embeddings[mine], labels[mine].tolist(), mode))
    expected = 0.1 * sum(np.mean(a[1]) - np.mean(b[0]) for a in sets for b in sets)
    for kind, weight in ((0, 0.3), (1, 0.2)):
        p, *others = [histogram_by_loop(s[kind], nodes, 0.15) + 1e-9 for s in sets]
        expected += weight * sum((p * np.log(p / q)).sum() for q in others)
    assert loss(embeddings, labels, hardness).item() == pytest.approx(expected, rel=1e-7)


def test_equal_branches_have_no_divergence_and_only_their_order_counts():
    embeddings, labels = sample(0)
    twice, both = embeddings.repeat(2, 1), labels.repeat(2)
    hardness = torch.arange(2).repeat_interleave(B)
    positive, negative = sets_by_loop(embeddings, labels.tolist(), "paper")
    expected = 4 * 0.5 * (np.mean(negative) - np.mean(positive))
    loss = DistributionDistillation(C, D)
    assert loss(twice, both, hardness).item() == pytest.approx(expected, rel=1e-9)
    nothing = {"positive_weight": 0.0, "negative_weight": 0.0, "order_weight": 0.0}
    assert DistributionDistillation(C, D, **nothing)(twice, both, hardness) == 0


@SEEDS
def test_histograms_sum_to_one_and_move_with_their_samples(seed):
    values = 0.3 * torch.rand(20, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed)) - 0.2
    nodes = torch.linspace(-1, 1, 101, dtype=DOUBLE)
    before = soft_histogram(values, nodes, 0.05)
    assert before.sum().item() == pytest.approx(1)
    shifted = soft_histogram(values + 0.02, nodes, 0.05)
    torch.testing.assert_close(shifted[1:], before[:-1], rtol=1e-9, atol=1e-12)
    other = soft_histogram(-values, nodes, 0.05)
    assert divergence(before, other) > 0.1
    assert abs(divergence(before, before)) < 1e-12
    assert divergence(before, 0.5 * (before + shifted)) >= -1e-6


def test_the_code_of_tface_never_sees_a_negative_below_zero_and_the_paper_does():
    spread = torch.eye(3, dtype=DOUBLE) - 1 / 3  # three people, cosine -1/2 to each other
    assert hardest_negatives(spread, "tface").tolist() == [0, 0, 0]
    assert hardest_negatives(spread, "paper").tolist() == pytest.approx([-0.5] * 3)


@pytest.mark.parametrize("detach", [False, True])
def test_the_teacher_is_moved_unless_it_is_detached(detach):
    embeddings, labels, hardness = branches(0)
    loss = DistributionDistillation(C, D, detach_teacher=detach)
    leaf = embeddings.requires_grad_()
    loss(leaf, labels, hardness).backward()
    assert bool((leaf.grad[hardness == 0] != 0).any()) != detach
    assert (leaf.grad[hardness == 1] != 0).any()


def test_the_gradient_of_distribution_distillation_is_its_slope():
    embeddings, labels, hardness = branches(1)
    loss = DistributionDistillation(C, D, nodes=40)
    leaf = embeddings.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, labels, hardness), leaf, atol=1e-6)


# ----------------------------------------------------------- composition, bad input, half precision


def test_losses_are_joined_as_the_paper_of_minimum_margin_writes_them():
    torch.manual_seed(0)
    center = Center(C, D, reduction="sum")
    mml = MinimumMargin(C, D, shared=center)
    joint = Softmax(C, D) + 5e-5 * center + 5e-8 * mml
    embeddings, labels = sample(0)
    softmax, before = joint.losses[0], center.centers.clone()
    value = joint(embeddings.float(), labels)
    assert list(joint.last) == ["Softmax", "Center", "MinimumMargin"]
    total = sum(w * term for w, term in zip(joint.weights, joint.last.values(), strict=True))
    torch.testing.assert_close(value.detach(), total)
    torch.testing.assert_close(joint.last["Softmax"], softmax(embeddings.float(), labels).detach())
    once = Center(C, D, reduction="sum")
    once.centers.copy_(before)
    once(embeddings.float(), labels)
    torch.testing.assert_close(center.centers, once.centers, rtol=0, atol=0)  # one step, not two
    assert set(joint.state_dict()) == {"losses.0.weight", "losses.1.centers"}
    assert repr(joint).startswith("Softmax(num_classes=6, embedding_dim=5, bias=False) + 5e-05 * ")


def test_a_joint_loss_survives_saving_and_copying_with_its_centers_still_shared():
    def fresh() -> torch.nn.Module:
        center = Center(C, D)
        joint = Softmax(C, D) + 0.1 * center + 0.01 * MinimumMargin(C, D, shared=center)
        return joint + 0.01 * Ring(C, D) + UniTSFace(C, D)

    embeddings, labels = sample(0)
    joint = fresh()
    joint(embeddings.float(), labels)
    joint(embeddings.float() + 1, labels)
    loaded, copied = fresh(), copy.deepcopy(joint)
    loaded.load_state_dict(joint.state_dict())
    for other in (loaded, copied):
        for mode in (False, True):  # as it is, then a step of training
            mine = copy.deepcopy(joint).train(mode)
            value, again = (one(embeddings.float(), labels) for one in (mine, other.train(mode)))
            torch.testing.assert_close(again, value, rtol=0, atol=0)
        torch.testing.assert_close(other.losses[1].centers, mine.losses[1].centers)
    assert copied.losses[2]._shared[0] is copied.losses[1]


REFUSED = [
    (lambda: SphereFace2(C, D, kind="B"), "unknown kind 'B'"),
    (lambda: SphereFace2(C, D, kind="M", margin=0.9), "at least 1 for kind M"),
    (lambda: SphereFace2(C, D, sharpness=0.5), "sharpness must be at least 1 and finite, not 0.5"),
    (lambda: SphereFace2(C, D, balance=1.0), "balance must be at least 0.01 and at most 0.99"),
    (lambda: Center(C, D, rate=1.5), "rate must be at least 0 and at most 1, not 1.5"),
    (lambda: Center(C, D, reduction="max"), "unknown reduction 'max'"),
    (lambda: Marginal(C, D, threshold=5.0), "threshold must be at least 0 and at most 4"),
    (lambda: Range(C, D, widest=0), "widest must be at least 1"),
    (lambda: Range(C, D, widest=1.5), "widest must be a whole number, not 1.5"),
    (lambda: Triplet(C, D, mining="easy"), "unknown mining 'easy'"),
    (lambda: Circle(C, D, relaxation=-0.1), "relaxation must be at least 0"),
    (lambda: UniFace(C, D, scale=0.0), "scale must be above 0"),
    (lambda: DistributionDistillation(C, D, width=0.0), "width must be above 0"),
    (lambda: DistributionDistillation(C, D, width=0.01, nodes=10), "width must be at least 0.02"),
    (lambda: MinimumMargin(C, D, shared=Center(C, 4)), r"\(C, D\) = \(6, 4\)"),
    (
        lambda: MinimumMargin(C, D, centers="parameter", shared=Center(C, D)),
        "cannot share the centers of update='rule'",
    ),
    (
        lambda: MinimumMargin(C, D, centers="batch_mean", shared=Center(C, D)),
        "'batch_mean' shares none",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSED)
def test_settings_that_make_no_sense_are_refused_in_one_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_only_a_center_loss_can_be_shared():
    with pytest.raises(TypeError, match="shared must be a Center loss, not Ring"):
        MinimumMargin(C, D, shared=Ring(C, D))


X = torch.randn(4, D, generator=torch.Generator().manual_seed(0))
LACKING = [
    (Range(C, D), [2, 2, 2, 2], "all 4 images of the batch show person 2"),
    (Triplet(C, D), [0, 1, 2, 3], "the 4 images of the batch show 4 people"),
    (Triplet(C, D), [1, 1, 1, 1], "the 4 images of the batch show 1 people"),
    (Circle(C, D, form="pair"), [0, 1, 2, 3], "two images of one person and one of another"),
]


@pytest.mark.parametrize(("loss", "labels", "sentence"), LACKING)
def test_batches_that_lack_what_a_loss_needs_are_refused_in_one_sentence(loss, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        loss(X, torch.tensor(labels))


def test_marginal_loss_refuses_a_single_image():
    with pytest.raises(ValueError, match="but the batch has 1 image"):
        Marginal(C, D)(X[:1], torch.tensor([0]))


@pytest.mark.parametrize(
    ("labels", "hardness", "sentence"),
    [
        ([0, 0, 1, 1], None, "needs hardness"),
        ([0, 0, 1, 1], [0, 0, 1, 2], r"hardness must be in 0..1, but one is 2"),
        ([0, 0, 1, 1], [0, 0, 1], r"hardness must have shape \(4,\), not \(3,\)"),
        ([0, 0, 1, 1], [0, 0, 0, 0], "branch 1 shows 0 people"),
        ([0, 0, 1, 1], [0, 0, 1, 1], "branch 0 shows 1 people"),
        ([0, 1, 2, 3], [0, 0, 1, 1], "branch 0 has no pair of one person"),
    ],
)
def test_distribution_distillation_says_what_a_batch_lacks(labels, hardness, sentence):
    branch = None if hardness is None else torch.tensor(hardness)
    with pytest.raises(ValueError, match=sentence):
        DistributionDistillation(C, D)(X, torch.tensor(labels), branch)


def test_a_joint_loss_asks_for_what_its_terms_need():
    plain = Softmax(C, D) + Ring(C, D)
    assert (plain.batches, plain.students) == ("shuffled", 0)
    assert (plain + Range(C, D)).batches == "P x K"
    distilled = plain + Range(C, D) + DistributionDistillation(C, D, students=2)
    assert (distilled.batches, distilled.students) == ("easy and hard", 2)
    assert distilled.classifier is distilled.losses[0]
    embeddings, labels, hardness = branches(0, 3)
    assert torch.isfinite(distilled.double()(embeddings, labels, hardness))


def test_hardness_must_be_whole_numbers():
    with pytest.raises(TypeError, match=r"hardness must be int64, not torch\.float32"):
        DistributionDistillation(C, D)(X, torch.tensor([0, 0, 1, 1]), torch.zeros(4))


def places(where: str) -> Tensor:
    """Embeddings of three people with four images each."""
    torch.manual_seed(1)
    rows = torch.randn(12, D)
    if where == "together":
        rows = rows[:1].repeat(12, 1)
    elif where == "opposite":
        rows = rows[:1] * torch.tensor([1.0, -1.0]).repeat(6).unsqueeze(1)
    return rows * 0 if where == "at zero" else rows


PAPER = {
    "center": Center(C, D),
    "center by the optimizer": Center(C, D, update="optimizer"),
    "marginal": Marginal(C, D),
    "range": Range(C, D),
    "range, plain": Range(C, D, distance="plain"),
    "mml": MinimumMargin(C, D),
    "mml, plain": MinimumMargin(C, D, distance="plain", centers="batch_mean"),
    "mml, cosine": MinimumMargin(C, D, distance="cosine", gather="images", centers="batch_mean"),
    "ddl": DistributionDistillation(C, D),
    "circle, each": Circle(C, D, form="pair"),
    "circle, together": Circle(C, D, form="pair", anchors="together"),
    "unitsface": UniTSFace(C, D),
    "triplet": Triplet(C, D),
    "triplet, hard": Triplet(C, D, mining="hard"),
    "triplet, all": Triplet(C, D, mining="all"),
    "ring": Ring(C, D),
    "ring, auto": Ring(C, D, form="auto"),
    "sphereface2, A": SphereFace2(C, D, kind="A", detach="none"),
    "sphereface2, M": SphereFace2(C, D, kind="M", detach="none"),
}


@pytest.mark.parametrize("name", list(PAPER))
@pytest.mark.parametrize("where", ["random", "together", "opposite", "at zero"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_loss_and_gradient_are_finite_wherever_images_lie_in_half_precision_too(name, where, dtype):
    loss = copy.deepcopy(PAPER[name])
    embeddings = places(where).to(dtype).requires_grad_()
    labels, hardness = torch.arange(3).repeat_interleave(4), torch.tensor([0, 0, 1, 1]).repeat(3)
    extra = (hardness,) if name == "ddl" else ()
    with torch.autocast("cpu", dtype=torch.bfloat16 if dtype == torch.float32 else dtype):
        values = [loss(embeddings, labels, *extra) for _ in range(2)]
    sum(values).backward()
    assert values[0].dtype == torch.float32
    assert all(torch.isfinite(value) for value in values)
    grads = [embeddings.grad, *(p.grad for p in loss.parameters())]
    assert all(torch.isfinite(grad).all() for grad in grads if grad is not None)


@pytest.mark.parametrize("kind", ["C", "A", "M"])
def test_with_its_teaching_values_sphereface2_keeps_ten_caps_apart_in_two_and_three_dimensions(
    kind,
):
    for dim in (2, 3):
        loss = build("sphereface2", 10, dim, kind=kind)
        own, neighbor = torch.tensor([1.0]), torch.tensor([spread_cosine(10, dim)])
        yes = loss.scale * loss.target(own, own) + loss.bias
        no = loss.scale * loss.negatives(neighbor, own, own) + loss.bias
        assert yes > 0.5
        assert no < -0.5
