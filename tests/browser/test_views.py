"""Every view, alive: as a page from disk without a network, and in JupyterLab."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from facelab.widgets import MarginDial, Sphere
from facelab.widgets._view import View
from tests.browser.driving import Lab, Seat, new_notebook, write

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


def at_home(seat: Seat, view: View, folder: Path) -> None:
    """Open a view's page from disk, with no network."""
    seat.page.goto(view.to_html(folder / "view.html").as_uri())
    seat.page.wait_for_selector("canvas[data-shown]")


@pytest.mark.parametrize(("make", "sliders"), [(MarginDial, 4), (sphere, 1)])
def test_a_page_from_disk_follows_every_slider_without_a_network(
    seat: Seat, tmp_path: Path, make: Callable[[], View], sliders: int
) -> None:
    at_home(seat, make(), tmp_path)
    assert len(seat.sliders()) == sliders
    for slider in seat.sliders():
        seat.sweep(slider)
    assert seat.problems == []


def test_every_loss_brings_its_own_sliders_and_switches(seat: Seat, tmp_path: Path) -> None:
    dial = MarginDial()
    at_home(seat, dial, tmp_path)
    chooser = seat.page.get_by_label("loss", exact=True)
    for entry in dial.losses.values():
        chooser.select_option(label=entry["title"])
        kinds = [spec["kind"] for spec in entry["settings"].values()]
        seat.page.wait_for_function(
            "title => document.querySelector('.facelab-words').textContent.startsWith(title)",
            arg=entry["title"],
        )
        assert len(seat.sliders()) == 2 + kinds.count("slider")
        assert seat.page.locator(".facelab-toggle:visible").count() == kinds.count("switch")
        for slider in seat.sliders():
            seat.sweep(slider)
    assert seat.problems == []


def test_a_double_click_and_the_button_go_back(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(margin=1.2), tmp_path)
    margin = seat.page.get_by_label("margin m", exact=True)
    back = seat.page.get_by_label("margin m: back to 0.30 rad (17°)")
    back.click()
    assert margin.input_value() == "30"
    margin.press("End")
    assert margin.input_value() == "150"
    margin.dblclick()
    assert margin.input_value() == "30"


def test_the_embedding_can_be_dragged_along_the_circle(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(theta=0.7), tmp_path)
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    middle = [box["x"] + 0.215 * box["width"], box["y"] + 0.52 * box["height"]]
    seat.page.mouse.move(middle[0], middle[1])
    seat.page.mouse.down()
    seat.page.mouse.move(middle[0] + 140, middle[1] - 10, steps=4)
    seat.page.mouse.up()
    seat.page.wait_for_timeout(100)
    shown = seat.page.get_by_label("embedding θ", exact=True).get_attribute("aria-valuetext")
    assert shown is not None
    assert 1.5 < float(shown.split()[0]) < 2.6, f"the embedding did not follow: {shown}"


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
    lab.execute(f"import time; time.sleep(0.3)\n{check}\n{late}")
    assert lab.failures() == []
    assert lab.problems == []


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
