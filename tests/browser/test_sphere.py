"""The sphere, alive: boundaries, ways to centers, linked views, strange data, large data."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from facelab import geometry
from facelab.widgets import Sphere
from tests.browser.driving import Lab, Seat
from tests.browser.pages import CROWDED, at_home, serious

pytestmark = pytest.mark.browser
SLOW = pytest.mark.slow
SIZES = [pytest.param(950, 700, marks=SLOW), (1280, 800), pytest.param(1920, 1080, marks=SLOW)]

LABELS = np.repeat(np.arange(5), 8)
CENTERS = np.random.default_rng(0).normal(size=(5, 3))
POINTS = CENTERS[LABELS] + 0.3 * np.random.default_rng(1).normal(size=(40, 3))
LONG = ["山田太郎", "Zoë 🙂", "x" * 400, "Ὀδυσσεύς " * 9, "a\nb"]


def solid() -> Sphere:
    images = np.random.default_rng(2).integers(0, 255, size=(40, 28, 23)).astype(np.uint8)
    return Sphere(POINTS, LABELS, CENTERS, images=images, held_out=LABELS == 2, names=LONG)


def circle() -> Sphere:
    return Sphere(POINTS[:, :2], LABELS, CENTERS[:, :2])


def wide() -> Sphere:
    rng = np.random.default_rng(3)
    return Sphere(rng.normal(size=(40, 64)) + 4 * rng.normal(size=(5, 64))[LABELS], LABELS)


def crowd() -> Sphere:
    labels = np.repeat(np.arange(70), 6)
    middles = geometry.fibonacci_sphere(70)
    return Sphere(middles[labels] + 0.1, labels, middles, names=[f"n{i} " * 9 for i in range(70)])


def alone() -> Sphere:
    return Sphere(POINTS[:1], [0])


def one_person() -> Sphere:
    return Sphere(POINTS[:8], LABELS[:8], names=["Ada"])


def spoiled() -> Sphere:
    centers = np.where(np.arange(5)[:, None] == 1, np.nan, CENTERS)
    return Sphere(np.where(np.arange(40)[:, None] % 9 == 0, np.nan, POINTS), LABELS, centers)


EVERY = [solid, circle, wide, crowd, alone, one_person, spoiled]


def changed(seat: Seat, act: Callable[[], object]) -> bool:
    """Whether something done changes the picture."""
    canvas = seat.page.locator("canvas")
    before, shown = canvas.screenshot(), seat.shown(canvas)[0]
    act()
    seat.page.wait_for_function(
        "n => +document.querySelector('canvas').dataset.shown > n", arg=shown
    )
    seat.page.wait_for_timeout(60)
    return canvas.screenshot() != before


@pytest.mark.parametrize("make", EVERY)
def test_every_control_works_whatever_is_drawn(
    seat: Seat, tmp_path: Path, make: Callable[[], Sphere]
) -> None:
    at_home(seat, make(), tmp_path)
    page, canvas = seat.page, seat.page.locator("canvas")
    margin = page.get_by_label("margin m", exact=True)
    for key in ("Home", "End", "ArrowLeft"):
        margin.press(key)
    for box in page.locator(".facelab-toggle input").all():
        box.click()
        box.click()
    chooser = page.get_by_label("highlight")
    for index in (-1, 0):
        chooser.select_option(index=chooser.locator("option").count() - 1 if index else 0)
    for key in ("PageDown", "PageUp", "ArrowLeft", "ArrowDown"):
        canvas.press(key)
    page.wait_for_timeout(100)
    assert "NaN" not in seat.shown(canvas)[1]
    assert "undefined" not in seat.shown(canvas)[1]
    assert page.locator(".facelab-error").inner_text() == ""
    assert seat.problems == []


def test_words_follow_the_margin_to_both_ends(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, solid(), tmp_path)
    seat.sweep(seat.sliders()[0])


@pytest.mark.parametrize("make", [solid, wide])
def test_percentages_are_of_the_embeddings_not_of_the_picture(
    seat: Seat, tmp_path: Path, make: Callable[[], Sphere]
) -> None:
    sphere = make()
    own, wrong, _ = np.frombuffer(sphere._angles, "<f4").reshape(-1, 3).T
    part = ~np.frombuffer(sphere._held_out, bool)
    at_home(seat, sphere, tmp_path)
    margin = seat.page.get_by_label("margin m", exact=True)
    for key, m in (("Home", 0.0), ("End", 1.5)):
        margin.press(key)
        seat.page.wait_for_timeout(60)
        right, sure = (100 * (own + x < wrong)[part].mean() for x in (0, m))
        said = f"{right:.0f} % lie nearest to their own center ({sure:.0f} % by at least the "
        said += f"margin), at {np.rad2deg(own[part].mean()):.0f}° from it"
        assert said in seat.shown(margin)[1]


def test_boundaries_can_be_taken_away_and_turn_with_the_ball(seat: Seat, tmp_path: Path) -> None:
    sphere = Sphere(np.zeros((1, 3)), [0], CENTERS)  # nothing but centers and their boundaries
    at_home(seat, sphere, tmp_path)
    seat.page.get_by_label("margin m", exact=True).press("End")
    box = seat.page.get_by_label("boundaries")
    assert box.is_checked()
    assert changed(seat, box.click)
    without = dark(seat)
    box.click()
    seat.page.wait_for_timeout(60)
    assert dark(seat) > without + 1000, "lines of the color of soft ink"


def dark(seat: Seat) -> int:
    """Pixels of the color that boundaries have."""
    found: int = seat.page.evaluate("""() => {
      const canvas = document.querySelector("canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        count += [86, 96, 112].every((soft, k) => Math.abs(data[i + k] - soft) < 14);
      return count; }""")
    return found


def test_of_a_crowd_only_the_highlighted_person_has_caps_and_boundaries(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, crowd(), tmp_path)
    before = dark(seat)
    assert changed(seat, lambda: seat.page.get_by_label("highlight").select_option(index=60))
    assert dark(seat) > before
    margin = seat.page.get_by_label("margin m", exact=True)
    margin.press("Home")
    assert changed(seat, lambda: margin.press("End")), "the cap of one"


def test_a_picture_that_holds_little_draws_neither_caps_nor_boundaries(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, wide(), tmp_path)
    assert seat.page.get_by_label("boundaries").count() == 0
    margin = seat.page.get_by_label("margin m", exact=True)
    margin.press("Home")
    seat.page.wait_for_timeout(60)
    said = seat.shown(margin)[1]
    assert not changed(seat, lambda: margin.press("ArrowRight"))
    seat.press(margin, "End")
    assert seat.shown(margin)[1] != said, "words do speak of the margin"
    assert "none are drawn" in seat.page.locator(".facelab-notes").inner_text()


def test_page_keys_show_one_embedding_after_another_with_its_two_angles(
    seat: Seat, tmp_path: Path
) -> None:
    sphere = solid()
    own, wrong, other = np.frombuffer(sphere._angles, "<f4").reshape(-1, 3).T
    at_home(seat, sphere, tmp_path)
    canvas = seat.page.locator("canvas")
    for i in (0, 1, 2):
        assert changed(seat, lambda: canvas.press("PageDown"))
        a, b = (f"{np.rad2deg(x[i]):.1f}° to " for x in (own, wrong))
        holds = "the margin holds" if own[i] + 0.3 < wrong[i] else "the margin does not hold"
        words = seat.shown(canvas)[1]
        name = LONG[int(other[i])]
        assert f"{a}the own center; {b}{name[:30]}" in words
        assert holds in words
    canvas.press("PageUp")
    canvas.press("PageUp")
    canvas.press("PageUp")
    seat.page.wait_for_timeout(60)
    assert f"{np.rad2deg(own[-1]):.1f}° to the own" in seat.shown(canvas)[1], "round to the last"
    seat.page.get_by_label("highlight").select_option(index=3)
    canvas.press("PageDown")
    seat.page.wait_for_timeout(60)
    words = seat.shown(canvas)[1]
    assert f"{np.rad2deg(own[16]):.1f}° to the own" in words, "the first of the highlighted person"
    assert "(held out)" in words


def test_the_margin_holds_until_it_is_asked_too_much(seat: Seat, tmp_path: Path) -> None:
    """Own center 10 degrees away, the other 40: a margin below 30 degrees holds."""
    turns = np.deg2rad([10, 50])
    centers = np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1)
    at_home(seat, Sphere([[1.0, 0, 0]], [0], centers, margin=0.5), tmp_path)
    canvas, margin = seat.page.locator("canvas"), seat.page.get_by_label("margin m", exact=True)
    canvas.press("PageDown")
    seat.page.wait_for_timeout(60)
    assert "10.0° + 28.6° < 50.0°: the margin holds" in seat.shown(canvas)[1]
    margin.press("End")
    seat.page.wait_for_timeout(60)
    assert "10.0° + 85.9° ≥ 50.0°: the margin does not hold" in seat.shown(canvas)[1]


def around(sphere: Sphere, room: tuple[float, float]) -> np.ndarray:
    """Where embeddings in front are drawn, right and up from the middle of the ball, pixels."""
    yaw, pitch = sphere.yaw, sphere.pitch
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    seen = np.frombuffer(sphere._points, "<f4").reshape(-1, 3) @ np.transpose(about_y)
    seen = seen @ np.transpose(about_x)
    size = max(12, min(19, room[0] / 78))
    radius = min(room[1] / 2 - 1.4 * size, room[0] / 2 - 11 * size)
    return radius * seen[seen[:, 2] >= 0, :2]


@pytest.mark.parametrize("make", [solid, circle])
def test_pointing_draws_ways_and_a_card_and_leaving_takes_them_away(
    seat: Seat, tmp_path: Path, make: Callable[[], Sphere]
) -> None:
    sphere = make()
    at_home(seat, sphere, tmp_path)
    canvas = seat.page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    words = seat.shown(canvas)[1]
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 4]
    for x, y in around(sphere, (box["width"], box["height"])):
        seat.page.mouse.move(middle[0] + x, middle[1] - y)
        seat.page.wait_for_timeout(60)
        if seat.shown(canvas)[1] != words:
            break
    assert "margin" in seat.shown(canvas)[1].removeprefix(words)
    assert seat.shown(canvas)[1] != words
    seat.page.mouse.move(box["x"] + 30, box["y"] - 30)
    seat.page.wait_for_timeout(60)
    assert seat.shown(canvas)[1] == words
    assert seat.problems == []


# ---- linked views

SECOND = """
async (other) => {
  const calls = {};
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const read = (_, value) => (value?.$bytes === undefined ? value : bytes(value.$bytes));
  const text = (id) => document.getElementById(id).textContent;
  const state = { ...JSON.parse(text("state"), read), ...other };
  const model = {
    get: (name) => state[name],
    set(name, value) {
      if (Object.is(state[name], value)) return;
      state[name] = value;
      for (const call of calls[`change:${name}`] ?? []) call();
    },
    on: (event, call) => (calls[event] ??= new Set()).add(call),
    off() {},
    save_changes() {},
  };
  const source = JSON.parse(text("module"));
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const place = document.createElement("div");
  document.querySelector("main").append(place);
  (await import(address)).default.render({ model, el: place });
}
"""


def test_views_on_one_page_follow_each_other_without_a_kernel(seat: Seat, tmp_path: Path) -> None:
    sphere = solid()
    sphere._group = {"person": "together"}
    at_home(seat, sphere, tmp_path)
    choosers = seat.page.get_by_label("highlight")
    choosers.first.select_option(index=2)
    seat.page.evaluate(SECOND, {})
    seat.page.evaluate(SECOND, {"_group": {}})
    seat.page.wait_for_function(
        "() => document.querySelectorAll('canvas[data-shown]').length === 3"
    )
    picked = [choosers.nth(i).evaluate("node => node.selectedIndex") for i in range(3)]
    assert picked == [2, 2, 0], "who comes later asks"
    choosers.nth(1).select_option(index=4)
    seat.page.wait_for_timeout(100)
    picked = [choosers.nth(i).evaluate("node => node.selectedIndex") for i in range(3)]
    assert picked == [4, 4, 0]
    words = seat.page.locator(".facelab-words").all_inner_texts()
    assert words[0] == words[1] != words[2]
    assert seat.problems == []


# ---- who cannot see or use a mouse; room


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=SLOW)])
@pytest.mark.parametrize("make", [solid, pytest.param(crowd, marks=SLOW)])
def test_axe_finds_nothing_serious(
    chrome: Browser, tmp_path: Path, make: Callable[[], Sphere], scheme: str
) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    try:
        at_home(seat, make(), tmp_path)
        assert serious(seat) == []
    finally:
        seat.close()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("make", [solid, pytest.param(circle, marks=SLOW), crowd])
def test_nothing_is_cut_and_the_view_fits(
    chrome: Browser, tmp_path: Path, make: Callable[[], Sphere], width: int, height: int
) -> None:
    seat = Seat(chrome, viewport={"width": width, "height": height})
    try:
        at_home(seat, make(), tmp_path)
        assert seat.page.evaluate(CROWDED) == []
        box = seat.page.locator(".facelab").bounding_box()
        assert box is not None
        assert box["height"] <= {950: 720, 1280: 745, 1920: 880}[width]
    finally:
        seat.close()


# ---- in JupyterLab

TWO = """
import json, time, numpy as np, facelab
labels, centers = np.array(LABELS), np.array(CENTERS)
a = facelab.Sphere(np.array(POINTS), labels, centers)
b = facelab.Sphere(centers[labels], labels, centers)
facelab.widgets.link(a, b)
a
""".replace("LABELS", json.dumps(LABELS.tolist())).replace("CENTERS", json.dumps(CENTERS.tolist()))
TWO = TWO.replace("POINTS", json.dumps(POINTS.tolist()))


@pytest.mark.slow
def test_linked_views_and_updates_in_jupyterlab(lab: Lab) -> None:
    lab.open([TWO, "b"])
    lab.run_all(views=2)
    picked = (
        "() => [...document.querySelectorAll('.facelab-sphere select')].map((s) => s.selectedIndex)"
    )
    choosers = lab.page.locator(".facelab-sphere").get_by_label("highlight")
    for index in (1, 4, 2, 3):  # quicker than the kernel answers
        choosers.first.select_option(index=index)
        assert lab.page.evaluate(picked) == [index, index], "at once, in the page"
    lab.until("assert (a.person, b.person) == (2, 2), (a.person, b.person)")
    lab.page.wait_for_timeout(300)
    assert lab.page.evaluate(picked) == [3, 3], "nothing old comes back"
    lab.execute("b.person = 0")
    lab.page.wait_for_function(f"() => String(({picked})()) === '1,1'")
    burst = "for k in range(60):\n    a.update(np.roll(np.array(a_points), k, axis=0), step=k)"
    lab.execute(f"a_points = {POINTS.tolist()}\n{burst}")
    lab.page.wait_for_function(
        "() => document.querySelector('.facelab-words').textContent.includes('Step 59.')"
    )
    lab.page.wait_for_timeout(200)
    assert "Step 59." in lab.page.locator(".facelab-words").first.inner_text()
    assert lab.failures() == []
    assert lab.problems == []
