"""The sources of the lessons, in percent format, and the two notebooks each is read as.

    notebooks/NN_title.py           the lesson, in English
    notebooks/zh/NN_title.py        the same in Chinese; ja: Japanese
    notebooks/playground.py         one view alone

An exercise is a cell in which the reader changes a line, then a cell that checks it. That line ends
in `# your line`, and below it stands what it should become, as a comment:

    # %%
    def psi(theta):
        return np.cos(theta)  # your line
        # solution: return np.cos(theta) - 0.35

    # %%
    lessons.check(psi, "cosface", margin=0.35)

The lesson has the first line only. The solutions have the second only, with the set-up cell, with
the text before each exercise, and with cells tagged "needed". A cell tagged "solution" is in the
solutions alone.
"""

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "notebooks"
YOURS = re.compile(r".*# your line *")
SOLUTION = re.compile(r"( *)# solution: ?(.*)")
FOLDED = re.compile(r"lessons\.(?:predict|quiz|check)\(")


def sources(folder=LESSONS):
    """The sources of the lessons, in order, the playground and the other languages after them."""
    own, others = folder.glob("[0-9][0-9]_*.py"), folder.glob("*/[0-9][0-9]_*.py")
    return [*sorted(own), *sorted(folder.glob("playground.py")), *sorted(others)]


def read(source, solved=False):
    """A source as a notebook that has not been run; reading it twice gives the same one.

    Args:
        source: path of the percent file.
        solved: whether the solutions of its exercises are wanted.
    """
    text = source.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.cells = solutions(notebook.cells, source) if solved else lesson(notebook.cells)
    for number, cell in enumerate(notebook.cells):
        cell.id = hashlib.sha256(f"{number} {cell.source}".encode()).hexdigest()[:8]
        cell.metadata = nbformat.from_dict(looks(cell))
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
            "facelab": {"source": hashlib.sha256(text.encode()).hexdigest()},
        }
    )
    return notebook


def target(source, solved=False):
    """Path of the notebook built from a source."""
    folder = source.parent / "solutions" if solved else source.parent
    return folder / f"{source.stem}.ipynb"


def versions(source):
    """Which notebooks a source is built into: the lesson, and solutions if it has exercises."""
    cells = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent").cells
    return [False, True] if any(map(is_task, cells)) else [False]


def lesson(cells):
    """What a reader gets: exercises with the lines that are to be changed."""
    kept = [cell for cell in cells if "solution" not in tags(cell)]
    for cell in kept:
        cell.source = "\n".join(
            line for line in cell.source.splitlines() if not SOLUTION.fullmatch(line)
        )
    return kept


def solutions(cells, source):
    """A title, the set-up, and each exercise solved and checked, with the text before it."""
    title = re.match(r"# (.+)", cells[0].source)[1]
    note = f"Built from the lesson's own source. The lesson: [{title}](../{source.stem}.ipynb)."
    kept = [nbformat.v4.new_markdown_cell(f"# {title}: solutions\n\n{note}")]
    kept.append(next(cell for cell in cells if cell.cell_type == "code"))
    for before, cell in pairwise(cells):
        task = is_task(cell)
        kept += [before] if task and before.cell_type == "markdown" else []
        if task:
            cell.source = "\n".join(map(solved_line, unyours(cell.source)))
        if task or is_check(cell) or {"needed", "solution"} & tags(cell):
            kept.append(cell)
    return kept


def unyours(text):
    """The lines of a cell without those that the reader is to change."""
    return [line for line in text.splitlines() if not YOURS.fullmatch(line)]


def solved_line(line):
    """A line of the solution, out of its comment; any other line as it is."""
    found = SOLUTION.fullmatch(line)
    return line if found is None else found[1] + found[2]


def is_task(cell):
    """Whether a reader is to change a line of a cell; solved, it has a solution there."""
    return cell.cell_type == "code" and bool(YOURS.search(cell.source))


def is_check(cell):
    """Whether a cell checks what a reader has written in the cell before."""
    return cell.cell_type == "code" and cell.source.startswith("lessons.check(")


def is_folded(cell):
    """Whether a cell only asks or checks: its source, which holds the answer, is folded away."""
    return cell.cell_type == "code" and FOLDED.match(cell.source) is not None


def tags(cell):
    """The tags of a cell."""
    return set(cell.metadata.get("tags", []))


def looks(cell):
    """What JupyterLab and the site are told of a cell."""
    return {"jupyter": {"source_hidden": True}} if is_folded(cell) else {}
