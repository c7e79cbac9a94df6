"""What lessons are made of: checks that help, quizzes, formulas in the colors of the sliders."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from facelab import lessons
from facelab.geometry import target_curve
from facelab.lessons._formula import colored, colors
from facelab.losses import LOSSES, Slider
from facelab.widgets import MarginDial, Predict
from facelab.widgets._kept import ALIVE, ASKED, kept, revived
from facelab.widgets._words import speak

AT = np.linspace(0.1, 2.0, 20)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Leave no other language behind."""
    yield
    speak("en")


def lines(verdict: lessons.Verdict) -> dict[str, Any]:
    """The curves of a check by their names."""
    (ax,) = verdict.figure.axes
    assert isinstance(ax, Axes)
    return {str(line.get_label()): line.get_xydata() for line in ax.get_lines()}


# ---- checks


def test_the_true_curve_passes_and_is_drawn_under_the_readers() -> None:
    verdict = lessons.check(lambda theta: np.cos(theta) - 0.35, "cosface", margin=0.35)
    assert verdict.right
    assert repr(verdict) == "Yes: the same curve."
    drawn = lines(verdict)
    assert list(drawn) == ["cosface, true", "yours"]
    np.testing.assert_allclose(drawn["yours"], drawn["cosface, true"], atol=1e-12)
    theta = np.radians(drawn["yours"][:, 0])
    np.testing.assert_allclose(drawn["yours"][:, 1], target_curve("cosface", theta, margin=0.35))


CURVES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no margin": (np.cos, "no margin in it"),
    "the other sign": (lambda t: np.cos(t) + 0.35, "sign of the margin"),
    "degrees": (lambda t: np.cos(t) - 0.35 / 57.3, "far too small"),
    "a factor": (lambda t: 0.5 * (np.cos(t) - 0.35), "It is 0.5 times the true one"),
    "too low": (lambda t: np.cos(t) - 0.5, "lies too low"),
    "another shape": (lambda t: -t, "Compare its shape"),
}


@pytest.mark.parametrize(("curve", "words"), CURVES.values(), ids=CURVES)
def test_a_wrong_curve_is_told_what_to_look_at(curve: Callable[[Any], Any], words: str) -> None:
    verdict = lessons.check(curve, "cosface", margin=0.35)
    assert not verdict.right
    assert re.match(rf"Not yet: your curve differs most at \d+ degrees, by .*{words}", str(verdict))


def test_a_curve_that_is_right_at_first_is_told_where_it_goes_wrong() -> None:
    verdict = lessons.check(lambda t: np.cos(t + 0.5), "arcface", margin=0.5)
    assert "passes 180 degrees" in verdict.sentence


def test_a_function_of_one_number_at_a_time_will_do() -> None:
    assert lessons.check(lambda t: math.cos(t) if t > 0 else 1.0, "normface").right


BROKEN: dict[str, tuple[Any, str]] = {
    "nothing": (None, "put your answer in"),
    "dots": (..., "put your answer in"),
    "an error": (lambda t: 1 / 0, "ZeroDivisionError: division by zero"),
    "too short": (lambda t: t[1:], r"shape \(19,\); 20 numbers"),
    "no numbers": (lambda t: np.log(-t * (t > 1.95)), "of your 20 values are no numbers"),
    "words": ("many", "answer 'many' is no number"),
}


@pytest.mark.parametrize(("answer", "words"), BROKEN.values(), ids=BROKEN)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_whatever_a_reader_writes_becomes_a_sentence(answer: Any, words: str) -> None:
    verdict = lessons.check(answer, np.sqrt, at=AT)
    assert not verdict.right
    assert re.search(words, verdict.sentence), verdict.sentence
    assert list(lines(verdict)) == ["true"]


def test_any_function_can_be_checked_where_the_author_says() -> None:
    verdict = lessons.check(lambda x: x**0.5, np.sqrt, at=AT, axes=("x (m)", "root"))
    assert verdict.right
    (ax,) = verdict.figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (m)", "root")
    np.testing.assert_allclose(lines(verdict)["yours"][:, 0], AT)
    assert "at 2, by" in lessons.check(lambda x: x, np.sqrt, at=AT).sentence
    assert lessons.check(lambda x: 1.0, np.ones_like, at=AT).right, "a constant is a curve too"


def test_a_histogram_or_a_row_of_numbers_can_be_checked() -> None:
    shares = np.array([0.1, 0.2, 0.7])
    assert lessons.check(shares.tolist(), shares).right
    turned = lessons.check(shares[::-1], shares)
    assert "the other way round" in turned.sentence
    assert "in its value no. 1, by 0.6" in turned.sentence
    (ax,) = turned.figure.axes
    assert [bar.get_height() for bar in ax.patches] == [*shares, *shares[::-1]]
    assert "3 numbers are needed" in lessons.check(shares[:2], shares).sentence
    assert lessons.check(lambda bins: bins / 2, AT / 2, at=AT).right


def test_a_number_is_right_within_what_the_author_grants() -> None:
    assert lessons.check(30.65, 30.7, within=0.1).right
    assert lessons.check(lambda: 30.65, 30.7, within=0.1).right
    low, high = lessons.check(30.5, 30.7, within=0.1), lessons.check(31, 30.7, within=0.1)
    assert low.sentence == "Not yet: your number is too small."
    assert "too large" in high.sentence
    assert list(lines(low))[:2] == ["true", "yours"]
    assert "one number is needed" in lessons.check([1, 2], 30.7).sentence


