"""`facelab reproduce`: prints what came out, or in one sentence why not."""

import pytest

from facelab import cli
from facelab.experiments import reproduce as claims

SMALL = "--seeds 2 --epochs 1 --people 8 --device cpu --jobs 1"


def refused(capsys, words):
    try:
        status = cli.main(["reproduce", *words.split()])
    except SystemExit as leave:
        status = int(str(leave.code))
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_what_came_out_is_printed_and_the_runs_are_kept(tmp_path, capsys):
    words = f"reproduce normface {SMALL} --out {tmp_path}"
    assert cli.main(words.split()) == 0
    said = capsys.readouterr().out
    assert said.startswith("normface: ")
    assert "at this scale. AUC with s = 16 minus AUC with s = 1:" in said
    assert "Asked for: seeds = 2, epochs = 1, people = 8." in said
    assert (tmp_path / "normface" / "finding.html").is_file()
    assert len(list(tmp_path.glob("normface/*/results.json"))) == 4


def test_its_words_reach_the_claim(monkeypatch, capsys):
    got = []
    monkeypatch.setattr(claims, "reproduce", lambda *a, **k: got.append((a, k)) or "")
    words = "cosface --seeds 0,3 --epochs 7 --people 9 --jobs 2 --out d --device cpu"
    assert cli.main(["reproduce", *words.split()]) == 0
    options = {"seeds": [0, 3], "epochs": 7, "people": 9, "jobs": 2, "out": "d", "device": "cpu"}
    assert got == [(("cosface",), options)]
    got.clear()
    assert cli.main(["reproduce", "--all"]) == 0
    assert got == [((name,), {}) for name in claims.CLAIMS]


def test_claims_are_listed_and_what_is_stored_is_shown_without_training(monkeypatch, capsys):
    monkeypatch.setattr(claims, "reproduce", lambda *a, **k: pytest.fail("trained"))
    assert cli.main(["reproduce", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == list(claims.CLAIMS)
    assert cli.main(["reproduce", "normface", "--stored"]) == 0
    assert capsys.readouterr().out == f"{claims.stored('normface')}\n"


BAD = {
    "nothing": ("", "name one claim, or say --all; there are: normface,"),
    "one and all": ("normface --all", "name one claim, or say --all"),
    "unknown": ("mmk", "unknown claim 'mmk'; did you mean mml"),
    "no seeds": ("normface --seeds 0", "seeds must be at least 1"),
    "half a seed": ("normface --seeds 1.5", "1.5"),
    "no epochs": ("normface --epochs 0", "epochs must be at least 1"),
    "unknown option": ("normface --seed 3", "--seed"),
    "stored, and trained": ("normface --stored --epochs 2", "--stored trains nothing, so --"),
    "listed, and trained": ("--list", "--list trains nothing, so --out says nothing to it"),
}


@pytest.mark.parametrize(("words", "expected"), BAD.values(), ids=BAD)
def test_bad_input_is_one_sentence(words, expected, tmp_path, capsys):
    said = refused(capsys, f"{words} --out {tmp_path / 'new'}")
    assert expected in said
    assert said.startswith("facelab reproduce: ")
    assert not (tmp_path / "new").exists()


def test_ctrl_c_says_that_the_same_command_goes_on(monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(claims, "reproduce", stop)
    assert cli.main(["reproduce", "normface", "--out", "x"]) == 130
    assert "the same command goes on where it was" in capsys.readouterr().err
    assert cli.main(["reproduce", "normface"]) == 130
    assert "goes on" not in capsys.readouterr().err
