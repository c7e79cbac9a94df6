"""How hard a loss pulls at each face of a batch: JavaScript says what torch's gradient says."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer

from facelab import geometry, losses
from facelab.widgets import _cloud
from facelab.widgets._assemble import library
from facelab.widgets._curves import default
from facelab.widgets._weighing import angles_between, weighed_losses

LOSSES = weighed_losses()
SETTINGS = {loss: losses.describe()[loss]["settings"] for loss in LOSSES}
FACES, PEOPLE, WIDTH = 36, 7, 5
MIXED = 10  # mixtures of ends and middles tried for each loss


def crowd(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings, labels and centers: faces near their centers, halfway, astray and opposite."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(PEOPLE, WIDTH)) * rng.uniform(0.3, 4, size=(PEOPLE, 1))
    labels = rng.integers(0, PEOPLE, size=FACES)
    unit = centers[labels] / np.linalg.norm(centers[labels], axis=1, keepdims=True)
    unit[-5:] *= -1
    astray = rng.uniform(0.05, 1.5, size=(FACES, 1)) * rng.normal(size=(FACES, WIDTH))
    lengths = rng.uniform(2, 60, size=(FACES, 1))
    points = unit + astray
    return lengths * points / np.linalg.norm(points, axis=1, keepdims=True), labels, centers


def rows(embeddings: np.ndarray, labels: np.ndarray, centers: np.ndarray) -> dict[str, Any]:
    """The batch as JavaScript takes it: own angle first, cosines between centers beside."""
    turned, middles = _cloud.unit(embeddings), _cloud.unit(centers)
    places = [[own, *(j for j in range(len(centers)) if j != own)] for own in labels]
    angles = [angles_between(u, middles[p]) for u, p in zip(turned, places, strict=True)]
    return {
        "angles": np.array(angles).tolist(),
        "places": np.array(places).tolist(),
        "gram": (middles @ middles.T).tolist(),
        "lengths": np.linalg.norm(embeddings, axis=1).tolist(),
    }


EMBEDDINGS, LABELS, CENTERS = crowd()
BATCH = rows(EMBEDDINGS, LABELS, CENTERS)


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("weighing"))
    context.eval(
        "const fill = (b) => ({ ...b, apart: (i, j, k) => b.gram[b.places[i][j]][b.places[i][k]] })"
    )
    context.eval(f"let given = fill({json.dumps(BATCH)})")
    return context


def ask(js: MiniRacer, call: str) -> Any:
    return json.loads(js.eval(f"JSON.stringify({call})"))


def weigh(js: MiniRacer, loss: str, values: dict[str, Any]) -> dict[str, Any]:
    found = ask(js, f"$weighing.weigh({json.dumps(loss)}, given, {json.dumps(values)})")
    return {k: v if k == "each" else np.array(v, dtype=float) for k, v in found.items()}


def steps(spec: dict[str, Any]) -> list[Any]:
    """Ends and middle of a slider, every option, on and off."""
    if spec["kind"] == "slider":
        return [spec["low"], spec["teaching"], spec["high"]]
    return list(spec["options"]) if spec["kind"] == "choice" else [False, True]


def settled(loss: str) -> dict[str, Any]:
    return {name: default(spec) for name, spec in LOSSES[loss]["settings"].items()}


def mixtures(loss: str) -> list[dict[str, Any]]:
    """The settings a view starts with, every choice in turn, and mixtures of ends and middles."""
    each = {name: steps(spec) for name, spec in LOSSES[loss]["settings"].items()}
    words = [n for n, spec in LOSSES[loss]["settings"].items() if spec["kind"] != "slider"]
    alone = [settled(loss) | {name: word} for name in words for word in each[name]]
    draw = np.random.default_rng(len(loss))
    mixed = [{n: all_[draw.integers(len(all_))] for n, all_ in each.items()} for _ in range(MIXED)]
    unique = {json.dumps(values): values for values in [settled(loss), *alone, *mixed]}
    return [values for values in unique.values() if allowed(loss, values)]


def allowed(loss: str, values: dict[str, Any]) -> bool:
    """Whether torch takes these settings together."""
    try:
        build(loss, values)
    except ValueError:
        return False
    return True


def build(loss: str, values: dict[str, Any]) -> Any:
    """The loss in float64, at rest, with the centers of the crowd."""
    settings = {k: v for k, v in values.items() if k in SETTINGS[loss]}
    made = losses.build(loss, PEOPLE, WIDTH, **settings).double().eval()
    centers = torch.tensor(CENTERS if loss != "softmax" else _cloud.unit(CENTERS))
    if loss == "subcenter_arcface":
        centers = centers.repeat_interleave(made.centers, dim=0)
    made.weight.data.copy_(centers)
    if loss == "sphereface":
        made.lam_first = made.lam_least = values["lam"]
    if loss == "curricularface":
        made.t = torch.tensor(values["t"], dtype=torch.float64)
    if loss == "adacos":
        made.scale = torch.tensor(float(values["scale"]))
    if loss == "adaface":
        lengths = torch.tensor(EMBEDDINGS).norm(dim=1)
        made.mean, made.deviation = lengths.mean(), lengths.std()
    if loss == "unitsface":
        made.memory.copy_(centers)
        made.started.fill_(True)
    if "threshold" in values and made.bias is not None:
        sign = -1 if loss == "sphereface2" else 1
        made.bias.data.fill_(sign * values["scale"] * values["threshold"])
    return made


def torch_says(loss: str, values: dict[str, Any], draws: list[float]) -> np.ndarray:
    """N times the tangent part of the gradient of the batch's loss by each direction, lengths."""
    points = torch.tensor(EMBEDDINGS, requires_grad=True)
    labels = torch.tensor(LABELS)
    more = {}
    if loss == "elasticface":
        more = {"margins": values["margin"] + values["sigma"] * torch.tensor(draws)}
    value = build(loss, values)(points, labels, **more)
    (gradient,) = torch.autograd.grad(value, points)
    unit = points.detach() / points.detach().norm(dim=1, keepdim=True)
    by_direction = FACES * gradient * points.detach().norm(dim=1, keepdim=True)
    tangent = by_direction - (by_direction * unit).sum(dim=1, keepdim=True) * unit
    return tangent.norm(dim=1).numpy()


