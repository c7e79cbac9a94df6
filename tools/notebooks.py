"""From the lessons' sources, notebooks/NN_title.py, to the notebooks beside them.

    python tools/notebooks.py             those whose source has changed
    python tools/notebooks.py 00 zh/00    these, with their solutions
    python tools/notebooks.py --all       every one
    python tools/notebooks.py --check     say which are out of step; build nothing

Each lesson is run from top to bottom without a network, and so are the solutions of its exercises;
`tools/sources.py` says how the two are told apart. What is stored is small and does not change
from one machine to the next: no widget state, no timings. A live view is replaced by the static
picture that its cell must carry, so that a reader without a kernel sees something, and by what a
page needs to show it without a kernel; `facelab site` puts it there.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).parent))
from sources import LESSONS, ROOT, read, sources, target, versions

OFFLINE = ROOT / "tools" / "offline"
LIMIT = 1_500_000  # bytes of a notebook
PATIENCE = 180  # seconds a cell may take
WIDGET, PLOTLY = "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json"

TWIN = re.compile(r"facelab-twin-[0-9a-f]+")  # ties a view to its picture; new in every session


def execute(notebook, folder):
    """Run a notebook in place, in a folder, without a network and without the reader's settings.

    Raises:
        nbclient.exceptions.CellExecutionError: at the first cell that fails.
    """
    with tempfile.TemporaryDirectory() as home:
        paths = [str(OFFLINE), str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "IPYTHONDIR": home,
            "FACELAB_KEEP_VIEWS": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a debugger's warning that is not the lesson's
        }
        client = NotebookClient(
            notebook,
            timeout=PATIENCE,
            kernel_name="python3",
            store_widget_state=False,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env=environment)
    return notebook


def tidy(notebook, name):
    """Keep of the outputs what a reader sees and what does not change from run to run.

    Raises:
        ValueError: if a lesson warns, or shows something that has no static picture.
    """
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs for kept in tidy_output(output, name)]
            live = any(needs_kernel(output) for output in cell.outputs)
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET, None)
            if live and not any(is_picture(output) for output in cell.outputs):
                first = cell.source.splitlines()[0]
                raise ValueError(f"{name}: the cell {first!r} shows a view but no static picture")
            cell.outputs = [output for output in cell.outputs if not is_husk(output, live)]
    return notebook


def tidy_output(output, name):
    """An output, or nothing: progress bars go, warnings are refused, random names become one."""
    if output.output_type == "stream" and output.name == "stderr":
        if "Warning" in output.text:
            raise ValueError(f"{name}: a lesson must not warn: {output.text.strip()}")
        return []
    if is_progress(output):
        return []
    if "text/html" in output.get("data", {}):
        output.data["text/html"] = TWIN.sub("facelab-twin", output.data["text/html"])
    return [output]


def is_progress(output):
    """Whether an output is the bar of something that went on for a while."""
    data = output.get("data", {})
    return WIDGET in data and "%|" in data.get("text/plain", "")


def needs_kernel(output):
    """Whether an output is a live view or an interactive figure: blank without a kernel."""
    return bool({WIDGET, PLOTLY} & set(output.get("data", {})))


def is_picture(output):
    """Whether an output shows something without a kernel and without scripts."""
    data = output.get("data", {})
    return any(kind.startswith("image/") for kind in data) or any(
        tag in data.get("text/html", "") for tag in ("<img", "<svg", "<details")
    )


def is_husk(output, live):
    """Whether only the plain words of a live view, such as its class and address, are left."""
    return live and set(output.get("data", {})) == {"text/plain"}


def build(source, solved=False):
    """Run a lesson, or its solutions, and write the notebook; the old one stays if it goes wrong.

    Returns:
        The size of the notebook, bytes.

    Raises:
        ValueError: if it is too large, or something in it would not last; see `tidy`.
    """
    notebook = tidy(execute(read(source, solved), source.parent), source.name)
    text = nbformat.writes(notebook) + "\n"
    if len(text.encode()) > LIMIT:
        raise ValueError(f"{source.name}: {len(text.encode()):,} bytes, but {LIMIT:,} is the most")
    path = target(source, solved)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return len(text.encode())


def faults(source):
    """What is wrong with the notebooks built from a source: one sentence each, none if in step."""
    return [fault for solved in versions(source) for fault in faults_of(source, solved)]


def faults_of(source, solved=False):
    """What is wrong with one of them."""
    path = target(source, solved)
    name = path.relative_to(LESSONS if path.is_relative_to(LESSONS) else source.parent).as_posix()
    if not path.is_file():
        return [f"{name} is missing; run make notebooks"]
    stored, fresh = nbformat.read(path, as_version=4), read(source, solved)
    found = []
    if [(c.cell_type, c.source) for c in stored.cells] != [
        (c.cell_type, c.source) for c in fresh.cells
    ]:
        found.append(f"{name} is out of step with {source.name}; run make notebooks")
    if stored.metadata.get("facelab") != fresh.metadata["facelab"]:
        found.append(f"{name} was built from another {source.name}; run make notebooks")
    return found + [f"{name} {fault}" for fault in worn(stored, path.stat().st_size)]


def worn(stored, size):
    """What is wrong with the outputs of a notebook that was stored, whatever its source."""
    found = []
    code = [cell for cell in stored.cells if cell.cell_type == "code" and cell.source.strip()]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("was not run once from top to bottom; run make notebooks")
    outputs = [output for cell in code for output in cell.outputs]
    if any(output.output_type == "error" for output in outputs):
        found.append("stores an error")
    if any(WIDGET in output.get("data", {}) for output in outputs) or "widgets" in stored.metadata:
        found.append("stores a live view or its state, blank without a kernel")
    if size > LIMIT:
        found.append(f"has {size:,} bytes, but {LIMIT:,} is the most")
    return found


def main(arguments=None):
    """Build what is asked for; give back the exit status."""
    parser = argparse.ArgumentParser(description="Build the notebooks of the lessons.")
    parser.add_argument("lessons", nargs="*", help="numbers such as 00 or zh/00, or names")
    parser.add_argument("--all", action="store_true", help="build those in step too")
    parser.add_argument("--check", action="store_true", help="only say which are out of step")
    chosen = parser.parse_args(arguments)
    asked = tuple(chosen.lessons or [""])
    wanted = [s for s in sources() if s.relative_to(LESSONS).as_posix().startswith(asked)]
    if not wanted:
        parser.error(f"there is no lesson {' or '.join(chosen.lessons)} in {LESSONS}")
    if chosen.check:
        found = [fault for source in wanted for fault in faults(source)]
        print("\n".join(found) or "every notebook is in step")
        return int(bool(found))
    for source in wanted:
        for solved in versions(source):
            if chosen.all or chosen.lessons or faults_of(source, solved):
                name = target(source, solved).relative_to(LESSONS).as_posix()
                print(f"{name} ...", end=" ", flush=True)
                print(f"{build(source, solved):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
