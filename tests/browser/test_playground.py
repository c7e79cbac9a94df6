"""The playground, alive: a recording on a page from disk, and training in JupyterLab."""

import base64
import json
import math
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from playwright.sync_api import Browser, Locator

from facelab import geometry
from facelab.losses import LOSSES
from facelab.widgets import Playground
from facelab.widgets._words import speak
from tests.browser.driving import Lab, Seat
from tests.browser.pages import CROWDED, serious

pytestmark = pytest.mark.browser
LANGUAGES = ("en", "zh", "ja")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a recording, made once: it is a training of 150 steps."""
    view = Playground(people=10)
    path = view.to_html(tmp_path_factory.mktemp("page") / "view.html")
    view.close()
    return path


@pytest.fixture
def recording(seat: Seat, written: Path) -> Seat:
    show(seat, written)
    return seat


def show(seat: Seat, page: Path) -> None:
    seat.page.goto(page.as_uri())
    seat.page.wait_for_selector("canvas[data-frames]")
    seat.page.wait_for_selector("canvas[data-shown]")


def canvas(seat: Seat) -> Locator:
    return seat.page.locator(".facelab-playground canvas").first


def drawn(seat: Seat, name: str) -> str:
    """What the canvas says of itself: frames, state, shown."""
    return str(canvas(seat).evaluate("(node, name) => node.dataset[name]", name))


def said(seat: Seat) -> str:
    return seat.page.locator(".facelab-words").first.inner_text()


def step_of(seat: Seat) -> int:
    found = re.search(r"Step (\d+)", said(seat))
    assert found is not None, said(seat)
    return int(found.group(1))


def held_in(page: Path) -> dict[str, Any]:
    """The state of a view that a page holds."""
    found = re.search(r'id="state">(.*?)</script>', page.read_text("utf-8"), re.S)
    assert found is not None
    return dict(json.loads(found.group(1)))


def places(state: dict[str, Any]) -> np.ndarray:
    """Where everybody is in each picture of a recording, centers last."""
    packed = np.frombuffer(base64.b64decode(state["_places"]["$bytes"]), "<i2")
    return packed.reshape(len(state["_rows"]), -1, 3) / 32767


def press(seat: Seat, name: str) -> None:
    seat.page.get_by_role("button", name=name, exact=True).click()


def until(seat: Seat, script: str, *values: Any, seconds: float = 60) -> None:
    """Wait until a script about canvas, words and state holds."""
    seat.page.wait_for_function(
        """([script, ...values]) => {
          const root = document.querySelector(".facelab-playground");
          const canvas = root?.querySelector("canvas");
          if (!canvas) return false;
          const words = root.querySelector(".facelab-words").textContent;
          return new Function("words", "state", "frames", "values", `return ${script}`)(
            words, canvas.dataset.state, +canvas.dataset.frames, values); }""",
        arg=[script, *values],
        timeout=seconds * 1000,
    )


def picture(seat: Seat) -> str:
    """What is on the canvas, once nothing moves on it any more."""
    before, now = "", "."
    while before != now:
        seat.page.wait_for_timeout(60)
        before, now = now, canvas(seat).evaluate("node => node.toDataURL()")
    return now


# ---- a page from disk


@pytest.mark.slow
def test_a_recording_plays_pauses_steps_and_resets(recording: Seat) -> None:
    seat = recording
    assert said(seat).startswith("Paused. Step 0, ArcFace, m 0.30 rad (17°), s 16")
    press(seat, "step")
    until(seat, "words.includes('Step 1,')")
    press(seat, "play")
    until(seat, "state === 'playing' && frames > values[0] + 10", int(drawn(seat, "frames")))
    button = seat.page.get_by_role("button", name="pause", exact=True)
    assert button.get_attribute("aria-pressed") == "true"
    until(seat, "words.startsWith('20 steps a second')")
    press(seat, "pause")
    until(seat, "state === 'paused' && words.startsWith('Paused')")
    step, frames = step_of(seat), drawn(seat, "frames")
    assert 8 < step < 149, "the recording ends by itself"
    seat.page.wait_for_timeout(200)
    assert drawn(seat, "frames") == frames
    press(seat, "reset")
    until(seat, "words.includes('Step 0,')")
    seat.page.get_by_label("speed", exact=True).select_option(label="full speed")
    press(seat, "play")
    until(seat, "words.includes('Step 149,') && state !== 'playing'")
    assert "100 % of the trained images are nearest to their own center" in said(seat)
    assert seat.page.get_by_role("button", name="play", exact=True).is_visible()
    assert seat.problems == []


def test_the_margin_moves_the_caps_as_geometry_has_it(recording: Seat, written: Path) -> None:
    seat = recording
    assert len(seat.sliders()) == 2
    for slider in seat.sliders():
        if slider.get_attribute("aria-label") == "margin m":
            seat.sweep(slider)
    first = places(held_in(written))[0]
    near = geometry.nearest_center(first[-10:])[0]
    slider = seat.page.get_by_label("margin m", exact=True)
    for presses, margin in ((0, 0.0), (30, 0.3), (20, 0.5)):
        for _ in range(presses):
            slider.press("ArrowRight")
        room = geometry.tie_between("arcface", near, margin=margin)
        until(seat, "words.includes(values[0])", f"m {margin:.2f} rad", seconds=5)
        caps = re.search(r"Caps of (\d+)° to (\d+)°:", said(seat))
        assert caps is not None, said(seat)
        told = [int(group) for group in caps.groups()]
        assert told == pytest.approx(np.degrees([room.min(), room.max()]), abs=0.8)
    slider.press("End")
    until(seat, "words.includes('This loss leaves nobody a cap here.')", seconds=5)
    assert seat.problems == []


def test_the_scale_changes_no_cap_of_arcface_and_is_said(recording: Seat) -> None:
    slider = recording.page.get_by_label("scale s", exact=True)
    caps = re.search(r"Caps of .*?:", said(recording))
    slider.press("End")
    until(recording, "words.includes('s 64')", seconds=5)
    assert caps == re.search(r"Caps of .*?:", said(recording)) or caps.group() in said(recording)  # type: ignore[union-attr]


def test_a_page_of_a_loss_with_a_threshold_has_caps(seat: Seat, tmp_path: Path) -> None:
    view = Playground(loss="sphereface2", people=4)
    view.to_html(tmp_path / "view.html")
    view.close()
    show(seat, tmp_path / "view.html")
    seat.page.get_by_label("speed", exact=True).select_option(label="full speed")
    press(seat, "play")
    until(seat, "words.includes('Step 149,')")
    assert re.search(r"Caps of \d+° to \d+°", said(seat)), said(seat)
    assert seat.problems == []


def spots(seat: Seat, written: Path) -> list[tuple[float, float]]:
    """Where the embeddings lie on the page, the foremost first (`render` and `rotate`)."""
    state = held_in(written)
    points = places(state)[-1][:-10]
    yaw, pitch = state["yaw"], state["pitch"]
    x = points[:, 0] * math.cos(yaw) + points[:, 2] * math.sin(yaw)
    z = points[:, 2] * math.cos(yaw) - points[:, 0] * math.sin(yaw)
    y = points[:, 1] * math.cos(pitch) - z * math.sin(pitch)
    depth = points[:, 1] * math.sin(pitch) + z * math.cos(pitch)
    box = canvas(seat).bounding_box()
    assert box is not None
    size, half = max(12, min(19, box["width"] / 78)), round(0.61 * box["width"])
    r = min(box["height"] / 2 - size * 1.4, half / 2 - size * 8.8)
    middle = box["x"] + half / 2, box["y"] + box["height"] / 2 - 4
    return [(middle[0] + r * x[i], middle[1] - r * y[i]) for i in np.argsort(-depth)]


def at_the_end(seat: Seat) -> None:
    seat.page.get_by_label("speed", exact=True).select_option(label="full speed")
    press(seat, "play")
    until(seat, "words.includes('Step 149,') && state !== 'playing'")


def test_pointing_shows_a_card_and_a_click_highlights_a_person(
    recording: Seat, written: Path
) -> None:
    seat = recording
    at_the_end(seat)
    plain = picture(seat)
    x, y = spots(seat, written)[0]
    seat.page.mouse.move(x, y)
    card = picture(seat)
    assert card != plain
    seat.page.mouse.move(x, y + 2000)
    assert picture(seat) == plain, "whoever leaves takes the card along"
    seat.page.mouse.click(x, y)
    seat.page.mouse.move(2, 2)
    assert picture(seat) not in (plain, card)
    seat.page.mouse.click(x, y)
    seat.page.mouse.move(2, 2)
    assert picture(seat) == plain, "a second click lets go"
    assert seat.problems == []


def test_keys_show_cards_and_turn_the_ball(recording: Seat) -> None:
    seat = recording
    plain = picture(seat)
    canvas(seat).focus()
    seen = {plain}
    for key in ("PageDown", "PageDown", "PageUp", "ArrowLeft", "ArrowUp"):
        seat.page.keyboard.press(key)
        seen.add(picture(seat))
    assert len(seen) == 5, "PageUp goes back to the first card"
    seat.page.get_by_label("turn slowly", exact=True).check()
    shown = int(drawn(seat, "shown"))
    seat.page.wait_for_function(
        "n => +document.querySelector('canvas').dataset.shown > n + 10", arg=shown, timeout=20_000
    )
    assert seat.problems == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious_in_it(chrome: Browser, written: Path, scheme: Any) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    show(seat, written)
    at_the_end(seat)
    assert serious(seat) == []
    seat.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages in each language, of the loss with most settings."""
    folder, made = tmp_path_factory.mktemp("pages"), {}
    for language in LANGUAGES:
        speak(language)
        view = Playground(loss="sphereface2", people=14, images=2)
        made[language] = view.to_html(folder / f"{language}.html")
        view.close()
    speak("en")
    return made


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_cut_and_it_fits_on_a_screen(
    chrome: Browser, pages: dict[str, Path], language: str, size: tuple[int, int]
) -> None:
    seat = Seat(chrome, viewport={"width": size[0], "height": size[1]})
    seat.offline()
    show(seat, pages[language])
    assert seat.page.evaluate(CROWDED) == []
    box = seat.page.locator(".facelab-playground").bounding_box()
    assert box is not None
    assert box["height"] <= 0.97 * size[1]
    assert seat.problems == []
    seat.close()