CASES = [
    pytest.param(loss, values, id=f"{loss}-{'-'.join(map(str, values.values()))}")
    for loss in LOSSES
    for values in mixtures(loss)
]


@pytest.mark.parametrize(("loss", "values"), CASES)
def test_the_pull_on_every_face_is_the_gradient_of_the_real_loss(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    draws = ask(js, f"$weighing.normals({FACES}, {values.get('seed', 0)})")
    expected = torch_says(loss, values, draws)
    found = weigh(js, loss, values)["pulls"]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * expected.mean() + 1e-12)


def in_geometry(values: dict[str, Any]) -> bool:
    """Whether NumPy knows these settings: it has no detached gradient."""
    return values.get("gradient") != "straight_through"


@pytest.mark.parametrize(
    ("loss", "values"),
    [c for c in CASES if c.values[0] not in geometry.NO_PULL and in_geometry(c.values[1])],
)
def test_the_pull_derived_on_paper_is_the_gradient_too(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    found = weigh(js, loss, values)
    known = dict(values)
    if loss == "elasticface":
        known["margin"] = [v["margin"] for v in found["each"]]
        if min(known["margin"]) < 0:
            pytest.skip("geometry has no negative margins")
    derived = geometry.sample_pulls(loss, EMBEDDINGS, LABELS, CENTERS, **known)
    pulls = found["pulls"]
    np.testing.assert_allclose(derived, pulls, rtol=1e-6, atol=1e-6 * pulls.mean() + 1e-12)


def test_every_loss_has_a_pull_on_paper_or_a_reason() -> None:
    assert set(geometry.NO_PULL) <= set(LOSSES) == set(geometry.TARGET_CURVES)
    for loss, reason in geometry.NO_PULL.items():
        with pytest.raises(ValueError, match=reason):
            geometry.sample_pulls(loss, EMBEDDINGS, LABELS, CENTERS, scale=16)


def test_two_centers_pull_along_the_circle_through_them(js: MiniRacer) -> None:
    theta, between, s = 0.4, 1.1, 16.0
    turn = np.array([0.0, between])
    centers = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    face = np.array([[np.cos(theta), np.sin(theta)]])
    doubt = 1 / (1 + np.exp(s * (np.cos(theta) - np.cos(between - theta))))
    expected = s * doubt * (np.sin(theta) + np.sin(between - theta))
    found = geometry.sample_pulls("normface", face, [0], centers, scale=s)
    assert found == pytest.approx([expected], rel=1e-9)
    v = json.dumps({"scale": s})
    on_circle = js.eval(f"$curves.pull('normface', {theta}, {between}, {v})")
    assert abs(on_circle) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"loss": "arcfase"}, "did you mean arcface"),
        ({"labels": LABELS + 1}, "labels must be 0..6, but go from 1 to 7"),
        ({"labels": LABELS[:3]}, "labels must be 36 whole numbers"),
        ({"centers": CENTERS[:, :2]}, "must be .N, D. and .C, D."),
        ({"embeddings": 0 * EMBEDDINGS}, "lengths of embeddings must be above 0"),
        ({"scale": None}, "pulls of normface need scale"),
        ({"scale": -1}, "scale must be above 0"),
        ({"margn": 1}, "unknown setting of normface 'margn'"),
    ],
)
def test_the_pulls_say_what_does_not_fit(change: dict[str, Any], sentence: str) -> None:
    good = {"loss": "normface", "embeddings": EMBEDDINGS, "labels": LABELS, "centers": CENTERS}
    asked = {k: v for k, v in (good | {"scale": 16} | change).items() if v is not None}
    with pytest.raises(ValueError, match=sentence):
        geometry.sample_pulls(**asked)


