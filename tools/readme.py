"""The tables of README.md, from the losses and the lessons themselves.

    python tools/readme.py            write them
    python tools/readme.py --check    say whether they are in step

What stands between `<!-- losses -->` and `<!-- end of losses -->` is replaced, and so for lessons.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def losses_table(losses):
    """A row for each loss: its key, title, formula and source.

    Args:
        losses: key -> class with `title`, `formula` and `source`, as LOSSES.
    """
    rows = ["| `loss=` | name | formula | source |", "|---|---|---|---|"]
    for key, loss in losses.items():
        bars = loss.formula.replace(r"\|", r"\Vert ").replace("|", r"\vert ")  # | ends a cell
        rows.append(f"| `{key}` | {loss.title} | $`{bars}`$ | {loss.source} |")
    return "\n".join(rows)


def lessons_list(sources):
    """A line for each lesson: its number, its title, a link to the notebook.

    Args:
        sources: paths notebooks/NN_title.py.

    Raises:
        ValueError: if a lesson has no title.
    """
    lines = []
    for source in sources:
        title = re.search(r"^# # (.+)$", source.read_text(encoding="utf-8"), re.MULTILINE)
        if title is None:
            raise ValueError(f"{source.name} has no title; its first cell begins '# # Title'")
        lines.append(f"* [{title[1].strip()}](notebooks/{source.stem}.ipynb)")
    return "\n".join(lines)


def fill(text, name, content):
    """Text with what stands between the marks of a name replaced.

    Raises:
        ValueError: if the marks are not there once.
    """
    marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if [text.count(mark) for mark in marks] != [1, 1]:
        raise ValueError(f"README.md must hold {marks[0]} and {marks[1]} once each")
    before, rest = text.split(marks[0])
    after = rest.split(marks[1])[1]
    return f"{before}{marks[0]}\n{content}\n{marks[1]}{after}"


def fresh(text):
    """The README as it should be."""
    sys.path.insert(0, str(ROOT))
    from facelab.losses import LOSSES

    text = fill(text, "losses", losses_table(LOSSES))
    sources = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py"))
    return fill(text, "lessons", lessons_list(sources))


def main(arguments):
    """Write or check the tables; give back the exit status."""
    path = ROOT / "README.md"
    old = path.read_text(encoding="utf-8")
    new = fresh(old)
    if arguments == ["--check"]:
        print("README.md is in step" if new == old else "README.md is out of step: make readme")
        return int(new != old)
    path.write_text(new, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