def test_a_usual_wrong_answer_is_known_as_a_function_a_number_or_a_row() -> None:
    known = lessons.check(lambda x: x, np.sqrt, at=AT, hints={lambda x: x * 1.0: "The root!"})
    assert known.sentence.endswith("The root!")
    other = lessons.check(lambda x: x + 1, np.sqrt, at=AT, hints={lambda x: x * 1.0: "The root!"})
    assert "root" not in other.sentence
    assert lessons.check(59.3, 30.7, hints={59.3: "The other."}).sentence.endswith("The other.")
    assert lessons.check([2, 1], [1, 2], hints={(2, 1): "Turned."}).sentence.endswith("Turned.")


def test_an_author_who_asks_the_impossible_is_told() -> None:
    with pytest.raises(ValueError, match="unknown target curve 'arcfase'; did you mean arcface"):
        lessons.check(np.cos, "arcfase")
    with pytest.raises(ValueError, match="give them as at="):
        lessons.check(np.cos, np.cos)
    with pytest.raises(TypeError, match="only a target curve takes settings, and margin is one"):
        lessons.check(1, 2, margin=0.5)


def test_a_notebook_shows_the_sentence_then_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("facelab.lessons._check.display", shown.append)
    lessons.check("<b>", 1)._ipython_display_()
    words, picture = shown
    assert "&lt;b&gt;" in words.data
    assert picture.data.startswith(b"\x89PNG")
    assert "<b>" in picture.alt


# ---- quizzes


def test_a_quiz_numbers_its_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Predict] = []
    monkeypatch.setattr("facelab.lessons._teach.display", shown.append)
    questions = [("Who?", ["Ann", "Bob"], 1, "He is."), ("Why?", ["so", "not so"], 0, "Because.")]
    lessons.quiz(questions)
    assert [view.question for view in shown] == ["1 of 2. Who?", "2 of 2. Why?"]
    assert [(view.answer, view.why) for view in shown] == [(1, "He is."), (0, "Because.")]
    speak("zh")
    lessons.quiz(questions[:1])
    assert shown[-1].question == "第 1 题，共 1 题：Who?"
    with pytest.raises(ValueError, match="0 to 1, not 2"):
        lessons.quiz([("Who?", ["Ann", "Bob"], 2, "")])


# ---- formulas


def test_a_symbol_is_colored_wherever_it_stands_for_itself() -> None:
    m = f"{{\\color{{{colors()['m']}}}{{m}}}}"
    assert colored(r"\cos(\theta + m)", ["m"]) == rf"\cos(\theta + {m})"
    for left in (r"\min m_1 \text{m} \mathrm{med} \gamma D_{\min}", r"m_i e^x"):
        assert colored(left, ["m"]).replace(m, "m") == left
    assert colored("m_1 m", ["m_1"]) == f"{{\\color{{{colors()['m_1']}}}{{m_1}}}} m"
    assert colored(r"\lambda_1 \lambda", [r"\lambda"]).startswith(r"\lambda_1 {\color{")


@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_has_a_formula_whose_sliders_have_colors_of_their_own(loss: str) -> None:
    text = str(lessons.formula(loss).data)
    shown, *rest = text.split("\n\n")
    plain = re.sub(r"\{\\color\{#\w{6}\}\{([^{}]*(?:\{[^{}]*\})?)\}\}", r"\1", shown)
    assert plain == f"$$\\displaystyle {LOSSES[loss].formula}$$"
    used = dict(re.findall(r"\\color\{(#\w{6})\}\{([^{}]*(?:\{[^{}]*\})?)\}", shown))
    symbols = [s.symbol for s in LOSSES[loss].settings.values() if isinstance(s, Slider)]
    both = set(re.findall(r"\\color\{#\w{6}\}\{([^{}]*(?:\{[^{}]*\})?)\}", shown))
    assert len(used) == len(both), "two symbols of one formula share a color"
    letters = [symbol for symbol in symbols if not symbol.isalpha() or len(symbol) == 1]
    assert all(f"{{{symbol}}}" in "".join(rest) for symbol in letters)
    assert rest[-1].endswith(f"{LOSSES[loss].source}.")


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_colors_can_be_read_on_white_and_seen_on_dark() -> None:
    assert len(set(colors().values())) >= 4
    for color in colors().values():
        assert 1.05 / (luminance(color) + 0.05) >= 4.5
        assert (luminance(color) + 0.05) / (luminance("#14171c") + 0.05) >= 3


def test_an_unknown_loss_has_no_formula() -> None:
    with pytest.raises(ValueError, match="unknown loss 'arcfase'; did you mean arcface"):
        lessons.formula("arcfase")


# ---- views that outlive their kernel


def test_a_readers_notebook_keeps_nothing_but_a_built_one_keeps_the_view(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dial = MarginDial(loss="arcface", margin=0.4)
    monkeypatch.delenv(ASKED, raising=False)
    assert kept(dial) == {}
    monkeypatch.setenv(ASKED, "1")
    content = kept(dial)[ALIVE]
    assert content["view"] == "MarginDial"
    assert content["state"]["margin"] == 0.4
    assert "_phrases" not in content["state"]
    assert revived(content)["_phrases"]["dial.title"] == dial._phrases["dial.title"]
