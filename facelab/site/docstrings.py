"""Docstrings as Sphinx reads them.

Ours are written to be read as they stand: formulas are indented, absolute values stand between
bars. In reStructuredText an indented block needs a sign, and a bar means something else.
"""

import re
from typing import Any

SECTION = re.compile(r"(?:Args|Attributes|Returns|Raises|Yields|Source|Example|Examples|Note):")
SPECIAL = re.compile(r"(\\|\*|\||(?<=\w)_(?!\w))")


def as_rst(lines: list[str]) -> list[str]:
    """The lines of a docstring, formulas as literal blocks and signs escaped.

    Args:
        lines: without the indentation that all share.
    """
    found: list[str] = []
    section = ""
    block = False
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if line.strip() and depth == 0:
            section = line if SECTION.fullmatch(line) else ""
            block = False
        code = section.startswith("Example")
        if line.strip() and depth >= 4 and (not section or code) and not block:
            found += ["::", ""] if not code else ["    ::", ""]
            block = True
        found.append(("    " if code else "") + line if block else escaped(line))
    return found


def escaped(line: str) -> str:
    """A line in which signs mean themselves; what stands between single backticks is code."""
    parts = re.split(r"(``[^`]*``|`[^`]*`)", line)
    return "".join(
        f"``{part.strip('`')}``" if part.startswith("`") else SPECIAL.sub(r"\\\1", part)
        for part in parts
    )


def process(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Called by Sphinx for each docstring, before its sections are read."""
    lines[:] = as_rst(lines)
