"""Every view, alive: as a page from disk without a network, and in JupyterLab."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Browser

from facelab.geometry import normface_lower_bound
from facelab.widgets import LossFloor, MarginDial, Predict, Sphere
from facelab.widgets._view import View
from tests.browser.driving import Lab, Seat, new_notebook, write
from tests.browser.pages import at_home, serious

pytestmark = pytest.mark.browser

DIAL = "import facelab\ndial = facelab.MarginDial(margin=0.4)\ndial"
SPHERE = """
import numpy as np
rng = np.random.default_rng(0)
labels = np.repeat(np.arange(5), 8)
centers = rng.normal(size=(5, 3))
points = centers[labels] + 0.3 * rng.normal(size=(40, 3))
images = rng.integers(0, 255, size=(40, 28, 23)).astype(np.uint8)
sphere = facelab.Sphere(points, labels, centers, images=images)
sphere
"""


def sphere() -> Sphere:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 8)
    centers = rng.normal(size=(5, 3))
    points = centers[labels] + 0.3 * rng.normal(size=(40, 3))
    images = rng.integers(0, 255, size=(40, 28, 23)).astype(np.uint8)
    return Sphere(points, labels, centers, images=images, held_out=labels == 2)


def guess_a_number() -> Predict:
    return Predict("How many?", answer=40, why="So it is.", low=0, high=100, unit=" %")


def guess_a_word() -> Predict:
    options = ["wider", "as wide", "narrower"]
    return Predict("How wide is the gap?", options, answer=1, why="The gap is an arc.")


def spherical_dial() -> MarginDial:
    return MarginDial(loss="sphereface2")


@pytest.mark.parametrize(
    ("make", "sliders"), [(MarginDial, 4), (sphere, 1), (LossFloor, 2), (guess_a_number, 1)]
)
def test_a_page_from_disk_follows_every_slider_without_a_network(
    seat: Seat, tmp_path: Path, make: Callable[[], View], sliders: int
) -> None:
    at_home(seat, make(), tmp_path)
    assert len(seat.sliders()) == sliders
    for slider in seat.sliders():
        seat.sweep(slider)
    assert seat.problems == []


# ---- questions and the floor


def test_a_choice_is_guessed_shown_and_marked(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, guess_a_word(), tmp_path)
    canvas, reveal = seat.page.locator("canvas"), seat.page.get_by_text("Show the answer")
    assert "Guess first" in seat.shown(canvas)[1]
    assert reveal.is_disabled()
    for word in ("wider", "as wide", "narrower"):
        seat.press(seat.page.get_by_role("button", name=word, exact=True), "Enter")
        assert f"Your guess: {word}." in seat.shown(canvas)[1]
        assert seat.page.locator("[aria-pressed=true]").inner_text() == word
    words = seat.press(reveal, "Enter")
    assert words == "You said narrower; it is as wide. The gap is an arc."
    assert seat.page.locator(".facelab-right").inner_text() == "as wide"
    assert seat.page.locator(".facelab-wrong").inner_text() == "narrower"
    assert seat.page.locator(".facelab-option:enabled").count() == 0
    assert seat.problems == []


def test_a_number_is_guessed_and_the_truth_is_drawn_beside_it(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, guess_a_number(), tmp_path)
    canvas, reveal = seat.page.locator("canvas"), seat.page.get_by_text("Show the answer")
    slider = seat.sliders()[0]
    assert reveal.is_disabled()
    seat.press(slider, "End")
    empty = canvas.screenshot()
    assert seat.press(reveal, "Enter") == "You said 100 %; it is 40 %. So it is."
    assert canvas.screenshot() != empty, "the truth is drawn"
    again = seat.press(slider, "ArrowLeft")
    assert again == "You said 99 %; it is 40 %. So it is.", "the distance goes on following"
    assert seat.problems == []


def test_a_good_guess_is_called_right(seat: Seat, tmp_path: Path) -> None:
    view = guess_a_number()
    view.guess = 43
    at_home(seat, view, tmp_path)
    words = seat.press(seat.page.get_by_text("Show the answer"), "Enter")
    assert words == "Right: 40 %. So it is."


def test_the_floor_says_what_it_draws_at_both_ends(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, LossFloor(), tmp_path)
    scale = seat.page.get_by_label("scale s", exact=True)
    people = seat.page.get_by_label("people C", exact=True)
    assert "cannot go below 1.38" in seat.shown(scale)[1]
    drawn = seat.page.locator("canvas").screenshot()
    assert "> 99.99 %" in seat.press(scale, "End")
    assert seat.page.locator("canvas").screenshot() != drawn
    assert "1000 people" in seat.press(people, "End")
    floor = f"{normface_lower_bound(1, 1000):.3g}"
    assert f"cannot go below {floor}" in seat.press(scale, "Home")
    for box in ("scale", "people"):
        back = seat.page.locator(f"[data-name={box}] .facelab-reset")
        back.click()
    seat.page.wait_for_timeout(100)
    assert "cannot go below 1.38" in seat.shown(scale)[1]
    assert seat.problems == []


# ---- who cannot see or use a mouse


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "make", [MarginDial, spherical_dial, sphere, LossFloor, guess_a_number, guess_a_word]
)
def test_axe_finds_nothing_serious(
    chrome: Browser, tmp_path: Path, make: Callable[[], View], scheme: str
) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    try:
        at_home(seat, make(), tmp_path)
        assert serious(seat) == []
    finally:
        seat.close()


def test_the_sphere_turns_by_mouse_and_keys_and_shows_who_is_clicked(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, sphere(), tmp_path)
    canvas = seat.page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    before = canvas.screenshot()
    seat.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    seat.page.mouse.down()
    seat.page.mouse.move(box["x"] + box["width"] / 2 + 120, box["y"] + 150, steps=5)
    seat.page.mouse.up()
    dragged = canvas.screenshot()
    assert dragged != before
    for key in ("ArrowLeft", "ArrowUp"):
        shown, _ = seat.shown(canvas)
        canvas.press(key)
        seat.page.wait_for_function(
            "n => +document.querySelector('canvas').dataset.shown > n", arg=shown
        )
    assert canvas.screenshot() != dragged
    words = seat.shown(canvas)[1]
    seat.page.get_by_label("highlight").select_option(label="person 3")
    seat.page.wait_for_function(
        "before => document.querySelector('.facelab-words').textContent !== before", arg=words
    )
    assert "person 3" in seat.shown(canvas)[1]
    assert seat.problems == []


@pytest.mark.slow
def test_both_views_live_in_jupyterlab(lab: Lab) -> None:
    lab.open([DIAL, SPHERE])
    lab.run_all(views=2)
    assert lab.failures() == []
    assert len(lab.sliders()) == 5
    for slider in lab.sliders():
        lab.sweep(slider)
    canvas = lab.page.locator(".facelab-sphere canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    before = canvas.screenshot()
    lab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] / 2 + 90, box["y"] + box["height"] / 2, steps=5)
    lab.page.mouse.up()
    lab.page.mouse.move(0, 0)
    assert canvas.screenshot() != before
    assert lab.page.locator("[id^=facelab-twin]").count() == 2
    assert lab.page.locator("[id^=facelab-twin]:visible").count() == 0, "the live view hides it"
    assert lab.problems == []


@pytest.mark.slow
def test_kernel_and_browser_hold_the_same_state(lab: Lab) -> None:
    check = "assert (dial.margin, round(sphere.margin, 2)) == (1.5, 0.9), (dial, sphere)"
    late = "assert 'm 1.50' in dial.words, dial.words"
    update = "dial.margin = 1.5; sphere.margin = 0.9; sphere.update(points[::-1], step=7)"
    lab.open([DIAL, SPHERE, update])
    lab.run_all(views=2)
    said = "n => document.querySelectorAll('.facelab-words')[n].textContent"
    lab.page.wait_for_function(f"() => ({said})(0).includes('m 1.50')")
    lab.page.wait_for_function(f"() => ({said})(1).includes('Step 7')")
    margin = lab.page.locator(".facelab-dial").get_by_label("margin m", exact=True)
    lab.press(margin, "Home")
    lab.press(margin, "End")
    lab.until(f"{check}\n{late}")
    assert lab.failures() == []
    assert lab.problems == []


@pytest.mark.slow
def test_a_restarted_kernel_is_said_in_the_view(lab: Lab) -> None:
    lab.open([DIAL])
    lab.run_all(views=1)
    lab.page.evaluate(
        "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    lab.page.wait_for_function(
        "() => document.querySelector('.facelab-error').textContent.includes('run the cell again')"
    )
    lab.press(lab.sliders()[0], "ArrowRight")


@pytest.mark.slow
def test_a_stored_notebook_shows_the_picture_and_how_to_go_on(lab: Lab, tmp_path: Path) -> None:
    drawn = "dial.picture = plt.figure(); dial"
    cells = [f"{DIAL.rsplit(chr(10), 1)[0]}\nimport matplotlib.pyplot as plt\n{drawn}"]
    notebook = nbformat.from_dict(new_notebook(cells))
    NotebookClient(notebook, store_widget_state=False).execute()
    write(tmp_path / "stored.ipynb", notebook)
    lab.open(tmp_path / "stored.ipynb")
    page = lab.page.locator(".jp-NotebookPanel")
    page.get_by_text("Run this cell to move the sliders.").wait_for()
    assert page.locator(".jp-OutputArea-output img").count() == 1
    assert page.get_by_text("model not found").count() == 0
    assert lab.problems == []


@pytest.mark.slow
def test_a_view_follows_the_theme_of_jupyterlab(lab: Lab) -> None:
    lab.open([DIAL])
    lab.run_all(views=1)
    for theme, dark in (("JupyterLab Dark", "true"), ("JupyterLab Light", "false")):
        lab.page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
        )
        lab.page.wait_for_function(
            "dark => String(document.querySelector('.facelab-dark') !== null) === dark", arg=dark
        )


def test_a_theme_that_comes_while_there_is_no_room_is_not_missed(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, MarginDial(), tmp_path)
    seat.page.evaluate(
        "() => Object.defineProperty(document.querySelector('.facelab-stage'), 'clientWidth', "
        "{ get: () => 0 })"
    )
    seat.page.emulate_media(color_scheme="dark")
    seat.page.wait_for_selector(".facelab-dark", timeout=5000)
