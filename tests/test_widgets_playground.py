"""The playground without a browser: its choices, its thread, what it sends and what it keeps."""

import base64
import gc
import json
import math
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import facelab
from facelab.datasets import FaceSet
from facelab.experiments import ENDS, Bench, Cast, Choices, Look, Report
from facelab.losses import LOSSES
from facelab.widgets import Playground, _cells, _recording
from facelab.widgets._cells import one_a_cell
from facelab.widgets._knobs import BENCH, LOOKS, RANGES
from facelab.widgets._recording import Recording
from facelab.widgets._trained import trained_losses
from facelab.widgets.playground import _listener

PATIENT = 60.0  # seconds: how long a slow machine may take to do what takes milliseconds


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return Bench(facelab.load("orl").take_people(12), Choices()).faces


@pytest.fixture
def make(faces: FaceSet) -> Iterator[Callable[..., Playground]]:
    """Makes playgrounds that are closed with the test."""
    made: list[Playground] = []

    def playground(**values: Any) -> Playground:
        made.append(Playground(faces, **{"people": 3, "images": 2} | values))
        return made[-1]

    yield playground
    for view in made:
        view.close()


def bench_of(view: Playground) -> Bench:
    assert view._trainer is not None
    assert view._trainer._bench is not None
    return view._trainer._bench


