"""The bar over runs counts all of them and says how long the rest will take."""

import sys
import threading
import time

import pytest

from facelab.experiments import _progress
from facelab.experiments._progress import runs


def clocks() -> int:
    """How many bars have a clock that goes."""
    return sum(thread.name == "facelab progress" for thread in threading.enumerate())


def test_the_bar_counts_what_was_done_before_but_not_its_time(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])
    with runs(10, True) as bar:
        for _ in range(4):
            bar.done(before=True)
        now[0] += 30.0
        bar.done("softmax, seed 1")
        now[0] += 30.0
        bar.done("arcface, seed 1")
    said = capsys.readouterr().err.split("\r")
    last = next(line for line in reversed(said) if "/10" in line)
    assert "6/10 [01:00<02:00, 30.00s/it, arcface, seed 1]" in last


def test_in_a_terminal_its_clock_goes_on_within_a_run_and_in_a_file_it_does_not(
    capsys, monkeypatch
):
    monkeypatch.setattr(_progress, "TICK", 0.01)
    before = clocks()
    with runs(2, True):
        assert clocks() == before
        time.sleep(0.1)
    drawn = capsys.readouterr().err.count("0/2")
    assert drawn == 1
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True)
    with runs(2, True):
        assert clocks() == before + 1
        drawn, end = 0, time.monotonic() + 10
        while drawn <= 2 and time.monotonic() < end:
            time.sleep(0.02)
            drawn += capsys.readouterr().err.count("0/2")
    assert drawn > 2
    assert clocks() == before


def test_a_bar_that_is_not_wanted_draws_nothing_and_starts_nothing(capsys):
    before = clocks()
    with runs(2, False) as bar:
        bar.done("a")
        bar.done(before=True)
        bar.tick()
        assert clocks() == before
    assert capsys.readouterr().err == ""


def test_a_run_that_fails_ends_the_bar(monkeypatch):
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True)
    before = clocks()
    with pytest.raises(RuntimeError, match="stop"), runs(2, True):
        raise RuntimeError("stop")
    assert clocks() == before
