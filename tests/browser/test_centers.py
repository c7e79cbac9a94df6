"""Center margins, alive: as a page from disk without a network, and in JupyterLab."""

import io
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from facelab import geometry
from facelab.widgets import CenterMargins
from tests.browser.driving import Lab, Seat
from tests.browser.pages import CROWDED, at_home, serious

pytestmark = pytest.mark.browser

RNG = np.random.default_rng(0)
COUNTS = np.full(30, 2)
COUNTS[[21, 26, 11]] = 10, 5, 3
BEFORE = RNG.normal(size=(30, 64)) * 1.6
AFTER = RNG.normal(size=(30, 64)) * 2.1
IMAGES = RNG.integers(0, 255, size=(30, 28, 23)).astype(np.uint8)
ORDER = np.argsort(-COUNTS, kind="stable")
NEAR = np.nanmin(geometry.center_gaps(AFTER), axis=1)


def view(**more: Any) -> CenterMargins:
    tables = {"Softmax": BEFORE, "+ center": (BEFORE + AFTER) / 3, "+ minimum margin": AFTER}
    return CenterMargins(tables, COUNTS, images=IMAGES, **more)


def said(seat: Seat) -> str:
    return seat.shown(seat.page.locator("canvas"))[1]


def choose(seat: Seat, label: str, option: str) -> str:
    """Choose from a list; picture and words must follow."""
    chooser = seat.page.get_by_label(label, exact=True)
    before, words = seat.shown(chooser)
    chooser.select_option(label=option)
    seat.page.wait_for_function(
        """([n, words]) => +document.querySelector("canvas").dataset.shown > n
        && document.querySelector(".facelab-words").textContent !== words""",
        arg=[before, words],
        timeout=5000,
    )
    return said(seat)


def spot(seat: Seat, place: int, height: float = 0.5) -> tuple[float, float]:
    """Where the bar at a place stands on the page (`layout` and `axes` of the scripts)."""
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    size = max(12, min(19, box["width"] / 78))
    right = max(box["width"] * 0.24, min(box["width"] * 0.32, size * 22))
    inner = box["width"] - right - size * 4.4
    x = box["x"] + size * 2.9 + inner * (place + 0.5) / 30
    return x, box["y"] + height * box["height"]


def shown_again(seat: Seat, number: int) -> None:
    seat.page.wait_for_function(
        "n => +document.querySelector('canvas').dataset.shown > n", arg=number, timeout=5000
    )


def test_both_sliders_follow_to_both_ends_and_say_pairs_and_sum(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(), tmp_path)
    margin = seat.page.get_by_label("least squared distance M", exact=True)
    angle = seat.page.get_by_label("least angle", exact=True)
    assert not angle.is_visible()
    seat.sweep(margin)
    assert "With M 0, 0 of 435 pairs are too close (0 before)" in said(seat)
    assert "adds up to 0 (0 before)" in said(seat)
    most = view()._high
    pairs, short = geometry.violating_pairs(AFTER, most)
    words = seat.press(margin, "End")
    assert f"{len(pairs)} of 435 pairs" in words
    assert "30 of 30 people have one (30 before)" in words
    found = re.search(r"adds up to (\d+) \(", words)
    assert found is not None
    assert float(found.group(1)) == pytest.approx(short.sum(), rel=0.005), "three digits"
    choose(seat, "distance", "angle")
    assert not margin.is_visible()
    seat.sweep(angle)
    assert "adds up" not in said(seat), "the loss knows no angles"
    assert "435 of 435 pairs are closer than 180.0°" in seat.press(angle, "End")
    assert seat.problems == []


def test_the_words_hold_the_numbers_of_before_and_after(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(margin=300), tmp_path)
    was = np.nanmin(geometry.center_gaps(BEFORE), axis=1)
    rare = COUNTS == 2
    for number in (was.min(), NEAR.min(), was.mean(), NEAR.mean(), NEAR[rare].mean()):
        assert f"{float(f'{number:.3g}'):g}" in said(seat)
    assert "For the 27 with the fewest images (2)" in said(seat)
    assert choose(seat, "before", "nothing").startswith("+ minimum margin, 30 people")
    assert "before)" not in said(seat)
    assert choose(seat, "before", "+ center").startswith("From + center to + minimum margin")
    assert choose(seat, "after", "Softmax").startswith("From + center to Softmax")
    assert choose(seat, "after", "+ center").startswith("+ center, 30"), "nothing to compare"
    turned = choose(seat, "distance", "angle")
    angles = np.rad2deg(np.nanmin(geometry.center_gaps(BEFORE + AFTER, distance="angle"), axis=1))
    assert f"{angles.min():.1f}°" in turned
    assert seat.problems == []


RECORD = """
const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
window.texts = [];
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  window.texts = [];
  clearRect.call(this, ...box);
};
CanvasRenderingContext2D.prototype.fillText = function (words, ...at) {
  window.texts.push(words);
  fillText.call(this, words, ...at);
};
"""


def texts(seat: Seat) -> list[str]:
    """What is written on the canvas; RECORD must have been added before the page."""
    seat.page.wait_for_timeout(60)
    return list(seat.page.evaluate("() => window.texts"))