# ---- JupyterLab: training

CELL = "import facelab\nplayground = facelab.Playground({})\nplayground"


def begin(lab: Lab, values: str = "", name: str = "playground.ipynb") -> None:
    lab.open([CELL.format(values)], name)
    lab.run_all(views=1)
    until(lab, "frames >= 1")


def play(lab: Lab, frames: int = 5) -> None:
    press(lab, "play")
    until(lab, "state === 'playing' && frames > values[0]", int(drawn(lab, "frames")) + frames)


def kernel(lab: Lab) -> psutil.Process:
    """The process of the notebook's kernel."""
    lab.execute("import os, pathlib; pathlib.Path('pid').write_text(str(os.getpid()))")
    return psutil.Process(int((lab.server.root / "pid").read_text()))


def burned(process: psutil.Process, seconds: float) -> float:
    """The share of a processor that a process takes."""
    before = sum(process.cpu_times()[:2])
    time.sleep(seconds)
    return (sum(process.cpu_times()[:2]) - before) / seconds


def holds(lab: Lab, condition: str, seconds: float = 30) -> None:
    """Wait until something is true in the kernel."""
    end = time.monotonic() + seconds
    while True:
        try:
            return lab.execute(f"assert {condition}")
        except AssertionError:
            if time.monotonic() > end:
                raise
            lab.page.wait_for_timeout(50)


