"""Circles, caps and turns of the sphere, and what centers leave to be gained."""

import numpy as np
import pytest
import torch

from facelab.geometry import (
    angle_between,
    angles_to_own_center,
    arc,
    bisector,
    cap,
    cap_radius,
    fibonacci_sphere,
    great_circle,
    nearest_center,
    normface_lower_bound,
    project,
    regular_polygon,
    rotation,
    scale_to_reach,
    unit,
    view,
)
from facelab.losses import NormFace

RNG = np.random.default_rng(0)
CENTERS = [np.array(c, dtype=float) for c in ([0, 0, 1], [0, -3, 0], [2, 1, -0.5], [1e-3, 0, 4])]


def simplex(classes):
    """C rows with all cosines -1/(C - 1)."""
    return np.eye(classes) - 1 / classes


@pytest.mark.parametrize("center", CENTERS)
@pytest.mark.parametrize("radius", [0.0, 0.4, np.pi / 2, 2.5])
def test_every_point_of_a_cap_is_at_its_radius_from_the_center(center, radius):
    rim = cap(center, radius, points=33)
    assert rim.shape == (33, 3)
    assert np.allclose(angle_between(rim, center), radius, atol=1e-9)
    assert np.allclose(np.linalg.norm(rim, axis=1), 1)
    assert np.allclose(rim[0], rim[-1])


def test_a_cap_goes_once_around_in_even_steps():
    steps = np.linalg.norm(np.diff(cap([1, 2, 3], 0.7, points=25), axis=0), axis=1)
    assert np.allclose(steps, 2 * np.sin(0.7) * np.sin(np.pi / 24))


@pytest.mark.parametrize("center", CENTERS)
def test_a_great_circle_is_square_to_its_normal(center):
    assert np.abs(great_circle(center) @ center).max() < 1e-12


def test_an_arc_is_the_shortest_way_in_even_steps():
    a, b = RNG.standard_normal((2, 5))
    way = arc(a, b, points=11)
    assert np.allclose(way[0], unit(a))
    assert np.allclose(way[-1], unit(b))
    assert np.allclose(angle_between(way[1:], way[:-1]), angle_between(a, b) / 10)


def test_between_opposite_points_there_is_no_shortest_arc():
    with pytest.raises(ValueError, match="opposite"):
        arc([0, 0, 1], [0, 0, -2])


def test_on_the_bisector_both_angles_are_equal():
    a, b = np.array([3.0, 1.0, 0.2]), np.array([-0.1, 0.2, 0.9])
    circle = great_circle(bisector(a, b))
    assert np.allclose(angle_between(circle, a), angle_between(circle, b))
    with pytest.raises(ValueError, match="the same"):
        bisector(a, 2 * a)


def test_angles_are_exact_where_the_arccos_of_a_product_is_not():
    tiny = 1e-9
    assert angle_between([1, 0], [np.cos(tiny), np.sin(tiny)]) == pytest.approx(tiny, rel=1e-6)
    assert angle_between([5, 0], [-0.1, 0]) == pytest.approx(np.pi)
    a, b = RNG.standard_normal((2, 50, 7))
    products = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert np.allclose(angle_between(a, b), np.arccos(products))


def test_a_vector_of_length_zero_is_square_to_everything():
    assert angle_between([0, 0, 0], [1, 2, 3]) == pytest.approx(np.pi / 2)
    assert angle_between([0, 0, 0], [0, 0, 0]) == pytest.approx(np.pi / 2)


@pytest.mark.parametrize("n", [2, 3, 10, 40])
def test_a_regular_polygon_stands_evenly(n):
    corners = regular_polygon(n)
    angles, _ = nearest_center(corners)
    assert corners.shape == (n, 2)
    assert np.allclose(angles, 2 * np.pi / n)
    assert np.allclose(corners.sum(0), 0)


@pytest.mark.parametrize("n", [4, 10, 40, 400])
def test_a_fibonacci_sphere_leaves_no_two_points_close(n):
    points = fibonacci_sphere(n)
    angles, _ = nearest_center(points)
    assert points.shape == (n, 3)
    assert np.allclose(np.linalg.norm(points, axis=1), 1)
    # n equal discs covering a sphere densely (0.9069) would have this angular diameter
    dense = 2 * np.arccos(1 - 2 * 0.9069 / n)
    assert angles.min() > 0.7 * dense


def test_a_rotation_turns_right_handed_and_keeps_lengths():
    quarter = rotation([0, 0, 2], np.pi / 2)
    assert np.allclose(quarter @ [1, 0, 0], [0, 1, 0])
    turn = rotation([1, -2, 0.5], 1.1)
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    assert np.allclose(turn @ [1, -2, 0.5], [1, -2, 0.5])


def test_the_point_looked_at_faces_the_viewer_and_north_is_up():
    longitude, latitude = 0.7, 0.3
    faced = [
        np.cos(latitude) * np.cos(longitude),
        np.cos(latitude) * np.sin(longitude),
        np.sin(latitude),
    ]
    matrix = view(longitude, latitude)
    assert np.allclose(project([faced], matrix), [[0, 0, 1]])
    north = project([[0, 0, 1]], matrix)[0]
    assert north[0] == pytest.approx(0)
    assert north[1] > 0
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_the_nearest_center_does_not_depend_on_lengths():
    centers = RNG.standard_normal((30, 4))
    lengths = RNG.uniform(0.01, 100, (30, 1))
    angles, index = nearest_center(centers * lengths)
    cosines = unit(centers) @ unit(centers).T
    np.fill_diagonal(cosines, -2)
    assert np.array_equal(index, cosines.argmax(1))
    assert np.allclose(angles, np.arccos(cosines.max(1)))


