"""The embedding explorer, alive: as a page from disk without a network, and in JupyterLab."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from facelab.experiments._mapper import MAPPER
from facelab.widgets import Explorer
from tests.browser.driving import Lab, Seat
from tests.browser.pages import CROWDED, at_home, serious
from tests.fake_umap import SOURCE, planted

pytestmark = pytest.mark.browser

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(5), 8)
TABLE = 4 * np.eye(5, 12)[LABELS] + RNG.normal(size=(40, 12))
IMAGES = RNG.integers(0, 255, size=(40, 28, 23)).astype(np.uint8)
NAMES = ["Ada", "Bela", "Cleo", "Dora", "Emil"]


@pytest.fixture
def explorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes an explorer of two runs with all layouts computed, by a stand-in for UMAP."""
    planted(tmp_path, monkeypatch, SOURCE)

    def make(**choices: Any) -> Explorer:
        runs = {"one": TABLE[:, :3], "two": TABLE[:, ::-1]}
        view = Explorer(runs, LABELS, IMAGES, NAMES, held_out=LABELS > 2, **choices)
        for kind in ("umap", "umap sphere"):
            view.compute(kind)
        return view

    yield make
    MAPPER.end()


def drawn(seat: Seat) -> int:
    return seat.shown(seat.page.locator("canvas"))[0]


def said(seat: Seat) -> str:
    return seat.shown(seat.page.locator("canvas"))[1]


def after(seat: Seat, before: int) -> str:
    """Wait for another drawing; the words."""
    marker = "n => +document.querySelector('canvas').dataset.shown > n"
    seat.page.wait_for_function(marker, arg=before)
    return said(seat)


def choose(seat: Seat, label: str, option: str) -> str:
    before = drawn(seat)
    seat.page.get_by_label(label, exact=True).select_option(label=option)
    return after(seat, before)


def marks(seat: Seat) -> list[dict[str, Any]]:
    """Every mark that plotly has drawn: where it is, how it looks, how opaque it is."""
    found: list[dict[str, Any]] = seat.page.evaluate(
        """() => [...document.querySelectorAll(".facelab-maps path.point")].map((node) => {
        const box = node.getBoundingClientRect();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2, fill: node.style.fill,
                 shape: node.getAttribute("d"), opacity: +node.style.opacity }; })"""
    )
    return found


def strong(seat: Seat) -> int:
    return sum(mark["opacity"] == 1 for mark in marks(seat))


# ---- choices


def test_every_choice_changes_the_maps(seat: Seat, tmp_path: Path, explorer: Any) -> None:
    at_home(seat, explorer(people="all"), tmp_path)
    assert len(marks(seat)) == 80
    seen = [str(marks(seat))]
    for label, option in [
        ("layout", "UMAP"),
        ("layout", "UMAP, sphere"),
        ("layout", "PCA"),
        ("color by", "hardness"),
        ("color by", "length"),
        ("color by", "person"),
        ("left", "two"),
        ("right", "one"),
        ("people", "held out"),
        ("people", "trained on"),
        ("highlight", "Bela"),
    ]:
        choose(seat, label, option)
        seen.append(str(marks(seat)))
        assert seen[-1] != seen[-2], (label, option)
    assert seat.page.locator(".facelab-error").inner_text() == ""
    assert seat.problems == []