def test_it_trains_in_jupyterlab_and_every_slider_acts_meanwhile(lab: Lab) -> None:
    begin(lab)
    assert said(lab).startswith("Paused. Step 0, ArcFace")
    play(lab)
    margin = lab.page.get_by_label("margin m", exact=True)
    margin.press("End")
    margin.press("ArrowLeft")
    until(lab, "words.includes('m 1.49 rad')", seconds=20)
    holds(lab, "playground._trainer._bench.choices.settings['margin'] == 1.49")
    lab.page.get_by_label("loss", exact=True).select_option(label="CosFace")
    until(lab, "/steps a second.*CosFace, m 0.20/.test(words)", seconds=20)
    press(lab, "pause")
    until(lab, "state === 'paused' && words.startsWith('Paused')", seconds=20)
    assert step_of(lab) > 0
    plain = picture(lab)
    lab.execute("playground.person = 1")
    lab.page.wait_for_function(
        "plain => document.querySelector('.facelab-playground canvas').toDataURL() !== plain",
        arg=plain,
        timeout=20_000,
    )
    assert lab.problems == []


@pytest.mark.slow
def test_every_slider_goes_to_both_ends_while_it_trains(lab: Lab) -> None:
    begin(lab, "speed=0")
    play(lab)
    press(lab, "more")
    assert lab.page.get_by_label("learning rate", exact=True).is_visible()
    for slider in lab.sliders():
        label = slider.get_attribute("aria-label")
        for key, end in (("End", "max"), ("Home", "min")):
            frames = int(drawn(lab, "frames"))
            slider.press(key)
            assert slider.input_value() == slider.get_attribute(end), label
            until(lab, "frames > values[0] + 2", frames)
        lab.page.locator(f".facelab-reset[aria-label*='{label}']").first.click()
    for name, option in (
        ("on the", "circle"),
        ("centers start", "at random"),
        ("on the", "sphere"),
    ):
        lab.page.get_by_label(name, exact=True).select_option(label=option)
        until(lab, "state === 'playing' && frames > values[0] + 3", int(drawn(lab, "frames")))
    lab.page.get_by_label("distort the faces", exact=True).check()
    holds(lab, "playground._trainer._bench.choices.augment == True")
    assert lab.page.locator(".facelab-error").first.inner_text() == ""
    assert drawn(lab, "state") == "playing"
    press(lab, "more")
    assert not lab.page.get_by_label("learning rate", exact=True).is_visible()
    assert lab.problems == []


