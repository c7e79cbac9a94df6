"""The scripts that draw the losses in the browser say what torch and geometry say."""

import inspect
import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer

from facelab import geometry, losses
from facelab.widgets._assemble import drawn_losses, library
from facelab.widgets._curves import LEFT_OUT, NOT_DRAWN, default, losses_with_a_curve, states
from facelab.widgets._ranges import in_force, partner
from tests.promised import PROMISED

ANGLES = np.linspace(0.0137, 3.1231, 41)  # beside every kink, and beside 0 and pi
BETWEEN = 1.7  # radians between the two centers
MIXED = 24  # combinations of ends and middles tried for each loss with many settings
LOSSES = losses_with_a_curve()


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("regions"))
    return context


def ask(js: MiniRacer, call: str, loss: str, values: dict[str, Any]) -> np.ndarray:
    """`call` at every angle t, with the settings v."""
    given = f"const v = {json.dumps(values)}, loss = {json.dumps(loss)};"
    script = f"(() => {{ {given} return JSON.stringify({ANGLES.tolist()}.map((t) => {call})); }})()"
    found = [np.nan if x is None else x for x in json.loads(js.eval(script))]
    return np.array(found, dtype=float)


def steps(spec: dict[str, Any]) -> list[Any]:
    """Ends and middle of a slider, every option, on and off."""
    if spec["kind"] == "slider":
        return sorted({spec["low"], spec["teaching"], spec["high"]})
    return list(spec["options"]) if spec["kind"] == "choice" else [False, True]


def settled(loss: str) -> dict[str, Any]:
    """The settings a dial starts with."""
    return {name: default(spec) for name, spec in LOSSES[loss]["settings"].items()}


def grid(loss: str) -> list[dict[str, Any]]:
    """All combinations of a few settings; of many, each setting alone and a fixed mixture."""
    each = {name: steps(spec) for name, spec in LOSSES[loss]["settings"].items()}
    if math.prod(map(len, each.values())) <= 3 * MIXED:
        return [dict(zip(each, mix, strict=True)) for mix in itertools.product(*each.values())]
    alone = [settled(loss) | {name: step} for name, all_ in each.items() for step in all_]
    draw = np.random.default_rng(len(loss))
    mixed = [{n: all_[draw.integers(len(all_))] for n, all_ in each.items()} for _ in range(MIXED)]
    taken = [shown(loss, values) for values in alone + mixed]
    return list({json.dumps(values): values for values in taken}.values())


def shown(loss: str, values: dict[str, Any]) -> dict[str, Any]:
    """The settings as a dial can have them: in the range in force, and pairs that do not cross."""
    settings = LOSSES[loss]["settings"]
    for name, spec in settings.items():
        form = in_force(spec, values)
        if spec["kind"] == "slider":
            values = values | {name: min(max(values[name], form["low"]), form["high"])}
    for name in settings:
        values = values | partner(name, values, settings, LOSSES[loss]["pairs"])
    return values


SETTINGS = {loss: losses.describe()[loss]["settings"] for loss in LOSSES}
CASES = [
    pytest.param(loss, values, id=f"{loss}-{'-'.join(map(str, values.values()))}")
    for loss in LOSSES
    for values in grid(loss)
]


def assume(made: torch.nn.Module, loss: str, values: dict[str, Any]) -> None:
    """Put a loss into the state that the dial draws, with centers of unequal length."""
    length = (1.0, 1.0) if loss == "softmax" else (2.0, 0.5)
    turn = torch.tensor([0.0, BETWEEN], dtype=torch.float64)
    centers = torch.stack([turn.cos(), turn.sin()], dim=1) * torch.tensor(length)[:, None]
    if loss == "adacos":  # which asks for three people: the third counts nothing
        centers = torch.cat([centers, torch.zeros(1, 2)])
        made.scale = torch.tensor(float(values["scale"]))
    if loss == "subcenter_arcface":
        centers = centers.repeat_interleave(made.centers, dim=0)
    made.weight.data.copy_(centers)
    if loss == "sphereface":
        made.lam_first = made.lam_least = values["lam"]
    if loss == "curricularface":
        made.t = torch.tensor(values["t"], dtype=torch.float64)
    if loss == "adaface":
        made.mean, made.deviation = torch.tensor(20.0).double(), torch.tensor(6.0).double()
    if loss == "magface":
        made.reward = 0.0
    if loss == "unitsface":
        made.memory.copy_(centers)
        made.started.fill_(True)
    if "threshold" in values and made.bias is not None:
        sign = -1 if loss == "sphereface2" else 1
        made.bias.data.fill_(sign * values["scale"] * values["threshold"])


