"""Losses with a threshold, with pairs or with centers of their own, against public codes.

Where a public code departs from its paper in a way that has no keyword here, the test says so and
transforms its numbers: a factor in front of the loss, or a constant that is added.
"""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from facelab.losses import (
    Center,
    Circle,
    DistributionDistillation,
    Marginal,
    MinimumMargin,
    Range,
    Ring,
    SphereFace2,
    Triplet,
    UniFace,
    UniTSFace,
)
from facelab.losses._histograms import divergence, hardest_negatives, order_terms, pair_cosines
from facelab.losses.center import steps
from tests.losses.golden import Case, agree, cases, tangent

TOLERANCES = [(torch.float64, 1e-7), (torch.float32, 1e-4)]
LOOSE = {"sphereface2": 1e-6, "uniface": 1e-6, "unitsface": 1e-6}  # as the golden README says

every = pytest.mark.parametrize(("dtype", "rtol"), TOLERANCES, ids=["float64", "float32"])


def of(file: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", list(cases(file)), ids=repr)


def tolerance(case: Case, rtol: float) -> float:
    return max(rtol, LOOSE.get(case.file, rtol))


def run(loss: nn.Module, case: Case, dtype: torch.dtype, factor: float = 1.0) -> tuple[Tensor, ...]:
    """Value and feature gradient, multiplied by the factor that the public code has."""
    features = case.tensor("features", dtype).requires_grad_()
    value = loss(features, case.tensor("labels"))
    value.backward()
    grad = torch.zeros_like(features) if features.grad is None else features.grad
    return factor * value, factor * grad


def check(
    loss: nn.Module,
    case: Case,
    dtype: torch.dtype,
    rtol: float,
    factor: float = 1.0,
    plus: float = 0,
) -> None:
    """Value and feature gradient agree; `plus` is a constant that the public code adds."""
    value, grad = run(loss, case, dtype, factor)
    agree(case, "loss", value + plus, "loss", rtol)
    agree(case, "feature gradient", grad, "grad_features", rtol)


# --------------------------------------------------------------------------------- one threshold


def sphereface2(case: Case) -> SphereFace2:
    hp = case.hp
    words = {"loss_weight": hp["lw"]} if "lw" in hp else {"loss_weight": hp["r"]}  # wespeaker: r
    if case.name.startswith("wespeaker"):
        words |= {"detach": "none", "turned": "both", "beyond_pi": "shift"}
    elif case.name.startswith("v0") or hp["type"] != "C":
        words |= {"detach": "code"}
    return SphereFace2(
        case.C,
        case.D,
        kind=hp["type"],
        margin=hp["m"],
        scale=hp["r"],
        balance=hp["lam"],
        sharpness=hp["t"],
        **words,
    )


@of("sphereface2")
@every
def test_sphereface2_is_that_of_opensphere_and_wespeaker(case, dtype, rtol):
    rtol = tolerance(case, rtol)
    loss = sphereface2(case).to(dtype)
    loss.weight.data = case.tensor("weights", dtype)
    loss.bias.data = case.tensor("bias", dtype)
    check(loss, case, dtype, rtol)
    agree(case, "bias gradient", loss.bias.grad, "grad_bias", rtol)
    if "NOT projected" in case.gradient:  # rows are re-normalized in place, outside of autograd
        projected = tangent(case.tensor("grad_weights"), case.tensor("weights"))
        case.arrays["grad_weights"] = projected.numpy()
    agree(case, "weight gradient", loss.weight.grad, "grad_weights", rtol)


@of("sphereface2")
def test_sphereface2_bias_starts_where_opensphere_starts_it(case):
    if case.name.startswith("wespeaker"):
        assert case.arrays["bias"] == 0.3  # chosen for the test vectors; that code starts at 0
        return
    # that code stops angles at 3.14, which moves the start in the eighth digit
    assert sphereface2(case).bias.item() == pytest.approx(float(case.arrays["bias"][0]), rel=1e-6)


@of("uniface")
@every
def test_uniface_is_that_of_its_authors(case, dtype, rtol):
    rtol = tolerance(case, rtol)
    form = {"Unified": "unified", "Normalized_BCE": "bce", "Normalized_Softmax": "softmax"}
    word = next(word for prefix, word in form.items() if case.name.startswith(prefix))
    hp = case.hp
    loss = UniFace(case.C, case.D, margin=hp["m"], scale=hp["s"], form=word, clamp=True).to(dtype)
    loss.weight.data = case.tensor("weights", dtype)
    if word != "softmax":
        agree(case, "start of the bias", loss.bias, "bias", 1e-6)  # made in float32
        loss.bias.data = case.tensor("bias", dtype).flatten()
    check(loss, case, dtype, rtol)
    agree(case, "weight gradient", loss.weight.grad, "grad_weights", rtol)
    if word != "softmax":
        agree(case, "bias gradient", loss.bias.grad, "grad_bias", rtol)


def unitsface(case: Case) -> UniTSFace:
    form = {"Unified": "unified", "BCE": "bce", "Softmax": "softmax"}
    word = next(word for part, word in form.items() if part in case.name)
    hp = case.hp
    words = {"scale": hp["s"], "sample_margin": hp["m"], "clamp": True, "terms": "samples"}
    return UniTSFace(case.C, case.D, form=word, **words)


@of("unitsface")
@every
def test_unitsface_compares_samples_as_its_authors_do(case, dtype, rtol):
    rtol = tolerance(case, rtol)
    loss = unitsface(case).to(dtype).eval()
    loss.memory = case.tensor("weights", dtype).requires_grad_()  # its gradient was recorded
    if loss.bias is not None:
        loss.bias.data = case.tensor("bias_after_init", dtype).flatten()
    check(loss, case, dtype, rtol)
    agree(case, "memory gradient", loss.memory.grad, "grad_weights", rtol)
    if loss.bias is not None:
        agree(case, "bias gradient", loss.bias.grad, "grad_bias", rtol)


@of("unitsface")
def test_unitsface_bias_starts_as_its_authors_start_it(case):
    loss = unitsface(case).double()
    loss.memory.copy_(case.tensor("weights"))
    value = loss(case.tensor("features"), case.tensor("labels"))
    if loss.bias is not None:
        agree(case, "start of the bias", loss.bias, "bias_after_init", 1e-6)  # theirs is float32
    agree(case, "loss of the first batch", value, "loss", 1e-6)


# ------------------------------------------------------------------------------- centers and pairs


@of("center")
@every
def test_center_loss_and_its_step_are_those_of_two_codes(case, dtype, rtol):
    kaiyang, people = case.name == "kaiyangzhou", len(case.arrays["centers"])
    total = case.hp.get("size_average") is False
    words = {"update": "optimizer"} if kaiyang else {"reduction": "sum" if total else "mean"}
    loss = Center(people, case.D, **words).to(dtype)
    loss.centers.data = case.tensor("centers", dtype)
    features, labels = case.tensor("features", dtype), case.tensor("labels")
    if kaiyang:  # no 1/2, and a clamp after the mask adds 1e-12 for each other person
        check(loss, case, dtype, rtol, factor=2, plus=(people - 1) * 1e-12)
        agree(case, "gradient of the centers", 2 * loss.centers.grad, "grad_centers", rtol)
        return
    before = loss.centers.clone()
    check(loss, case, dtype, rtol)
    step = (before - loss.centers) / loss.rate  # theirs is Delta, divided by B for the mean
    agree(case, "Delta", step if total else step / len(labels), "grad_centers", 10 * rtol)
    rows = torch.zeros_like(before)
    rows[labels] = steps(features, labels, before)
    agree(case, "Delta", rows if total else rows / len(labels), "grad_centers", rtol)


@of("marginal")
@every
def test_marginal_loss_is_a_contrastive_hinge(case, dtype, rtol):
    loss = Marginal(100, case.D, threshold=case.hp["theta"], slack=case.hp["xi"])
    check(loss, case, dtype, rtol)
    value, _ = run(loss, case, dtype)
    images = len(case.arrays["labels"])
    agree(case, "sum", value * (images**2 - images), "sum_over_ordered_pairs", rtol)


@of("range")
@every
def test_range_loss_is_that_of_a_public_code_with_and_without_its_root(case, dtype, rtol):
    hp = case.hp
    loss = Range(
        100,
        case.D,
        margin=hp["margin"],
        widest=hp["k"],
        intra_weight=hp["alpha"],
        inter_weight=hp["beta"],
        distance="plain" if hp["distance"] == "unsquared" else "squared",
    )
    check(loss, case, dtype, rtol)
    intra, inter = loss.parts(case.tensor("features", dtype), case.tensor("labels"))
    agree(case, "intra", intra, "intra", rtol)
    agree(case, "inter", inter, "inter", rtol)


def mml(case: Case, **words: str) -> MinimumMargin:
    if case.name == "openvino_cosine":
        words |= {"margin": case.hp["margin"], "distance": "cosine"}
        words |= {"gather": "images", "turned": True}
    else:
        distance = "squared" if case.hp["squared"] else "plain"
        words |= {"margin": case.hp["M"], "distance": distance}
    return MinimumMargin(len(case.arrays["centers"]), case.D, **words)


@of("mml")
@every
def test_minimum_margin_is_a_hinge_between_centers(case, dtype, rtol):
    loss = mml(case, centers="parameter").to(dtype)
    loss.places.data = case.tensor("centers", dtype)
    check(loss, case, dtype, rtol)
    agree(case, "gradient of the centers", loss.places.grad, "grad_centers", rtol)
    if "K" in case.arrays:
        value, _ = run(loss, case, dtype)
        agree(case, "ordered pairs", 2 * value, "sum_ordered_pairs", rtol)
        people = case.tensor("labels").unique()
        assert len(people) == case.arrays["K"]
        np.testing.assert_array_equal(people, case.arrays["batch_classes"])
        gap = torch.pdist(loss.places.detach()[people])
        gap = gap.square() if case.hp["squared"] else gap
        assert (gap < loss.margin).sum() == case.arrays["n_violating_unordered"]


@of("triplet")
@every
def test_triplet_loss_over_all_triplets_is_that_of_pml(case, dtype, rtol):
    loss = Triplet(100, case.D, margin=case.hp["margin"], mining="all")
    check(loss, case, dtype, rtol)
    losses, taken = loss.triplets(case.tensor("features", dtype), case.tensor("labels"))
    assert taken.sum() == case.arrays["n_triplets"]
    assert ((losses > 0) & taken).sum() == case.arrays["n_active"]
    active = Triplet(100, case.D, margin=case.hp["margin"], mining="all", average="active")
    agree(case, "mean over active", run(active, case, dtype)[0], "mean_over_active", rtol)


@of("circle")
@every
def test_circle_loss_is_that_of_three_codes(case, dtype, rtol):
    words = {
        "class-level": {"form": "class"},
        "pair-global": {"form": "pair", "anchors": "together"},
        "pair-per-anchor": {"form": "pair", "anchors": "each"},
    }[case.hp["mode"]]
    loss = Circle(100, case.D, relaxation=case.hp["m"], scale=case.hp["gamma"], **words)
    if loss.weight is not None:
        loss = Circle(case.C, case.D, relaxation=case.hp["m"], scale=case.hp["gamma"]).to(dtype)
        loss.weight.data = case.tensor("weights", dtype)
    check(loss, case, dtype, rtol)
    if loss.weight is not None:
        agree(case, "weight gradient", loss.weight.grad, "grad_weights", rtol)
    if "logits" in case.arrays:
        logits = loss.logits(case.tensor("features", dtype), case.tensor("labels"))
        agree(case, "logits", logits, "logits", rtol)
    if "n_pos" in case.arrays:
        same = case.tensor("labels").unsqueeze(0) == case.tensor("labels").unsqueeze(1)
        assert same.triu(1).sum() == case.arrays["n_pos"]
        assert (~same).triu(1).sum() == case.arrays["n_neg"]


@of("ring")
@every
def test_ring_loss_is_that_of_a_public_code(case, dtype, rtol):
    # that code carries the weight itself, has no 1/2, and counts "l1" twice: 2 for each
    factor = 2 * case.hp["loss_weight"]
    loss = Ring(100, case.D, form=case.hp["type"]).to(dtype)
    loss.started.fill_(True)
    loss.radius.data = case.tensor("radius", dtype)
    check(loss, case, dtype, rtol, factor=factor)
    agree(case, "radius gradient", factor * loss.radius.grad, "grad_radius", rtol)


# ----------------------------------------------------------------------- distribution distillation


@of("ddl")
@every
def test_distribution_distillation_is_that_of_tface(case, dtype, rtol):
    hp = case.hp
    loss = DistributionDistillation(
        100,
        case.arrays["neg_features"].shape[2],
        positive_weight=hp["pos_kl_weight"],
        negative_weight=hp["neg_kl_weight"],
        order_weight=hp["order_loss_weight"],
        width=hp["sigma"],
        students=hp["branches"] - 1,
        mode="tface",
    )
    names = ("neg_features", "pos_first", "pos_second")
    inputs = {name: case.tensor(name, dtype).requires_grad_() for name in names}
    negatives = [hardest_negatives(rows, "tface") for rows in inputs["neg_features"]]
    pairs = zip(inputs["pos_first"], inputs["pos_second"], strict=True)
    positives = [cosines[cosines > 0] for cosines in (pair_cosines(a, b) for a, b in pairs)]
    value = loss.from_sets(positives, negatives)
    value.backward()
    agree(case, "loss", value, "loss", rtol)
    for name, tensor in inputs.items():
        agree(case, name, tensor.grad, f"grad_{name}", rtol)
    agree(case, "order", order_terms(positives, negatives), "order_terms", rtol)
    for sets, word in ((positives, "pos"), (negatives, "neg")):
        for branch, cosines in enumerate(sets):
            agree(case, "cosines", cosines, f"{word}_sim_{branch}", rtol)
        teacher, *students = [loss.histogram(cosines) for cosines in sets]
        distances = torch.stack([divergence(teacher, student) for student in students])
        agree(case, "divergence", distances, f"kl_{word}", rtol)
        if f"{word}_hist" in case.arrays:
            agree(case, "histogram", torch.stack([teacher, *students]), f"{word}_hist", rtol)
