"""`facelab protocol`: the numbers of a finished run, or in one sentence why not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import facelab
from facelab import cli
from facelab.protocols import PROTOCOLS

TINY = {"epochs": 1, "embedding_dim": 8, "backbone": "live", "height": 28, "device": "cpu"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> facelab.Run:
    out = tmp_path_factory.mktemp("runs") / "a"
    return facelab.train("softmax", "orl", people=12, fraction=0.5, out=out, progress=False, **TINY)


def lay_lfw(folder: Path) -> Path:
    """A small LFW, with lists of pairs for both views; images are noise."""
    home, rng = folder / "lfw_home", np.random.default_rng(0)
    for name in "abcdefgh":
        (home / "lfw_funneled" / name).mkdir(parents=True)
        for k in (1, 2, 3):
            pixels = rng.integers(0, 256, (25, 25, 3), dtype=np.uint8).repeat(10, 0).repeat(10, 1)
            Image.fromarray(pixels).save(home / "lfw_funneled" / name / f"{name}_{k:04}.jpg")
    four = "{0} 1 2\n{1} 2 3\n{0} 1 {1} 1\n{0} 2 {1} 3\n"
    (home / "pairsDevTrain.txt").write_text("2\n" + four.format("a", "b"))
    (home / "pairsDevTest.txt").write_text("4\n" + four.format("c", "d") + four.format("e", "f"))
    folds = [four.format(*who) for who in ("ab", "cd", "ef", "gh")]
    (home / "pairs.txt").write_text("4 2\n" + "".join(folds))
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert cli.main(["protocol", *map(str, words)]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    try:
        status = cli.main(["protocol", *map(str, words)])
    except SystemExit as leave:
        status = int(str(leave.code))
    out = capsys.readouterr()
    assert status == 2
    assert out.out == ""
    assert out.err.count("\n") == 1
    return out.err


def test_open_set_says_what_the_run_itself_found(
    run: facelab.Run, capsys: pytest.CaptureFixture[str]
) -> None:
    out = said(capsys, "open_set", run.folder)
    assert out.startswith("Open-set verification of 6 people never trained on (60 images")
    assert f"AUC             {run.verification.auc()!r}" in out
    assert "intervals of 95%" in out


def test_who_was_trained_on_is_known_to_a_run(run: facelab.Run) -> None:
    seen, held_out = run.faces()
    assert run.trained_on == seen.names
    assert not set(run.trained_on) & set(held_out.names)


def test_a_figure_is_kept_where_asked(
    run: facelab.Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = said(capsys, "easy_hard", run.folder, "--kind", "noise", "--figure", tmp_path / "f.png")
    assert "levels of noise" in out
    assert f"The figure is in {tmp_path / 'f.png'}." in out
    with Image.open(tmp_path / "f.png") as image:
        assert image.format == "PNG"


def test_distractors_are_sketched_unless_a_set_is_named(
    run: facelab.Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelab.commands._protocol.CROWD", 20)
    out = said(capsys, "distractors", run.folder)
    assert "54 probes among 6 people never trained on, and up to 20 distractors" in out
    assert "rank 1 among 10 distractors" in out


def test_both_views_of_lfw_are_read_from_disk(
    run: facelab.Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FACELAB_DATA", str(lay_lfw(tmp_path)))
    one = said(capsys, "lfw_view1", run.folder)
    assert one.startswith("LFW View 1, 8 test pairs; threshold ")
    assert "accuracy" in one
    two = said(capsys, "lfw_view2", run.folder, "--mirrored")
    assert two.startswith("LFW View 2, 16 pairs in 4 folds, scored by one network")
    assert said(capsys, "lfw_view2", run.folder) != two


def test_mirror_images_change_the_numbers(
    run: facelab.Run, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = said(capsys, "open_set", run.folder)
    both = said(capsys, "open_set", run.folder, "--mirrored")
    assert both.splitlines()[0] == plain.splitlines()[0]
    assert both != plain


BAD = {
    "no run": (["open_set"], "RUN"),
    "unknown protocol": (["openset", "RUN"], "did you mean open_set"),
    "no such run": (["open_set", "nowhere"], "nowhere holds no run"),
    "people trained on": (["open_set", "RUN", "--data", "orl"], "the network was trained on s"),
    "own pairs": (["lfw_view1", "RUN", "--data", "orl"], "tested on its own pairs"),
    "an option of another": (["open_set", "RUN", "--kind", "blur"], "--kind says nothing"),
    "unknown kind": (["easy_hard", "RUN", "--kind", "blurr"], "did you mean blur"),
    "unknown distractors": (["distractors", "RUN", "--others", "olr"], "did you mean orl"),
}


@pytest.mark.parametrize(("words", "expected"), BAD.values(), ids=BAD)
def test_bad_input_is_one_sentence(
    words: list[str], expected: str, run: facelab.Run, capsys: pytest.CaptureFixture[str]
) -> None:
    found = refused(capsys, *[run.folder if word == "RUN" else word for word in words])
    assert expected in found
    assert found.startswith("facelab protocol: ")


def test_help_names_every_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["protocol", "--help"])
    words = "".join(capsys.readouterr().out.split())
    assert all(name in words for name in PROTOCOLS)
