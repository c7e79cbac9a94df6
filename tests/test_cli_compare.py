"""`facelab compare`: prints its table, or in one sentence why not."""

from pathlib import Path

import pytest

from facelab import cli, experiments

SMALL = "--people 12 --epochs 1 --embedding-dim 8 --device cpu --jobs 1"


def refused(capsys: pytest.CaptureFixture[str], words: str) -> str:
    try:
        status = cli.main(["compare", *words.split()])
    except SystemExit as leave:
        status = int(str(leave.code))
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_the_table_is_printed_and_the_report_lies_beside_the_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = f"compare softmax arcface:margin=0.2 --seeds 2 --baseline arcface:margin=0.2 {SMALL}"
    assert cli.main([*words.split(), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("2 losses on orl: in each run 9 people trained on and 3 others")
    assert "minus arcface:margin=0.2" in said.out
    assert f"are in {out}." in said.out
    assert "runs:" in said.err
    assert "12/12" not in said.err
    assert (out / "report.html").is_file()
    assert (out / "softmax_seed1_split1" / "results.json").is_file()


def test_its_words_reach_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[object] = []
    monkeypatch.setattr(experiments, "compare", lambda **options: got.append(options) or "")
    words = "compare a b.py:C --seeds 0,3 --splits 2 --jobs 2 --epochs 7 --out d --data lfw "
    words += "--dask local --tune 4"
    assert cli.main(words.split()) == 0
    assert got == [
        {
            "losses": ["a", "b.py:C"],
            "seeds": [0, 3],
            "splits": 2,
            "jobs": 2,
            "epochs": 7,
            "out": "d",
            "data": "lfw",
            "client": "local",
            "tune": 4,
        }
    ]
    assert cli.main(["compare", "a", "b", "--tune", "--seeds", "2"]) == 0
    assert got[1] == {"losses": ["a", "b"], "seeds": 2, "tune": 6}


BAD = {
    "no loss": ("", "LOSS"),
    "one loss": ("softmax", "at least 2 losses, not 1"),
    "unknown loss": ("softmax arcfase", "did you mean arcface"),
    "unknown setting": ("softmax arcface:margn=1", "did you mean margin"),
    "setting out of range": ("softmax arcface:margin=-1", "margin must be at least 0"),
    "no such file": ("softmax nothing.py:Loss", "there is no file 'nothing.py'"),
    "words for seeds": ("softmax arcface --seeds some", "'some'"),
    "no seeds": ("softmax arcface --seeds 0", "seeds must be at least 1"),
    "unknown baseline": ("softmax arcface --baseline cosface", "unknown baseline 'cosface'"),
    "no jobs": ("softmax arcface --jobs 0", "jobs must be a whole number of at least 1"),
    "one try": ("softmax arcface --tune 1", "tune must be a whole number of at least 2, or 0"),
    "a word for tries": ("softmax --tune arcface", "invalid int value: 'arcface'"),
    "no cluster": ("softmax arcface --dask nowhere", "no Dask scheduler answers at 'nowhere'"),
    "unknown set": ("softmax arcface --data olr", "did you mean orl"),
    "unknown option": ("softmax arcface --seed 3", "--seed"),
}


@pytest.mark.parametrize(("words", "expected"), BAD.values(), ids=BAD)
def test_bad_input_is_one_sentence(
    words: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, f"{words} --out {tmp_path / 'new'}")
    assert expected in said
    assert said.startswith("facelab compare: ")
    assert not (tmp_path / "new").exists()


def test_ctrl_c_says_that_the_same_command_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments, "compare", stop)
    assert cli.main(["compare", "softmax", "arcface", "--out", "x"]) == 130
    assert "the same command goes on where it was" in capsys.readouterr().err
    assert cli.main(["compare", "softmax", "arcface"]) == 130
    assert "goes on" not in capsys.readouterr().err