@pytest.mark.slow
def test_every_loss_is_trained_when_it_is_chosen(lab: Lab) -> None:
    begin(lab, "speed=0, images=5")
    play(lab)
    chooser = lab.page.get_by_label("loss", exact=True)
    for key, loss in [*LOSSES.items(), ("arcface", LOSSES["arcface"])]:
        before = int(drawn(lab, "frames"))
        chooser.select_option(label=loss.title)
        until(
            lab,
            "words.includes(', ' + values[0] + ',') || words.includes(', ' + values[0] + ':')",
            loss.title,
        )
        holds(lab, f"playground._trainer._bench.choices.loss == {key!r}")
        until(
            lab,
            "(state === 'calm' || state === 'playing') && frames > values[0]",
            before,
        )
        assert lab.page.locator(".facelab-error").first.inner_text() == "", key
    holds(lab, "playground.error == ''")
    assert lab.problems == []


@pytest.mark.slow
def test_wild_hands_break_nothing(lab: Lab) -> None:
    begin(lab, "speed=0")
    play(lab)
    rng = np.random.default_rng(0)
    chooser = lab.page.get_by_label("loss", exact=True)
    titles = [loss.title for loss in LOSSES.values()]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if rng.random() < 0.15:
            chooser.select_option(label=str(rng.choice(titles)))
        sliders = lab.sliders()
        slider = sliders[rng.integers(len(sliders))]
        for key in rng.choice(["End", "Home", "ArrowLeft", "ArrowRight", "PageUp"], 4):
            slider.press(str(key))
    lab.page.get_by_label("loss", exact=True).select_option(label="ArcFace")
    for slider in lab.sliders():
        label = slider.get_attribute("aria-label")
        lab.page.locator(f".facelab-reset[aria-label*='{label}']").first.click()
    if drawn(lab, "state") != "playing":
        press(lab, "play")
    holds(lab, "playground._record.taken()[0][-1][2] >= 0.95")
    assert drawn(lab, "state") in ("playing", "calm")
    assert lab.problems == []


@pytest.mark.slow
def test_a_closed_tab_parks_the_training_and_who_comes_back_finds_it(lab: Lab) -> None:
    begin(lab, "speed=0, augment=True")  # distorted images: it never comes to rest
    play(lab)
    process = kernel(lab)
    busy = burned(process, 2)
    assert busy > 0.1
    address = lab.page.url
    lab.do("docmanager:save")
    lab.page.wait_for_timeout(500)
    steps = step_of(lab)
    lab.page.goto("about:blank")
    time.sleep(3)
    assert burned(process, 2) < min(0.1, busy / 2)
    lab.page.goto(address)
    lab.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
    until(lab, "state === 'playing' && frames > 3", seconds=90)
    assert step_of(lab) > steps
    rows = canvas(lab).evaluate("node => node.dataset.curves")
    assert int(rows) > 5, "the curves are there again"
    assert lab.problems == []


@pytest.mark.slow
def test_a_cell_that_runs_again_leaves_one_thread_and_a_fresh_training(lab: Lab) -> None:
    begin(lab, "speed=0")
    for _ in range(3):
        play(lab)
        lab.run_all(views=1)
        until(lab, "frames >= 1 && state === 'paused' && words.includes('Step 0')")
    holds(
        lab, "sum(t.name == 'facelab training' for t in __import__('threading').enumerate()) == 1"
    )
    play(lab)
    assert lab.problems == []


@pytest.mark.slow
def test_a_kernel_that_was_restarted_is_said(lab: Lab) -> None:
    begin(lab, "speed=0")
    play(lab)
    lab.page.evaluate(
        "async () => await jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    lab.ready()
    press(lab, "pause")
    lab.page.wait_for_function(
        "() => document.querySelector('.facelab-error').textContent.includes('run the cell again')",
        timeout=20_000,
    )


@pytest.mark.slow
def test_a_state_is_restored_while_it_trains(lab: Lab) -> None:
    begin(lab, "speed=0")
    play(lab)
    lab.execute("state = facelab.Playground(loss='sphereface2', people=5, margin=0.2).state()")
    lab.execute("playground.restore(state)")
    until(lab, "state === 'playing' && /SphereFace2.*m 0.20/.test(words)")
    until(lab, "frames > values[0] + 5", int(drawn(lab, "frames")))
    holds(lab, "playground._trainer._bench.choices.people == 5")
    assert lab.page.locator(".facelab-error").first.inner_text() == ""
    assert lab.problems == []
