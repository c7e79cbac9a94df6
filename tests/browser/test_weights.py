"""SampleWeights, alive: as a page from disk without a network, and in JupyterLab."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator

from facelab.geometry import NO_PULL, sample_pulls
from facelab.widgets import SampleWeights
from facelab.widgets._curves import default
from tests.browser.driving import Lab, Seat
from tests.browser.pages import CROWDED, at_home, serious

pytestmark = pytest.mark.browser

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(5), 8)
CENTERS = RNG.normal(size=(5, 6))
POINTS = 12 * (CENTERS[LABELS] + 0.7 * RNG.normal(size=(40, 6)))
IMAGES = RNG.integers(0, 255, size=(40, 28, 23)).astype(np.uint8)
NAMES = ["Ada", "Ben", "Cleo", "Dot", "Edgar Allan the Third"]
LOSSES = SampleWeights(POINTS, LABELS, CENTERS).losses
QUICK = ["sv_softmax", "elasticface", "adaface"]


def make(loss: str = "sv_softmax", **values: Any) -> SampleWeights:
    return SampleWeights(POINTS, LABELS, CENTERS, IMAGES, NAMES, loss=loss, **values)


def said(seat: Seat) -> str:
    return seat.shown(seat.page.locator("canvas"))[1]


def number(pattern: str, words: str) -> float:
    found = re.search(pattern, words)
    assert found is not None, f"no {pattern!r} in {words!r}"
    return float(found.group(1))


def drawn_after(seat: Seat, act: Any) -> str:
    """Do something, wait for the drawing that follows, give the words back."""
    before, _ = seat.shown(seat.page.locator("canvas"))
    act()
    seat.page.wait_for_function(
        "n => +document.querySelector('canvas').dataset.shown > n", arg=before
    )
    return said(seat)


def settle(seat: Seat) -> None:
    """Wait for two frames in which nothing is left to draw."""
    seat.page.evaluate("() => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 40)))")


@pytest.mark.parametrize(
    "loss", [*QUICK, *(pytest.param(k, marks=pytest.mark.slow) for k in LOSSES if k not in QUICK)]
)
def test_every_slider_of_every_loss_is_followed_to_both_ends(
    seat: Seat, tmp_path: Path, loss: str
) -> None:
    view = make(loss)
    at_home(seat, view, tmp_path)
    assert said(seat).startswith(LOSSES[loss]["title"])
    sliders = seat.sliders()
    asked = [s for s in LOSSES[loss]["settings"].values() if s["kind"] == "slider"]
    words = {n: default(s) for n, s in LOSSES[loss]["settings"].items()}
    felt = [s for s in asked if not s["only"] or words[s["only"][0]] in s["only"][1]]
    assert len(sliders) == len(felt)
    for slider in sliders:
        seat.sweep(slider)
        assert "NaN" not in said(seat)
    assert seat.page.evaluate(CROWDED) == []
    note = seat.page.locator(".facelab-notes").inner_text()
    assert bool(note) == bool(LOSSES[loss]["remark"])
    assert seat.problems == []


@pytest.mark.slow
@pytest.mark.parametrize("loss", [k for k in LOSSES if k not in NO_PULL])
def test_the_words_say_what_numpy_says(seat: Seat, tmp_path: Path, loss: str) -> None:
    values = {n: default(s) for n, s in LOSSES[loss]["settings"].items()}
    if loss == "elasticface":
        values["sigma"] = 0.0
    at_home(seat, make(loss, **values), tmp_path)
    check_words(said(seat), loss, values)


def check_words(words: str, loss: str, values: dict[str, Any]) -> None:
    """Half of the pull, the face that is heard most, and the pull of all, against NumPy."""
    w = sample_pulls(loss, POINTS, LABELS, CENTERS, **values)
    part = np.sort(w)[::-1] / w.sum()
    half = int(np.argmax(np.cumsum(part) >= 0.5 - 1e-9)) + 1
    assert f"half of the pull comes from {half} of 40 faces" in words
    most = int(np.argmax(w))
    assert f"Heard most: {NAMES[LABELS[most]]} " in words
    assert number(r"([\d.]+) times an average face", words) == pytest.approx(40 * part[0], rel=0.01)
    share = number(r"center\) with ([\d.]+) % of the pull, [\d.]+ times", words)
    assert share == pytest.approx(100 * part[0], rel=0.05)
    s = values.get("scale") or np.linalg.norm(POINTS, axis=1).mean()
    plain = sample_pulls("normface", POINTS, LABELS, CENTERS, scale=s)
    ratio = number(r"pull ([\d.]+) times as hard", words)
    assert ratio == pytest.approx(w.sum() / plain.sum(), rel=0.01)


def test_the_words_follow_the_slider_as_numpy_does(seat: Seat, tmp_path: Path) -> None:
    values = {"base": "cosface", "margin": 0.2, "t": 1.1, "scale": 16.0}
    at_home(seat, make(**values), tmp_path)
    check_words(said(seat), "sv_softmax", values)
    seat.press(seat.page.get_by_label("hardness t", exact=True), "End")
    words = seat.press(seat.page.get_by_label("scale s", exact=True), "ArrowRight")
    check_words(words, "sv_softmax", values | {"t": 2.0, "scale": 16.5})
    cosines = CENTERS @ POINTS.T / np.outer(*(np.linalg.norm(a, axis=1) for a in (CENTERS, POINTS)))
    own = cosines[LABELS, np.arange(40)]
    beaten = (cosines > own - 0.2).sum(axis=0) > 1
    assert f" {beaten.sum()} of 40 faces have a wrong center that beats" in words


def test_the_nearest_centers_are_enough_where_there_are_many_people(
    seat: Seat, tmp_path: Path
) -> None:
    centers = RNG.normal(size=(80, 12))
    labels = np.arange(80)
    points = centers + 0.9 * RNG.normal(size=(80, 12))
    at_home(seat, SampleWeights(points, labels, centers, loss="normface", scale=48), tmp_path)
    w = sample_pulls("normface", points, labels, centers, scale=48)
    words = said(seat)
    assert f"Heard most: person {np.argmax(w)} " in words
    times = number(r"([\d.]+) times an average face", words)
    assert times == pytest.approx(w.max() / w.mean(), rel=0.01)


def test_a_person_without_faces_moves_nobody_else_s_center(seat: Seat, tmp_path: Path) -> None:
    kept = LABELS != 1
    view = SampleWeights(POINTS[kept], LABELS[kept], names=NAMES, loss="normface", scale=16)
    at_home(seat, view, tmp_path)
    unit = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
    people = [0, 2, 3, 4]
    means = np.stack([unit[i == LABELS].mean(axis=0) for i in people])
    whose = np.searchsorted(people, LABELS[kept])
    w = sample_pulls("normface", POINTS[kept], whose, means, scale=16)
    times = number(r"([\d.]+) times an average face", said(seat))
    assert times == pytest.approx(w.max() / w.mean(), rel=0.01)


def test_only_some_losses_say_more(seat: Seat, tmp_path: Path) -> None:
    length = np.linalg.norm(POINTS, axis=1)
    for view, more in [
        (make("hard_mining", rate=0.5), "20 of 40 faces are kept"),
        (make("adaface"), f"mean {length.mean():.1f} and spread {length.std(ddof=1):.1f}"),
        (make("magface"), f"Lengths from {length.min():.1f} to {length.max():.1f} bring margins"),
        (make("f_softmax"), "The factor (1 − p)^γ goes from 0.00 to"),
        (make("elasticface", sigma=0), "The margins that were drawn go from 0.30 to 0.30."),
        (make("elasticface", plus=True), "angle to the own center: 1.00"),
        (make("normface"), "all together pull 1.00 times as hard"),
        (make("arcface", person=1), "Ben: 8 faces with"),
        (SampleWeights(POINTS[:8], LABELS[:8]), "nothing pulls at any of 8 faces"),
        (SampleWeights(POINTS[:1] * np.nan, [0]), "No face is left to weigh."),
        (SampleWeights(POINTS[:1], [0], CENTERS), "half of the pull comes from 1 of 1 faces"),
    ]:
        at_home(seat, view, tmp_path)
        assert more in said(seat), (more, said(seat))
    assert seat.problems == []


def test_the_code_s_arrangement_of_draws_does_not_follow_the_angle(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, make("elasticface", plus=True, assignment="official"), tmp_path)
    assert abs(number(r"own center: (-?[\d.]+)\.", said(seat))) < 0.6
    plus = seat.page.get_by_label("plus", exact=True)
    assert seat.page.get_by_label("assignment", exact=True).is_visible()
    drawn_after(seat, plus.click)
    assert not seat.page.get_by_label("assignment", exact=True).is_visible()
    assert "correlation" not in said(seat)


def test_drawing_again_gives_other_margins_and_a_seed_the_same(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, make("elasticface", sigma=0.3), tmp_path)
    again = seat.page.get_by_role("button", name="draw again")
    first = said(seat)
    words = seat.press(again, "Enter")
    assert words.split("drawn go")[1] != first.split("drawn go")[1]
    assert "seed 1:" in words
    assert (
        seat.press(seat.page.get_by_label("start of the draws seed", exact=True), "ArrowLeft")
        == first
    )
    seat.page.get_by_label("loss", exact=True).select_option(label="NormFace")
    again.wait_for(state="hidden")


def face(seat: Seat, place: int) -> tuple[float, float]:
    """Where the face in a place of the first row stands, in pixels of the page."""
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    return box["x"] + 50 + place * 100, box["y"] + 60


def test_a_click_on_a_face_highlights_its_person_and_another_lets_go(
    seat: Seat, tmp_path: Path
) -> None:
    values = {"margin": 0.3, "scale": 16.0}
    at_home(seat, make("arcface", **values), tmp_path)
    w = sample_pulls("arcface", POINTS, LABELS, CENTERS, **values)
    who = NAMES[LABELS[np.argmax(w)]]
    words = drawn_after(seat, lambda: seat.page.mouse.click(*face(seat, 0)))
    assert f"{who}: 8 faces with" in words
    chosen = seat.page.get_by_label("highlight").evaluate("e => e.selectedOptions[0].textContent")
    assert chosen == who
    drawn_after(seat, lambda: seat.page.mouse.click(*face(seat, 0)))
    settle(seat)
    assert ": 8 faces with" not in said(seat)
    rank = int(np.argsort(np.argsort(-w, kind="stable"))[LABELS == 2].min()) + 1
    seat.page.get_by_label("highlight").select_option(label="Cleo")
    settle(seat)
    share = number(rf"Cleo: 8 faces with ([\d.]+) % of the pull, ranks {rank} to", said(seat))
    assert share == pytest.approx(100 * w[LABELS == 2].sum() / w.sum(), rel=0.05)


SPY = """() => {
  const pen = CanvasRenderingContext2D.prototype, write = pen.fillText;
  pen.fillText = function (words, ...place) {
    (window.written ??= []).push(words);
    return write.call(this, words, ...place);
  };
}"""


def test_the_gallery_writes_weights_and_what_they_gained(seat: Seat, tmp_path: Path) -> None:
    values = {"margin": 0.3, "scale": 16.0}
    at_home(seat, make("arcface", **values), tmp_path)
    seat.page.evaluate(SPY)
    drawn_after(seat, seat.page.get_by_role("button", name=re.compile("Page Down")).click)
    written = seat.page.evaluate("() => window.written")
    w = sample_pulls("arcface", POINTS, LABELS, CENTERS, **values)
    plain = sample_pulls("normface", POINTS, LABELS, CENTERS, scale=16.0)
    rank, before = (np.argsort(np.argsort(-pulls, kind="stable")) for pulls in (w, plain))
    first = int(written[0].split()[0]) - 1
    shown = np.argsort(-w, kind="stable")[first:]
    times = [float(words[:-1]) for words in written if re.fullmatch(r"[\d.]+×", words)]
    assert times[: len(shown)] == pytest.approx(40 * w[shown] / w.sum(), abs=0.01)
    gained = [before[i] - rank[i] for i in shown]
    arrows = [f"▲{k}" if k > 0 else f"▼{-k}" if k < 0 else "＝" for k in gained]
    assert [words for words in written if words[0] in "▲▼＝"] == arrows[: len(times)]


def test_a_mark_beside_the_gallery_can_be_pointed_at_too(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, make("arcface"), tmp_path)
    canvas = seat.page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    before = canvas.screenshot()
    seat.page.mouse.move(*face(seat, 1))
    settle(seat)
    assert canvas.screenshot() != before, "a card is shown"
    seat.page.mouse.move(0, 0)
    settle(seat)
    assert canvas.screenshot() == before
    for x in np.linspace(0.97, 0.66, 40):
        seat.page.mouse.click(box["x"] + x * box["width"], box["y"] + 0.25 * box["height"])
        settle(seat)
        if ": 8 faces with" in said(seat):
            break
    else:
        raise AssertionError("no mark answers a click")
    assert seat.problems == []


def head(seat: Seat) -> int:
    """Rank of the first face in the gallery, as the page holds it."""
    found = seat.page.get_by_role("button", name="copy code")
    found.click()
    copied = seat.page.locator(".facelab-copied").input_value()
    return int(number(r"first=(\d+)\)", copied))


def test_keys_and_buttons_turn_the_pages(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, make("arcface"), tmp_path)
    canvas = seat.page.locator("canvas")
    forward = seat.page.get_by_role("button", name=re.compile("Page Down"))
    back = seat.page.get_by_role("button", name=re.compile("Page Up"))
    assert head(seat) == 0
    drawn_after(seat, forward.click)
    page = head(seat)
    assert 7 < page < 40
    drawn_after(seat, forward.click)
    assert head(seat) == page * (39 // page), "there is no page after the last"
    for _ in range(3):
        drawn_after(seat, back.click)
    assert head(seat) == 0
    for keys, expected in [
        (["PageDown"], page),
        (["Home"], 0),
        (["End"], page * (39 // page)),
        (["Home", *["ArrowRight"] * page], page),
        (["Home", *["ArrowRight"] * page, "ArrowLeft"], 0),
        (["Home", *["ArrowDown"] * 3], page),
        (["Home", *["ArrowDown"] * 3, "ArrowUp"], 0),
    ]:
        for key in keys:
            drawn_after(seat, lambda key=key: canvas.press(key))
        assert head(seat) == expected, keys


def test_the_face_that_the_arrows_reach_can_be_highlighted(seat: Seat, tmp_path: Path) -> None:
    values = {"margin": 0.3, "scale": 16.0}
    at_home(seat, make("arcface", **values), tmp_path)
    canvas = seat.page.locator("canvas")
    order = np.argsort(-sample_pulls("arcface", POINTS, LABELS, CENTERS, **values), kind="stable")
    rank = next(k for k in range(2, 40) if LABELS[order[k]] != LABELS[k])
    for key in [*["ArrowRight"] * (rank + 1), "Enter"]:
        drawn_after(seat, lambda key=key: canvas.press(key))
    assert f"{NAMES[LABELS[order[rank]]]}: 8 faces" in said(seat)
    drawn_after(seat, lambda: canvas.press(" "))
    assert ": 8 faces" not in said(seat)


def test_every_chooser_changes_the_picture(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, make("sv_softmax", base="arcface"), tmp_path)
    canvas = seat.page.locator("canvas")

    def changes(act: Any) -> None:
        seat.page.mouse.move(0, 0)
        settle(seat)
        before = canvas.screenshot()
        drawn_after(seat, act)
        settle(seat)
        assert canvas.screenshot() != before

    order = seat.page.get_by_label("show first", exact=True)
    changes(lambda: order.select_option(label="gained most"))
    changes(seat.page.get_by_label("compare with NormFace").click)
    assert "Under NormFace" not in said(seat)
    for name in ("cosface", "softmax"):
        changes(lambda name=name: base(seat).select_option(label=name))
    choose = seat.page.get_by_label("loss", exact=True)
    for loss in [entry["title"] for key, entry in LOSSES.items() if key != "sv_softmax"]:
        choose.select_option(label=loss)
        settle(seat)
        words = said(seat)
        assert words.startswith(loss)
        assert "NaN" not in words
        assert "undefined" not in words
    assert seat.page.locator(".facelab-error").inner_text() == ""
    assert seat.problems == []


def base(seat: Seat) -> Locator:
    return seat.page.get_by_label("base", exact=True)


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious(chrome: Browser, tmp_path: Path, scheme: str) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    try:
        at_home(seat, make("elasticface"), tmp_path)
        assert serious(seat) == []
    finally:
        seat.close()


@pytest.mark.parametrize(
    ("width", "tallest"),
    [(1280, 720), pytest.param(1920, 800, marks=pytest.mark.slow), (950, 770)],
)
def test_the_view_fits_its_page_and_nothing_is_cut(
    chrome: Browser, tmp_path: Path, width: int, tallest: int
) -> None:
    seat = Seat(chrome, viewport={"width": width, "height": 800})
    try:
        for loss in ("sv_softmax", "elasticface", "magface"):
            at_home(seat, make(loss), tmp_path)
            assert seat.page.evaluate(CROWDED) == []
            box = seat.page.locator(".facelab").bounding_box()
            assert box is not None
            assert box["height"] <= tallest
    finally:
        seat.close()


@pytest.mark.slow
def test_it_lives_in_jupyterlab(lab: Lab) -> None:
    make_view = """
import facelab, numpy as np
rng = np.random.default_rng(0)
labels = np.repeat(np.arange(5), 8)
centers = rng.normal(size=(5, 6))
points = centers[labels] + 0.7 * rng.normal(size=(40, 6))
images = rng.integers(0, 255, size=(40, 28, 23)).astype(np.uint8)
view = facelab.SampleWeights(points, labels, centers, images)
view"""
    lab.open([make_view])
    lab.run_all(views=1)
    assert lab.failures() == []
    for slider in lab.sliders():
        lab.sweep(slider)
    lab.press(lab.sliders()[0], "End")
    lab.until("assert view.t == 2, view.t")
    lab.execute("view.person = 2; view.loss = 'magface'; view.least_margin = 0.1")
    said_ = "document.querySelector('.facelab-words').textContent"
    lab.page.wait_for_function(f"() => {said_}.startsWith('MagFace')")
    lab.page.wait_for_function(f"() => {said_}.includes('person 2: 8 faces')")
    lab.until("assert view.words.startswith('MagFace, lₘ 0.10'), view.words")
    lab.execute("assert view.t == 2, view.t")
    assert lab.page.locator("[id^=facelab-twin]:visible").count() == 0
    assert lab.problems == []
