"""Numbers that a lesson says in its text, and numbers that it shows."""

import ast
import re
from typing import Any

import yaml

from tests.lesson_files import FOLDER, Lesson, numbers

CONSTANTS = FOLDER / "constants.yml"

# what looks like a number and claims nothing
NAMES = [
    r"arXiv:\d{4}\.\d{4,5}",
    r"`[^`]*`",  # code
    r"\]\([^)]*\)",  # where a link leads
    r"\b(?:19|20)\d\d\b",  # years
    r"\beqs?\. \d+(?: (?:to|and) \d+)*",
    r"\b[Ll]essons? \d\d(?:(?:,| and| to) \d\d)*",
    r"^#* *\*{0,2}\d\d · ",  # the number of a lesson
    r"\*\*\d\d · [^*]*\*\*",
    r"\*\*\d\.\*\*",  # of an exercise
    r"^\d+\. ",  # of a list
    r"\b[23]-D\b",
    r"\b\d+ \(\d{4}\)",  # the volume of a journal
]


def claims(text: str) -> list[tuple[str, bool]]:
    """The numbers of a text, and whether each is a percentage; of formulas, decimals only."""
    for pattern in NAMES:
        text = re.sub(pattern, " ", text, flags=re.M)
    text = re.sub(r"\$\$.*?\$\$", " ", text, flags=re.S)
    formulas = re.findall(r"\$([^$]*)\$", text)
    text = re.sub(r"\$[^$]*\$", " ", text)
    found = [(n, bool(re.match(r" ?%", text[e:]))) for n, e in placed(text)]
    decimals = [(n, False) for formula in formulas for n in numbers(formula) if "." in n]
    return found + decimals


def placed(text: str) -> list[tuple[str, int]]:
    """The numbers of a text and where each ends."""
    found, start = [], 0
    for number in numbers(text):
        start = text.index(number, start) + len(number)
        found.append((number.rstrip(","), start))
    return found


def asked(lesson: Lesson) -> list[tuple[str, bool]]:
    """The numbers in questions, in the reasons, and in answers that are numbers."""
    found = []
    for call in lesson.calls("predict"):
        said = {k.arg: k.value for k in call.keywords}
        texts = [call.args[0], said["why"]]
        found += [claim for text in texts for claim in claims(ast.literal_eval(text))]
        if len(call.args) == 1 and "options" not in said:
            unit = ast.literal_eval(said["unit"]) if "unit" in said else ""
            found.append((str(ast.literal_eval(said["answer"])), "%" in unit))
    for call in lesson.calls("quiz"):
        for question, _, _, why in ast.literal_eval(call.args[0]):
            found += claims(question) + claims(why)
    return found


def shown(lesson: Lesson) -> list[float]:
    """The numbers that a lesson shows: those of its outputs, and those in code that is seen."""
    texts = [*lesson.visible]
    for output in lesson.outputs:
        data: dict[str, Any] = output.get("data", {})
        html = data.get("text/html", "")
        if "facelab-twin" in html:
            continue  # a view, or a question with its answer
        texts += [output.get("text", ""), data.get("text/plain", ""), re.sub(r"<[^>]*>", " ", html)]
    return [float(n.rstrip(",").replace(",", "")) for text in texts for n in numbers(text)]


def agrees(number: str, percent: bool, values: list[float]) -> bool:
    """Whether a number is one of the values, to the digits that are written."""
    digits = len(number.partition(".")[2])
    wanted = float(number.replace(",", ""))
    if percent:
        values = values + [100 * value for value in values]
    if digits == 0 and wanted < 10:
        return wanted in values
    return any(abs(value - wanted) <= 0.5 * 10**-digits * (1 + 1e-9) for value in values)


def constants(lesson: str) -> dict[str, str]:
    """The numbers that a lesson may say without showing them, each with its reason."""
    stored = yaml.safe_load(CONSTANTS.read_text("utf-8"))
    known = stored.get("all", {}) | stored.get(lesson, {})
    return {f"{number:g}": reason for number, reason in known.items()}


def out_of_nowhere(lesson: Lesson, known: dict[str, str]) -> list[str]:
    """The numbers that a lesson says and neither shows nor explains."""
    values = shown(lesson)
    said = claims(lesson.words) + asked(lesson)
    unknown = [n for n, percent in said if not agrees(n, percent, values)]
    return [n for n in unknown if f"{float(n.replace(',', '')):g}" not in known]
