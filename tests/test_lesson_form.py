"""The form of a lesson: its parts, its length, its numbers, its exercises, its instructor notes."""

import ast
import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import facelab
from facelab.widgets import LossFloor, View
from tests import exercises as written
from tests.lesson_files import FOLDER, LESSONS, Exercise, Lesson, exercises, tool
from tests.prose import constants, out_of_nowhere

# the first lesson is a first look: it asks for no code and breaks nothing
LIGHTER = {"00_start_here": {"exercises", "breaks", "source"}}

HEADINGS = {"breaks": "What breaks?", "exercises": "Your turn", "quiz": "Quiz",
            "sources": "Sources", "next": "Where next"}  # fmt: skip
NOTES = ["Timing", "Ask aloud", "Usual wrong answers", "States to click through"]
named = pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.stem)


def words_in(text: str) -> int:
    """How many words a text has; a formula is none."""
    return len(re.sub(r"\$\$?.*?\$\$?|[#*|]", " ", text, flags=re.S).split())


def missing(lesson: Lesson, title: str, lighter: set[str]) -> list[str]:
    """What a lesson lacks of its form, by name."""
    text, code = lesson.words, lesson.code
    between = {"predictions": (len(lesson.calls("predict")), 3, 5),
               "words": (words_in(text), 600, 1200),
               "code cells": (len(lesson.visible), 1, 10),
               "code lines": (sum(bool(x.strip()) for c in lesson.visible for x in c.split("\n")),
                              1, 80)}  # fmt: skip
    questions = [ast.literal_eval(call.args[0]) for call in lesson.calls("quiz")]
    parts = {
        "title": re.match(rf"# {title[:2]} · \S", text),
        "question": re.search(r"^\*\*Question: [^*]+\?\*\*", text, re.M),
        "time and needs": re.search(r"^\*[\w ]+ minutes?\. You need [^*]+\*$", text, re.M | re.S),
        "what one will say": "you will be able to" in text,
        "set-up first": "lessons.setup(" in lesson.visible[0] if lesson.visible else False,
        "picture first": re.search(r"figures\.|faces\b", code.partition("lessons.predict(")[0]),
        "formula": lesson.calls("formula"),
        "source": lesson.calls("show_source"),
        "training": re.search(r"facelab\.(train|compare)\(", code),
        "exercises": len(lesson.calls("check")) == 2,
        "quiz": [len(four) for four in questions] == [4],
        "paper": re.search(r"arXiv:\d{4}\.\d{5}", text.partition("## Sources")[2]),
        "no pip": not re.search(r"^[%!] *pip", "\n".join(lesson.visible), re.M),
    }
    parts |= {name: parts.get(name, True) and re.search(rf"^## {re.escape(heading)}$", text, re.M)
              for name, heading in HEADINGS.items()}  # fmt: skip
    parts |= {name: low <= count <= high for name, (count, low, high) in between.items()}
    return sorted(name for name, there in parts.items() if not there and name not in lighter)


@named
def test_each_lesson_has_every_part(source: Path) -> None:
    assert missing(Lesson.read(source), source.stem, LIGHTER.get(source.stem, set())) == []


def whole() -> str:
    """The source of a lesson that has every part."""
    return (FOLDER / "02_margins.py").read_text("utf-8")


PLANTED = {
    "title": ("# # 02 ·", "# # 2 ·"),
    "question": ("**Question:", "**"),
    "time and needs": ("You need lesson 01", "It is easy"),
    "what one will say": ("you will be able to", "you may"),
    "set-up first": ("lessons.setup()", ""),
    "formula": ('lessons.formula("arcface")', ""),
    "source": ("lessons.show_source(arcface)", ""),
    "predictions": ("lessons.predict(", "str("),
    "exercises": ("lessons.check(\n    cosface", "str(\n    cosface"),
    "breaks": ("## What breaks?", "## Limits"),
    "quiz": ('            "Which margin is an angle?",\n', '"?", [], 0, ""), (\n"?",\n'),
    "sources": ("## Sources", "## Papers"),
    "paper": ("arXiv", "ar"),
    "next": ("## Where next", "## The end"),
    "words": ("# ## Sources", "# " + "word " * 700 + "\n# ## Sources"),
    "code cells": ("# ## Sources", "# .\n" + "# %%\n1\n" * 3 + "# %% [markdown]\n# ## Sources"),
    "code lines": ("lessons.setup()\n", "lessons.setup()\n" + "1\n" * 60),
    "no pip": ("lessons.setup()\n", "lessons.setup()\n# !pip install x\n"),
}