def test_many_centers_are_compared_block_by_block(monkeypatch):
    centers = RNG.standard_normal((50, 3))
    whole = nearest_center(centers)
    monkeypatch.setattr("facelab.geometry.centers.ROWS", 7)
    blocks = nearest_center(centers)
    assert np.array_equal(whole[1], blocks[1])
    assert np.allclose(whole[0], blocks[0])


def test_angles_to_own_center_look_at_the_own_center_only():
    centers = np.array([[2.0, 0.0], [0.0, 0.5]])
    embeddings = np.array([[1.0, 1.0], [3.0, 0.0], [0.0, 7.0], [0.0, 0.0]])
    angles = angles_to_own_center(embeddings, centers, np.array([0, 1, 1, 0]))
    assert np.allclose(angles, [np.pi / 4, np.pi / 2, 0, np.pi / 2])


def test_the_cap_of_a_center_is_half_of_what_the_margin_leaves():
    assert np.allclose(cap_radius([1.0, 0.2], 0.5), [0.25, 0.0])


@pytest.mark.parametrize(
    ("embeddings", "centers", "labels", "words"),
    [
        ([[1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]], [0], "center 1 is 0, NaN or infinite"),
        ([[1.0, 0.0, 0.0]], [[1.0, 0.0]], [0], r"must have shape \(N, 2\), not \(1, 3\)"),
        ([[1.0, 0.0]], [[1.0, 0.0]], [1], r"in 0..0, but one is 1"),
        ([[1.0, 0.0]], [[1.0, 0.0]], [-1], r"in 0..0, but one is -1"),
        ([[1.0, 0.0]], [[1.0, 0.0]], [0, 0], r"labels must be \(1,\) whole numbers"),
        ([[1.0, 0.0]], [1.0, 0.0], [0], r"centers must have shape \(C, D\), not \(2,\)"),
    ],
)
def test_centers_that_do_not_fit_are_refused_in_one_sentence(embeddings, centers, labels, words):
    with pytest.raises(ValueError, match=words):
        angles_to_own_center(embeddings, centers, np.array(labels))


def test_one_center_has_no_nearest_one():
    with pytest.raises(ValueError, match="at least 2 centers are needed"):
        nearest_center([[1.0, 0.0]])


@pytest.mark.parametrize("bad", [[0, 0, 0], [np.nan, 0, 1], [1, 0]])
def test_a_cap_needs_a_center_with_a_direction(bad):
    with pytest.raises(ValueError, match="the axis must"):
        cap(bad, 0.3)


@pytest.mark.parametrize("classes", [2, 3, 10, 50])
@pytest.mark.parametrize("scale", [0.5, 4.0, 30.0])
def test_the_lower_bound_is_reached_by_the_regular_simplex(classes, scale):
    loss = NormFace(classes, classes, scale=scale).double()
    corners = torch.tensor(simplex(classes)) * torch.linspace(0.2, 5, classes)[:, None]
    loss.weight.data = corners
    reached = loss(3 * corners, torch.arange(classes)).item()
    assert reached == pytest.approx(float(normface_lower_bound(scale, classes)), rel=1e-9)


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_no_random_centers_and_embeddings_undercut_the_lower_bound(scale):
    bound = float(normface_lower_bound(scale, 6))
    for seed in range(50):
        torch.manual_seed(seed)
        loss = NormFace(6, 4, scale=scale).double()
        on_centers = loss(loss.weight.detach(), torch.arange(6)).item()
        anywhere = loss(torch.randn(6, 4, dtype=torch.float64), torch.arange(6)).item()
        assert min(on_centers, anywhere) > bound


def test_the_lower_bound_has_the_value_of_the_paper_and_never_overflows():
    assert normface_lower_bound(1, 10) == pytest.approx(1.377, abs=5e-4)
    assert normface_lower_bound(0, 10) == pytest.approx(np.log(10))
    assert normface_lower_bound(1e6, 10) == 0
    assert np.isfinite(normface_lower_bound([1e-9, 1e9], [[2], [10**7]])).all()
    assert normface_lower_bound(40, 10) == pytest.approx(9 * np.exp(-400 / 9), rel=1e-12)


def test_the_scale_to_reach_a_loss_turns_the_lower_bound_round():
    losses = np.array([1e-12, 1e-3, 0.5, 2.0])
    scales = scale_to_reach(losses, 10)
    assert np.allclose(normface_lower_bound(scales, 10), losses)
    assert scale_to_reach(800.0, 10) == 0


@pytest.mark.parametrize(
    ("scale", "classes", "words"),
    [
        (-1.0, 10, "scale must be at least 0, not -1"),
        (float("nan"), 10, "scale must be at least 0, not nan"),
        (4.0, 1, "num_classes must be at least 2, not 1"),
    ],
)
def test_a_bound_for_nothing_is_refused(scale, classes, words):
    with pytest.raises(ValueError, match=words):
        normface_lower_bound(scale, classes)
