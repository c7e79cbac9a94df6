"""The lessons: in step with their sources, small, and run from top to bottom without a network."""

import importlib.util
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

REPO = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("notebooks", REPO / "tools" / "notebooks.py")
assert spec is not None
assert spec.loader is not None
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)

LESSONS = tool.sources()
FIRST, OTHERS = LESSONS[:1], LESSONS[1:]


def write_lesson(folder: Path, *cells: str) -> Path:
    """A lesson of a few code cells, as an author would write it."""
    source = folder / "07_planted.py"
    source.write_text("# %% [markdown]\n# # Planted\n\n# %%\n" + "\n\n# %%\n".join(cells) + "\n")
    return source


def name(source: Path) -> str:
    return source.relative_to(REPO / "notebooks").with_suffix("").as_posix()


def test_there_are_lessons_the_playground_and_other_languages() -> None:
    assert [name(source) for source in FIRST] == ["00_start_here"]
    there = {name(source) for source in LESSONS}
    assert {"playground", "zh/00_start_here", "ja/00_start_here"} <= there


@pytest.mark.parametrize("source", LESSONS, ids=name)
def test_each_notebook_is_in_step_with_its_source(source: Path) -> None:
    assert tool.faults(source) == []


@pytest.mark.parametrize("source", LESSONS, ids=name)
def test_each_lesson_begins_with_a_title(source: Path) -> None:
    assert tool.read(source).cells[0].source.startswith("# ")


@pytest.mark.parametrize("source", FIRST, ids=name)
def test_the_first_lesson_runs_without_a_network(source: Path) -> None:
    tool.tidy(tool.execute(tool.read(source), source.parent), source.name)


@pytest.mark.slow
@pytest.mark.parametrize("source", OTHERS, ids=name)
def test_every_lesson_runs_without_a_network_and_so_do_its_solutions(source: Path) -> None:
    for solved in tool.versions(source):
        tool.tidy(tool.execute(tool.read(source, solved), source.parent), source.name)


CHILD = """import socket; socket.create_connection(('192.0.2.1', 80), 2)"""
DOWNLOADS = {
    "a page": "import urllib.request as r\nr.urlopen('http://192.0.2.1/', timeout=2)",
    "a name": "import socket\nsocket.create_connection(('example.org', 80), timeout=2)",
    "a datagram": "import socket as s\ns.socket(type=s.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))",
    "another process": "import subprocess, sys\n"
    f"child = subprocess.run([sys.executable, '-c', {CHILD!r}], capture_output=True, text=True)\n"
    "assert not child.stderr, child.stderr",
}


@pytest.mark.parametrize("cell", DOWNLOADS.values(), ids=DOWNLOADS)
def test_a_planted_download_stops_a_lesson(cell: str, tmp_path: Path) -> None:
    source = write_lesson(tmp_path, cell)
    with pytest.raises(CellExecutionError, match="must not use the network"):
        tool.execute(tool.read(source), tmp_path)


def test_this_machine_itself_can_be_reached_from_a_lesson(tmp_path: Path) -> None:
    cell = (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(('localhost', server.getsockname()[1]), timeout=5).close()"
    )
    tool.execute(tool.read(write_lesson(tmp_path, cell)), tmp_path)


def test_a_built_notebook_is_in_step_until_its_source_changes(tmp_path: Path) -> None:
    source = write_lesson(tmp_path, "1 + 1", "print('two')")
    tool.build(source)
    assert tool.faults(source) == []
    source.write_text(source.read_text().replace("1 + 1", "1 + 2"))
    assert any("out of step" in fault for fault in tool.faults(source))


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    source = write_lesson(tmp_path, figure, "import time\ntime.perf_counter() > 0")
    built = [tool.build(source) and source.with_suffix(".ipynb").read_bytes() for _ in range(2)]
    assert built[0] == built[1]


def spoil(path: Path, fault: str) -> None:
    """Plant a fault in a notebook that was built."""
    notebook = nbformat.read(path, as_version=4)
    cell = notebook.cells[-1]
    if fault == "an error":
        cell.outputs = [nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]
    elif fault == "live view":
        cell.outputs = [nbformat.v4.new_output("display_data", {tool.WIDGET: {"model_id": "1"}})]
    elif fault == "state":
        notebook.metadata["widgets"] = {"state": {}}
    elif fault == "not run once":
        cell.execution_count = None
    elif fault == "is the most":
        cell.outputs = [nbformat.v4.new_output("stream", text="x" * tool.LIMIT)]
    elif fault == "out of step":
        cell.source += " "
    elif fault == "another":
        notebook.metadata["facelab"]["source"] = "0" * 64
    nbformat.write(notebook, path)