def test_what_is_written_on_the_canvas_is_true(seat: Seat, tmp_path: Path) -> None:
    seat.page.add_init_script(RECORD)
    at_home(seat, view(margin=300), tmp_path)
    count = len(geometry.violating_pairs(AFTER, 300)[0])
    drawn = texts(seat)
    assert {"M = 300", "Softmax", "the closest two", "closer than M", "images"} <= set(drawn)
    assert [text for text in drawn if text in ("10", "5", "3")][-3:] == ["10", "5", "3"]
    assert f"pairs closer than M, + minimum margin: {count}" in drawn
    assert not any("can all have more" in text for text in drawn), "raw distances have no end"
    closest = f"{float(f'{NEAR.min():.3g}'):g}"
    assert closest in drawn
    seat.press(seat.page.get_by_label("least squared distance M", exact=True), "Home")
    assert {"the closest two", closest, "as far as M asks", "no pair is too close"} <= set(
        texts(seat)
    )
    seat.press(seat.page.get_by_label("least squared distance M", exact=True), "End")
    assert any(re.match("the 60 closest of [0-9]+ pairs", text) for text in texts(seat))
    choose(seat, "highlight", "person 4, 2 images")
    drawn = texts(seat)
    own = int((geometry.center_gaps(AFTER)[4] < view()._high).sum())
    assert f"pairs of person 4 closer than M: {own}" in drawn
    was = geometry.center_gaps(BEFORE)[4]
    near = f"{float(f'{np.nanmin(was):.3g}'):g}, person {np.nanargmin(was)}"
    assert {"the nearest other", "Softmax:", near} <= set(drawn)
    choose(seat, "distance", "angle")
    assert {"45.0°", "0°", "50°", "100°", "no 30 can all have more: 92.0°"} <= set(texts(seat))
    assert seat.problems == []


def test_unit_lengths_have_a_most_and_a_note(seat: Seat, tmp_path: Path) -> None:
    seat.page.add_init_script(RECORD)
    at_home(seat, view(normalized=True, margin=1.5), tmp_path)
    assert "(squared, centers at length 1)" in said(seat)
    assert "length 1" in seat.page.locator(".facelab-notes").inner_text()
    assert "no 30 can all have more: 2.07" in texts(seat), "2C/(C - 1) = 60/29"
    assert seat.problems == []


def test_a_bar_is_clicked_and_the_arrows_go_from_bar_to_bar(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(), tmp_path)
    canvas = seat.page.locator("canvas")
    other = np.nanargmin(geometry.center_gaps(AFTER), axis=1)

    def about(person: int) -> str:
        gap = f"{float(f'{NEAR[person]:.3g}'):g}"
        near = f"person {other[person]}, {COUNTS[other[person]]} images"
        return f"person {person}, {COUNTS[person]} images: nearest is {near}, at {gap}."

    number, _ = seat.shown(canvas)
    seat.page.mouse.move(*spot(seat, 4))
    shown_again(seat, number)
    assert about(ORDER[4]) in said(seat), "pointing is enough"
    seat.page.mouse.click(*spot(seat, 4))
    seat.page.mouse.move(5, 5)
    seat.page.wait_for_timeout(100)
    assert about(ORDER[4]) in said(seat), "a click stays"
    chooser = seat.page.get_by_label("highlight", exact=True)
    assert (
        chooser.evaluate("s => s.selectedOptions[0].textContent") == f"person {ORDER[4]}, 2 images"
    )
    canvas.focus()
    assert about(ORDER[5]) in seat.press(canvas, "ArrowRight")
    seat.press(canvas, "ArrowLeft")
    assert about(ORDER[3]) in seat.press(canvas, "ArrowLeft")
    assert "nearest is" not in seat.press(canvas, "Escape")
    assert about(ORDER[29]) in seat.press(canvas, "ArrowLeft"), "from the end"
    canvas.press("ArrowRight")
    seat.page.wait_for_timeout(50)
    assert about(ORDER[29]) in said(seat), "there is nobody beyond"
    assert about(7) in choose(seat, "highlight", "person 7, 2 images")
    seat.page.mouse.click(*spot(seat, int(np.flatnonzero(ORDER == 7)[0])))
    seat.page.mouse.move(5, 5)
    seat.page.wait_for_timeout(100)
    assert "nearest is" not in said(seat), "a second click lets go"
    assert seat.problems == []


