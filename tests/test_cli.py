"""The command line: says what it did, or in one sentence why not."""

import argparse
import ast
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facelab import _demos, cli, experiments
from facelab._options import RUN, parse_run
from facelab._parser import make_parser
from facelab.commands import _lab
from facelab.losses import LOSSES, Choice, Slider, Switch

REPO = Path(__file__).parents[1]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`facelab WORDS` in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-m", "facelab", *words],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPO)} | environment,
    )


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line on stderr of a command that is refused as bad input."""
    try:
        status = cli.main(words)
    except SystemExit as leave:  # the parser itself
        status = int(str(leave.code))
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leave:
        cli.main([command, "--help"])
    assert leave.value.code == 0
    assert f"example: facelab {command}" in capsys.readouterr().out


def test_every_command_has_its_file_and_every_file_its_command() -> None:
    folder = REPO / "facelab" / "commands"
    files = {path.stem.removeprefix("_") for path in folder.glob("_*.py")} - {"_init__"}
    assert files == set(cli.COMMANDS)
    assert all(name == command.__name__ for name, command in cli.COMMANDS.items())


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in cli.COMMANDS)


def test_no_setting_of_a_loss_is_shadowed_by_a_keyword_of_a_run() -> None:
    shadowed = {key: set(loss.settings) & set(RUN) - {"seed"} for key, loss in LOSSES.items()}
    assert {key: names for key, names in shadowed.items() if names} == {}


@pytest.mark.parametrize("loss", LOSSES)
def test_each_setting_of_a_loss_is_an_option(loss: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["train", "--loss", loss, "--help"])
    said = capsys.readouterr().out
    for name in set(LOSSES[loss].settings) - set(RUN):
        assert re.search(rf"--{name.replace('_', '-')}[ ,]", said)


def test_what_is_said_of_a_setting_reaches_training_as_its_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {
        "margin": Slider("m", "margin, 50 %", "radians", 0, 1, 0.1, paper=0.5, teaching=0.3),
        "sub_centers": Slider("K", "centers", "", 1, 5, 1, paper=3, teaching=2, whole=True),
        "kind": Choice("the curve", {"A": "a", "C": "c"}, default="C"),
        "plus": Switch("whether to sort", default=True),
    }
    monkeypatch.setitem(LOSSES, "invented", type("Invented", (), {"settings": settings}))
    words = "--loss invented --margin 0.25 --sub-centers 3 --kind A --no-plus --out somewhere"
    got = vars(
        parse_run(
            make_parser(cli.COMMANDS["train"], "", argument_default=argparse.SUPPRESS),
            words.split(),
        )
    )
    assert got == {
        "loss": "invented",
        "margin": 0.25,
        "sub_centers": 3,
        "kind": "A",
        "plus": False,
        "out": "somewhere",
    }


TRAIN = {
    "unknown loss, the nearest is named": ("--loss arcfce", "did you mean arcface"),
    "unknown set, the nearest is named": ("--data olr", "did you mean orl"),
    "negative margin": ("--margin -0.1", "margin must be at least 0"),
    "margin that is no number": ("--margin nan", "not nan"),
    "scale of 0": ("--scale 0", "scale must be above 0"),
    "infinite scale": ("--scale inf", "not inf"),
    "unknown word": ("--beyond-pi esy", "did you mean easy"),
    "more people than there are": ("--people 99", "99 people were asked for"),
    "too few people": ("--people 3", "at least 4 people"),
    "words for a number": ("--epochs many", "invalid int value: 'many'"),
    "no epochs": ("--epochs 0", "epochs must be at least 1"),
    "batch of one": ("--batch-size 1", "batch_size must be at least 2"),
    "unknown device": ("--device tpu", "unknown device 'tpu'"),
    "embedding of length 0": ("--embedding-dim 0", "embedding_dim must be at least 1"),
    "setting of another loss": ("--loss softmax --margin 0.1", "--margin"),
    "unknown option": ("--epoch 3", "--epoch"),
    "an empty folder": ("--data {}", "is empty"),
}


@pytest.mark.parametrize(("words", "expected"), TRAIN.values(), ids=TRAIN)
def test_bad_input_is_one_sentence_and_nothing_is_written(
    words: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    out = tmp_path / "run"
    said = refused(capsys, "train", *words.format(tmp_path / "empty").split(), "--out", str(out))
    assert expected in said
    assert said.startswith("facelab train: ")
    assert not out.exists()


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean train" in refused(capsys, "trian")


def test_training_ends_with_numbers_on_people_never_seen_and_their_intervals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "train",
        "--people",
        "12",
        "--epochs",
        "2",
        "--seed",
        "1",
        "--out",
        str(tmp_path / "a"),
    ]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    kept = experiments.open_run(tmp_path / "a")
    assert "trained on 9 people, tested on 3 it has never seen (30 images, 435 pairs)" in said
    met = kept.verification
    for name, number in {
        "AUC": met.auc(),
        "EER": met.eer(),
        "TAR at FAR 1 %": met.tar(far=1e-2),
    }.items():
        assert f"  {name:15} {number!r}\n" in said
    assert f"Kept in {tmp_path / 'a'}" in said
    before = {path: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert "already holds a finished run" in refused(capsys, *words)
    assert {path: path.read_bytes() for path in (tmp_path / "a").iterdir()} == before


def test_a_failure_is_status_1_and_says_how_to_see_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**options: object) -> None:
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr(experiments, "train", fail)
    assert cli.main(["train"]) == 1
    said = capsys.readouterr().err
    assert said == (
        "facelab train: RuntimeError: out of memory (facelab --traceback train shows where)\n"
    )
    with pytest.raises(RuntimeError):
        cli.main(["--traceback", "train"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to the whole console")
def test_ctrl_c_ends_training_with_one_sentence_and_it_can_go_on(tmp_path: Path) -> None:
    words = ["train", "--people", "8", "--epochs", "4000", "--out", str(tmp_path / "a")]
    process = subprocess.Popen(
        [sys.executable, "-m", "facelab", *words],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "a" / "checkpoint.safetensors").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    last = said.replace("\r", "\n").strip().splitlines()[-1]
    assert last == "facelab train: stopped; the same command goes on after the last whole epoch"
    assert "Traceback" not in said
    assert process.returncode == 130


def test_data_says_what_is_there_and_how_to_get_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FACELAB_DATA", str(tmp_path))
    assert cli.main(["data"]) == 0
    orl, olivetti, lfw, sketch = capsys.readouterr().out.split("\n\n")
    assert "40 people x 10 images" in orl
    assert "license: " in orl
    assert "found in " in orl
    assert "facelab data olivetti --download gets it" in olivetti
    assert "facelab data lfw --download gets it" in lfw
    assert "license: MIT" in sketch


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of two people with two pictures each."""
    rng = np.random.default_rng(0)
    for person in ("Ana", "Béla"):
        (tmp_path / "photos" / person).mkdir(parents=True)
        for k in range(2):
            pixels = rng.integers(0, 255, (64, 64), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / person / f"{k}.png")
    return tmp_path / "photos"


