"""The regions of the nearest center on the sphere, in NumPy and in the browser's script."""

import json

import numpy as np
import pytest
from py_mini_racer import MiniRacer
from scipy.spatial import SphericalVoronoi

from facelab.geometry import (
    angle_between,
    decision_arcs,
    decision_directions,
    fibonacci_sphere,
    nearest_wrong_center,
    regular_polygon,
    rotation,
    unit,
)
from facelab.widgets._assemble import library

RNG = np.random.default_rng(0)
OCTAHEDRON = np.concatenate([np.eye(3), -np.eye(3)])
CUBE = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
CENTERS = {
    "two": RNG.normal(size=(2, 3)),
    "opposite": np.array([[0, 0, 1.0], [0, 0, -2]]),
    "three": RNG.normal(size=(3, 3)),
    "four on one side": RNG.normal(size=(4, 3)) * 0.2 + [0, 1, 0],
    "ten": RNG.normal(size=(10, 3)),
    "forty": fibonacci_sphere(40),
    "octahedron": OCTAHEDRON,
    "cube": CUBE @ rotation([1, 2, 3], 0.4).T,
    "equator": np.pad(regular_polygon(7), ((0, 0), (0, 1))),
}


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("edges"))
    return context


def drawn(js: MiniRacer, call: str, centers: np.ndarray) -> dict[tuple[int, int], np.ndarray]:
    """What the browser draws: pair of people -> points on the edge."""
    flat = json.dumps(unit(centers).ravel().tolist())
    script = f"JSON.stringify($edges.{call.format(f'new Float64Array({flat})')}"
    found = json.loads(js.eval(f"{script}.map(({{i, j, way}}) => [i, j, [...way]]))"))
    return {(i, j): np.reshape(way, (-1, 3)) for i, j, way in found}


@pytest.mark.parametrize("name", CENTERS)
def test_an_edge_is_as_near_to_its_two_centers_and_to_none_nearer(name: str) -> None:
    u = unit(CENTERS[name])
    arcs = decision_arcs(CENTERS[name] * RNG.uniform(0.5, 3, size=(len(u), 1)), points=9)
    assert arcs
    for i, j, way in arcs:
        angles = angle_between(way[:, None], u[None])
        np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1)
        np.testing.assert_allclose(angles[:, i], angles[:, j], atol=1e-9)
        assert (angles.min(axis=1) > angles[:, i] - 1e-6).all()


@pytest.mark.parametrize("count", [4, 10, 25])
def test_the_edges_are_as_many_and_as_long_as_those_of_the_voronoi_diagram(count: int) -> None:
    centers = unit(RNG.normal(size=(count, 3)))
    arcs = decision_arcs(centers)
    assert len(arcs) == 3 * count - 6, "Euler: three edges meet in every corner"
    cells = SphericalVoronoi(centers)
    cells.sort_vertices_of_regions()
    around = sum(
        angle_between(cells.vertices[r], cells.vertices[np.roll(r, -1)]).sum()
        for r in cells.regions
    )
    along = sum(
        angle_between(way[0], way[16]) + angle_between(way[16], way[32]) for *_, way in arcs
    )
    assert along == pytest.approx(around / 2, abs=1e-9), "each edge has two sides"


def test_two_people_share_a_whole_great_circle_and_one_has_no_edge() -> None:
    ((i, j, way),) = decision_arcs([[0, 0, 1], [0, 0, -1]])
    assert (i, j) == (0, 1)
    np.testing.assert_allclose(way[:, 2], 0, atol=1e-12)
    np.testing.assert_allclose(way[0], way[-1], atol=1e-12)
    assert np.linalg.norm(np.diff(way, axis=0), axis=1).sum() == pytest.approx(2 * np.pi, rel=0.01)
    assert decision_arcs([[0, 0, 1]]) == []


def test_people_at_one_place_have_the_edges_of_one() -> None:
    twice = decision_arcs([[1, 0, 0], [2, 0, 0], [0, 1, 0]])
    assert [(i, j) for i, j, _ in twice] == [(0, 2), (1, 2)]


def test_where_four_regions_meet_no_edge_is_left_of_rounding() -> None:
    assert len(decision_arcs(OCTAHEDRON)) == 12
    assert len(decision_arcs(CENTERS["cube"])) == 12


