"""The margin dial without a browser: a second loss beside the first, and no refused combination."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from facelab import losses
from facelab.widgets import MarginDial
from facelab.widgets._assemble import library
from facelab.widgets._beside import own_slider, second
from facelab.widgets._curves import default
from facelab.widgets._ranges import PAIRS, in_force, matters
from facelab.widgets._settling import suited

LOSSES = MarginDial().losses
FACELAB: dict[str, Any] = {"facelab": type("facelab", (), {"MarginDial": MarginDial})}
SETTINGS = {loss: losses.describe()[loss]["settings"] for loss in LOSSES}


@pytest.fixture(scope="module")
def js() -> Iterator[MiniRacer]:
    context = MiniRacer()
    context.eval(library("beside"))
    context.eval(f"const losses = {json.dumps(LOSSES)};")
    yield context
    context.close()


def asked(js: MiniRacer, call: str) -> Any:
    return json.loads(js.eval(f"JSON.stringify({call})"))


def settled(loss: str, **words: Any) -> dict[str, Any]:
    """The settings a dial starts with, given some words."""
    settings = LOSSES[loss]["settings"]
    words = {n: default(s) for n, s in settings.items() if s["kind"] != "slider"} | words
    return {n: words.get(n, default(s, words)) for n, s in settings.items()}


def worded(loss: str) -> list[dict[str, Any]]:
    """The settings of a loss with each word of each of its choices."""
    choices = {
        n: s["options"] for n, s in LOSSES[loss]["settings"].items() if s["kind"] == "choice"
    }
    return [
        settled(loss),
        *(settled(loss, **{n: w}) for n, words in choices.items() for w in words),
    ]


# ---- two losses


@pytest.mark.parametrize("loss", LOSSES)
def test_browser_and_kernel_agree_on_every_second_loss(js: MiniRacer, loss: str) -> None:
    for values, beside in itertools.product(worded(loss), LOSSES):
        found, own = second(LOSSES, loss, values, beside)
        given = f"losses, '{loss}', {json.dumps(values)}, '{beside}'"
        assert asked(js, f"$beside.second({given})") == [found, own]
        name, spec = own_slider(LOSSES, loss, values, beside)
        there = asked(js, f"$beside.ownSlider({given})")
        assert (there or {"name": "", "start": None})["name"] == name
        if name:
            assert (there["start"], there["spec"]["unit"]) == (spec["start"], spec["unit"])


@pytest.mark.parametrize("loss", LOSSES)
def test_browser_and_kernel_agree_on_what_a_new_loss_keeps(js: MiniRacer, loss: str) -> None:
    specs = {n: s for entry in LOSSES.values() for n, s in entry["settings"].items()}
    for values, after in itertools.product(worded(loss), LOSSES):
        every = {n: default(s) for n, s in specs.items()} | values
        held = json.dumps(every | {"loss": loss})
        model = f"(() => {{ const held = {held}; return {{ get: (n) => held[n] ?? losses }}; }})()"
        there = asked(js, f"$settings.choose({model}, '{after}')")
        assert there == {"loss": after} | suited(LOSSES, loss, after, every)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_takes_the_settings_that_it_has_as_a_second(loss: str) -> None:
    for beside in LOSSES:
        values, _ = second(LOSSES, loss, settled(loss), beside)
        fits(beside, values)


def fits(beside: str, values: dict[str, Any]) -> None:
    """A loss takes these settings, and they are on its sliders."""
    people = 3 if beside == "adacos" else 2
    losses.build(beside, people, 2, **{k: v for k, v in values.items() if k in SETTINGS[beside]})
    for name, spec in LOSSES[beside]["settings"].items():
        if spec["kind"] == "slider" and matters(spec, values):
            form = in_force(spec, values)
            assert form["low"] <= values[name] <= form["high"], name


@pytest.mark.parametrize(
    ("loss", "settings", "beside", "shared", "own"),
    [
        (
            "arcface",
            {"margin": 0.6, "scale": 30},
            "cosface",
            {"scale": 30, "margin": 0.2},
            "margin",
        ),
        ("arcface", {"scale": 30}, "sphereface", {"embedding_length": 30}, "margin"),
        ("arcface", {"margin": 0.6}, "magface", {"scale": 16}, "embedding_length"),
        ("arcface", {"margin": 0.6}, "sv_softmax", {"base": "arcface", "margin": 0.6}, "t"),
        ("cosface", {"margin": 0.1}, "sv_softmax", {"base": "cosface", "margin": 0.1}, "t"),
        ("normface", {}, "sv_softmax", {"base": "softmax"}, "t"),
        ("sv_softmax", {"base": "arcface", "margin": 0.7}, "arcface", {"margin": 0.7}, ""),
        ("sv_softmax", {"base": "cosface", "margin": 0.1}, "arcface", {"margin": 0.3}, "margin"),
        ("sphereface2", {"kind": "A", "margin": 0.4}, "arcface", {"margin": 0.4, "scale": 16}, ""),
        ("sphereface2", {"kind": "C"}, "arcface", {"margin": 0.3}, "margin"),
        (
            "sphereface",
            {"margin": 3.0},
            "sphereface_r",
            {"margin": 3.0, "scale": 16},
            "loss_weight",
        ),
        ("softmax", {"embedding_length": 8}, "normface", {"scale": 8}, ""),
        ("circle", {"scale": 200}, "normface", {"scale": 64}, ""),
        ("normface", {"scale": 20}, "adacos", {"scale": 5}, "scale"),
        ("sv_softmax", {"t": 1.0}, "curricularface", {"t": 0.3, "margin": 0.3}, "margin"),
        ("arcface", {"margin": 0.6, "scale": 9}, "arcface", {"margin": 0.3, "scale": 9}, "margin"),
    ],
)
def test_a_second_loss_shares_what_means_the_same(
    loss: str, settings: dict[str, Any], beside: str, shared: dict[str, Any], own: str
) -> None:
    values = MarginDial(loss=loss, **settings)._values()
    found, name = second(LOSSES, loss, values, beside)
    assert {key: found[key] for key in shared} == shared
    assert name == own


def test_code_and_state_hold_the_second_loss_and_its_slider() -> None:
    dial = MarginDial(margin=0.4, beside="cosface", beside_margin=0.35, all_losses=True)
    assert "beside='cosface', beside_margin=0.35, all_losses=True" in dial.code()
    for again in (eval(dial.code(), FACELAB), MarginDial.from_state(dial.state())):
        assert again.choices() == pytest.approx(dial.choices(), abs=1e-3)
    dial.beside = ""
    assert "beside=''" in dial.code()
    assert "beside_margin" not in dial.code()


@pytest.mark.parametrize("beside", ["arcface", "sphereface2"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_pair_comes_back_from_its_state(loss: str, beside: str) -> None:
    dial = MarginDial(loss=loss, beside=beside)
    assert MarginDial.from_state(dial.state()).choices() == dial.choices()
    assert eval(dial.code(), FACELAB).choices() == pytest.approx(dial.choices(), abs=1e-3)


def test_the_slider_of_the_second_loss_starts_anew_where_it_stands_for_something_else() -> None:
    dial = MarginDial(beside="cosface", beside_margin=0.5)
    dial.loss = "normface"
    assert dial.beside_margin == 0.5, "still cosine units of CosFace"
    dial.beside = "arcface"
    assert dial.beside_margin == 0.3
    dial.beside_margin = 1.2
    dial.beside = "sphereface2"
    assert dial.beside_margin == 0.1
    dial.beside = "sv_softmax"
    assert dial.choices()["beside_t"] == 1.1


@pytest.mark.parametrize(
    ("values", "error", "sentence"),
    [
        ({"beside": "arcfase"}, ValueError, "'arcfase'; did you mean arcface"),
        ({"beside": "triplet"}, ValueError, "the dial does not draw triplet: three images"),
        ({"beside": 3}, ValueError, "unknown loss .* 3;"),
        ({"loss": ["arcface"]}, ValueError, r"unknown loss .* \['arcface'\]"),
        ({"beside_margin": 0.2}, ValueError, "beside_margin needs a second loss, and beside is ''"),
        ({"beside": "cosface", "beside_scale": 9}, ValueError, "has only beside_margin, not besi"),
        ({"beside": "normface", "beside_margin": 0.1}, ValueError, "no slider of its own, not"),
        (
            {"beside": "cosface", "beside_margin": 1.2},
            ValueError,
            "0 and 1 .cosine units., not 1.2",
        ),
        ({"beside": "cosface", "beside_margin": "x"}, TypeError, "must be a number, not 'x'"),
        ({"all_losses": 1}, TypeError, "all_losses must be True or False, not 1"),
    ],
)
def test_a_dial_says_what_is_wrong_with_a_second_loss(
    values: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        MarginDial(**values)


def test_a_bad_second_loss_leaves_the_dial_as_it_was() -> None:
    dial = MarginDial(beside="cosface", beside_margin=0.4)
    before = dial.choices()
    with pytest.raises(ValueError, match="does not draw ring"):
        dial.beside = "ring"
    dial.set_state({"beside_margin": 7.0})
    assert dial.error == "beside_margin must be between 0 and 1 (cosine units), not 7"
    assert dial.choices() == before


def test_what_the_browser_sends_may_change_both_losses_at_once() -> None:
    dial = MarginDial()
    dial.set_state({"beside_margin": 1.25, "margin": 0.15, "beside": "arcface", "loss": "cosface"})
    assert dial.error == ""
    assert (dial.loss, dial.margin, dial.beside, dial.beside_margin) == (
        "cosface", 0.15, "arcface", 1.25,
    )  # fmt: skip


# ---- what a loss would refuse


def takes(dial: MarginDial) -> None:
    """The loss itself takes what the dial shows."""
    values = {k: v for k, v in dial._values().items() if k in SETTINGS[dial.loss]}
    losses.build(dial.loss, 3, 2, **values)


@pytest.mark.parametrize("loss", LOSSES)
def test_sliders_moved_anywhere_in_any_order_are_never_refused(loss: str) -> None:
    draw = np.random.default_rng(len(loss))
    dial = MarginDial(loss=loss)
    for _ in range(60):
        name = draw.choice(list(dial._settings))
        spec = in_force(dial._settings[name], dial._values())
        options = {"choice": spec.get("options"), "switch": [True, False]}
        ends = [spec["low"], spec["high"]] if spec["kind"] == "slider" else options[spec["kind"]]
        step = draw.choice(list(ends))
        setattr(dial, str(name), step.item() if isinstance(step, np.generic) else step)
        takes(dial)


def test_a_word_brings_the_margin_of_its_unit_from_python_too() -> None:
    dial = MarginDial(loss="sphereface2")
    for kind, margin in (("M", 1.5), ("A", 0.2), ("C", 0.1)):
        dial.kind = kind
        assert dial.margin == margin
    with pytest.raises(ValueError, match=r"between 0 and 1 .cosine units, kind=C., not 1.5"):
        dial.margin = 1.5


@pytest.mark.parametrize(("low", "high", "apart"), PAIRS["magface"])
def test_a_setting_pushes_the_one_it_must_not_cross(low: str, high: str, apart: float) -> None:
    dial = MarginDial(loss="magface")
    setattr(dial, low, LOSSES["magface"]["settings"][low]["high"])
    assert getattr(dial, high) >= getattr(dial, low) + apart
    setattr(dial, high, LOSSES["magface"]["settings"][high]["low"])
    assert getattr(dial, low) == getattr(dial, high) - apart


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"loss": "sphereface2", "kind": "M", "margin": 0.5}, "between 1 and 2 .kind=M., not 0.5"),
        ({"loss": "magface", "shortest": 40, "longest": 30}, "1 above shortest .40., not 30"),
        ({"loss": "magface", "least_margin": 0.6, "most_margin": 0.4}, "least_margin .0.6., not"),
    ],
)
def test_what_the_loss_would_refuse_is_refused_in_a_sentence(
    settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        MarginDial(**settings)


def test_one_end_that_is_given_moves_the_other() -> None:
    assert MarginDial(loss="magface", least_margin=0.7).most_margin == 0.7
    assert MarginDial(loss="magface", longest=2).shortest == 1


def test_a_margin_of_the_same_unit_stays_when_the_loss_changes() -> None:
    dial = MarginDial(margin=0.7)
    dial.loss = "elasticface"
    assert (dial.base, dial.margin) == ("arcface", 0.7)
    dial.loss = "cosface"
    assert dial.margin == 0.2


@pytest.mark.parametrize(
    ("unit", "step", "value", "words"),
    [
        ("radians", 0.01, 0.3, "0.30 rad (17°)"),
        ("radians", 0.005, 0.05, "0.050 rad (2.9°)"),
        ("cosine units", 0.01, 0.3, "0.30"),
        ("", 0.5, 16, "16"),
    ],
)
def test_degrees_stand_beside_radians_alone(
    js: MiniRacer, unit: str, step: float, value: float, words: str
) -> None:
    spec = json.dumps({"unit": unit, "step": step})
    assert js.eval(f"$settings.shown({spec}, {value})") == words


@pytest.mark.parametrize(
    ("loss", "words", "unit"),
    [
        ("sv_softmax", {"base": "arcface"}, "radians"),
        ("mv_softmax", {"base": "cosface"}, "cosine units"),
        ("elasticface", {"base": "arcface"}, "radians"),
        ("sphereface2", {"kind": "A"}, "radians"),
        ("sphereface2", {"kind": "M"}, ""),
    ],
)
def test_the_unit_of_a_margin_is_the_one_in_force(
    js: MiniRacer, loss: str, words: dict[str, str], unit: str
) -> None:
    spec = LOSSES[loss]["settings"]["margin"]
    assert in_force(spec, words)["unit"] == unit
    there = f"$settings.inForce({json.dumps(spec)}, (name) => ({json.dumps(words)})[name])"
    assert asked(js, there)["unit"] == unit


def test_every_value_that_suits_small_sets_is_in_the_range_in_force() -> None:
    for loss, values in [(key, values) for key in LOSSES for values in worded(key)]:
        for name, spec in LOSSES[loss]["settings"].items():
            form = in_force(spec, values)
            if spec["kind"] == "slider" and matters(spec, values):
                assert form["low"] <= values[name] <= form["high"], (loss, name)
                steps = (form["high"] - form["low"]) / spec["step"]
                assert steps == pytest.approx(round(steps)), (loss, name)