FAULTS = ["an error", "live view", "state", "not run once", "is the most", "out of step", "another"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_in_a_notebook_is_named(fault: str, tmp_path: Path) -> None:
    source = write_lesson(tmp_path, "1 + 1")
    notebook = tool.read(source)
    notebook.cells[-1].execution_count = 1
    nbformat.write(notebook, source.with_suffix(".ipynb"))
    assert tool.faults(source) == []
    spoil(source.with_suffix(".ipynb"), fault)
    assert any(fault in found for found in tool.faults(source))


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    assert "missing" in tool.faults(write_lesson(tmp_path, "1"))[0]


SLIDER = "from ipywidgets import IntSlider\nfrom IPython.display import HTML, display\n"


def test_a_live_view_without_a_static_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no static picture"):
        tool.build(write_lesson(tmp_path, SLIDER + "IntSlider()"))
    assert not (tmp_path / "07_planted.ipynb").exists()


def test_of_a_live_view_only_its_static_picture_is_stored(tmp_path: Path) -> None:
    source = write_lesson(
        tmp_path,
        SLIDER + 'display(HTML(\'<img src="data:," id="facelab-twin-12ab">\'))\nIntSlider()',
    )
    tool.build(source)
    stored = nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    (output,) = stored.cells[-1].outputs
    assert output.data["text/html"] == '<img src="data:," id="facelab-twin">'


def test_of_a_progress_bar_nothing_is_stored(tmp_path: Path) -> None:
    bar = "from tqdm.auto import tqdm\nfor _ in tqdm(range(3), leave=False):\n    pass\nprint(1)"
    source = write_lesson(tmp_path, bar)
    tool.build(source)
    outputs = nbformat.read(source.with_suffix(".ipynb"), as_version=4).cells[-1].outputs
    assert [output.output_type for output in outputs] == ["stream"]


def test_a_lesson_that_warns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must not warn"):
        tool.build(write_lesson(tmp_path, "import warnings\nwarnings.warn('old')"))


# ---- exercises, questions, views

EXERCISE = """import types

lessons = types.SimpleNamespace(check=lambda f, g, at: print([f(x) == g(x) for x in at]))

# %% [markdown]
# Double it.

# %%
def double(x):
    return x  # your line
    # solution: return 2 * x


# %%
lessons.check(double, lambda x: 2 * x, at=[1, 2, 3])

# %% [markdown] tags=["solution"]
# Twice is enough."""


def test_a_lesson_with_an_exercise_becomes_two_notebooks(tmp_path: Path) -> None:
    source = write_lesson(tmp_path, EXERCISE)
    assert tool.versions(source) == [False, True]
    sizes = [tool.build(source, solved) for solved in (False, True)]
    assert min(sizes) > 1000
    assert tool.faults(source) == []
    lesson, solved = (
        nbformat.read(tool.target(source, solved), as_version=4) for solved in (False, True)
    )
    (given, check), (answer, passed) = lesson.cells[-2:], solved.cells[-3:-1]
    assert "return x  # your line" in given.source
    assert "solution" not in "".join(cell.source for cell in lesson.cells)
    assert answer.source == "def double(x):\n    return 2 * x"
    assert [cell.outputs[0].text for cell in (check, passed)] == [
        f"{[x] * 3}\n" for x in (False, True)
    ]
    texts = [cell.source for cell in solved.cells if cell.cell_type == "markdown"]
    assert texts[0].startswith("# Planted: solutions")
    assert "(../07_planted.ipynb)" in texts[0]
    assert texts[1:] == ["Double it.", "Twice is enough."]
    source.write_text(source.read_text().replace("2 * x\n", "x + x\n", 1))
    assert any("solutions/07_planted.ipynb is out" in fault for fault in tool.faults(source))


def test_the_source_of_what_asks_and_what_checks_is_folded_away(tmp_path: Path) -> None:
    asked = 'lessons.predict("?", ["a", "b"], answer=0, why="w")'
    source = write_lesson(
        tmp_path, "from facelab import lessons", asked, "lessons.check(1, 2)", "1"
    )
    folded = [dict(cell.metadata) for cell in tool.read(source).cells]
    assert folded == [{}, {}, *[{"jupyter": {"source_hidden": True}}] * 2, {}]


@pytest.mark.parametrize("source", LESSONS, ids=name)
def test_each_view_of_a_lesson_is_kept_for_pages_without_a_kernel(source: Path) -> None:
    stored = nbformat.read(tool.target(source), as_version=4)
    outputs = [
        output.get("data", {}) for cell in stored.cells for output in cell.get("outputs", [])
    ]
    views = [data for data in outputs if "facelab-twin" in data.get("text/html", "")]
    assert views
    for data in views:
        assert data["application/vnd.facelab.view+json"]["view"]
