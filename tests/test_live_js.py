"""The script that draws a training: what lies between two pictures, the curves, the recording."""

import json
import re
from typing import Any

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from facelab import geometry
from facelab.widgets import _recording
from facelab.widgets._assemble import library
from facelab.widgets._curves import default
from facelab.widgets._settling import suited
from facelab.widgets._trained import trained_losses

# a page, as far as these scripts ask for one
PAGE = """
const pen = () => new Proxy({ calls: [] }, {
  get: (it, name) => name === "calls" ? it.calls : (...given) => {
    it.calls.push([name, ...given]);
    return { addColorStop() {}, width: 0 };
  },
  set: () => true,
});
const document = { createElement: () => ({ getContext: pen, style: {} }) };
class ImageData { constructor(w, h) { this.data = new Uint8ClampedArray(4 * w * h); } }
const timers = [];
setTimeout = (call, wait) => timers.push([call, wait]);
clearTimeout = (number) => { if (number) timers[number - 1] = null; };
const devicePixelRatio = 1;
let clock = 0;
const performance = { now: () => clock };
const picture = (step, points, centers, loss = 0.5) => ({
  step, state: "playing", moving: {}, points: Float32Array.from(points),
  centers: Float32Array.from(centers),
  numbers: { loss, trained: 1, held_out: null, angle: 0.1, gap: 1, auc: null },
});
const list = (x) => Array.from(x);
"""
RNG = np.random.default_rng(0)
FROM, TO = (geometry.unit(RNG.normal(size=(6, 3))) for _ in range(2))


@pytest.fixture
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(PAGE + library("live"))
    return context


def run(js: MiniRacer, script: str, **given: Any) -> Any:
    """What a script returns; `given` are its constants."""
    known = "".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    return json.loads(js.eval(f"JSON.stringify((() => {{ {known} {script} }})())"))


FLAT = {"from": FROM.ravel().tolist(), "to": TO.ravel().tolist()}
TWEEN = """
const live = new $live.Live();
live.take(picture(1, f, f.slice(0, 9)), 1000);
live.take(picture(2, t, t.slice(0, 9)), 1100);
const seen = parts.map((part) => live.at(1100 + part * live.every));
return { every: live.every, moving: parts.map((part) => live.moving(1100 + part * live.every)),
  points: seen.map(({ points }) => list(points)), centers: seen.map(({ centers }) => list(centers)),
  near: seen.map(({ near }) => near.map(({ angle }) => angle)) };
"""


def test_between_two_pictures_everybody_goes_straight_and_stays_on_the_sphere(
    js: MiniRacer,
) -> None:
    parts = [0, 0.25, 0.5, 0.9, 1.001, 3]
    found = run(js, TWEEN, f=FLAT["from"], t=FLAT["to"], parts=parts)
    for part, points, centers, near in zip(
        parts, found["points"], found["centers"], found["near"], strict=True
    ):
        rows = np.array(points).reshape(-1, 3)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        expected = geometry.unit(FROM + min(part, 1) * (TO - FROM))
        np.testing.assert_allclose(rows, expected, atol=1e-5)
        middle = np.array(centers).reshape(-1, 3)
        np.testing.assert_allclose(middle, expected[:3], atol=1e-5)
        np.testing.assert_allclose(near, geometry.nearest_center(middle)[0], atol=1e-4)
    assert found["moving"] == [True, True, True, True, False, False]
    assert 20 < found["every"] < 250


def test_what_comes_in_the_middle_of_the_way_goes_on_from_there(js: MiniRacer) -> None:
    found = run(
        js,
        """
        const live = new $live.Live();
        live.take(picture(1, f, f), 1000);
        live.take(picture(2, t, t), 1100);
        const here = list(live.at(1120).points);
        live.take(picture(3, f, f), 1120);
        return [here, list(live.at(1120).points)];
        """,
        f=FLAT["from"],
        t=FLAT["to"],
    )
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


