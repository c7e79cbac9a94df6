"""The arrows between the parts of facelab point one way, and `import facelab` stays light."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
PACKAGE = REPO / "facelab"

ARRAYS = {"numpy"}
CLI = {"cli", "commands", "doctor", "_demos", "_options", "_parser", "__main__"}
PARTS = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
ALL_BUT_VIEWS = PARTS - {"widgets", "lessons", "__pycache__"} - CLI

# part of facelab -> the parts it may import, and the packages from elsewhere
MAY_IMPORT: dict[str, tuple[set[str], set[str]]] = {
    "choices": (set(), set()),
    "geometry": (set(), ARRAYS),
    "evaluation": (set(), ARRAYS | {"sklearn", "scipy"}),
    "losses": (set(), {"torch"}),
    "backbones": (set(), {"torch", "timm"}),
    "training": (set(), ARRAYS | {"torch"}),
    "datasets": (set(), ARRAYS | {"PIL", "sklearn", "cv2"}),
    "figures": ({"geometry", "evaluation"}, ARRAYS | {"matplotlib", "plotly"}),
    "widgets": (
        {"geometry", "experiments"},
        ARRAYS | {"anywidget", "traitlets", "IPython", "plotly"},
    ),
    "experiments": (
        {"datasets", "losses", "backbones", "training", "evaluation", "figures"},
        ARRAYS | {"torch", "safetensors", "tqdm", "joblib", "pandas", "umap", "dask"},
    ),
    "protocols": ({"datasets", "evaluation", "figures"}, ARRAYS | {"matplotlib"}),
    "lessons": ({"figures", "widgets", "geometry"}, ARRAYS | {"matplotlib", "IPython", "google"}),
    "site": ({"widgets", "losses"}, {"nbformat", "sphinx"}),
    "": (ALL_BUT_VIEWS | {"widgets", "lessons"}, set()),
    **{name: (ALL_BUT_VIEWS | CLI, set()) for name in CLI},
}
MAY_IMPORT["commands"][1].add("jupyterlab")
MAY_IMPORT["_demos"][1].update({"voila", "traitlets"})
MAY_IMPORT["doctor"][1].update({"torch", "jupyter_core", "jupyter_client", "psutil"})


def part_of(path: Path) -> str:
    """The part of facelab that a file belongs to; "" for facelab/__init__.py."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module named by an import anywhere in a file, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            module = node.module or ""
            if module == "facelab":
                yield from (f"facelab.{alias.name}" for alias in node.names)
            else:
                yield module


def astray(path: Path, source: str) -> list[str]:
    """The imports of a file that its part may not make."""
    part = part_of(path)
    ours, theirs = MAY_IMPORT[part]
    allowed = {f"facelab.{name}" for name in ours | {"choices", part}} | theirs
    found = []
    for module in imports(ast.parse(source)):
        words = module.split(".")
        if words[0] in sys.stdlib_module_names or module in ("facelab", "facelab.__version__"):
            continue
        top = ".".join(words[:2]) if words[0] == "facelab" else words[0]
        if top not in allowed:
            found.append(f"{path.relative_to(REPO)} imports {module}")
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix()
)
def test_each_file_imports_only_what_its_part_may(path: Path) -> None:
    assert astray(path, path.read_text(encoding="utf-8")) == []


PLANTED = {
    "geometry/curves.py": "def f():\n    import torch",
    "losses/arcface.py": "from facelab.geometry import curves",
    "datasets/orl.py": "from facelab import training",
    "commands/view.py": "from facelab.widgets import Sphere",
    "figures/roc.py": "import sklearn.metrics",
}


@pytest.mark.parametrize(("file", "source"), PLANTED.items(), ids=PLANTED)
def test_a_planted_import_is_found(file: str, source: str) -> None:
    assert len(astray(PACKAGE / file, source)) == 1


def test_every_part_is_in_the_table() -> None:
    parts = {part_of(path) for path in PACKAGE.rglob("*.py")}
    assert parts <= set(MAY_IMPORT)


HEAVY = {"torch", "matplotlib", "sklearn", "scipy", "pandas", "plotly", "anywidget", "umap"}


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh Python has loaded after some code."""
    script = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    run = [sys.executable, "-c", script]
    out = subprocess.run(run, capture_output=True, text=True, check=True, cwd=REPO).stdout
    return set(out.splitlines()[-1].split())


HELP = """
from facelab.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""


@pytest.mark.parametrize("code", ["import facelab", HELP], ids=["import facelab", "facelab --help"])
def test_what_must_be_quick_loads_nothing_heavy(code: str) -> None:
    loaded = loaded_after(code)
    assert "facelab" in loaded
    assert not loaded & (HEAVY | {"numpy", "IPython", "jupyterlab"})


@pytest.mark.parametrize("part", ["geometry", "evaluation", "datasets", "protocols"])
def test_numbers_can_be_had_without_torch(part: str) -> None:
    loaded = loaded_after(f"import facelab.{part}")
    assert "numpy" in loaded
    assert "torch" not in loaded


@pytest.mark.parametrize(
    ("said", "policy", "spins"),
    [
        ({}, "PASSIVE", "6000"),
        ({"GOMP_SPINCOUNT": "7"}, "PASSIVE", "7"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE", "None"),
    ],
)
def test_threads_that_wait_spin_for_a_moment_unless_the_user_says_otherwise(
    said: dict[str, str], policy: str, spins: str
) -> None:
    script = (
        "import os, facelab; print(*map(os.environ.get, ['OMP_WAIT_POLICY', 'GOMP_SPINCOUNT']))"
    )
    bare = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    run = [sys.executable, "-c", script]
    out = subprocess.run(run, capture_output=True, text=True, check=True, env=bare | said).stdout
    assert out.split() == [policy, spins]
