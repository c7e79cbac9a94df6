"""Every view in Chinese and Japanese: no label cut, none on another, nothing left in English."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

import facelab
from facelab.widgets import LossFloor, MarginDial, Predict, View
from facelab.widgets._words import catalog, languages, speak
from tests.browser.driving import Seat
from tests.browser.pages import CROWDED, at_home
from tests.test_words import NAMES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(5), 8)
CENTERS = RNG.normal(size=(5, 3))
POINTS = CENTERS[LABELS] + 0.3 * RNG.normal(size=(40, 3))
IMAGES = RNG.integers(0, 255, size=(40, 28, 23)).astype(np.uint8)
OTHERS = [language for language in languages() if language != "en"]
SIZES = {"1280 x 800": (1280, 800), "1920 x 1080": (1920, 1080)}

# Keeps what is written on the canvas at each drawing: [words, left, top, right, bottom], in pixels.
RECORD = """
const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
window.written = [];
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  window.written = [];
  clearRect.call(this, ...box);
};
CanvasRenderingContext2D.prototype.fillText = function (words, x, y, ...more) {
  const m = this.measureText(words);
  const at = this.getTransform();
  const ratio = window.devicePixelRatio;
  const corner = (dx, dy) => {
    const p = at.transformPoint(new DOMPoint(x + dx, y + dy));
    return [p.x / ratio, p.y / ratio];
  };
  const ends = [corner(-m.actualBoundingBoxLeft, -m.actualBoundingBoxAscent),
                corner(m.actualBoundingBoxRight, m.actualBoundingBoxDescent)];
  const [xs, ys] = [ends.map((p) => p[0]), ends.map((p) => p[1])];
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  if (words.trim()) window.written.push([words, ...box]);
  fillText.call(this, words, x, y, ...more);
};
"""

# What can be read outside the canvas.
LABELED = """
() => [...document.querySelectorAll(".facelab *")]
  .filter((node) => node.getClientRects().length > 0 || node.matches("option"))
  .flatMap((node) => [node.title, node.getAttribute("aria-label"),
    ...[...node.childNodes].filter((part) => part.nodeType === 3).map((part) => part.textContent)])
  .filter((words) => words?.trim())
"""


def centers() -> View:
    tables = {"A": CENTERS, "B": 2 * CENTERS}
    return facelab.CenterMargins(tables, [8, 5, 4, 2, 1], images=IMAGES[::8], margin=3)


def similarities() -> View:
    tables = {"A": (POINTS, POINTS + 0.4 * RNG.normal(size=POINTS.shape))}
    return facelab.Similarities(tables, LABELS)


def explorer() -> View:
    return facelab.Explorer(
        {"A": POINTS, "B": POINTS[:, ::-1]}, LABELS, IMAGES, held_out=LABELS > 2
    )


VIEWS: dict[str, Callable[[], View]] = {
    "dial": MarginDial,
    "two dials": lambda: MarginDial("sphereface2", beside="arcface"),
    "sphere": lambda: facelab.Sphere(POINTS, LABELS, CENTERS, IMAGES, held_out=LABELS == 2),
    "floor": LossFloor,
    "guess": lambda: Predict("問", ["甲", "乙"], answer=0, why="理"),
    "centers": centers,
    "similarities": similarities,
    "explorer": explorer,
    "weights": lambda: facelab.SampleWeights(POINTS, LABELS, CENTERS, IMAGES),
    "playground": facelab.Playground,
}
LOSSES = ("sphereface", "elasticface", "adaface", "sv_softmax", "unitsface", "combined_margin")
VIEWS |= {f"dial of {loss}": lambda loss=loss: MarginDial(loss) for loss in LOSSES}
VIEWS |= {
    f"weights of {loss}": lambda loss=loss: facelab.SampleWeights(
        POINTS, LABELS, CENTERS, IMAGES, loss=loss
    )
    for loss in ("elasticface", "adaface", "f_softmax", "hard_mining")
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Leave no other language behind."""
    yield
    speak("en")


def settled(seat: Seat) -> None:
    """Wait until nothing has been drawn for a while."""
    shown = ""
    for _ in range(40):
        seat.page.wait_for_timeout(150)
        now = str(seat.page.locator("canvas").first.get_attribute("data-shown"))
        if now == shown:
            return
        shown = now


def cut(written: list[Any], width: float, height: float) -> list[str]:
    """What reaches beyond the canvas."""
    return [
        f"cut: {words!r} {box}"
        for words, *box in written
        if box[0] < -1 or box[1] < -1 or box[2] > width + 1 or box[3] > height + 1
    ]


def covered(written: list[Any]) -> list[str]:
    """Words that lie on other words."""
    found = []
    for i, (words, *a) in enumerate(written):
        for others, *b in written[i + 1 :]:
            wide = min(a[2], b[2]) - max(a[0], b[0])
            if words != others and wide > 3 and min(a[3], b[3]) - max(a[1], b[1]) > 4:
                found.append(f"on each other: {words!r} {others!r}")
    return found


def unspoken(language: str) -> set[str]:
    """Phrases that are English and nothing else."""
    mine = catalog(language)
    return {text for key, text in catalog("en").items() if mine[key] != text} - NAMES


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("language", OTHERS)
def test_a_view_has_room_for_its_words_and_none_is_english(
    chrome: Browser, tmp_path: Path, language: str, name: str, size: tuple[int, int]
) -> None:
    speak(language)
    view = VIEWS[name]()
    seat = Seat(chrome, viewport={"width": size[0], "height": size[1]})
    seat.offline()
    try:
        seat.page.add_init_script(RECORD)
        at_home(seat, view, tmp_path)
        settled(seat)
        written = seat.page.evaluate("() => window.written")
        box = seat.page.locator("canvas").first.bounding_box()
        assert box is not None
        assert seat.page.evaluate(CROWDED) == []
        assert cut(written, box["width"], box["height"]) == []
        assert covered(written) == []
        said = {*seat.page.evaluate(LABELED), *(words for words, *_ in written)}
        assert said & unspoken(language) == set()
        assert seat.page.locator(".facelab").get_attribute("lang") == language
        assert seat.page.title() == seat.page.locator(".facelab").get_attribute("aria-label")
        assert seat.problems == []
    finally:
        seat.close()
        if hasattr(view, "close"):
            view.close()


def test_what_is_cut_or_covered_is_found() -> None:
    fits = ["a", 1, 1, 20, 10]
    assert cut([fits], 100, 50) == []
    assert len(cut([["b", 90, 1, 120, 10], ["c", 1, 45, 9, 60], ["d", -5, 1, 3, 9]], 100, 50)) == 3
    assert covered([fits, ["b", 21, 1, 30, 10], ["c", 1, 11, 20, 19]]) == []
    assert len(covered([fits, ["b", 15, 2, 30, 11]])) == 1
