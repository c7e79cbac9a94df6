"""The square panel of the dial, and margins by rank: what is drawn is what was given."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from facelab import geometry
from facelab.figures import boundaries, margins_by_rank

matplotlib.use("Agg")  # nothing is shown

THETA = np.radians(np.linspace(0, 90, 10))
BAND = geometry.elastic_boundaries(THETA, margin=0.3, sigma=0.05)
ANGLES = np.radians([50.0, 10.0, 30.0, 20.0])
DRAWN = np.array([0.4, 0.1, 0.3, 0.2])


def test_a_boundary_stands_where_two_people_tie_in_degrees():
    ax = Figure().add_subplot()
    two = {"m = 0": THETA, "m = 0.3": THETA + 0.3}
    assert boundaries(THETA, two, ax) is ax
    diagonal, *ties = ax.lines
    assert np.array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    assert [tie.get_label() for tie in ties] == list(two)
    for tie, theta_2 in zip(ties, two.values(), strict=True):
        assert np.allclose(tie.get_xdata(), np.degrees(THETA))
        assert np.allclose(tie.get_ydata(), np.degrees(theta_2))
    assert len(ax.collections) == 0
    assert "own center" in ax.get_xlabel()
    assert "tie" in ax.get_ylabel()


def test_a_band_lies_between_its_two_ends_and_holds_the_mean():
    ax = Figure().add_subplot()
    boundaries(THETA, {"mean": BAND[1]}, ax, band=BAND[[0, 2]])
    (shade,) = ax.collections
    corners = shade.get_paths()[0].vertices
    for own, low, high in zip(np.degrees(THETA), *np.degrees(BAND[[0, 2]]), strict=True):
        heights = corners[np.isclose(corners[:, 0], own), 1]
        assert heights.min() == pytest.approx(low)
        assert heights.max() == pytest.approx(high)


def test_no_tie_leaves_a_gap():
    ax = Figure().add_subplot()
    tie = np.where(THETA > 1, np.nan, THETA)
    boundaries(THETA, {"a": tie}, ax)
    assert np.array_equal(np.isnan(ax.lines[1].get_ydata()), THETA > 1)


@pytest.mark.parametrize(
    ("curves", "band", "words"),
    [
        ({}, None, "not \\[\\]"),
        ({"a": THETA[:3]}, None, "shape of theta_1, \\(10,\\), not \\[\\(3,\\)\\]"),
        ({"a": THETA}, BAND, "band must have shape \\(2, 10\\), not \\(3, 10\\)"),
    ],
)
def test_a_boundary_that_does_not_fit_is_refused(curves, band, words):
    with pytest.raises(ValueError, match=words):
        boundaries(THETA, curves, Figure().add_subplot(), band=band)


def test_margins_stand_by_rank_the_closest_face_first():
    ax = Figure().add_subplot()
    both = {"as drawn": DRAWN, "again": DRAWN.copy()}
    assert margins_by_rank(ANGLES, both, ax, mean=0.25) is ax
    mean, *dealt = ax.lines
    assert set(mean.get_ydata()) == {0.25}
    assert [each.get_label() for each in dealt] == list(both)
    for each in dealt:
        assert each.get_xdata().tolist() == [1, 2, 3, 4]
        assert each.get_ydata().tolist() == [0.1, 0.2, 0.3, 0.4]
    assert len({each.get_marker() for each in dealt}) == 2
    assert ax.get_ylabel() == "margin (radians)"


@pytest.mark.parametrize("margins", [{}, {"a": DRAWN[:2]}, {"a": DRAWN[None]}])
def test_one_margin_for_each_angle_is_needed(margins):
    with pytest.raises(ValueError, match="shape of angles, \\(4,\\)"):
        margins_by_rank(ANGLES, margins, Figure().add_subplot())