def wait(until: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENT
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def settled(view: Playground) -> Choices:
    """What is trained when all messages so far have been read: they are read in their order."""
    training = view._trainer
    assert training is not None
    training.tell(drawn=10**9)
    wait(lambda: training._acknowledged == 10**9)
    training._acknowledged = training._number
    return bench_of(view).choices


class Wire:
    """What a view has sent to the browser, and an answer to each picture."""

    def __init__(self, view: Playground, draws: bool = True) -> None:
        self.sent: list[tuple[dict[str, Any], list[Any]]] = []
        self.view, self.draws = view, draws
        view.send = self._send  # type: ignore[method-assign]

    def _send(self, content: dict[str, Any], buffers: Any = None) -> None:
        json.dumps(content, allow_nan=False)
        self.sent.append((content, buffers))
        if self.draws and content["kind"] == "frame":
            self.view._hear(self.view, {"drawn": content["number"]}, None)

    def of(self, kind: str) -> list[tuple[dict[str, Any], list[Any]]]:
        return [message for message in self.sent if message[0]["kind"] == kind]


# ---- choices


def test_what_is_chosen_is_what_is_trained(make: Callable[..., Playground]) -> None:
    view = make(loss="cosface", margin=0.25, tail=0.5, learning_rate=1e-3, dim=2, start="random")
    for values in ({}, {"people": 5}, {"scale": 30.0}, {"augment": True}, {"loss": "softmax"}):
        for name, value in values.items():
            setattr(view, name, value)
        trained = settled(view)
        assert trained.loss == view.loss
        assert dict(trained.settings) == {
            n: getattr(view, n) for n in view.losses[view.loss]["settings"]
        }
        assert {name: getattr(trained, name) for name in BENCH} == {
            n: getattr(view, n) for n in BENCH
        }
    assert {f.name for f in fields(Choices)} == {"loss", "settings", *BENCH}
    assert set(view.chosen) == {"loss", *view.losses["softmax"]["settings"], *BENCH, *LOOKS}


def test_every_loss_and_setting_is_there() -> None:
    found = trained_losses()
    assert list(found) == list(LOSSES)
    for key, cls in LOSSES.items():
        assert set(cls.settings) - set(found[key]["settings"]) <= {"seed"}, key
    assert "beside" in found["center"]["settings"]
    assert "beside" not in found["arcface"]["settings"]


@pytest.mark.parametrize("loss", LOSSES)
def test_code_and_state_bring_a_playground_back(
    make: Callable[..., Playground], faces: FaceSet, loss: str
) -> None:
    view = make(loss=loss, people=4, hardness=0.25, speed=5, yaw=-1.0)
    names: dict[str, Any] = {"facelab": SimpleNamespace(Playground=lambda **kw: make(**kw))}
    again = eval(view.code(), names)
    assert again.choices() == pytest.approx(view.choices(), abs=1e-3)
    assert again.error == view.error == ""
    other = Playground.from_state(view.state(), faces)
    assert other.choices() == view.choices()
    other.close()


def test_a_bare_playground_teaches_arcface_on_ten_people() -> None:
    view = Playground()
    assert (view.loss, view.margin, view.scale, view.people, view.dim) == (
        "arcface",
        0.3,
        16,
        10,
        3,
    )
    assert view.start == "even"
    assert len(view.names) == 40
    assert repr(view).startswith("facelab.Playground(loss='arcface', margin=0.3, scale=16, ")
    view.close()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"loss": "arcfase"}, "unknown loss 'arcfase'; did you mean arcface"),
        ({"loss": 3}, "unknown loss 3; there are: softmax"),
        ({"margn": 0.3}, "unknown setting of arcface or of the playground 'margn'; did you mean"),
        ({"loss": "normface", "margin": 0.3}, "unknown setting of normface .* 'margin'"),
        ({"margin": 2}, "margin must be between 0 and 1.5 .radians., not 2"),
        ({"margin": math.nan}, "margin must be between 0 and 1.5 .radians., not nan"),
        ({"scale": 0}, "scale must be between 1 and 64, not 0"),
        ({"people": 1}, "people must be between 2 and 40, not 1"),
        ({"people": 7.5}, "people must be a whole number, not 7.5"),
        ({"images": 21}, "images must be between 1 and 20, not 21"),
        ({"tail": 3}, "tail must be between 0 and 2, not 3"),
        ({"hardness": -1}, "hardness must be between 0 and 1, not -1"),
        ({"learning_rate": 1}, "learning_rate must be between 0.0001 and 0.03, not 1"),
        ({"dim": 4}, "dim must be between 2 and 3, not 4"),
        ({"dim": 2.5}, "dim must be a whole number, not 2.5"),
        ({"start": "evenly"}, "unknown start 'evenly'; did you mean even"),
        ({"seed": -1}, "seed must be between 0 and 999, not -1"),
        ({"speed": -1}, "speed must be between 0 and 1000, not -1"),
        ({"speed": 1e-9}, r"speed must be 0 \(full\) or at least 0.1, not 1e-09"),
        ({"person": 40}, "person must be between -1 and 39, not 40"),
        ({"yaw": 4}, "yaw must be between -3.142 and 3.142, not 4"),
        ({"beyond_pi": "linaer"}, "unknown beyond_pi 'linaer'; did you mean linear"),
        ({"loss": "adacos", "people": 2}, "num_classes must be at least 3 for AdaCos, not 2"),
        ({"loss": "magface", "least_margin": 0.9, "most_margin": 0.2}, "most_margin must be at"),
    ],
)
def test_a_playground_says_what_is_wrong_with_a_value(
    faces: FaceSet, values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        Playground(faces, **values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"margin": "0.3"}, "margin must be a number, not '0.3'"),
        ({"people": None}, "people must be a number, not None"),
        ({"people": True}, "people must be a number, not True"),
        ({"augment": 1}, "augment must be True or False, not 1"),
    ],
)
def test_a_value_of_another_kind_is_a_type_error(
    faces: FaceSet, values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TypeError, match=sentence):
        Playground(faces, **values)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [("orll", "orl"), ("no/such/folder", "no/such/folder"), (3, "3")],
)
def test_faces_that_are_not_there_are_a_sentence(data: Any, sentence: str) -> None:
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=sentence):
        Playground(data)


def test_the_knobs_are_as_wide_as_what_can_be_trained() -> None:
    assert {name: RANGES[name] for name in ENDS} == ENDS