def test_data_of_a_folder_counts_its_people(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["data", str(photos)]) == 0
    said = capsys.readouterr().out
    assert "4 images of 2 people" in said
    assert said.endswith("      2  Ana\n      2  Béla\n")


def test_a_name_that_the_console_cannot_show_breaks_nothing(photos: Path) -> None:
    done = run("data", str(photos), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert done.stdout.endswith("      2  B?la\n")


def test_a_download_needs_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--download needs the name of a set" in refused(capsys, "data", "--download")


def test_without_the_lessons_lab_says_where_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_lab, "FIRST_LESSON", Path("notebooks", "99_not_written.ipynb"))
    assert "the lessons are in facelab's repository" in refused(capsys, "lab")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def fetch(url: str, patience: float = 40) -> bytes:
    """The body of a page as soon as the server answers."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bytes(answer.read())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_lab_serves_the_first_lesson_quietly_and_leaves_the_users_settings_alone(
    tmp_path: Path,
) -> None:
    lesson = tmp_path / _lab.FIRST_LESSON
    lesson.parent.mkdir()
    lesson.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    start = (
        "import sys, pathlib; from facelab import cli; from facelab.commands import _lab; "
        f"_lab.find_lessons = lambda: pathlib.Path({str(tmp_path)!r}); sys.exit(cli.main())"
    )
    home = tmp_path / "home"
    port = free_port()
    words = [
        "lab",
        "--no-browser",
        "--port",
        str(port),
        "--allow-root",
        "--IdentityProvider.token=",
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", start, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(REPO), "JUPYTER_CONFIG_DIR": str(home), "HOME": str(home)},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        fetch(f"{address}/api/status")
        listed = json.loads(fetch(f"{address}/api/contents/notebooks"))
        assert [entry["name"] for entry in listed["content"]] == [_lab.FIRST_LESSON.name]
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert answer.url == f"{address}/lab/tree/{_lab.FIRST_LESSON.as_posix()}"
        plugin = "@jupyterlab/apputils-extension:notification"
        news = json.loads(fetch(f"{address}/lab/api/settings/{plugin}"))
        assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
        assert news["raw"] == "{}"
    finally:
        process.terminate()
        process.wait(timeout=20)
    assert not list(home.rglob("*.jupyterlab-settings"))


LOSS_WITH_A_FAULT = """
import torch
class Raw(torch.nn.Module):
    def __init__(self, num_classes, embedding_dim):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(num_classes, embedding_dim))
    def forward(self, x, y):
        return torch.nn.functional.cross_entropy(x @ self.weight.T, y)
