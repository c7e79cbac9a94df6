"""The lessons in real JupyterLab: cells run, sliders move, questions are answered."""

import re
from pathlib import Path

import pytest

from tests.browser.driving import REPO, Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LESSONS = sorted((REPO / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def views(lesson: Path) -> int:
    """How many live views the cells of a lesson show."""
    source = lesson.with_suffix(".py").read_text("utf-8")
    shown = re.findall(r"^lessons\.(predict|beside|quiz)\(", source, re.M)
    return sum(4 if call == "quiz" else 1 for call in shown)


def answer(lab: Lab) -> int:
    """Answer every question of the page, wrongly where that can be; give their number back."""
    questions = lab.page.locator(".facelab-predict").all()
    for question in questions:
        options = question.locator(".facelab-option:not(.facelab-reveal)")
        reveal = question.locator(".facelab-reveal")
        if options.count():
            assert reveal.is_disabled()
            options.last.click()
            options.first.click()
        reveal.click()
        words = question.locator(".facelab-words")
        lab.page.wait_for_function(
            "node => /Right:|it is/.test(node.textContent)", arg=words.element_handle()
        )
    return len(questions)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_runs_in_jupyterlab_and_everything_on_it_moves(lab: Lab, lesson: Path):
    lab.open(lesson)
    lab.run_all(views=views(lesson))
    assert lab.failures() == []
    lab.page.wait_for_selector("mjx-container [style*='color'], mjx-container [mathcolor]")
    assert lab.page.locator("[data-mjx-error], mjx-merror").count() == 0
    sliders = lab.sliders()
    assert len(sliders) >= 2
    for slider in sliders:
        lab.sweep(slider)
    assert answer(lab) >= 2
    assert lab.page.locator(".facelab-error:visible").count() == 0
    assert lab.problems == []