def pixels(seat: Seat) -> Any:
    """The canvas as an array of colors, (H, W, 3), one pixel a CSS pixel."""
    with Image.open(io.BytesIO(seat.page.locator("canvas").screenshot())) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_bars_are_as_high_as_their_distance_and_dark_below_m(seat: Seat, tmp_path: Path) -> None:
    margin = float(np.sort(NEAR)[10]) + 1e-3
    at_home(seat, view(before="", margin=margin), tmp_path)
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    drawn = pixels(seat)
    heights, dark = [], []
    for place in range(30):
        x = round(spot(seat, place)[0] - box["x"])
        column = drawn[:, x - 3]
        blue = (column[:, 2] - column[:, 0] > 50) & (column[:, 2] > 150)
        low = np.flatnonzero(blue[: round(0.66 * box["height"])])
        heights.append(low.max() - low.min())
        dark.append(column[low.max() - 3, 0] < 40)
    near = NEAR[ORDER]
    assert np.corrcoef(heights, near)[0, 1] > 0.999
    ratio = np.array(heights) / near
    assert ratio.max() / ratio.min() < 1.04, "from zero"
    assert dark == (near < margin).tolist()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious_in_it(chrome: Browser, tmp_path: Path, scheme: str) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    try:
        at_home(seat, view(person=3), tmp_path)
        assert serious(seat) == []
    finally:
        seat.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (950, 800)])
def test_nothing_is_cut_and_it_fits_on_a_screen(
    chrome: Browser, tmp_path: Path, width: int, height: int
) -> None:
    seat = Seat(chrome, viewport={"width": width, "height": height})
    try:
        at_home(seat, view(person=3), tmp_path)
        assert seat.page.evaluate(CROWDED) == []
        box = seat.page.locator(".facelab").bounding_box()
        assert box is not None
        assert box["height"] <= height - 40
    finally:
        seat.close()


ODD = {
    "one person": lambda: CenterMargins(AFTER[:1], COUNTS[:1]),
    "nobody": lambda: CenterMargins(np.full((3, 4), np.nan)),
    "two": lambda: CenterMargins(AFTER[:2], images=IMAGES[:2]),
    "alike": lambda: CenterMargins(np.ones((5, 3))),
    "a plane": lambda: CenterMargins(geometry.regular_polygon(40), normalized=True),
    "a crowd": lambda: CenterMargins(RNG.normal(size=(3000, 8)), np.arange(3000)),
    "tiny": lambda: CenterMargins({"a": AFTER * 1e-5, "b": BEFORE * 1e-5}),
}


SLOW = ("two", "a plane", "tiny")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in ODD]
)
def test_odd_people_are_drawn_too(seat: Seat, tmp_path: Path, name: str) -> None:
    at_home(seat, ODD[name](), tmp_path)
    words = said(seat)
    assert not re.search(r"NaN|undefined|Infinity|\{", words)
    if name == "one person":
        assert words == "One person alone has no other to keep away from."
    elif name == "nobody":
        assert words == "Nobody here has a center."
    else:
        slider = seat.page.get_by_label("least squared distance M", exact=True)
        assert "With M 0, 0 of" in seat.press(slider, "Home")
        canvas = seat.page.locator("canvas")
        assert "nearest is" in seat.press(canvas, "ArrowRight")
    seat.page.mouse.click(400, 300)
    seat.page.locator("canvas").press("ArrowLeft")
    assert seat.page.locator(".facelab-error").inner_text() == ""
    assert seat.problems == []


def test_keep_brings_back_and_present_fills_the_room(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(margin=300), tmp_path)
    seat.page.get_by_role("button", name="keep", exact=True).click()
    words = said(seat)
    choose(seat, "distance", "angle")
    choose(seat, "after", "Softmax")
    seat.page.locator("[data-kept='1']").click()
    seat.page.wait_for_function(
        "was => document.querySelector('.facelab-words').textContent === was", arg=words
    )
    seat.page.get_by_role("button", name="copy code", exact=True).click()
    code = seat.page.locator(".facelab-copied").input_value()
    assert code == view(margin=300).code().replace("0.7854", f"{math.pi / 4:.4g}")
    seat.page.get_by_role("button", name="present", exact=True).click()
    seat.page.wait_for_selector(".facelab-large")
    seat.press(seat.page.get_by_label("least squared distance M", exact=True), "End")
    assert seat.problems == []


IN_LAB = f"""
import facelab, numpy as np
rng = np.random.default_rng(0)
tables = {{"a": rng.normal(size=(30, 64)) * 1.6, "b": rng.normal(size=(30, 64)) * 2.1}}
images = rng.integers(0, 255, size=(30, 28, 23)).astype(np.uint8)
view = facelab.CenterMargins(tables, {json.dumps(COUNTS.tolist())}, images=images)
view
"""


@pytest.mark.slow
def test_it_lives_in_jupyterlab_and_tells_the_kernel(lab: Lab) -> None:
    lab.open([IN_LAB])
    lab.run_all(views=1)
    assert lab.failures() == []
    margin = lab.page.get_by_label("least squared distance M", exact=True)
    lab.sweep(margin)
    canvas = lab.page.locator(".facelab-centers canvas")
    lab.press(canvas, "ArrowRight")
    lab.until("assert (view.person, view.margin) == (21, 0.0), view.choices()")
    lab.until("assert 'person 21, 10 images: nearest is' in view.words, view.words")
    lab.execute("view.person = 4; view.measure = 'angle'")
    lab.page.wait_for_function(
        "() => document.querySelector('.facelab-words').textContent.includes('person 4, 2 images')"
    )
    assert lab.page.get_by_label("least angle", exact=True).is_visible()
    assert lab.problems == []