"""


def test_check_says_what_fails_and_its_status_says_that_something_does(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(LOSS_WITH_A_FAULT)
    assert cli.main(["check", f"{file}:Raw"]) == 1
    said = capsys.readouterr().out
    assert "FAILS  the length of an embedding changes nothing" in said
    assert "in training: " in said
    assert cli.main(["check", "cosface"]) == 0
    assert "CosFace: 14 hold, 0 fail" in capsys.readouterr().out
    assert cli.main(["check", f"{file}:Rwa"]) == 2
    assert "there are: Raw" in capsys.readouterr().err
    assert cli.main(["check", "cosfase"]) == 2
    assert "did you mean cosface" in capsys.readouterr().err


DEMO = {
    "unknown view, the nearest is named": ("dail", "did you mean dial"),
    "no port": ("dial --port 0", "a port is a number from 1 to 65535, not 0"),
    "a port beyond": ("dial --port 70000", "not 70000"),
    "a word for a port": ("dial --port any", "invalid int value: 'any'"),
    "unknown option": ("dial --brwser", "--brwser"),
}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What would have been served: name, port, and whether the page is opened."""
    asked: list[object] = []
    monkeypatch.setattr(_demos, "serve", lambda *words, **more: asked.extend([*words, more]))
    return asked


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(("words", "expected"), DEMO.values(), ids=DEMO)
def test_a_demo_that_cannot_be_shown_is_one_sentence(
    words: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expected in refused(capsys, "demo", *words.split())


@pytest.mark.usefixtures("served")
def test_a_port_that_somebody_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind((_demos.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} is in use" in refused(capsys, "demo", "dial", "--port", str(port))


def test_the_demos_are_listed_the_first_one_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--list"]) == 0
    assert capsys.readouterr().out.split() == list(_demos.DEMOS)


def test_without_a_name_the_first_demo_is_shown(
    served: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["demo", "--no-browser"]) == 0
    name, port, more = served
    assert name == next(iter(_demos.DEMOS))
    assert more == {"browser": False}
    assert capsys.readouterr().out == f"{name}: http://127.0.0.1:{port}/ (Ctrl-C ends it)\n"


@pytest.mark.parametrize("name", _demos.DEMOS)
def test_a_demo_is_four_to_six_lines_that_end_with_its_view(name: str) -> None:
    lines = _demos.find(name).splitlines()
    assert re.fullmatch(r"import facelab(\.widgets)?", lines[0])
    assert len([line for line in lines if line]) <= 6
    last = ast.parse(lines[-1]).body[0]
    assert isinstance(last, ast.Expr)
    assert re.match(r"facelab\.(widgets\.)?[A-Z]\w+(\.of)?\(", lines[-1])
    cells = _demos.notebook(name)["cells"]
    assert [cell["source"] for cell in cells] == ["\n".join(lines)]


def test_the_page_of_a_demo_names_no_other_server() -> None:
    template = _lab.LAB_SETTINGS / "voila" / "templates" / "facelab" / "index.html.j2"
    assert "://" not in template.read_text("utf-8")