@pytest.mark.parametrize("name", CENTERS)
def test_the_browser_finds_the_same_edges(js: MiniRacer, name: str) -> None:
    arcs = {(i, j): way for i, j, way in decision_arcs(CENTERS[name])}
    found = drawn(js, "edges({})", CENTERS[name])
    assert set(found) == set(arcs)
    for pair, way in found.items():
        ends, expected = way[[0, -1]], arcs[pair][[0, -1]]
        if len(CENTERS[name]) == 2:  # a whole circle may start anywhere
            np.testing.assert_allclose(arcs[pair] @ np.cross(way[0], way[9]), 0, atol=1e-6)
            continue
        if np.linalg.norm(ends[0] - expected[0]) > np.linalg.norm(ends[0] - expected[1]):
            expected = expected[::-1]
        np.testing.assert_allclose(ends, expected, atol=2e-6)
        middle = way[len(way) // 2]
        assert np.min(angle_between(arcs[pair], middle)) < np.pi / 40, "the same way round"


def test_the_edges_of_one_person_are_those_it_is_part_of(js: MiniRacer) -> None:
    everybody = drawn(js, "edges({})", CENTERS["ten"])
    alone = drawn(js, "edges({}, 3)", CENTERS["ten"])
    assert set(alone) == {pair for pair in everybody if 3 in pair}


def test_a_center_without_a_direction_has_no_edge(js: MiniRacer) -> None:
    spoiled = "[1,0,0, NaN,NaN,NaN, 0,1,0]"
    found = js.eval(f"JSON.stringify($edges.edges({spoiled}).map(({{i, j}}) => [i, j]))")
    assert json.loads(found) == [[0, 2]]


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_on_the_circle_the_lines_lie_halfway_in_both_entries(js: MiniRacer, count: int) -> None:
    centers = RNG.normal(size=(count, 2))
    expected = decision_directions(centers)
    assert len(expected) == (0 if count == 1 else count)
    for direction in expected:
        two = np.sort(angle_between(unit(centers), direction))[:2]
        assert two[0] == pytest.approx(two[1])
    found = drawn(js, "spokes({})", np.pad(centers, ((0, 0), (0, 1))))
    ends = np.array([way[1, :2] for way in found.values()]).reshape(-1, 2)
    np.testing.assert_allclose(ends, expected, atol=1e-6)
    assert all((way[0] == 0).all() for way in found.values())


def test_on_the_circle_people_at_one_place_have_no_line_between_them() -> None:
    found = decision_directions([[1, 0], [3, 0], [0, 2]])
    np.testing.assert_allclose(np.rad2deg(np.arctan2(*found.T[::-1])), [45, -135], atol=1e-9)


def test_a_way_is_the_shortest_one(js: MiniRacer) -> None:
    for a, b in [*unit(RNG.normal(size=(5, 2, 3))), np.eye(3)[[0, 0]], np.eye(3)[:1] * [[1], [-1]]]:
        said = js.eval(f"JSON.stringify([...$edges.wayBetween({a.tolist()}, {b.tolist()})])")
        way = np.reshape(json.loads(said), (-1, 3))
        np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1, atol=1e-6)
        length = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
        assert length == pytest.approx(angle_between(a, b), abs=2e-3)


def test_the_nearest_wrong_center_is_the_nearest_but_the_own() -> None:
    x, centers = RNG.normal(size=(40, 5)), RNG.normal(size=(6, 5))
    labels = RNG.integers(0, 6, size=40)
    own, wrong, other = nearest_wrong_center(x, centers, labels)
    for row, label, a, b, j in zip(x, labels, own, wrong, other, strict=True):
        angles = angle_between(row, centers)
        assert a == pytest.approx(angles[label])
        angles[label] = np.inf
        assert (j, b) == (angles.argmin(), pytest.approx(angles.min()))


def test_what_has_no_direction_is_near_to_nobody() -> None:
    centers = np.array([[1, 0, 0], [np.nan, 0, 0], [0, 0, 1.0]])
    x = np.array([[1, 0, 0.1], [1, 0, 0], [0, 0, 0], [np.inf, 0, 0], [0, 0, 1]])
    own, wrong, other = nearest_wrong_center(x, centers, [0, 1, 0, 0, 2])
    assert other.tolist() == [2, 0, -1, -1, 0]
    assert np.isnan(own).tolist() == [False, True, True, True, False]
    assert np.isnan(wrong).tolist() == [False, False, True, True, False]
    assert nearest_wrong_center(x[:1], centers[:1], [0])[2].tolist() == [-1], "one person alone"


def test_many_embeddings_are_compared_in_parts_with_the_same_answer() -> None:
    x, centers = RNG.normal(size=(2500, 3)), RNG.normal(size=(4, 3))
    labels = RNG.integers(0, 4, size=2500)
    whole = nearest_wrong_center(x, centers, labels)
    for start in (0, 1000, 2000):
        part = slice(start, start + 500)
        for a, b in zip(whole, nearest_wrong_center(x[part], centers, labels[part]), strict=True):
            np.testing.assert_array_equal(a[part], b)