@pytest.mark.parametrize(("part", "change"), PLANTED.items(), ids=PLANTED)
def test_a_part_that_is_taken_out_is_missed(part: str, change: Any, tmp_path: Path) -> None:
    text = whole()
    assert change[0] in text
    source = tmp_path / "02_planted.py"
    source.write_text(text.replace(*change), "utf-8")
    cells = tool("sources").read(source).cells
    assert part in missing(Lesson(cells, []), source.stem, set())
    source.write_text(text, "utf-8")
    assert missing(Lesson(tool("sources").read(source).cells, []), source.stem, set()) == []


# ---- numbers


@named
def test_each_number_in_the_text_is_shown_or_has_a_reason(source: Path) -> None:
    assert out_of_nowhere(Lesson.read(source), constants(source.stem)) == []


def test_no_reason_is_given_for_a_number_that_nobody_says() -> None:
    without = {s.stem: set(out_of_nowhere(Lesson.read(s), {})) for s in LESSONS}
    said = {
        lesson: {f"{float(n.replace(',', '')):g}" for n in found}
        for lesson, found in without.items()
    }
    known = {lesson: set(constants(lesson)) - set(constants("")) for lesson in said}
    assert {k: v - said[k] for k, v in known.items() if v - said[k]} == {}


def planted(text: str, output: str, code: str = "x") -> Lesson:
    """A lesson of one text and one cell that prints."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

    return Lesson(
        [new_markdown_cell(text), new_code_cell(code)], [new_output("stream", text=output)]
    )


@pytest.mark.parametrize(
    ("text", "output", "found"),
    [
        ("it reaches 97 %", "0.970", []),
        ("it reaches 97 %", "0.961", ["97"]),
        ("a loss of 0.13", "loss 0.129", []),
        ("a loss of 0.12", "loss 0.129", ["0.12"]),
        ("$m = 0.35$ and $W_1$", "", ["0.35"]),
        ("1,200 faces", "1200", []),
        ("in 2017, arXiv:1704.06369, eq. 3, lesson 02", "", []),
        ("SphereFace2 in 3-D on `x = 7.5`", "", []),
        ("5 people", "0.05 4.9", ["5"]),
        ("46 degrees", "45.8", []),
    ],
)
def test_a_number_out_of_nowhere_is_found(text: str, output: str, found: list[str]) -> None:
    assert out_of_nowhere(planted(text, output), {}) == found


def test_a_number_in_a_question_its_reason_or_its_answer_is_found_too() -> None:
    code = 'lessons.predict("Of 17?", answer=30.7, why="Since 28.6.", high=90)'
    assert out_of_nowhere(planted("", "", code), {}) == ["17", "28.6", "30.7"]
    quiz = 'lessons.quiz([("Of 17?", ["18", "19"], 0, "21.")])'
    assert out_of_nowhere(planted("", "", quiz), {"21": "half of 42"}) == ["17"]


# ---- exercises

EXERCISES = [
    pytest.param(source.stem, exercise, id=f"{source.stem}-{exercise.name}")
    for source in LESSONS
    if any(tool("sources").versions(source)[1:])
    for exercise in exercises(source)
]


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_solution_of_an_exercise_passes_its_check(lesson: str, exercise: Exercise) -> None:
    verdict = exercise.verdict(solved=True)
    assert verdict.right, verdict


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_an_exercise_as_it_is_given_is_not_solved(lesson: str, exercise: Exercise) -> None:
    assert "# your line" in exercise.given
    assert "# solution" not in exercise.given
    assert not exercise.verdict().right


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_three_wrong_answers_to_each_exercise_are_helped(lesson: str, exercise: Exercise) -> None:
    wrong = written.WRONG[lesson][exercise.name]
    assert len(wrong) >= 3
    for answer, words in wrong:
        verdict = exercise.verdict(answer)
        assert not verdict.right
        assert re.search(words, verdict.sentence), verdict.sentence
        assert verdict.sentence.startswith("Not yet")
        assert "Compare its shape" not in words


def test_wrong_answers_are_written_for_exercises_that_exist() -> None:
    there = {(lesson, exercise.name) for lesson, exercise in (p.values for p in EXERCISES)}
    assert {(lesson, name) for lesson, names in written.WRONG.items() for name in names} == there


# ---- instructor notes

STATE = re.compile(r"`(\w+)\.restore\(\"([\w-]+)\"\)`: \S")


@named
def test_each_lesson_has_notes_for_who_teaches_it(source: Path) -> None:
    text = (FOLDER / "instructor" / f"{source.stem[:2]}.md").read_text("utf-8")
    assert re.match(rf"# {source.stem[:2]} · \S", text)
    assert re.findall(r"^## (.+)$", text, re.M) == NOTES
    for part in re.split(r"^## .+$", text, flags=re.M)[1:]:
        assert words_in(part) >= 10
    states = text.partition(f"## {NOTES[-1]}")[2]
    assert 2 <= len(STATE.findall(states)) == states.count(".restore(")


def some_view(name: str, state: dict[str, Any]) -> View:
    """A view of a class that can have a state, with little data where it needs some."""
    rows, labels = np.eye(6, 3) + 0.1, np.arange(6) % 3
    if name in ("Sphere", "SampleWeights"):
        view: View = getattr(facelab, name)(rows, labels, np.eye(3))
    elif name == "CenterMargins":
        people = 20 * np.eye(6, 3) + 1
        view = facelab.CenterMargins(dict.fromkeys(("softmax", "center", "mml"), people))
    elif name == "Similarities" and "level" not in state:
        view = facelab.Similarities({"tables": (rows, rows)}, labels)
    elif name == "Similarities":
        two = dict.fromkeys(("before", "after"), lambda images: images[:, 0] + 1.0)
        view = facelab.Similarities(two, facelab.load("orl").take_people(2))
    elif name == "Explorer":
        view = facelab.Explorer({"a": rows, "b": rows[::-1]}, labels)
    else:
        view = LossFloor() if name == "LossFloor" else getattr(facelab, name)()
    return view


@named
def test_each_state_in_the_notes_is_restored_by_the_view_of_that_lesson(source: Path) -> None:
    text = (FOLDER / "instructor" / f"{source.stem[:2]}.md").read_text("utf-8")
    for name, state in STATE.findall(text):
        content = json.loads(base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)))
        made = re.search(
            rf"^{name} = facelab\.(?:widgets\.)?(\w+)(?:\.of)?\(", Lesson.read(source).code, re.M
        )
        assert made is not None, f"the lesson makes no {name}"
        assert made[1] == content["view"]
        view = some_view(content["view"], content["state"])
        before = view.choices()
        view.restore(state)
        assert view.choices() == content["state"] != before
        view.close()


# ---- other languages

TRANSLATED = sorted(FOLDER.glob("*/[0-9][0-9]_*.py"))


def skeleton(source: Path) -> list[str]:
    """The kinds of cells of a lesson, and its code without what is written in strings."""
    found = []
    for cell in tool("sources").read(source).cells:
        if cell.cell_type == "markdown":
            found.append("markdown")
            continue
        tree = ast.parse(cell.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = "" if re.search(r"[^\w.]", node.value) else node.value
        found.append(ast.unparse(tree))
    return found


@pytest.mark.parametrize("source", TRANSLATED, ids=lambda source: f"{source.parent.name}-00")
def test_a_lesson_in_another_language_is_the_same_lesson(source: Path) -> None:
    language, english = source.parent.name, skeleton(FOLDER / source.name)
    own = skeleton(source)
    setup = f"lessons.setup(language='{language}')"
    assert any(setup in cell for cell in own)
    plain = [cell.replace(setup, "lessons.setup()") for cell in own]
    assert [re.sub(r"f?'[^']*'", "''", cell) for cell in plain] == [
        re.sub(r"f?'[^']*'", "''", cell) for cell in english
    ]