# ---- draws


def normals(count: int, seed: int) -> list[float]:
    """Marsaglia's xorshift from a multiple of the golden ratio, then Box and Muller."""
    state, numbers = (seed + 1) * 2654435769 % 2**32, []
    for _ in range(16 + 2 * count):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        numbers.append((state + 0.5) / 2**32)
    radius, turn = np.array(numbers[16::2]), np.array(numbers[17::2])
    return (np.sqrt(-2 * np.log(radius)) * np.cos(2 * np.pi * turn)).tolist()


@pytest.mark.parametrize("seed", [0, 1, 100])
def test_a_seed_gives_the_same_draws_in_every_version(js: MiniRacer, seed: int) -> None:
    found = ask(js, f"$weighing.normals(50, {seed})")
    np.testing.assert_allclose(found, normals(50, seed), rtol=1e-9, atol=1e-12)


def test_the_draws_are_standard_normal_and_fixed_by_their_seed(js: MiniRacer) -> None:
    drawn = np.array(ask(js, "$weighing.normals(20000, 3)"))
    assert drawn.mean() == pytest.approx(0, abs=0.03)
    assert drawn.std() == pytest.approx(1, abs=0.02)
    inside = [np.mean(abs(drawn) < k) for k in (1, 2, 3)]
    assert inside == pytest.approx([0.6827, 0.9545, 0.9973], abs=0.01)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.03
    again = ask(js, "$weighing.normals(20000, 3)")
    assert again == drawn.tolist()
    starts = [tuple(ask(js, f"$weighing.normals(3, {seed})")) for seed in range(101)]
    assert len(set(starts)) == 101


@pytest.mark.parametrize("assignment", ["paper", "official"])
def test_margins_are_handed_out_as_the_loss_hands_them_out(js: MiniRacer, assignment: str) -> None:
    values = settled("elasticface") | {"plus": True, "assignment": assignment, "seed": 5}
    drawn = torch.tensor(ask(js, f"$weighing.normals({FACES}, 5)"))
    made = build("elasticface", values)
    cosine = torch.tensor([row[0] for row in BATCH["angles"]]).cos()
    expected = made.assign(values["margin"] + values["sigma"] * drawn, cosine)
    found = [v["margin"] for v in weigh(js, "elasticface", values)["each"]]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert (np.argsort(found) == np.argsort(-cosine.numpy())).all() == (assignment == "paper")


