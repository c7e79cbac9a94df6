"""How hard a loss pulls at each face of a batch: JavaScript says what torch's gradient says."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer

from facelab import losses
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
