"""Every page of the site in Chromium, from disk and without a network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from facelab.site import build
from tests.browser.driving import REPO, Seat
from tests.browser.pages import serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(REPO, folder)
    return folder


def visit(seat: Seat, page: Path) -> None:
    """Open a page from disk and wait until its views are drawn."""
    seat.page.goto(page.as_uri())
    if seat.page.locator(".facelab-mount").count():
        seat.page.wait_for_selector("body[data-views=drawn]", timeout=60_000)
    seat.page.wait_for_function("() => !window.MathJax || MathJax.startup.promise.then(() => true)")


def test_each_page_is_whole_and_its_sliders_move(chrome: Browser, site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 20
    alive = 0
    for page in pages:
        seat = Seat(chrome)
        seat.offline()
        visit(seat, page)
        name = page.relative_to(site).as_posix()
        views = seat.page.locator(".facelab-mount").count()
        assert seat.page.locator("canvas[data-shown]").count() == views, name
        assert seat.page.locator(".facelab-error:visible").count() == 0, name
        assert seat.page.locator("mjx-merror").count() == 0, name
        assert seat.page.locator("[id^=facelab-twin-]:visible").count() == 0, name
        for slider in seat.sliders():
            slider.press("Home")
            assert seat.press(slider, "ArrowRight"), name
            alive += 1
        assert seat.problems == [], name
        assert serious(seat) == [], name
        seat.close()
    assert alive > 20


def test_questions_are_answered_without_a_kernel(seat: Seat, site: Path) -> None:
    visit(seat, site / "lessons" / "00_start_here.html")
    quiz = seat.page.locator(".facelab-predict").last
    assert "lessons.quiz" not in seat.page.inner_text("main, article")
    quiz.locator(".facelab-option").first.click()
    quiz.locator(".facelab-reveal").click()
    seat.page.wait_for_function(
        "node => /Right/.test(node.textContent)",
        arg=quiz.locator(".facelab-words").element_handle(),
    )


def test_a_formula_is_drawn_in_the_color_of_its_slider(seat: Seat, site: Path) -> None:
    visit(seat, site / "lessons" / "02_margins.html")
    letter = seat.page.locator("mjx-container g[fill='#b84a00']")
    assert letter.count() >= 1
    slider = seat.page.locator(".facelab-dial [data-symbol=m]:visible").first
    fill = slider.evaluate("node => getComputedStyle(node).getPropertyValue('--fl-fill')")
    assert fill.strip() == "#b84a00"


def test_the_search_finds_a_loss_without_a_network(seat: Seat, site: Path) -> None:
    seat.page.goto((site / "search.html").as_uri() + "?q=CurricularFace")
    seat.page.wait_for_selector("#search-results li a[href*='api/losses']")
    assert seat.problems == []
