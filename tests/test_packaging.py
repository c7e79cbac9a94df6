"""What is installed, and what the README promises about it."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPO = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (REPO / "README.md").read_text(encoding="utf-8")
FIRST = "python -m pip install -c constraints.txt -e . && facelab lab"
SECOND = 'python -m pip install -c constraints.txt -e ".[test]" && python -m pytest'
CONDA_NAMES = {"torch": "pytorch"}  # PyPI's name -> conda-forge's
BOUNDED = {"opencv-python-headless"}  # 5.0 ships no cascade detectors


def tool(name: str) -> ModuleType:
    """A script of the folder tools, as a module."""
    spec = importlib.util.spec_from_file_location(name, REPO / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def floors(lines: list[str]) -> dict[str, str]:
    """Requirements as name -> bounds."""
    asked = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): str(r.specifier) for r in asked}


def pins() -> dict[str, str]:
    """constraints.txt as name -> version, whatever the marker."""
    lines = (REPO / "constraints.txt").read_text(encoding="utf-8").splitlines()
    asked = [Requirement(line) for line in lines if not line.startswith("#")]
    found = {canonicalize_name(r.name): str(r.specifier) for r in asked}
    assert len(found) == len(asked), "a package is listed twice"
    return found


def everything_asked() -> list[str]:
    """Every requirement in pyproject.toml, those of the extras too."""
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    own = f"{PROJECT['name']}["  # an extra that takes in others
    return [*PROJECT["dependencies"], *(line for line in extras if not line.startswith(own))]


def test_conda_and_pip_ask_for_the_same_floors() -> None:
    conda = yaml.safe_load((REPO / "environment.yml").read_text(encoding="utf-8"))
    assert conda["channels"] == ["conda-forge", "nodefaults"]
    *plain, nested = conda["dependencies"]
    *extra, editable = nested["pip"]
    assert editable == "-e ."
    asked = floors([line for line in plain if line != "pip"])
    assert asked.pop("python") == PROJECT["requires-python"]
    wanted = {CONDA_NAMES.get(k, k): v for k, v in floors(PROJECT["dependencies"]).items()}
    assert asked | floors(extra) == wanted


def test_every_floor_is_a_floor_and_only_a_floor() -> None:
    for name, bounds in floors(everything_asked()).items():
        if name not in BOUNDED:
            assert re.fullmatch(r"(>=[\d.]+)?", bounds), f"{name}{bounds}"


def test_constraints_are_exact_public_and_above_every_floor() -> None:
    exact = pins()
    for name, version in exact.items():
        assert re.fullmatch(r"==[\w.]+", version), f"{name}{version} is not one public version"
    assert exact["torch"] == "==2.13.0"
    for requirement in map(Requirement, everything_asked()):
        version = exact[canonicalize_name(requirement.name)].removeprefix("==")
        assert requirement.specifier.contains(version), f"{requirement}, but {version} is pinned"


def reached(name: str, extras: frozenset[str], found: set[str]) -> None:
    """Add all that a package brings in here, itself included."""
    if (key := canonicalize_name(name)) in found and not extras:
        return
    found.add(key)
    try:
        asked = metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # asked for, but not installed here
        return
    for line in asked:
        r = Requirement(line)
        wanted = r.marker is None or any(r.marker.evaluate({"extra": e}) for e in extras | {""})
        if wanted:
            reached(r.name, frozenset(r.extras), found)


def test_everything_that_facelab_brings_in_is_pinned() -> None:
    found: set[str] = set()
    reached("facelab", frozenset({"test"}), found)
    assert {"torch", "jupyterlab", "pytest", "tornado"} <= found
    cuda = {name for name in found if name.startswith(("nvidia-", "cuda-", "triton"))}
    assert found - cuda - {"facelab"} <= set(pins())


def test_the_readme_holds_the_two_commands_and_ci_takes_its_own_from_there() -> None:
    lines = [line.strip() for line in README.splitlines()]
    assert lines.count(FIRST) == 1
    assert lines.count(SECOND) == 1
    script = (REPO / ".ci" / "run").read_text(encoding="utf-8")
    (extract,) = [line for line in script.splitlines() if line.startswith("command=")]
    got = subprocess.run(
        ["bash", "-c", f'{extract}; printf %s "$command"'],
        capture_output=True,
        text=True,
        cwd=REPO,
    )
    assert got.stdout == SECOND
    assert script.count("pytest") == 1, "it names pytest nowhere else"


def test_the_workflow_runs_the_readmes_commands_on_three_systems() -> None:
    text = (REPO / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["jobs"]["two-commands"]
    assert {s.split("-")[0] for s in job["strategy"]["matrix"]["system"]} == {
        "ubuntu",
        "macos",
        "windows",
    }
    assert "3.11" in job["strategy"]["matrix"]["python"]
    steps = "\n".join(step.get("run", "") for step in job["steps"])
    assert SECOND in steps
    assert all(part in steps for part in FIRST.split(" && "))


def test_the_tables_of_the_readme_are_in_step() -> None:
    assert tool("readme").fresh(README) == README, "run make readme"


def test_a_loss_that_changes_puts_the_readme_out_of_step() -> None:
    loss = type("L", (), {"title": "AB", "formula": r"|x| \|y", "source": "here"})
    row = tool("readme").losses_table({"ab": loss}).splitlines()[-1]
    assert row == r"| `ab` | AB | $`\vert x\vert  \Vert y`$ | here |"


@pytest.mark.parametrize("text", ["", "<!-- losses --><!-- losses --><!-- end of losses -->"])
def test_a_readme_without_its_marks_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        tool("readme").fill(text, "losses", "")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_what_a_page_points_to_is_there(document: str) -> None:
    text = (REPO / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text):
        assert target.startswith("https://") or (REPO / target).exists(), target


def test_the_recipes_name_files_that_exist() -> None:
    text = (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:facelab|tests|notebooks)/[\w/.]+)`", text))
    assert len(named) > 5
    examples = {name for name in named if "my_" in name or "NN_" in name}
    for name in (named - examples) | {str(Path(name).parent) for name in examples}:
        assert (REPO / name).exists(), name


def test_the_version_is_written_once() -> None:
    import facelab

    assert "version" in PROJECT["dynamic"]
    assert metadata.version("facelab") == facelab.__version__


@pytest.mark.slow
def test_the_readmes_six_lines_run(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    lines = [line for line in block.splitlines() if line.strip()]
    assert len(lines) == 6
    done = subprocess.run(
        [sys.executable, "-c", block], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert re.match(r"0\.\d+ \(0\.\d+ to [01]\.\d+\)", done.stdout)
