"""`curves.js`, which draws the losses in the browser, says what torch and geometry say."""

import itertools
import json
from typing import Any

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer

from facelab import geometry, losses
from facelab.widgets._assemble import drawn_losses, library
from facelab.widgets.dial import losses_with_a_curve

ANGLES = np.linspace(0.0137, 3.1279, 41)  # beside every kink, and beside 0 and pi
BETWEEN = 1.7  # radians between the two centers


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("curves"))
    return context


def ask(js: MiniRacer, call: str, loss: str, values: dict[str, Any]) -> np.ndarray:
    """`call` at every angle t, with the settings v."""
    given = f"const v = {json.dumps(values)}, loss = {json.dumps(loss)};"
    script = f"(() => {{ {given} return JSON.stringify({ANGLES.tolist()}.map((t) => {call})); }})()"
    found = [np.nan if x is None else x for x in json.loads(js.eval(script))]
    return np.array(found, dtype=float)


def grid(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Every combination of ends and middle of sliders, options and switches."""

    def values(spec: dict[str, Any]) -> list[Any]:
        if spec["kind"] == "slider":
            return sorted({spec["low"], spec["teaching"], spec["high"]})
        return list(spec["options"]) if spec["kind"] == "choice" else [False, True]

    every = itertools.product(*map(values, settings.values()))
    return [dict(zip(settings, chosen, strict=True)) for chosen in every]


CASES = [
    pytest.param(loss, values, id=f"{loss}-{'-'.join(map(str, values.values()))}")
    for loss, entry in losses_with_a_curve().items()
    for values in grid(entry["settings"])
]


def torch_says(loss: str, values: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Probability of the true person and slope of the loss, with centers of unequal length."""
    made = losses.build(loss, 2, 2, **values).double()
    with torch.no_grad():
        centers = [[2.0, 0.0], [0.5 * np.cos(BETWEEN), 0.5 * np.sin(BETWEEN)]]
        made.weight.copy_(torch.tensor(centers))
    theta = torch.tensor(ANGLES, requires_grad=True)
    embeddings = 3 * torch.stack([theta.cos(), theta.sin()], dim=1)
    label = torch.tensor([0])
    each = torch.stack([made(embedding[None], label) for embedding in embeddings])
    (slope,) = torch.autograd.grad(each.sum(), theta)
    return (-each).exp().detach().numpy(), slope.numpy()


def test_the_losses_python_finds_in_the_file_are_those_javascript_has(js: MiniRacer) -> None:
    assert drawn_losses() == json.loads(js.eval("JSON.stringify(Object.keys($curves.CURVES))"))
    assert "arcface" in drawn_losses()


@pytest.mark.parametrize(("loss", "values"), CASES)
def test_probability_and_pull_are_those_of_torch(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    probability, slope = torch_says(loss, values)
    other = f"$curves.gap(t, {BETWEEN})"
    drawn = ask(js, f"$curves.probability(loss, t, {other}, v)", loss, values)
    np.testing.assert_allclose(drawn, probability, rtol=0, atol=1e-6)
    pull = ask(js, f"$curves.pull(loss, t, {BETWEEN}, v)", loss, values)
    np.testing.assert_allclose(pull, slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("loss", "values"), CASES)
def test_the_level_line_is_the_boundary_derived_on_paper(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    if loss not in geometry.BOUNDARIES:
        pytest.skip(f"{loss} has no boundary in closed form")
    known = {k: v for k, v in values.items() if k not in ("scale", "gradient")}
    expected = geometry.BOUNDARIES[loss](ANGLES, **known)
    drawn = ask(js, "$curves.boundary(loss, t, v)", loss, values)
    np.testing.assert_allclose(drawn, expected, rtol=0, atol=1e-6)


def test_the_circle_is_shared_out_without_gaps(js: MiniRacer) -> None:
    values = json.dumps({"margin": 0.5, "scale": 16})
    runs = json.loads(js.eval(f"JSON.stringify($curves.runs('arcface', {BETWEEN}, {values}))"))
    assert [run["owner"] for run in runs] == [1, 0, 2, 0, 1]
    assert runs[0]["from"] == 0
    assert runs[-1]["to"] == pytest.approx(2 * np.pi)
    for before, after in itertools.pairwise(runs):
        assert before["to"] == after["from"]
    front = runs[1]["to"] - runs[1]["from"]
    assert front == pytest.approx(0.5, abs=1e-6), "the band is as wide as the margin"
    assert runs[0]["to"] == pytest.approx((BETWEEN - 0.5) / 2, abs=1e-6)


def test_a_margin_wider_than_the_gap_leaves_no_reach(js: MiniRacer) -> None:
    assert js.eval("isNaN($curves.reach('arcface', 0.4, {margin: 0.5, scale: 16}))")
    assert not js.eval("isNaN($curves.reach('arcface', 0.6, {margin: 0.5, scale: 16}))")