@pytest.mark.parametrize("count", [3, 15, 21])
def test_other_people_are_there_at_once(js: MiniRacer, count: int) -> None:
    found = run(
        js,
        """
        const live = new $live.Live();
        live.take(picture(1, f, f), 1000);
        live.take(picture(2, t.slice(0, count), t), 1100);
        const first = list(live.at(1100).points);
        live.take(picture(3, f, t.slice(0, 9)), 1200);
        return [first, list(live.at(1200).points)];
        """,
        f=FLAT["from"],
        t=FLAT["to"] + [1, 0, 0],
        count=count,
    )
    np.testing.assert_allclose(found[0], (FLAT["to"] + [1, 0, 0])[:count], atol=1e-6)
    np.testing.assert_allclose(found[1], FLAT["from"], atol=1e-6)


CURVES = """
const live = new $live.Live();
for (const [i, step] of steps.entries()) live.take(picture(step, [1, 0, 0], [1, 0, 0], i), 50 * i);
return live.history;
"""


def test_the_curves_hold_each_step_once_and_begin_again_after_a_reset(js: MiniRacer) -> None:
    assert [row[0] for row in run(js, CURVES, steps=[0, 1, 1, 4, 4, 9])] == [0, 1, 4, 9]
    assert [row[0] for row in run(js, CURVES, steps=[0, 5, 9, 0, 2])] == [0, 2]
    assert [row[0] for row in run(js, CURVES, steps=[0, 5, 9, 0])] == [0]
    columns = run(js, "return $live.SCALARS;")
    assert tuple(columns) == _recording.SCALARS
    assert run(js, CURVES, steps=[3])[0] == [3, 0, 1, None, 0.1, 1, None]


def test_long_curves_grow_thin_and_keep_both_ends(js: MiniRacer) -> None:
    steps = [row[0] for row in run(js, CURVES, steps=list(range(5000)))]
    assert 300 < len(steps) <= 1201
    assert steps[0] == 0
    assert steps[-1] == 4999
    assert steps == sorted(steps)


KERNEL = """
const asked = [], heard = {};
const listen = (name, call) => (heard[name] = call);
const frame = { listen, send: (content) => asked.push(content) };
const live = new $live.Live();
const names = () => ["a", "b", "c"];
const source = $live.fromKernel(frame, live, names, (taken) => live.take(taken, 0));
const bytes = (array) => new DataView(array.buffer);
const hear = heard["msg:custom"];
"""


def test_a_view_says_hello_and_answers_each_picture_by_its_number(js: MiniRacer) -> None:
    found = run(
        js,
        KERNEL
        + """
        const rows = [0, 7].map((step) => [step, 1, 1, null, 1, 1, null, {}]);
        hear({ kind: "history", rows }, []);
        hear({ kind: "cast", size: [1, 2] }, [bytes(Uint16Array.of(0, 0, 1)),
          bytes(Uint8Array.of(0, 1, 0)), bytes(Uint8Array.of(1, 2, 3, 4, 5, 6))]);
        const early = live.people;
        const points = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
        const centers = Float32Array.of(1, 0, 0, 0, 0, 1);
        hear({ ...picture(8, [], []), kind: "frame", number: 12 }, [bytes(points), bytes(centers)]);
        source.drawn();
        source.ask({ play: true });
        hear({ kind: "other" }, []);
        const steps = live.history.map((row) => row[0]);
        return { asked, early, steps, labels: list(live.people.labels),
          held: list(live.people.held), names: live.people.names, first: live.people.first,
          points: list(live.frame.points), centers: list(live.frame.centers) };
        """,
    )
    assert found["asked"] == [{"hello": True}, {"drawn": 12}, {"play": True}]
    assert found["steps"] == [0, 7, 8]
    assert found["early"] is None, "who is on a picture is known with the picture"
    assert (found["labels"], found["held"]) == ([0, 0, 1], [0, 1, 0])
    assert (found["names"], found["first"]) == (["a", "b"], [0, 2])
    assert found["points"] == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert found["centers"] == [1, 0, 0, 0, 0, 1]


