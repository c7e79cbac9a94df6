"""The lessons as tests read them: sources, cells, exercises, and what was stored."""

import ast
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat

REPO = Path(__file__).parents[1]
FOLDER = REPO / "notebooks"


@cache
def tool(name: str) -> ModuleType:
    """A script of the folder tools, as a module."""
    spec = importlib.util.spec_from_file_location(name, REPO / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.py"))  # in English


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """The calls of `lessons.name(...)`."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"lessons.{name}"
    ]


@dataclass
class Lesson:
    """A lesson: its cells as readers get them, and its outputs where it was built."""

    cells: list[Any]
    outputs: list[Any]

    @classmethod
    def read(cls, source: Path) -> "Lesson":
        stored = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
        outputs = [output for cell in stored.cells for output in cell.get("outputs", [])]
        return cls(tool("sources").read(source).cells, outputs)

    @property
    def words(self) -> str:
        """The text of all cells that are text."""
        return "\n\n".join(c.source for c in self.cells if c.cell_type == "markdown")

    @property
    def visible(self) -> list[str]:
        """The source of code cells whose source is not folded away."""
        folded = tool("sources").is_folded
        return [c.source for c in self.cells if c.cell_type == "code" and not folded(c)]

    @property
    def code(self) -> str:
        whole = "\n\n".join(c.source for c in self.cells if c.cell_type == "code")
        return re.sub(r"^[!%].*$", "pass", whole, flags=re.M)  # commands are no Python

    def calls(self, name: str) -> list[ast.Call]:
        """The calls of `lessons.name(...)` in its code."""
        return calls(ast.parse(self.code), name)


@dataclass
class Exercise:
    """An exercise: what runs before it, its cell as given and as solved, and its check.

    Attributes:
        name: what the reader writes: a function or a number.
    """

    before: str
    given: str
    solved: str
    check: str

    @property
    def name(self) -> str:
        (call,) = calls(ast.parse(self.check), "check")
        return ast.unparse(call.args[0])

    def verdict(self, answer: Any = ..., solved: bool = False) -> Any:
        """What its check says: to an answer, to the solution, or to the cell as it is given."""
        space: dict[str, Any] = {}
        exec(self.before, space)
        exec(self.solved if solved else self.given, space)
        if answer is not ...:
            space[self.name] = answer
        return eval(self.check, space)


def exercises(source: Path) -> list[Exercise]:
    """The exercises of a lesson, in order."""
    sources = tool("sources")
    given, solved = (sources.read(source, of).cells for of in (False, True))
    tasks, checks = (
        [c.source for c in given if is_(c)] for is_ in (sources.is_task, sources.is_check)
    )
    code = [c.source for c in solved if c.cell_type == "code"]
    places = [place for place, text in enumerate(code) if text in checks]
    answers = [code[place - 1] for place in places]
    before = [text for text in code if text not in answers and text not in checks]
    first = "\n\n".join(before)
    return [Exercise(first, *parts) for parts in zip(tasks, answers, checks, strict=True)]


def numbers(text: str) -> list[str]:
    """Every number in a text, as it is written; digits of a name, such as SphereFace2, are none."""
    return re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)", text)