@pytest.mark.slow
def test_words_count_who_is_shown_and_how_close_they_keep(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    view = explorer()
    at_home(seat, view, tmp_path)
    numbers = np.frombuffer(view._data[0]["numbers"], "<f4").reshape(40, 4)[LABELS > 2]
    mean = f"{np.degrees(numbers[:, 1].mean()):.0f}"
    near = round(100 * float((numbers[:, 1] <= numbers[:, 2]).mean()))
    assert said(seat).startswith(
        f"one: 2 people, 16 images, at {mean}° from the mean direction of their person on "
        f"average, {near} % nearer to it than to any other."
    )
    assert len(marks(seat)) == 32
    words = choose(seat, "people", "trained on")
    assert words.startswith("one: 3 people, 24 images")
    assert len(marks(seat)) == 48
    assert "Emil is not shown here." in choose(seat, "highlight", "Emil")
    assert "two" not in choose(seat, "right", "nothing")
    assert len(marks(seat)) == 24


@pytest.mark.slow
def test_held_out_people_are_hollow_beside_the_trained_and_only_there(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    at_home(seat, explorer(people="all", right=""), tmp_path)
    hollow = sum(mark["fill"] == "none" for mark in marks(seat))
    assert hollow == 16
    assert "Hollow marks" in seat.page.locator(".facelab-notes").inner_text()
    choose(seat, "people", "held out")
    assert not any(mark["fill"] == "none" for mark in marks(seat))
    assert seat.page.locator(".facelab-notes").inner_text() == ""


@pytest.mark.slow
def test_pca_says_how_much_of_the_variance_it_shows(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    at_home(seat, explorer(right=""), tmp_path)
    unit = TABLE[:, :3] / np.linalg.norm(TABLE[:, :3], axis=1, keepdims=True)
    values = np.linalg.eigvalsh(np.cov(unit.T))[::-1]
    share = round(100 * values[:2].sum() / values.sum())
    title = seat.page.locator(".facelab-maps .annotation").text_content()
    assert title == f"one, PCA ({share} % of the variance)"


# ---- pointing


def test_a_click_on_an_image_follows_its_person_through_both_maps(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    at_home(seat, explorer(), tmp_path)
    assert strong(seat) == 32
    first = marks(seat)[0]
    seat.page.mouse.move(first["x"], first["y"])
    seat.page.mouse.click(first["x"], first["y"])
    seat.page.wait_for_function(
        "() => document.querySelector('.facelab-words').textContent.includes('images 8')"
    )
    assert "Dora: images 8" in said(seat)
    assert strong(seat) == 16, "eight in either map"
    assert seat.page.get_by_label("highlight").input_value() == "4"
    before = drawn(seat)
    seat.page.locator("canvas").press("Escape")
    after(seat, before)
    assert strong(seat) == 32
    assert seat.problems == []


@pytest.mark.slow
def test_a_name_below_the_maps_can_be_clicked(seat: Seat, tmp_path: Path, explorer: Any) -> None:
    at_home(seat, explorer(), tmp_path)
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    before = drawn(seat)
    for once in (16, 32):
        seat.page.mouse.click(box["x"] + 24, box["y"] + box["height"] - 12)
        after(seat, before)
        seat.page.wait_for_timeout(60)
        assert strong(seat) == once
        before = drawn(seat)


@pytest.mark.slow
def test_pointing_at_an_image_shows_its_card_and_finds_it_in_the_other_map(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    at_home(seat, explorer(), tmp_path)
    blank = "() => document.querySelector('canvas').toDataURL().length"
    empty = seat.page.evaluate(blank)
    mark = marks(seat)[0]
    before = drawn(seat)
    seat.page.mouse.move(mark["x"], mark["y"])
    after(seat, before)
    inked = """([x, y]) => { const canvas = document.querySelector("canvas");
        const box = canvas.getBoundingClientRect(); const k = canvas.width / box.width;
        const at = [(x - box.x - 16) * k, (y - box.y - 16) * k, 32 * k, 32 * k];
        const { data } = canvas.getContext("2d").getImageData(...at);
        return data.filter((v, i) => i % 4 === 3 && v > 0).length; }"""
    assert seat.page.evaluate(blank) > 1.2 * empty, "a card with a face"
    other = marks(seat)[16]
    assert seat.page.evaluate(inked, [other["x"], other["y"]]) > 30, "a ring around the same image"
    before = drawn(seat)
    seat.page.mouse.move(5, 5)
    after(seat, before)
    assert seat.page.evaluate(blank) == empty
    assert seat.problems == []


def test_arrow_keys_step_through_images_and_people(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    view = explorer()
    at_home(seat, view, tmp_path)
    canvas = seat.page.locator("canvas")
    numbers = np.frombuffer(view._data[0]["numbers"], "<f4").reshape(40, 4)

    def pressed(key: str) -> str:
        return seat.press(canvas, key)

    def card(i: int) -> str:
        return (
            f"Pointed at: {NAMES[LABELS[i]]}, {np.degrees(numbers[i, 1]):.0f}° to the own mean, "
            f"{np.degrees(numbers[i, 2]):.0f}° to {NAMES[int(numbers[i, 3])]}, the nearest other"
        )

    seat.page.mouse.move(marks(seat)[9]["x"], marks(seat)[9]["y"])  # where it rests
    seat.page.wait_for_timeout(100)
    assert "Pointed at" not in said(seat), "words do not follow the mouse"
    assert "Pointed at" in pressed("ArrowRight")
    left = "() => document.querySelector('.nsewdrag').dispatchEvent(new MouseEvent('mouseout'))"
    seat.page.evaluate(left)
    seat.page.wait_for_timeout(200)
    assert "Pointed at" in said(seat), "a map that moves below the mouse takes nothing away"
    canvas.blur()
    seat.page.wait_for_function(
        "() => !document.querySelector('.facelab-words').textContent.includes('Pointed at')"
    )
    assert card(24) in pressed("ArrowRight")
    assert card(25) in pressed("ArrowRight")
    assert card(32) in pressed("ArrowDown")
    assert card(24) in pressed("ArrowUp")
    assert card(39) in pressed("ArrowLeft")
    assert "Emil: images 8" in pressed("Enter")
    assert seat.problems == []


@pytest.mark.slow
def test_a_box_zooms_and_a_double_click_goes_back(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    at_home(seat, explorer(right=""), tmp_path)
    box = seat.page.locator(".facelab-maps").bounding_box()
    assert box is not None
    before = [mark["x"] for mark in marks(seat)]
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    seat.page.mouse.move(middle[0] - 80, middle[1] - 60)
    seat.page.mouse.down()
    seat.page.mouse.move(middle[0] + 80, middle[1] + 60, steps=4)
    seat.page.mouse.up()
    seat.page.wait_for_timeout(500)
    zoomed = [mark["x"] for mark in marks(seat)]
    assert max(zoomed) - min(zoomed) > 2 * (max(before) - min(before))
    choose(seat, "color by", "hardness")
    assert [m["x"] for m in marks(seat)] == pytest.approx(zoomed, abs=3), "a zoom stays"
    seat.page.mouse.dblclick(*middle)
    seat.page.wait_for_timeout(500)
    assert [mark["x"] for mark in marks(seat)] == pytest.approx(before, abs=1)


def test_the_ball_turns_by_hand_and_by_keys_and_fades_what_lies_behind(
    seat: Seat, tmp_path: Path, explorer: Any
) -> None:
    at_home(seat, explorer(kind="umap sphere", people="all", right=""), tmp_path)
    assert 0 < strong(seat) < 40, "some lie behind"
    box = seat.page.locator(".facelab-maps").bounding_box()
    assert box is not None
    before = [mark["x"] for mark in marks(seat)]
    seat.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
    seat.page.mouse.down()
    seat.page.mouse.move(box["x"] + box["width"] / 2 + 90, box["y"] + 220, steps=4)
    seat.page.mouse.up()
    seat.page.wait_for_timeout(100)
    dragged = [mark["x"] for mark in marks(seat)]
    assert dragged != before
    canvas = seat.page.locator("canvas")
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp"):
        count = drawn(seat)
        canvas.press(key)
        after(seat, count)
    assert [mark["x"] for mark in marks(seat)] != dragged
    still = [mark["x"] for mark in marks(seat)]
    for _ in range(12):
        seat.press(canvas, "ArrowRight")
    assert [mark["x"] for mark in marks(seat)] != still, "what is stepped to comes to the front"
    assert seat.problems == []


# ---- pages, sizes, readers


def test_a_page_that_lacks_a_layout_says_why(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, Explorer(TABLE, LABELS), tmp_path)
    assert not seat.page.get_by_text("This page has no kernel").is_visible()
    choose(seat, "layout", "UMAP")
    assert seat.page.get_by_text("This page has no kernel").is_visible()
    assert seat.page.get_by_role("button", name="compute UMAP").count() == 0
    assert "not computed yet" in seat.page.locator(".facelab-maps").text_content()
    choose(seat, "layout", "PCA")
    assert len(marks(seat)) == 40
    assert not seat.page.get_by_text("This page has no kernel").is_visible()
    assert seat.problems == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "labels"),
    [
        (TABLE[:1], [0]),
        (TABLE[:8], LABELS[:8]),
        (np.vstack([TABLE[:8], np.full((1, 12), np.nan)]), LABELS[:9]),
        (np.zeros((2, 3)), [0, 1]),
        (RNG.normal(size=(90, 2)), np.arange(90)),
    ],
    ids=["one image", "one person", "nan", "nobody", "more people than names fit"],
)
def test_odd_data_are_drawn(seat: Seat, tmp_path: Path, table: Any, labels: Any) -> None:
    at_home(seat, Explorer(table, labels), tmp_path)
    count = int((np.isfinite(table).all(axis=1) & table.any(axis=1)).sum())
    for color in ("hardness", "length", "person"):
        choose(seat, "color by", color)
        assert len(marks(seat)) == count
        assert "NaN" not in said(seat)
    assert seat.page.locator(".facelab-error").inner_text() == ""
    assert seat.problems == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious(
    chrome: Browser, tmp_path: Path, explorer: Any, scheme: str
) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    try:
        at_home(seat, explorer(person=3), tmp_path)
        assert serious(seat) == []
    finally:
        seat.close()


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 800), pytest.param(1920, 1080, marks=pytest.mark.slow)]
)
def test_nothing_is_cut_and_nothing_lies_on_another(
    chrome: Browser, tmp_path: Path, explorer: Any, width: int, height: int
) -> None:
    seat = Seat(chrome, viewport={"width": width, "height": height})
    try:
        at_home(seat, explorer(), tmp_path)
        for kind in ("UMAP, sphere", "UMAP"):
            choose(seat, "layout", kind)
            assert seat.page.evaluate(CROWDED) == []
        box = seat.page.locator(".facelab").bounding_box()
        assert box is not None
        assert box["height"] <= 720 * max(1, width / 1280)
        seat.page.get_by_role("button", name="present").click()
        seat.page.wait_for_timeout(200)
        assert seat.page.evaluate(CROWDED) == []
    finally:
        seat.close()


# ---- JupyterLab

START = f"""
import os, pathlib
import numpy as np
import facelab
folder = pathlib.Path("fake")
folder.mkdir(exist_ok=True)
(folder / "umap.py").write_text({SOURCE.replace("PAUSE", "0.15")!r})
os.environ["PYTHONPATH"] = str(folder.resolve()) + os.pathsep + os.environ.get("PYTHONPATH", "")
rng = np.random.default_rng(0)
labels = np.repeat(np.arange(5), 8)
table = 4 * np.eye(5, 12)[labels] + rng.normal(size=(40, 12))
"""
TWO = "first = facelab.Explorer({'one': table, 'two': table[:, ::-1]}, labels)\nfirst"
THREE = "second = facelab.Explorer(table, labels)\nsecond"


# How often the page asks the kernel for plotly.js.
COUNTED = """() => { window.asked = 0; const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        const text = typeof data === "string" ? data : new TextDecoder().decode(data);
        window.asked += text.includes('"library"');
        return send.call(this, data);
    }; }"""
MARKS = """([which, count]) => count === document.querySelectorAll(".facelab-maps")[which]
    .querySelectorAll("path.point").length"""


@pytest.mark.slow
def test_umap_is_computed_in_jupyterlab_while_another_cell_answers(lab: Lab) -> None:
    lab.open([START, TWO, THREE])
    lab.page.evaluate(COUNTED)
    lab.run_all(views=2)
    assert lab.failures() == []
    assert lab.page.evaluate("() => window.asked") == 1, "plotly.js comes once a page"
    view = lab.page.locator(".facelab-explorer").first
    view.get_by_label("layout", exact=True).select_option(label="UMAP")
    button = view.get_by_role("button", name="compute UMAP")
    button.click()
    bar = view.locator("progress")
    bar.wait_for()
    lab.execute("answer = 1 + 1; assert answer == 2")
    assert bar.is_visible(), "the cell did not wait for the layout"
    lab.page.wait_for_function("() => document.querySelector('progress').value > 0.3")
    lab.page.wait_for_function(MARKS, arg=[0, 80])
    assert not button.is_visible()
    bar.wait_for(state="hidden")
    view.get_by_label("layout", exact=True).select_option(label="UMAP, sphere")
    view.get_by_role("button", name="compute UMAP, sphere").click()
    view.get_by_role("button", name="stop").click()
    view.get_by_role("button", name="compute UMAP, sphere").wait_for()
    lab.execute("assert first.kind == 'umap sphere', first")
    lab.execute("assert len(first.get_state()['_places']) == 4, 'PCA and UMAP of both'")
    lab.execute("pathlib.Path('fake/umap.py').write_text('raise ImportError(\"no umap here\")')")
    lab.execute("second.kind = 'umap'")
    other = lab.page.locator(".facelab-explorer").nth(1)
    other.get_by_role("button", name="compute UMAP").click()
    other.get_by_text("no umap here").wait_for()
    other.get_by_label("layout", exact=True).select_option(label="PCA")
    lab.page.wait_for_function(MARKS, arg=[1, 40])
    assert lab.problems == []
