"""Similarities, alive: as a page from disk without a network, and in JupyterLab."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

import facelab
from facelab.geometry import kl_divergence, similarity_sets, soft_histogram
from facelab.widgets import Similarities
from tests.browser.driving import Lab, Seat
from tests.browser.pages import CROWDED, at_home, serious

pytestmark = pytest.mark.browser

CELL = """
import numpy as np
import facelab
faces = facelab.load("orl").take_people(6).resize(32, 26)
look = np.random.default_rng(0).normal(size=(32 * 26, 16))

def network(images):
    rows = images.reshape(len(images), -1).astype(float)
    return (rows - rows.mean(axis=1, keepdims=True)) @ look

"""
SHOWN = CELL + "view = facelab.Similarities(network, faces, kind='noise', level=0)\nview"
made: dict[str, Any] = {}
exec(CELL, made)
FACES, NETWORK = made["faces"], made["network"]


def after(images: np.ndarray) -> np.ndarray:
    """Another network: coarser, so that less can go wrong."""
    return NETWORK(images)[:, :9]


def view(**more: Any) -> Similarities:
    return Similarities({"before": NETWORK, "after": after}, FACES, **more)


def said(seat: Seat) -> str:
    return seat.shown(seat.page.locator("canvas"))[1]


def settled(seat: Seat, words: str) -> str:
    """The words, once they hold these."""
    seat.page.wait_for_function(
        "words => document.querySelector('.facelab-words').textContent.includes(words)", arg=words
    )
    return said(seat)


def choose(seat: Seat, label: str, option: str) -> str:
    """Choose from a list, wait for the drawing, give the words back."""
    before, _ = seat.shown(seat.page.locator("canvas"))
    seat.page.get_by_label(label, exact=True).select_option(label=option)
    seat.page.wait_for_function(
        "n => +document.querySelector('canvas').dataset.shown > n", arg=before
    )
    return said(seat)


def place(seat: Seat, cosine: float, row: int) -> tuple[float, float]:
    """Where a cosine stands in the first plot of a page 1280 wide: easy 0 above, hard 1 below."""
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    size = max(12, min(19, box["width"] / 78))
    wide = (box["width"] - 1.2 * size) / 2 - 1.8 * size
    lowest = float(seat.page.evaluate("() => document.querySelector('canvas').dataset.lowest"))
    x = box["x"] + 0.9 * size + wide * (cosine - lowest) / (1 - lowest)
    top, rest = 1.8 * size, (6.1 + 5.1 + 2.7) * size
    middle = top + (box["height"] - top - rest) / 2
    return x, box["y"] + middle + (12 if row else -12)


def faces_shown(seat: Seat) -> bytes:
    """The lowest part of the canvas, where the faces are, without the line above them."""
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    clip = {"x": box["x"], "y": box["y"] + box["height"] - 66, "width": box["width"], "height": 56}
    return seat.page.screenshot(clip=clip)


def test_sliders_follow_to_both_ends_and_every_level_is_on_the_page(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, view(), tmp_path)
    assert len(seat.sliders()) == 2
    for slider in seat.sliders():
        seat.sweep(slider)
    assert "at level 0 are the same" in said(seat)
    level = seat.page.get_by_label("level", exact=True)
    for step in range(1, 11):
        words = seat.press(level, "ArrowRight")
        assert f"lower resolution {step / 10}" in words
        assert "carry" not in words
    assert seat.problems == []


def test_the_words_hold_what_geometry_finds(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(kind="blur", level=0.4, threshold=0.5), tmp_path)
    hard = FACES.degrade("blur", 0.4).images
    words = said(seat).replace("−", "-")
    for title, network in (("before", NETWORK), ("after", after)):
        sets = [similarity_sets(network(images), FACES.labels) for images in (FACES.images, hard)]
        margins = ", ".join(f"{high.mean() - low.mean():.2f}" for high, low in sets)
        tars = ", ".join(f"{(high >= 0.5).mean():.0%}".replace("%", " %") for high, _ in sets)
        assert f"{title}: margin {margins}; overlap" in words
        assert f"TAR {tars}; FAR" in words
        nodes = np.linspace(-1, 1, 200)
        teacher, student = (soft_histogram(high, nodes, 0.1) for high, _ in sets)
        assert f"KL⁺ {kl_divergence(teacher, student):.2f}, KL⁻" in words
    high, low = seat.press(seat.page.get_by_label("threshold", exact=True), "End"), said(seat)
    assert high == low
    assert "TAR 0 %, 0 %; FAR 0 %, 0 %" in low
    home = seat.press(seat.page.get_by_label("threshold", exact=True), "Home")
    assert "TAR 100 %, 100 %; FAR 100 %, 100 %" in home


def test_a_kind_the_page_does_not_carry_is_said_and_the_picture_stays(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, view(), tmp_path)
    words = choose(seat, "hard faces by", "noise")
    assert "does not carry hard faces: noise 0.5; it goes on showing hard faces: lower re" in words
    assert (
        seat.page.evaluate("() => document.querySelector('canvas').dataset.key") == "resolution 5"
    )
    assert "carry" not in choose(seat, "hard faces by", "lower resolution")
    assert seat.problems == []


def test_hardest_pairs_and_people_can_be_chosen(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(), tmp_path)
    everyone = said(seat)
    assert choose(seat, "two people", "hardest pairs, as in the loss") != everyone
    _, low = similarity_sets(NETWORK(FACES.images), FACES.labels, "hardest")
    high, _ = similarity_sets(NETWORK(FACES.images), FACES.labels)
    assert f"before: margin {high.mean() - low.mean():.2f}" in said(seat).replace("−", "-")
    choose(seat, "two people", "all pairs")
    drawn = seat.page.locator("canvas").screenshot()
    words = choose(seat, "highlight", FACES.names[2])
    assert seat.page.locator("canvas").screenshot() != drawn
    table = NETWORK(FACES.images)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    first, second = np.triu_indices(60, 1)
    whose = [FACES.labels[first] == 2, FACES.labels[second] == 2]
    cosines = (unit[first] * unit[second]).sum(axis=1)
    own = cosines[whose[0] & whose[1]].mean() - cosines[whose[0] ^ whose[1]].mean()
    assert f"{FACES.names[2]}: {own:.2f} and" in words
    assert seat.problems == []


def test_arrows_go_from_bar_to_bar_and_on_to_the_other_network(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(), tmp_path)
    canvas = seat.page.locator("canvas")
    strip = faces_shown(seat)
    first = seat.press(canvas, "ArrowRight")
    assert re.search(
        r"before, easy faces, cosine \d\.\d+ to \d\.\d+: \d+ of one person, \d+ of two", first
    )
    easy = faces_shown(seat)
    assert easy != strip, "the faces of the bar take the place of the examples"
    assert "before, hard faces, cosine" in seat.press(canvas, "ArrowDown")
    assert faces_shown(seat) != easy
    assert "before, easy faces, cosine" in seat.press(canvas, "ArrowUp")
    ranges = [said(seat)]
    while "after, easy faces" not in ranges[-1]:
        ranges.append(seat.press(canvas, "ArrowRight"))
        assert len(ranges) < 42
    assert "before, easy faces" in seat.press(canvas, "ArrowLeft")
    assert "cosine" not in seat.press(canvas, "Escape").split("order")[-1]
    assert seat.problems == []


def test_a_bar_is_clicked_and_holds_as_many_pairs_as_there_are(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(threshold=-1), tmp_path)
    for row, images in ((0, FACES.images), (1, FACES.degrade("resolution", 0.5).images)):
        high, low = similarity_sets(NETWORK(images), FACES.labels)
        counts = [int(((v >= 0.6) & (v < 0.65)).sum()) for v in (high, low)]
        seat.page.mouse.click(*place(seat, 0.62, row))
        name = ("easy", "hard")[row]
        expected = f"before, {name} faces, cosine 0.60 to 0.65: {counts[0]} of one person, "
        words = settled(seat, expected)
        assert f"{expected}{counts[1]} of two people." in words
    seat.page.mouse.click(*place(seat, 0.62, 1))
    seat.page.wait_for_function(
        "() => !document.querySelector('.facelab-words').textContent.includes('0.60 to 0.65')"
    )
    assert seat.problems == []


def test_the_threshold_is_dragged_in_the_picture(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(threshold=0.5), tmp_path)
    seat.page.mouse.move(*place(seat, 0.5, 0))
    seat.page.mouse.down()
    seat.page.mouse.move(*place(seat, 0.8, 0), steps=4)
    seat.page.mouse.move(*place(seat, 0.31, 0), steps=4)
    seat.page.mouse.up()
    settled(seat, "threshold 0.31")
    slider = seat.page.get_by_label("threshold", exact=True)
    assert slider.get_attribute("aria-valuetext") == "0.31"
    seat.page.mouse.move(*place(seat, 0.9, 0), steps=2)
    seat.page.wait_for_timeout(60)
    assert "threshold 0.31" in said(seat), "it was let go"
    seat.page.get_by_label("threshold: back to 0.50").click()
    settled(seat, "threshold 0.50")
    assert seat.problems == []


def test_a_card_beside_the_pointer_counts_the_bar(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(threshold=-1), tmp_path)
    canvas = seat.page.locator("canvas")
    before, plain = seat.shown(canvas)[0], canvas.screenshot()
    seat.page.mouse.move(*place(seat, 0.3, 1))
    seat.page.wait_for_function(
        "n => +document.querySelector('canvas').dataset.shown > n", arg=before
    )
    assert canvas.screenshot() != plain
    seat.page.mouse.move(2, 2)
    seat.page.wait_for_timeout(80)
    assert canvas.screenshot() == plain


RNG = np.random.default_rng(0)
WIDE = RNG.normal(size=(60, 2))
ODD = {
    "tables": (lambda: Similarities((WIDE, WIDE + 0.3), FACES.labels), ""),
    "one person": (
        lambda: Similarities((WIDE[:4], WIDE[4:8]), [0] * 4),
        "There is one person only: no pair of two people.",
    ),
    "one image": (
        lambda: Similarities((WIDE[:1], WIDE[4:5]), [0]),
        "No person has two images: there is no pair of one person.",
    ),
    "nobody shown": (
        lambda: Similarities((RNG.normal(size=(900, 5)),) * 2, np.arange(900), person=880),
        "None of the pairs that are shown is of person 880.",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_faces_are_drawn_too(seat: Seat, tmp_path: Path, name: str) -> None:
    make, words = ODD[name]
    at_home(seat, make(), tmp_path)
    assert words in said(seat)
    assert "NaN" not in said(seat)
    assert len(seat.sliders()) == 1
    if name != "one image":
        seat.sweep(seat.sliders()[0])
        seat.press(seat.page.locator("canvas"), "ArrowLeft")
    seat.page.locator("canvas").press("ArrowDown")
    seat.page.wait_for_timeout(60)
    assert seat.page.locator(".facelab-error").inner_text() == ""
    assert seat.problems == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious_in_it(chrome: Browser, tmp_path: Path, scheme: str) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    try:
        at_home(seat, view(bar=[0, 1, 25]), tmp_path)
        assert serious(seat) == []
    finally:
        seat.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080), (950, 800)])
def test_nothing_is_cut_and_it_fits_on_a_screen(
    chrome: Browser, tmp_path: Path, width: int, height: int
) -> None:
    seat = Seat(chrome, viewport={"width": width, "height": height})
    try:
        at_home(seat, view(), tmp_path)
        assert seat.page.evaluate(CROWDED) == []
        box = seat.page.locator(".facelab").bounding_box()
        assert box is not None
        assert box["height"] <= 0.9 * height
    finally:
        seat.close()


def test_keep_brings_kind_level_and_bar_back(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, view(level=0.3), tmp_path)
    canvas = seat.page.locator("canvas")
    words = seat.press(canvas, "ArrowRight")
    seat.page.get_by_role("button", name="keep").click()
    seat.press(seat.page.get_by_label("level", exact=True), "End")
    seat.press(canvas, "Escape")
    seat.page.locator("[data-kept='1']").click()
    assert settled(seat, words.split(". ")[-1]) == words
    assert seat.problems == []


@pytest.mark.slow
def test_it_lives_in_jupyterlab_where_the_kernel_looks_and_the_last_level_wins(lab: Lab) -> None:
    lab.open([SHOWN])
    lab.run_all(views=1)
    assert "at level 0 are the same" in said(lab)
    level = lab.page.get_by_label("level", exact=True)
    level.press("ArrowRight")
    settled(lab, "hard faces: noise 0.1; threshold")
    for key in [*["ArrowRight"] * 8, "ArrowLeft", "ArrowLeft"]:
        level.press(key, no_wait_after=True)
    settled(lab, "hard faces: noise 0.7; threshold")
    lab.page.wait_for_function(
        "() => document.querySelector('.facelab-similarities canvas').dataset.key === 'noise 7'"
    )
    hard = FACES.degrade("noise", 0.7).images
    high, low = similarity_sets(NETWORK(hard), FACES.labels)
    assert f", {high.mean() - low.mean():.2f}; overlap" in said(lab).replace("−", "-")
    choose(lab, "hard faces by", "a box before them")
    settled(lab, "hard faces: a box before them 0.7; threshold")
    lab.press(lab.page.locator("canvas"), "ArrowRight")
    check = "assert (view.kind, view.level, len(view.bar)) == ('occlusion', 0.7, 3), view"
    lab.until(check)
    lab.execute("view.level = 0.2; view.person = 1")
    settled(lab, f"{facelab.load('orl').names[1]}: ")
    settled(lab, "hard faces: a box before them 0.2; threshold")
    assert lab.failures() == []
    assert lab.problems == []