def test_quality_is_that_of_the_lengths_of_the_batch(js: MiniRacer) -> None:
    lengths = np.linalg.norm(EMBEDDINGS, axis=1)
    spread = {"mean": lengths.mean(), "deviation": lengths.std(ddof=1)}
    expected = geometry.adaface_quality(lengths, h=0.333, **spread)
    script = "given.lengths.map((a) => $weighing.qualityOf(spread, a, {h: 0.333}))"
    found = js.eval(
        f"(() => {{ const spread = $weighing.lengthsOf(given.lengths); "
        f"return JSON.stringify({script}); }})()"
    )
    np.testing.assert_allclose(json.loads(found), expected, atol=1e-9)
    assert np.ptp(expected) > 0.5


# ---- what the view says of them


def test_support_vectors_are_the_centers_that_beat_psi(js: MiniRacer) -> None:
    values = settled("sv_softmax") | {"base": "cosface", "margin": 0.2}
    cosines = np.cos(BATCH["angles"])
    expected = (cosines[:, 1:] > cosines[:, :1] - 0.2).sum(axis=1)
    assert weigh(js, "sv_softmax", values)["hard"].tolist() == expected.tolist()
    assert 0 < (expected > 0).sum() < FACES
    assert weigh(js, "arcface", settled("arcface"))["hard"].sum() == 0


def test_probabilities_and_losses_are_those_of_the_softmax(js: MiniRacer) -> None:
    values = settled("cosface")
    made = build("cosface", values)
    points, labels = torch.tensor(EMBEDDINGS), torch.tensor(LABELS)
    logits = made.logits(points, labels).detach()
    found = weigh(js, "cosface", values)
    share = logits.softmax(dim=1)[torch.arange(FACES), labels]
    np.testing.assert_allclose(found["p"], share, rtol=1e-9)
    np.testing.assert_allclose(found["losses"], made.losses(logits, labels), rtol=1e-6, atol=1e-12)


def test_hard_mining_keeps_the_largest_losses(js: MiniRacer) -> None:
    found = weigh(js, "hard_mining", {"rate": 0.5, "scale": 16})
    kept = found["counts"] > 0
    assert kept.sum() == FACES // 2
    assert found["losses"][kept].min() >= found["losses"][~kept].max()
    assert (found["pulls"][~kept] == 0).all()


def test_half_of_the_pull_is_carried_by_the_fewest_that_can(js: MiniRacer) -> None:
    assert ask(js, "$weighing.shares([1, 3, 0, 4])") == [0.125, 0.375, 0, 0.5]
    assert ask(js, "$weighing.half([0.125, 0.375, 0, 0.5])") == 1
    assert ask(js, "$weighing.half([0.25, 0.25, 0.25, 0.25])") == 2
    assert ask(js, "$weighing.half([0.4, 0.3, 0.3])") == 2
    assert ask(js, "$weighing.shares([0, 0])") == [0, 0]
    assert ask(js, "$weighing.half([0, 0])") == 0


def test_a_person_alone_is_pulled_by_no_softmax(js: MiniRacer) -> None:
    alone = "{angles: [[0.3], [0.6]], lengths: [1, 2], apart: () => 1}"
    found = ask(js, f"$weighing.weigh('arcface', {alone}, {json.dumps(settled('arcface'))})")
    assert found["pulls"] == [0, 0]
    assert found["p"] == [1, 1]
    yes = ask(js, f"$weighing.weigh('sphereface2', {alone}, {json.dumps(settled('sphereface2'))})")
    assert min(yes["pulls"]) > 0, "its own yes still pulls"


@pytest.mark.parametrize("place", [0.0, np.pi])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_face_on_its_center_or_opposite_it_has_a_finite_pull(
    js: MiniRacer, loss: str, place: float
) -> None:
    v = json.dumps(settled(loss))
    rows_ = f"{{angles: [[{place}, 1.2], [0.5, 1]], lengths: [5, 6], apart: () => {np.cos(1.2)}}}"
    found = ask(js, f"$weighing.weigh({json.dumps(loss)}, {rows_}, {v}).pulls")
    assert all(x is not None and np.isfinite(x) for x in found)