RECORDED = """
const steps = [0, 2, 4, 10];
const places = Int16Array.from(steps.flatMap((step) => [32767, 0, 0, 0, 32767, 0, 0, 0, step]));
const bytes = (array) => new DataView(array.buffer);
const rows = steps.map((step) => [step, step / 10, 1, null, 0.1, 1, null, { t: step }]);
const traits = { _rows: rows, _places: bytes(places), names: ["a"], _people: { size: [1, 1],
  labels: bytes(Uint16Array.of(0, 0)), held: bytes(Uint8Array.of(0, 1)),
  pixels: bytes(Uint8Array.of(1, 2)) } };
const live = new $live.Live();
const shown = [];
const show = ({ step, state, moving, numbers, centers, points }) =>
  shown.push([step, state, moving.t, numbers.loss, Math.round(32767 * centers[2]), points.length]);
let pace = 20;
const source = $live.fromPage({ get: (name) => traits[name] }, live, show, () => pace);
const tick = () => {
  const [call, wait] = timers.at(-1);
  timers[timers.length - 1] = null;
  call();
  return wait;
};
"""


def test_a_recording_plays_pauses_steps_and_begins_again(js: MiniRacer) -> None:
    found = run(
        js,
        RECORDED
        + """
        source.ask({ play: true });
        const waits = [tick(), tick()];
        pace = 0;
        source.ask({ play: true });
        waits.push(tick());
        source.ask({ play: true });
        source.ask({ play: false });
        source.ask({ step: true });
        source.ask({ step: true });
        source.ask({ reset: true });
        return { shown, waits, steps: source.steps, left: timers.filter(Boolean).length };
        """,
    )
    shown = found["shown"]
    assert shown[0] == [0, "paused", 0, 0, 0, 6]
    assert shown[1][:2] == [0, "playing"]
    assert shown[2] == [2, "playing", 2, 0.2, 2, 6]
    assert shown[3] == [4, "playing", 4, 0.4, 4, 6]
    assert shown[4][:2] == [4, "playing"]
    assert shown[5][0] == 10
    assert shown[5][1] != "playing", "it is over"
    assert shown[6][:2] == [0, "playing"], "who plays at the end begins again"
    assert shown[7][:2] == [0, "paused"]
    assert [row[:2] for row in shown[8:]] == [[2, "paused"], [4, "paused"], [0, "paused"]]
    assert found["waits"] == pytest.approx([100, 100, 60], abs=1), "two steps at 20, six at full"
    assert (found["steps"], found["left"]) == (10, 0)


CAPS = """
const ctx = pen();
const many = ["people", "edges"];
const shades = new Proxy({}, { get: (_, name) => (many.includes(name) ? ["#111"] : "#333") });
const room = { ctx, colors: shades, size: 14 };
const globe = { cx: 0, cy: 0, r: 1 };
const turned = { points: new Float32Array(), centers: Float32Array.from(centers) };
const live = new $live.Live();
live.take(picture(0, [], centers), 0);
const state = { labels: [], held: [], near: live.at(0).near, person: -1, flat: false, yaw: 0,
  pitch: 0, radius: (angle, person) => caps[person] };
$ball.drawBody(room, globe, turned, state);
const shapes = [];
for (const [name, x, y] of ctx.calls) {
  if (name === "beginPath") shapes.push([]);
  if (name === "lineTo" && shapes.length) shapes.at(-1).push([x, -y]);
}
return shapes.filter((shape) => shape.length === 73);
"""


