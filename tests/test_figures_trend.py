"""A curve a series, with the interval of each number."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from facelab.evaluation import Estimate
from facelab.figures import trend

matplotlib.use("Agg")  # nothing is shown

EASY = [Estimate(0.9, 0.8, 0.95), Estimate(0.7, 0.5, 0.75), Estimate(0.4, 0.3, 0.6)]
HARD = [Estimate(0.5, 0.4, 0.6), Estimate(0.3), Estimate(0.1, 0.0, 0.2)]
WORDS = {"xlabel": "distractors", "ylabel": "rank 1"}


def test_each_number_stands_above_its_step_on_its_interval():
    ax = Figure().add_subplot()
    assert trend(["0", "10", "100"], {"easy": EASY, "hard": HARD}, ax, **WORDS) is ax
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.9, 0.7, 0.4], [0.5, 0.3, 0.1]]
    bars = [[each.tolist() for each in bar.get_segments()] for bar in ax.collections]
    heights = [[[y for _, y in each] for each in bar] for bar in bars]
    assert heights == [[[0.8, 0.95], [0.5, 0.75], [0.3, 0.6]], [[0.4, 0.6], [], [0.0, 0.2]]]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "10", "100"]
    for line, bar in zip(ax.lines, bars, strict=True):
        x = line.get_xdata()
        assert np.abs(x - [0, 1, 2]).max() < 0.2
        assert {place for each in bar for place, _ in each} <= set(x)


def test_intervals_of_two_series_do_not_hide_each_other():
    ax = Figure().add_subplot()
    trend(["0", "10", "100"], {"easy": EASY, "hard": HARD}, ax, **WORDS)
    assert (ax.lines[0].get_xdata() < ax.lines[1].get_xdata()).all()
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("distractors", "rank 1")


@pytest.mark.parametrize(
    ("steps", "series", "words"),
    [
        ([], {"easy": []}, "nothing to draw"),
        (["0"], {}, "nothing to draw"),
        (["0", "1"], {"easy": EASY}, "easy has 3 numbers for 2 steps"),
    ],
)
def test_what_cannot_be_drawn_is_refused(steps, series, words):
    with pytest.raises(ValueError, match=words):
        trend(steps, series, **WORDS)