def build(loss: str, values: dict[str, Any]) -> Any:
    """The loss of torch with these settings, in the state that the dial draws."""
    settings = {k: v for k, v in values.items() if k in SETTINGS[loss]}
    made = losses.build(loss, 3 if loss == "adacos" else 2, 2, **settings).double().eval()
    assume(made, loss, values)
    return made


def at(theta: torch.Tensor, values: dict[str, Any]) -> torch.Tensor:
    """Embeddings at these angles from the center of their person, (angles, 2)."""
    length = values.get("embedding_length", 3.0)
    return length * torch.stack([theta.cos(), theta.sin()], dim=1)


def torch_says(loss: str, values: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probability of the true person, loss, and slope of the loss at every angle."""
    made = build(loss, values)
    theta = torch.tensor(ANGLES, requires_grad=True)
    embeddings = at(theta, values)
    label = torch.tensor([0])
    if loss == "adacos":
        made.losses = lambda logits, labels: type(made).losses(made, logits[:, :2], labels)
    each = torch.stack([made(embedding[None], label) for embedding in embeddings])
    (slope,) = torch.autograd.grad(each.sum(), theta)
    return sure(made, loss, values, embeddings.detach()), each.detach().numpy(), slope.numpy()


def asked(values: dict[str, Any]) -> bool:
    """Whether each person is asked apart, under a threshold."""
    with_form = values.get("form") != "softmax" and values.get("terms") != "both"
    return "threshold" in values and with_form


def logits_of(made: Any, loss: str, values: dict[str, Any], embeddings: torch.Tensor) -> Any:
    """The logits of both people, (angles, 2)."""
    labels = torch.zeros(len(embeddings), dtype=torch.int64)
    if loss == "softmax":
        return embeddings @ made.weight.T
    if values.get("terms") != "samples":
        return made.logits(embeddings, labels)[:, :2]
    lowered = made.cosines(embeddings) - torch.tensor([values["sample_margin"], 0.0])
    logits = values["scale"] * lowered - (0 if made.bias is None else made.bias)
    cut = made.bias is not None and values["clamp"]
    return logits.clamp(-values["scale"], values["scale"]) if cut else logits


def torch_slopes(loss: str, values: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Slope of the target logit along theta: its own by central differences, and training's."""
    made, theta = build(loss, values), torch.tensor(ANGLES, requires_grad=True)

    def target(angle: torch.Tensor) -> torch.Tensor:
        return logits_of(made, loss, values, at(angle, values))[:, 0]

    with torch.no_grad():
        own = (target(theta + 1e-5) - target(theta - 1e-5)) / 2e-5
    (taken,) = torch.autograd.grad(target(theta).sum(), theta)
    return own.numpy(), taken.numpy()


@torch.no_grad()
def sure(made: Any, loss: str, values: dict[str, Any], embeddings: torch.Tensor) -> np.ndarray:
    """Share of the true person in the softmax of the logits, or the sigmoid of its own."""
    logits = logits_of(made, loss, values, embeddings)
    share = logits.sigmoid() if asked(values) else logits.softmax(dim=1)
    return share[:, 0].numpy()


def test_the_losses_python_finds_in_the_file_are_those_javascript_has(js: MiniRacer) -> None:
    assert drawn_losses() == json.loads(js.eval("JSON.stringify(Object.keys($curves.CURVES))"))


def test_every_loss_is_drawn_or_listed_with_a_reason() -> None:
    drawn = set(drawn_losses())
    assert PROMISED <= drawn | set(NOT_DRAWN) <= set(losses.LOSSES)
    assert not drawn & set(NOT_DRAWN)
    assert all(len(reason.split()) >= 2 for reason in NOT_DRAWN.values())


@pytest.mark.parametrize("loss", LOSSES)
def test_every_setting_is_on_the_dial_or_left_out_with_a_reason(loss: str) -> None:
    shown, left_out = set(LOSSES[loss]["settings"]), set(LEFT_OUT.get(loss, {}))
    assert shown - set(states().get(loss, {})) | left_out >= set(SETTINGS[loss])
    assert left_out <= set(SETTINGS[loss])
    assert not shown & left_out


CONTROLS = [(loss, name) for loss, entry in LOSSES.items() for name in entry["settings"]]


@pytest.mark.parametrize(("loss", "name"), CONTROLS)
def test_every_control_moves_the_pull_or_the_band(js: MiniRacer, loss: str, name: str) -> None:
    spec, base = LOSSES[loss]["settings"][name], settled(loss)
    if "embedding_length" in base:
        base["embedding_length"] = 30  # at the mean of lengths AdaFace's h is without effect
    if spec["only"]:
        base[spec["only"][0]] = spec["only"][1][0]
    for call in (
        f"$curves.pull(loss, t, {BETWEEN}, v)",
        "$curves.CURVES[loss].band?.(v)[0].margin",
    ):
        drawn = [ask(js, call, loss, base | {name: step}) for step in steps(spec)]
        if any(not np.array_equal(drawn[0], other, equal_nan=True) for other in drawn):
            return
    raise AssertionError(f"{name} of {loss} moves nothing")


@pytest.mark.parametrize(
    ("loss", "name"), [case for case in CONTROLS if LOSSES[case[0]]["settings"][case[1]]["only"]]
)
def test_a_control_is_hidden_where_it_moves_nothing(js: MiniRacer, loss: str, name: str) -> None:
    spec, choice = LOSSES[loss]["settings"][name], LOSSES[loss]["settings"]
    other, words = spec["only"]
    for word in set(choice[other]["options"]) - set(words):
        base = settled(loss) | {other: word}
        drawn = [
            ask(js, f"$curves.pull(loss, t, {BETWEEN}, v)", loss, base | {name: step})
            for step in steps(spec)
        ]
        for after in drawn[1:]:
            np.testing.assert_array_equal(drawn[0], after)


@pytest.mark.parametrize(("loss", "values"), CASES)
def test_probability_loss_and_pull_are_those_of_torch(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    probability, value, slope = torch_says(loss, values)
    drawn = ask(js, f"$curves.probability(loss, t, Math.abs({BETWEEN} - t), v)", loss, values)
    np.testing.assert_allclose(drawn, probability, rtol=0, atol=1e-6)
    found = ask(js, f"$curves.onCircle(loss, t, {BETWEEN}, v)[0]", loss, values)
    np.testing.assert_allclose(found, value, rtol=1e-6, atol=1e-6)
    pull = ask(js, f"$curves.pull(loss, t, {BETWEEN}, v)", loss, values)
    np.testing.assert_allclose(pull, slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("loss", "values"), CASES)
def test_the_slope_of_the_target_logit_is_that_of_torch(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    own, taken = torch_slopes(loss, values)
    for place, expected in enumerate((own, taken)):
        drawn = ask(js, f"$curves.slopes(loss, t, v)[{place}]", loss, values)
        np.testing.assert_allclose(drawn, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("sharpness", [1.0, 2.0, 3.3, 10.0])
def test_g_spreads_cosines_as_torch_does(js: MiniRacer, sharpness: float) -> None:
    made = losses.build("sphereface2", 2, 2, sharpness=sharpness).double()
    drawn = ask(js, "$curves.g(Math.cos(t), v)", "sphereface2", {"sharpness": sharpness})
    expected = made.similarity(torch.tensor(np.cos(ANGLES)))
    np.testing.assert_allclose(drawn, expected.numpy(), rtol=0, atol=1e-6)


BOUNDED = [case for case in CASES if case.values[0] in geometry.BOUNDARIES]
BOUNDED = [case for case in BOUNDED if not asked(case.values[1])]
SETTLED = {"mean": 20.0, "deviation": 6.0}  # AdaFace's lengths, as the dial has them
STOPPED = math.acos(1e-3 - 1)  # beyond, all of AdaFace's cosines are one: it ties everywhere


def known_to(derived: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The settings among `values` that a function of geometry asks for."""
    named = inspect.signature(derived).parameters
    return {k: v for k, v in (values | SETTLED).items() if k in named}


@pytest.mark.parametrize(("loss", "values"), BOUNDED)
def test_the_level_line_is_the_boundary_derived_on_paper(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    derived = geometry.BOUNDARIES[loss]
    expected = derived(ANGLES, **known_to(derived, values))
    drawn = ask(js, "$regions.boundary(loss, t, v)", loss, values)
    if loss == "adaface":
        expected, drawn = np.minimum(expected, STOPPED), np.minimum(drawn, STOPPED)
    np.testing.assert_allclose(drawn, expected, rtol=0, atol=1e-6)


HARDENED = [case for case in CASES if case.values[0] in geometry.SECOND_BOUNDARIES]
HARDENED = [c for c in HARDENED if c.values[1].get("easy", "none") == "none"]
HARDENED = [c for c in HARDENED if not c.values[1].get("easy_margin")]
APART = [case for case in CASES if case.values[0] in geometry.LINES and asked(case.values[1])]
APART = [c for c in APART if abs(c.values[1]["threshold"]) < 1]  # where g is flat, no line is sharp
APART = [c for c in APART if c.values[1].get("beyond_pi", "clip") == "clip"]  # no yes comes back


@pytest.mark.parametrize(("loss", "values"), HARDENED)
def test_the_second_curve_is_the_one_derived_on_paper(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    derived = geometry.SECOND_BOUNDARIES[loss]
    expected = derived(ANGLES, **known_to(derived, values))
    drawn = ask(js, "$regions.second(loss, t, v)", loss, values)
    np.testing.assert_allclose(drawn, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("loss", "values"), APART)
def test_the_caps_of_yes_and_no_are_those_derived_on_paper(
    js: MiniRacer, loss: str, values: dict[str, Any]
) -> None:
    derived = geometry.LINES[loss]
    sign = -1 if loss == "sphereface2" else 1
    bias = sign * values["scale"] * values["threshold"]
    expected = np.array(derived(**known_to(derived, values | {"bias": bias})))
    given = json.dumps(values)
    drawn = json.loads(js.eval(f"JSON.stringify($regions.caps('{loss}', {given}))"))
    found = np.array([np.nan if x is None else x for x in drawn])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_the_circle_is_shared_out_without_gaps(js: MiniRacer) -> None:
    values = json.dumps({"margin": 0.5, "scale": 16})
    runs = json.loads(js.eval(f"JSON.stringify($regions.runs('arcface', {BETWEEN}, {values}))"))
    assert [run["owner"] for run in runs] == [1, 0, 2, 0, 1]
    assert runs[0]["from"] == 0
    assert runs[-1]["to"] == pytest.approx(2 * np.pi)
    for before, after in itertools.pairwise(runs):
        assert before["to"] == after["from"]
    front = runs[1]["to"] - runs[1]["from"]
    assert front == pytest.approx(0.5, abs=1e-6), "the band is as wide as the margin"
    assert runs[0]["to"] == pytest.approx((BETWEEN - 0.5) / 2, abs=1e-6)


def test_a_margin_wider_than_the_gap_leaves_no_reach(js: MiniRacer) -> None:
    assert js.eval("isNaN($regions.reach('arcface', 0.4, {margin: 0.5, scale: 16}))")
    assert js.eval("$regions.reach('arcface', 0.6, {margin: 0.5, scale: 16})") == pytest.approx(
        0.05, abs=1e-6
    )


def test_below_the_second_curve_the_loss_of_a_support_vector_is_above_that_of_the_base(
    js: MiniRacer,
) -> None:
    values = settled("sv_softmax") | {"base": "cosface", "t": 1.2}
    drawn = ask(js, "$regions.second(loss, t, v)", "sv_softmax", values)
    cosine = (np.cos(ANGLES) - values["margin"] - 0.2) / 1.2
    expected = np.arccos(np.where(abs(cosine) <= 1, cosine, np.nan))
    np.testing.assert_allclose(drawn, expected, atol=1e-6)
    first = ask(js, "$regions.boundary(loss, t, v)", "sv_softmax", values)
    both = np.isfinite(drawn + first)
    assert (drawn[both] > first[both]).all()


def test_the_step_of_sv_softmax_at_its_boundary_is_the_one_on_paper(js: MiniRacer) -> None:
    values = json.dumps(settled("sv_softmax") | {"t": 1.2, "scale": 30})
    p = [
        js.eval(
            f"$curves.probability('sv_softmax', {math.pi / 3}, {math.pi / 3 + shift}, {values})"
        )
        for shift in (1e-9, -1e-9)
    ]
    assert p == pytest.approx([0.5, 1 / (1 + math.exp(30 * 0.2 * 1.5))], rel=1e-6)


@pytest.mark.parametrize("kind", ["C", "A", "M"])
def test_the_caps_of_sphereface2_are_those_of_the_inverse_of_g(js: MiniRacer, kind: str) -> None:
    values = settled("sphereface2") | {"kind": kind, "margin": {"M": 1.5}.get(kind, 0.2)}
    level, m, t = values["threshold"], values["margin"], values["sharpness"]

    def angle(u: float) -> float:
        return math.acos(2 * ((u + 1) / 2) ** (1 / t) - 1)

    if kind == "C":
        expected = [angle(level + m), angle(level - m)]
    else:
        own = angle(level) - m if kind == "A" else angle(level) / m
        expected = [own, angle(level)]
    found = json.loads(
        js.eval(f"JSON.stringify($regions.caps('sphereface2', {json.dumps(values)}))")
    )
    assert found == pytest.approx(expected, abs=1e-6)


def test_circle_loss_parts_people_on_a_circle(js: MiniRacer) -> None:
    values = settled("circle") | {"relaxation": 0.4}
    own, m = np.cos(ANGLES), 0.4
    drawn = json.loads(
        js.eval(
            f"JSON.stringify({ANGLES.tolist()}.map((t) => "
            f"$regions.stretches('circle', t, {json.dumps(values)})))"
        )
    )
    for cosine, found in zip(own, drawn, strict=True):
        for edge in itertools.chain(*found):
            if 1e-6 < edge < math.pi - 1e-6:
                assert math.cos(edge) ** 2 + (1 - cosine) ** 2 == pytest.approx(2 * m**2, abs=1e-6)
    assert {len(found) for found in drawn} == {0, 1}