def test_each_person_has_a_cap_of_its_own_radius(js: MiniRacer) -> None:
    """Caps in front are polygons whose corners all lie at the radius from their own center."""
    middle = geometry.unit(
        np.array([[0.5, 0.2, 1.0], [-0.6, 0.1, 1.0], [0, -0.7, 1.0], [0, 0, -1]])
    )
    radii = [0.2, 0.35, 0.5, 0.0]
    shapes = run(js, CAPS, centers=middle.ravel().tolist(), caps=radii)
    found = []
    for shape in shapes:
        flat = np.array(shape)
        depth = np.sqrt(np.clip(1 - (flat**2).sum(axis=1), 0, 1))
        angles = geometry.angle_between(np.column_stack([flat, depth])[:, None], middle[None])
        own = int(angles.std(axis=0).argmin())
        if angles[:, own].std() < 1e-3:
            found.append((own, round(float(angles[:, own].mean()), 2)))
    assert sorted(set(found)) == [(0, 0.2), (1, 0.35), (2, 0.5)]


def test_symbols_and_values_stand_in_a_line_of_text() -> None:
    js = MiniRacer()
    js.eval(PAGE + "const window = {}, matchMedia = () => {};" + library("settings"))
    names = [r"\lambda_{min}", "m_1", r"\theta", r"\xi", "l_a", r"\lambda_g", "s", r"\gamma"]
    found = run(js, "return names.map($settings.symbol);", names=names)
    assert found == ["λₘᵢₙ", "m₁", "θ", "ξ", "lₐ", "λg", "s", "γ"]
    every = [
        spec["symbol"]
        for loss in trained_losses().values()
        for spec in loss["settings"].values()
        if spec["kind"] == "slider"
    ]
    assert not re.search(r"[\\\\{}_]", "".join(run(js, "return e.map($settings.symbol);", e=every)))
    specs = [{"unit": "radians"}, {"unit": "", "step": 0.5}, {"unit": "", "step": 0.001}]
    values = run(js, "return s.map((spec) => $settings.shown(spec, 0.5));", s=specs)
    assert values == ["0.50 rad (29°)", "0.5", "0.500"]
    assert run(js, "return $settings.shown({ unit: '', step: 1 }, 'rule');") == ""


@pytest.mark.parametrize(
    ("before", "loss"),
    [
        ("center", "marginal"),
        ("sphereface2", "cosface"),
        ("mml", "subcenter_arcface"),
        ("arcface", "curricularface"),
        ("hard_mining", "adaface"),
    ],
)
def test_the_browser_and_the_kernel_move_the_same_settings_with_a_loss(
    before: str, loss: str
) -> None:
    """What a page sends when a loss is chosen, and what the kernel makes of the loss alone."""
    losses = trained_losses()
    values: dict[str, Any] = {
        n: default(s) for e in losses.values() for n, s in e["settings"].items()
    }
    values |= {n: default(s) for n, s in losses[before]["settings"].items()}
    js = MiniRacer()
    js.eval(PAGE + "const window = {}, matchMedia = () => {};" + library("settings"))
    sent = run(
        js,
        "const get = (name) => ({ ...values, losses, loss: before })[name];"
        "return $settings.choose({ get }, loss);",
        values=values,
        losses=losses,
        before=before,
        loss=loss,
    )
    assert sent.pop("loss") == loss
    assert sent == suited(losses, before, loss, values)
    now = values | sent
    assert loss != "marginal" or now["beside"] == 1, "the weight of center loss is 0.003"


RANGES = [(-1, 0), (0, 1), (-1.35, 0.65), (0, 0.09), (-64, 64), (0, 13), (90, 111), (0, 9e5)]


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_the_number_beside_a_tick_is_where_the_tick_is(low: float, high: float, count: int) -> None:
    js = MiniRacer()
    js.eval(PAGE + "const window = {}, matchMedia = () => {};" + library("draw"))
    script = "const at = $draw.ticks([low, high], count); return [at, at.map($draw.numeral)];"
    at, words = run(js, script, low=low, high=high, count=count)
    assert [float(word) for word in words] == pytest.approx(at, abs=1e-9)
    assert len(set(words)) == len(words) >= 1
    assert all(len(word) <= 6 for word in words)