def test_a_new_loss_keeps_a_value_only_where_it_means_the_same(
    make: Callable[..., Playground],
) -> None:
    view = make(margin=0.5, scale=30)
    view.loss = "cosface"
    assert (view.margin, view.scale) == (0.2, 30), "radians are no cosine units"
    view.loss = "sphereface2"
    assert (view.kind, view.sharpness, view.bias_start) == ("C", 2, "even")
    view.loss = "triplet"
    view.loss = "arcface"
    assert (view.margin, view.error) == (0.3, "")
    assert settled(view).settings["margin"] == 0.3


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_can_follow_every_kind_of_loss(
    make: Callable[..., Playground], loss: str
) -> None:
    view = make(loss="sphereface2", kind="A", margin=1.4)
    for before in ("sphereface2", "magface", "sphereface", "circle"):
        view.loss = before
        view.loss = loss
        assert view.error == ""
    assert settled(view).loss == loss


# ---- the browser


def told(view: Playground, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Messages to the thread, from now on."""
    messages: list[dict[str, Any]] = []
    assert view._trainer is not None
    pass_on = view._trainer.tell

    def tell(**message: Any) -> None:
        messages.append(message)
        pass_on(**message)

    monkeypatch.setattr(view._trainer, "tell", tell)
    return messages


@pytest.mark.parametrize("order", [("loss", "margin", "scale"), ("scale", "margin", "loss")])
def test_the_browser_may_change_loss_and_settings_at_once(
    make: Callable[..., Playground], monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...]
) -> None:
    view = make(margin=1.4)
    messages = told(view, monkeypatch)
    sent = {"loss": "cosface", "margin": 0.9, "scale": 20.0}
    view.set_state({name: sent[name] for name in order})
    assert (view.loss, view.margin, view.scale, view.error) == ("cosface", 0.9, 20, "")
    assert len(messages) == 1
    assert dict(messages[0]["choices"].settings)["margin"] == 0.9
    assert settled(view).loss == "cosface"
    sent = {"loss": "arcface", "margin": 1.4, "scale": 9.0}  # a margin that CosFace refuses
    view.set_state({name: sent[name] for name in order})
    assert (view.loss, view.margin, view.scale, view.error) == ("arcface", 1.4, 9, "")


def test_only_what_is_trained_reaches_the_thread(
    make: Callable[..., Playground], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = make()
    messages = told(view, monkeypatch)
    view.set_state({"yaw": 1.0, "pitch": 0.1, "person": 2, "words": "seen"})
    assert messages == []
    view.set_state({"speed": 0.0})
    view.speed = 2
    assert [message["speed"] for message in messages] == [1e9, 2]
    view.set_state({"tail": 1.0})
    assert messages[-1]["choices"].tail == 1


def test_a_bad_value_from_the_browser_appears_in_the_error_line(
    make: Callable[..., Playground],
) -> None:
    view = make()
    view.set_state({"margin": 99.0})
    assert view.error == "margin must be between 0 and 1.5 (radians), not 99"
    assert view.margin == 0.3
    view.set_state({"loss": "cosface", "margin": 7.0})
    assert "not 7" in view.error
    assert settled(view).loss == view.loss, "what was taken is trained"
    view.set_state({"margin": 0.2})
    assert view.error == ""


def test_what_a_loss_refuses_is_said_and_what_was_trained_goes_on(
    make: Callable[..., Playground],
) -> None:
    view = make(loss="sphereface2", margin=0.4)
    view.set_state({"kind": "M"})
    assert view.error == "margin must be at least 1 for kind M (a factor), not 0.4"
    assert settled(view).settings["kind"] == "C"
    view.set_state({"margin": 1.5})
    assert view.error == ""
    assert settled(view).settings["kind"] == "M"
    view.loss, view.people = "adacos", 2
    assert view.error == "num_classes must be at least 3 for AdaCos, not 2"
    view.people = 3
    assert view.error == ""


def test_the_browser_can_ask_for_little(
    make: Callable[..., Playground], monkeypatch: pytest.MonkeyPatch
) -> None:
    view = make()
    messages = told(view, monkeypatch)
    view._hear(view, {"play": True, "stop": True, "choices": 3, "kind": "x"}, None)
    view._hear(view, {"drawn": 3}, None)
    assert messages == [{"play": True}, {"drawn": 3}]


def test_a_picture_holds_all_that_is_drawn(make: Callable[..., Playground]) -> None:
    view = make(dim=2, tail=2.0)
    wire = Wire(view)
    view._hear(view, {"hello": True}, None)
    wait(lambda: wire.of("frame"))
    (about, parts), (frame, places) = wire.of("cast")[0], wire.of("frame")[0]
    cast = bench_of(view).cast
    assert about["size"] == [32, 26]
    assert np.array_equal(np.frombuffer(parts[0], "<u2"), cast.labels)
    assert np.array_equal(np.frombuffer(parts[1], "u1"), cast.held_out)
    assert np.array_equal(np.frombuffer(parts[2], "u1"), cast.images.ravel())
    points, centers = (np.frombuffer(part, "<f4").reshape(-1, 3) for part in places)
    look = bench_of(view).look()
    np.testing.assert_allclose(points[:, :2], look.points, atol=1e-6)
    np.testing.assert_allclose(centers[:, :2], look.centers, atol=1e-6)
    assert not points[:, 2].any()
    assert (frame["number"], frame["step"], frame["state"], frame["loss"]) == (
        1,
        0,
        "paused",
        "arcface",
    )
    assert frame["numbers"]["loss"] is None, "no step yet: JSON has no NaN"
    assert frame["settings"]["margin"] == 0.3
    view._hear(view, {"step": True}, None)
    wait(lambda: len(wire.of("frame")) == 2)
    frame = wire.of("frame")[1][0]
    assert (frame["step"], len(wire.of("cast"))) == (1, 1)
    assert frame["numbers"]["loss"] > 0
    assert frame["moving"] == {
        "embedding_length": pytest.approx(
            bench_of(view).look().moving["embedding_length"], abs=1e-5
        )
    }


def test_pictures_that_are_drawn_keep_it_going(make: Callable[..., Playground]) -> None:
    view = make(speed=0)
    wire = Wire(view, draws=False)
    view.play()
    wait(lambda: bench_of(view).done > 20)
    assert len(wire.of("frame")) == 2
    view._hear(view, {"drawn": wire.of("frame")[-1][0]["number"]}, None)
    wait(lambda: len(wire.of("frame")) == 4)
    view.pause()
    wait(lambda: wire.of("frame")[-1][0]["state"] == "paused")


def test_who_comes_back_gets_the_curves_so_far(make: Callable[..., Playground]) -> None:
    view = make(speed=0)
    wire = Wire(view)
    view._hear(view, {"hello": True}, None)
    wait(lambda: len(wire.of("frame")) == 1)
    assert wire.of("history") == [], "there were none"
    view.play()
    wait(lambda: len(wire.of("frame")) > 5)
    view.pause()
    wait(lambda: wire.of("frame")[-1][0]["state"] == "paused")
    frames = wire.of("frame")
    view._hear(view, {"hello": True}, None)
    rows = wire.of("history")[0][0]["rows"]
    assert [row[0] for row in rows] == sorted({frame["step"] for frame, _ in frames})
    last = frames[-1][0]
    assert rows[-1][1:7] == [last["numbers"][name] for name in _recording.SCALARS]
    wait(lambda: len(wire.of("cast")) == 2)


# ---- states


def packed(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


GOOD = {"loss": "cosface", "margin": 0.1, "dim": 2, "seed": 4, "people": 3}


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (GOOD | {"scale": -1}, "scale must be between 1 and 64, not -1"),
        (GOOD | {"hat": 1}, "holds 'hat', which the view lacks"),
        (GOOD | {"loss": "x"}, "unknown loss 'x'"),
        (GOOD | {"yaw": "left"}, "yaw must be a number"),
    ],
)
def test_a_state_that_cannot_be_used_touches_neither_view_nor_training(
    make: Callable[..., Playground],
    monkeypatch: pytest.MonkeyPatch,
    state: dict[str, Any],
    sentence: str,
) -> None:
    view = make(margin=0.5)
    view._hear(view, {"step": True}, None)
    wait(lambda: bench_of(view).done == 1)
    before, messages = view.choices(), told(view, monkeypatch)
    with pytest.raises((ValueError, TypeError), match=sentence):
        view.restore(packed({"v": 1, "view": "Playground", "state": state}))
    assert view.choices() == before
    assert view.error == ""
    assert messages == []
    assert settled(view).dim == 3
    assert bench_of(view).done == 1


@pytest.mark.parametrize("text", ["", "hello", packed({"v": 2, "view": "Playground", "state": {}})])
def test_what_is_no_state_is_refused(make: Callable[..., Playground], text: str) -> None:
    with pytest.raises(ValueError, match="state"):
        make().restore(text)


def test_a_state_reaches_the_training_in_one_piece(
    make: Callable[..., Playground], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = make(loss="sphereface2", kind="A", margin=0.2, people=5, seed=3).state()
    view = make()
    messages = told(view, monkeypatch)
    view.restore(state)
    assert len([m for m in messages if "choices" in m]) == 1
    trained = settled(view)
    assert (trained.loss, trained.settings["kind"], trained.people) == ("sphereface2", "A", 5)
    assert view.state() == state


# ---- what it has shown


def report(
    step: int, people: int = 2, images: int = 3, cast: bool = False, **numbers: float
) -> Report:
    """A picture whose places tell its step."""
    labels = np.repeat(np.arange(people), images)
    shown = Cast(labels, labels < 0, np.zeros((len(labels), 4, 4), np.uint8))
    values = dict.fromkeys(_recording.SCALARS, 0.5) | numbers
    points, centers = (np.full((n, 2), step / 1e4) for n in (len(labels), people))
    look = Look(step, points, centers, values, {"t": step / 10})
    return Report(1, look, shown if cast else None, Choices(), "playing")


def record(*reports: Report) -> Recording:
    kept = Recording()
    for one in reports:
        kept = kept.take(one)
    return kept


def test_a_recording_grows_thin_and_keeps_its_order() -> None:
    kept = record(*(report(step, cast=step == 0) for step in range(3000)))
    rows, places = kept.taken()
    steps = [row[0] for row in rows]
    assert _recording.MOST / 2 <= len(rows) <= _recording.MOST
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert steps[-1] > 3000 - 3000 / len(rows) * 2
    gaps = set(np.diff(steps).tolist())
    assert len(gaps) == 1, "evenly"
    pictures = np.frombuffer(places, "<i2").reshape(len(rows), 8, 3)
    np.testing.assert_allclose(pictures[:, 0, 0] / 32767, np.array(steps) / 1e4, atol=1e-4)
    assert not pictures[:, :, 2].any()
    assert rows[1][-1] == {"t": steps[1] / 10}


def test_a_recording_starts_again_with_other_people_and_after_a_reset() -> None:
    kept = record(report(0, cast=True), report(5), report(9))
    assert [row[0] for row in kept.taken()[0]] == [0, 5, 9]
    again = kept.take(report(12, cast=True))
    assert again is kept, "the same people once more: somebody came back"
    assert [row[0] for row in kept.take(report(0)).taken()[0]] == [0], "a reset"
    others = record(report(0, 2, 3, cast=True), report(5), report(6, 3, 1, cast=True))
    assert len({len(fine) for _, fine in others.pictures}) == 1
    assert [row[0] for row in others.taken()[0]] == [6]
    alike = record(report(0, 3, 5, cast=True), report(4, 6, 2, cast=True))  # 18 places both
    assert [row[0] for row in alike.taken()[0]] == [4]
    assert alike.cast is not None
    assert alike.cast.labels.max() == 5


def test_a_picture_of_the_same_step_takes_the_place_of_the_one_before() -> None:
    kept = record(report(0, cast=True), report(3), report(3, loss=0.25))
    assert [row[:2] for row in kept.taken()[0]] == [[0, 0.5], [3, 0.25]]


def test_what_is_no_number_is_kept_as_none() -> None:
    kept = record(report(0, cast=True, loss=math.nan, auc=math.inf))
    row = kept.taken()[0][0]
    assert (row[1], row[6]) == (None, None)
    lost = report(1)
    lost.look.points[:] = math.nan
    assert len(kept.take(lost).taken()[0]) == 2


def state_of(page: Path) -> dict[str, Any]:
    text = page.read_text("utf-8")
    held = re.search(r'<script type="application/json" id="state">(.*?)</script>', text, re.S)
    assert held is not None
    return dict(json.loads(held.group(1)))


def test_a_page_of_a_new_playground_holds_a_training(
    make: Callable[..., Playground], tmp_path: Path
) -> None:
    view = make(people=10, images=7, loss="sphereface2")
    page = view.to_html(tmp_path / "view.html")
    assert page.stat().st_size <= 700_000
    state = state_of(page)
    assert [row[0] for row in state["_rows"]] == list(range(150))
    assert state["_rows"][149][2] > 0.98, "people are apart in the end"
    assert state["_rows"][149][7]["threshold"] == pytest.approx(0.5, abs=0.4)
    places = base64.b64decode(state["_places"]["$bytes"])
    assert len(places) == 150 * (10 * 10 + 10) * 3 * 2
    assert (view._rows, view._places, view._people) == ([], b"", {})
    assert len(view._record.pictures) == 0, "a rehearsal is no past"
    assert bench_of(view).done == 0
    assert "facelab.Playground(loss=&#x27;sphereface2&#x27;" in page.read_text("utf-8")


def test_a_page_of_what_was_played_holds_that(
    make: Callable[..., Playground], tmp_path: Path
) -> None:
    view = make(people=10, images=7, speed=0)
    wire = Wire(view)
    view.play()
    wait(lambda: len(view._record.pictures) > 20)
    page = view.to_html(tmp_path / "running.html")
    rows = state_of(page)["_rows"]
    places = base64.b64decode(state_of(page)["_places"]["$bytes"])
    assert len(places) == len(rows) * 110 * 6, "as many places as rows, though it plays"
    view.pause()
    wait(lambda: wire.of("frame")[-1][0]["state"] == "paused")
    steps = [frame["step"] for frame, _ in wire.of("frame")]
    page = view.to_html(tmp_path / "paused.html")
    assert [row[0] for row in state_of(page)["_rows"]] == sorted(set(steps))
    assert page.stat().st_size <= 700_000


def test_a_long_training_still_fits_a_page(make: Callable[..., Playground], tmp_path: Path) -> None:
    view = make(people=10, images=7)
    bench = bench_of(view)
    look, cast = bench.look(), bench.cast
    for step in range(_recording.MOST):
        shown = Report(step, replace(look, step=step), None if step else cast, view._choices(), "")
        view._record = view._record.take(shown)
    assert len(view._record.pictures) == _recording.MOST
    assert view.to_html(tmp_path / "view.html").stat().st_size <= 700_000


def test_a_page_that_cannot_be_written_leaves_nothing_behind(
    make: Callable[..., Playground], tmp_path: Path
) -> None:
    view = make()
    with pytest.raises(FileNotFoundError, match="no folder"):
        view.to_html(tmp_path / "nowhere" / "view.html")
    assert (view._rows, view._places, view._people) == ([], b"", {})


def test_a_stopped_playground_has_nothing_to_show(
    make: Callable[..., Playground], tmp_path: Path
) -> None:
    view = make()
    view.stop()
    with pytest.raises(ValueError, match=r"this playground was stopped .* make a new one"):
        view.to_html(tmp_path / "view.html")


# ---- the end


def workers() -> int:
    return sum(thread.name == "facelab training" for thread in threading.enumerate())


def test_close_ends_thread_and_view_and_lets_go_of_the_network(
    make: Callable[..., Playground],
) -> None:
    view = make()
    bench = weakref.ref(bench_of(view))
    view.play()
    wait(lambda: bench_of(view).done > 2)
    view.close()
    assert workers() == 0
    gc.collect()
    assert bench() is None
    assert view._record.cast is None
    for call in (view.play, view.pause, view.stop, view.close):
        call()
    view.margin = 0.2
    assert workers() == 0


def test_a_playground_that_was_never_made_closes_without_a_word(faces: FaceSet) -> None:
    Playground.__new__(Playground).close()
    for values in ({"loss": "x"}, {"margin": 9}, {"people": 0}):
        with pytest.raises(ValueError, match=r"not|unknown"):
            Playground(faces, **values)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least two people"):
        Playground(faces.take_people(1))
    gc.collect()  # what goes wrong in __del__ is an error in these tests
    assert workers() == 0


def test_a_training_does_not_keep_its_view_alive() -> None:
    class Somebody:
        heard = 0

        def tell(self, report: Report) -> None:
            Somebody.heard += 1

    there = Somebody()
    say = _listener(there)  # type: ignore[arg-type]
    assert say(report(0))
    del there
    gc.collect()
    assert not say(report(1))
    assert Somebody.heard == 1


class Closed:
    """Something that was begun in a cell."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def begin(cell: str | None, run: str | None) -> Closed:
    begun = Closed()
    header = {} if run is None else {"msg_id": run}
    one_a_cell(begun, {"metadata": {} if cell is None else {"cellId": cell}, "header": header})
    return begun


def test_a_cell_that_runs_again_ends_what_it_had_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cells, "_begun", {})
    first, second = begin("a", "1"), begin("a", "1")
    other = begin("b", "2")
    assert [x.closed for x in (first, second, other)] == [0, 0, 0], "two in one run live"
    third = begin("a", "3")
    assert [x.closed for x in (first, second, other, third)] == [1, 1, 0, 0]
    fourth = begin("a", "4")
    assert [x.closed for x in (first, second, third, fourth)] == [1, 1, 1, 0]
    assert [len(entries) for entries in _cells._begun.values()] == [1, 1]


