"""How far apart centers stand, against hand-made ones and against the best that are known."""

import itertools

import numpy as np
import pytest

from facelab import geometry

RNG = np.random.default_rng(0)
CENTERS = RNG.normal(size=(7, 5)) * RNG.uniform(0.5, 3, size=(7, 1))


def nearest(points, distance="angle"):
    return np.nanmin(geometry.center_gaps(points, distance=distance), axis=1)


def test_the_mean_of_each_person_is_that_of_its_rows():
    x = np.array([[1.0, 2.0], [3.0, 4.0], [10.0, 0.0], [5.0, 6.0]])
    means = geometry.class_means(x, [0, 0, 3, 0])
    np.testing.assert_allclose(means[[0, 3]], [[3, 4], [10, 0]])
    assert np.isnan(means[1:3]).all(), "persons 1 and 2 have no image"


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (np.zeros((3, 2)), [0, 1], r"not \(3, 2\) and \(2,\)"),
        (np.zeros(3), [0, 1, 2], r"not \(3,\)"),
        (np.zeros((0, 2)), [], r"not \(0, 2\)"),
        (np.zeros((2, 2)), [0.0, 1.0], "whole numbers 0, 1, ..., not float64"),
        (np.zeros((2, 2)), [0, -1], "from -1"),
    ],
)
def test_means_say_what_does_not_fit(x, y, sentence):
    with pytest.raises(ValueError, match=sentence):
        geometry.class_means(x, y)


def test_gaps_are_squared_distances_and_angles_of_every_two():
    squares = geometry.center_gaps(CENTERS)
    angles = geometry.center_gaps(CENTERS, distance="angle")
    for i, j in itertools.permutations(range(7), 2):
        a, b = CENTERS[i], CENTERS[j]
        assert squares[i, j] == pytest.approx(np.linalg.norm(a - b) ** 2)
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert angles[i, j] == pytest.approx(np.arccos(cosine))
    assert np.isnan(np.diag(squares)).all()
    assert np.isnan(np.diag(angles)).all()


def test_gaps_and_violating_pairs_say_the_same_of_every_margin():
    upper = geometry.center_gaps(CENTERS)[np.triu_indices(7, 1)]
    for margin in (0.0, 5.0, 20.0, 1e3):
        pairs, short = geometry.violating_pairs(CENTERS, margin)
        assert len(pairs) == (upper < margin).sum()
        assert short.sum() == pytest.approx((margin - upper[upper < margin]).sum())


def test_the_nearest_by_angle_is_the_nearest_center():
    angle, _ = geometry.nearest_center(CENTERS)
    np.testing.assert_allclose(nearest(CENTERS), angle, atol=1e-12)


def test_gaps_refuse_what_is_no_table_or_no_distance():
    with pytest.raises(ValueError, match=r"not \(5,\)"):
        geometry.center_gaps(CENTERS[0])
    with pytest.raises(ValueError, match="unknown distance 'angel'; did you mean angle"):
        geometry.center_gaps(CENTERS, distance="angel")


def simplex(count, dim):
    rows = np.eye(count) - 1 / count  # (C, C) of rank C - 1
    across = np.linalg.svd(rows)[2][: count - 1]
    return np.pad(rows @ across.T, [(0, 0), (0, dim - count + 1)])


GOLD = (1 + 5**0.5) / 2
ICOSAHEDRON = np.array(
    [np.roll([0, a, b * GOLD], k) for k in range(3) for a in (-1, 1) for b in (-1, 1)]
)


@pytest.mark.parametrize(
    "best",
    [
        *[simplex(c, d) for c, d in [(2, 2), (3, 2), (4, 3), (5, 9), (30, 64)]],
        *[np.vstack([np.eye(d), -np.eye(d)]) for d in (2, 3, 4, 10)],
        *[geometry.regular_polygon(c) for c in (5, 6, 40)],
        ICOSAHEDRON,
    ],
)
def test_the_most_is_reached_by_the_arrangement_that_is_named(best):
    assert geometry.widest_angle(*best.shape) == pytest.approx(nearest(best).min(), abs=1e-9)
    squared = 2 - 2 * np.cos(geometry.widest_angle(*best.shape))
    assert nearest(geometry.unit(best), "squared").min() == pytest.approx(squared)


@pytest.mark.parametrize("dim", [2, 3, 4, 8])
@pytest.mark.parametrize("count", [2, 3, 5, 7, 9, 12, 17, 40])
def test_no_arrangement_is_wider_than_the_most(count, dim):
    most = geometry.widest_angle(count, dim)
    for _ in range(60):
        assert nearest(RNG.normal(size=(count, dim))).min() <= most + 1e-9
    if dim == 3 and count > 3:
        assert nearest(geometry.fibonacci_sphere(count)).min() <= most
    assert geometry.widest_angle(count + 1, dim) <= most, "one more makes no more room"


def test_a_simplex_of_unit_vectors_stands_at_2c_over_c_minus_1():
    for count in (2, 3, 10, 30):
        assert 2 - 2 * np.cos(geometry.widest_angle(count, 64)) == pytest.approx(
            2 * count / (count - 1)
        )


@pytest.mark.parametrize("count", [7, 8, 9, 12, 40])
def test_in_space_the_most_is_the_side_of_triangles_that_would_pave_the_sphere(count):
    side = geometry.widest_angle(count, 3)
    corner = np.arccos(np.cos(side) / (1 + np.cos(side)))  # of an equilateral one
    assert (2 * count - 4) * (3 * corner - np.pi) == pytest.approx(4 * np.pi)
    assert side < np.pi / 2


@pytest.mark.parametrize(("count", "dim"), [(1, 3), (3, 1)])
def test_the_most_needs_two_people_and_two_dimensions(count, dim):
    with pytest.raises(ValueError, match=f"not {count} and {dim}"):
        geometry.widest_angle(count, dim)