def test_outside_a_notebook_everything_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cells, "_begun", {})
    begun = [begin(None, None), begin(None, "1"), begin("a", None), begin(None, "2")]
    one_a_cell(begun[0])
    assert [x.closed for x in begun] == [0] * 4
    assert _cells._begun == {}


def test_what_was_thrown_away_is_not_closed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cells, "_begun", {})
    begin("a", "1")
    gc.collect()
    assert begin("a", "2").closed == 0


def in_cell(monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    parent = {"metadata": {"cellId": "a"}, "header": {"msg_id": str(run)}}
    monkeypatch.setattr(_cells, "get_ipython", lambda: SimpleNamespace(get_parent=lambda: parent))


def test_a_playground_in_a_cell_that_runs_again_is_closed(
    make: Callable[..., Playground], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cells, "_begun", {})
    views = []
    for run in range(3):
        in_cell(monkeypatch, run)
        views.append(make())
        views[-1].play()
        assert workers() == 1
    assert [view._trainer.alive for view in views if view._trainer] == [False, False, True]


@pytest.mark.slow
def test_fifty_runs_of_a_cell_leave_one_thread_and_little_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    psutil = pytest.importorskip("psutil")
    monkeypatch.setattr(_cells, "_begun", {})
    shown = []  # as Out[] does

    def run(number: int) -> None:
        in_cell(monkeypatch, number)
        shown.append(Playground(speed=0))
        Wire(shown[-1])
        shown[-1].play()
        wait(lambda: bench_of(shown[-1]).done > 10)

    for number in range(10):
        run(number)
    gc.collect()
    before = psutil.Process().memory_info().rss
    for number in range(10, 60):
        run(number)
    gc.collect()
    assert workers() == 1
    assert psutil.Process().memory_info().rss - before <= 20e6
    shown[-1].close()
    assert workers() == 0
