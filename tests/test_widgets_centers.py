"""Center margins without a browser: what is sent, what is refused, and the browser's arithmetic."""

import itertools
import json
import math
import warnings
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from py_mini_racer import MiniRacer

import facelab
from facelab import figures, geometry
from facelab.losses import Center, MinimumMargin
from facelab.widgets import CenterMargins
from facelab.widgets._assemble import library

matplotlib.use("Agg")  # nothing is shown

RNG = np.random.default_rng(0)
PEOPLE, WIDTH = 7, 5
LENGTHS = RNG.uniform(5, 25, size=(PEOPLE, 1))
ONE = RNG.normal(size=(PEOPLE, WIDTH)) * LENGTHS
TWO = RNG.normal(size=(PEOPLE, WIDTH)) * LENGTHS
COUNTS = np.array([3, 9, 1, 4, 4, 2, 8])
ORDER = [1, 6, 3, 4, 0, 5, 2]  # most images first; of equals the first


def both(**more: Any) -> CenterMargins:
    return CenterMargins({"softmax": ONE, "mml": TWO}, COUNTS, **more)


def sent(view: CenterMargins, name: str) -> np.ndarray:
    """What the browser gets: a row of pairs for every title."""
    return np.frombuffer(getattr(view, name), "<f4").reshape(len(view.titles), -1)


# ---- what is sent


def test_every_pair_is_sent_once_in_the_order_of_class_size() -> None:
    view = both()
    assert view._order == ORDER
    for row, centers in zip(sent(view, "_squares"), (ONE, TWO), strict=True):
        pairs = itertools.combinations(ORDER, 2)
        expected = [((centers[i] - centers[j]) ** 2).sum() for i, j in pairs]
        np.testing.assert_allclose(row, expected, rtol=1e-6)


def test_angles_are_sent_too_and_lengths_do_not_change_them() -> None:
    scaled = CenterMargins(ONE * LENGTHS[::-1], COUNTS)
    np.testing.assert_allclose(
        sent(scaled, "_angles"), sent(CenterMargins(ONE, COUNTS), "_angles"), rtol=1e-5
    )
    cosines = [
        ONE[i] @ ONE[j] / np.linalg.norm(ONE[i]) / np.linalg.norm(ONE[j])
        for i, j in itertools.combinations(ORDER, 2)
    ]
    np.testing.assert_allclose(np.cos(sent(scaled, "_angles")[0]), cosines, atol=1e-6)


def test_normalized_centers_stand_at_2_minus_2_cos() -> None:
    view = both(normalized=True)
    np.testing.assert_allclose(
        sent(view, "_squares"), 2 - 2 * np.cos(sent(view, "_angles")), atol=1e-5
    )
    assert "length 1" in view.notes
    assert view._high >= 2.07, "what a simplex of 30 can have lies on the slider"


def test_the_most_that_all_can_have_is_that_of_so_many_people_in_so_many_numbers() -> None:
    assert both()._most == geometry.widest_angle(PEOPLE, WIDTH)
    spoiled = ONE.copy()
    spoiled[3] = np.nan
    assert CenterMargins(spoiled)._most == geometry.widest_angle(PEOPLE - 1, WIDTH)


def test_without_counts_the_bars_stand_as_given_and_it_is_said() -> None:
    view = CenterMargins(ONE)
    assert view._order == list(range(PEOPLE))
    assert "not known" in view.notes
    assert both().notes == ""


def test_who_lacks_a_center_anywhere_has_no_bar_and_is_counted() -> None:
    spoiled, gone = ONE.copy(), TWO.copy()
    spoiled[6, 2], gone[0] = np.nan, 0
    view = CenterMargins({"a": spoiled, "b": gone}, COUNTS)
    assert view._order == [1, 3, 4, 5, 2]
    assert np.isfinite(sent(view, "_squares")).all()
    assert "2 people have no center" in view.notes
    with pytest.raises(ValueError, match="person 6 is not drawn"):
        view.person = 6
    assert "One person has no center" in CenterMargins(spoiled).notes


@pytest.mark.parametrize("width", [2, 3, 64])
def test_any_width_will_do_and_so_will_one_person_or_none(width: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(CenterMargins(RNG.normal(size=(4, width)))._squares) == 4 * 6
        assert CenterMargins(RNG.normal(size=(1, width)))._squares == b""
        nobody = CenterMargins(np.full((3, width), np.nan))
    assert nobody._order == []
    assert "3 people have no center" in nobody.notes


def test_a_crowd_is_thinned_evenly_and_said_so() -> None:
    many = RNG.normal(size=(50_000, 3))
    view = CenterMargins(many, RNG.integers(1, 99, size=50_000))
    assert len(view._order) == 200
    counts = [view.counts[i] for i in view._order]
    assert counts == sorted(counts, reverse=True)
    assert max(counts) >= 97
    assert min(counts) <= 2
    assert "200 of 50000 people are drawn" in view.notes
    assert len(view._squares) + len(view._angles) <= 200_000


def test_faces_are_sent_in_the_order_of_the_bars() -> None:
    images = np.arange(PEOPLE, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 6), np.uint8)
    view = both(images=images)
    shown = np.frombuffer(view._pixels, np.uint8).reshape(PEOPLE, *view._pixel_size)
    assert shown[:, 0, 0].tolist() == ORDER


# ---- choices


def test_before_and_after_start_with_the_first_and_the_last() -> None:
    assert (both().before, both().after) == ("softmax", "mml")
    assert (CenterMargins(ONE).before, CenterMargins(ONE).after) == ("", "")
    assert both(before="").before == ""


def test_m_starts_at_the_papers_where_the_slider_reaches_it_or_else_in_the_middle() -> None:
    assert both().margin == 280
    assert both()._high >= 280
    small = CenterMargins(ONE / 100)
    assert small.margin == small._high / 2
    assert CenterMargins(ONE / 100, margin=280).margin == 280


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.5, 1, 33, 1e4])
def test_the_slider_of_m_reaches_just_beyond_every_nearest_distance(scale: float) -> None:
    view = CenterMargins(ONE * scale)
    nearest = np.nanmin(geometry.center_gaps(ONE * scale), axis=1).max()
    assert 1.1 * nearest <= view._high <= 2.4 * nearest


def test_the_code_of_a_view_makes_the_same_view() -> None:
    view = both(margin=123.4, angle=0.5, measure="angle", before="mml", after="softmax", person=3)
    space = {"facelab": facelab, "names": None, "counts": COUNTS}
    again = eval(view.code(), space | {"centers": {"softmax": ONE, "mml": TWO}})
    assert again.choices() == view.choices()


def test_the_state_of_a_view_brings_it_back() -> None:
    view = both(margin=99, person=2)
    again = CenterMargins.from_state(view.state(), {"softmax": ONE, "mml": TWO}, COUNTS)
    assert again.choices() == view.choices()
    with pytest.raises(ValueError, match="unknown before 'softmax'"):
        CenterMargins.from_state(view.state(), ONE, COUNTS)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"centers": ONE[0]}, ValueError, r"centers of  ?must have shape|centers must have shape"),
        ({"centers": {}}, ValueError, "nothing to draw"),
        ({"centers": {"a": ONE, "b": TWO[:3]}}, ValueError, "same people, .* 'b': 3"),
        ({"centers": "faces"}, TypeError, "table of numbers, not 'faces'"),
        ({"counts": COUNTS[:3]}, ValueError, r"each of 7 people, not \(3,\)"),
        ({"counts": -COUNTS}, ValueError, "the lowest -9"),
        ({"counts": COUNTS / 2}, TypeError, "whole numbers of images, not float64"),
        ({"names": ["a"]}, ValueError, "names must be one for each of 7 people, not 1"),
        ({"images": np.zeros((3, 4, 4))}, ValueError, r"images must have shape \(7, H, W\)"),
        ({"margin": -1}, ValueError, "margin must be between 0 and .* not -1"),
        ({"margin": math.nan}, ValueError, "margin must be between 0 and .* not nan"),
        ({"margin": "280"}, TypeError, "margin must be a number, not '280'"),
        ({"angle": 45}, ValueError, "angle must be between 0 and 3.142 .radians., not 45"),
        ({"measure": "angel"}, ValueError, "unknown measure 'angel'; did you mean angle"),
        ({"after": "mlm"}, ValueError, "unknown after 'mlm'; did you mean mml"),
        ({"before": "hard"}, ValueError, "unknown before 'hard'"),
        ({"after": ""}, ValueError, "unknown after ''"),
        ({"person": 7}, ValueError, "to 6, not 7"),
        ({"person": 1.5}, TypeError, "whole number, not 1.5"),
    ],
)
def test_a_view_says_what_does_not_fit(
    change: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    given: dict[str, Any] = {"centers": {"softmax": ONE, "mml": TWO}, "counts": COUNTS}
    with pytest.raises(error, match=sentence) as caught:
        CenterMargins(**(given | change))
    assert "\n" not in str(caught.value)


# ---- of runs


def run(seed: int, order: np.ndarray, names: tuple[str, ...] = ("b", "a")) -> Any:
    rng = np.random.default_rng(seed)
    labels = np.array([0, 0, 1])[order]
    x = rng.normal(size=(3, 4))
    arrays = {"train_embeddings": x, "train_labels": labels, "train_names": np.array(names)}
    return SimpleNamespace(arrays=arrays)


def faces() -> Any:
    images = np.arange(4, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 6), np.uint8)
    return facelab.FaceSet(images, [0, 1, 1, 2], ["a", "b", "c"], "noise", "none")


def test_runs_give_the_means_of_whom_they_trained_on_with_a_face_each() -> None:
    runs = {"x": run(0, np.array([0, 1, 2])), "y": run(1, np.array([2, 0, 1]))}
    view = CenterMargins.of(runs, faces(), after="x")
    x, y = (r.arrays["train_embeddings"] for r in runs.values())
    apart = [((x[:2].mean(axis=0) - x[2]) ** 2).sum(), ((y[1:].mean(axis=0) - y[0]) ** 2).sum()]
    np.testing.assert_allclose(sent(view, "_squares")[:, 0], apart, rtol=1e-6)
    assert (view.names, view.counts, view.titles) == (["b", "a"], [2, 1], ["x", "y"])
    shown = np.frombuffer(view._pixels, np.uint8).reshape(2, 8, 6)
    assert shown[:, 0, 0].tolist() == [1, 0], "the first image of b, then that of a"


def test_runs_of_other_people_are_not_compared() -> None:
    first = run(0, np.array([0, 1, 2]))
    with pytest.raises(ValueError, match="run 'y' trained on other people"):
        CenterMargins.of({"x": first, "y": run(1, np.array([0, 1, 2]), ("a", "c"))}, faces())
    fewer = run(1, np.array([0, 2, 2]))
    with pytest.raises(ValueError, match="run 'y' trained on other people or images"):
        CenterMargins.of({"x": first, "y": fewer}, faces())
    with pytest.raises(ValueError, match="no run was given"):
        CenterMargins.of({}, faces())


def test_a_long_tail_that_was_trained_on_is_drawn_with_its_faces() -> None:
    tail = facelab.load("orl").take_people(8).long_tail(1.0, least=2)
    small: dict[str, Any] = {"data": tail, "epochs": 1, "height": 28, "progress": False}
    runs = {key: facelab.train(key, **small) for key in ("center", "mml")}
    view = CenterMargins.of(runs, tail, margin=0.0)
    assert (view.before, view.after) == ("center", "mml")
    assert view.counts == [tail.people()[name] for name in view.names]
    shown = [view.counts[i] for i in view._order]
    assert shown == sorted(shown, reverse=True)
    arrays = runs["mml"].arrays
    means = geometry.class_means(arrays["train_embeddings"], arrays["train_labels"])
    gaps = geometry.center_gaps(means[view._order])[np.triu_indices(6, 1)]
    np.testing.assert_allclose(sent(view, "_squares")[1], gaps, rtol=1e-5)


# ---- the browser's arithmetic


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("margins"))
    return context


def ask(js: MiniRacer, call: str, centers: np.ndarray = ONE) -> Any:
    """`call` with `gaps` and `n` of some centers."""
    gaps = geometry.center_gaps(centers)[np.triu_indices(len(centers), 1)]
    given = f"const gaps = {json.dumps(gaps.tolist())}, n = {len(centers)}, m = $margins;"
    return json.loads(js.eval(f"(() => {{ {given} return JSON.stringify({call}); }})()"))


def test_the_browser_finds_the_nearest_of_everybody(js: MiniRacer) -> None:
    found = ask(js, "m.nearest(gaps, n)")
    gaps = geometry.center_gaps(ONE)
    np.testing.assert_allclose(found["gap"], np.nanmin(gaps, axis=1))
    assert found["other"] == np.nanargmin(gaps, axis=1).tolist()
    assert ask(js, "m.nearest(gaps, n).other", ONE[:1]) == [-1]


def test_the_browser_finds_every_pair_where_it_lies(js: MiniRacer) -> None:
    gaps = geometry.center_gaps(ONE)
    for i, j in itertools.permutations(range(PEOPLE), 2):
        assert ask(js, f"gaps[m.pairAt({i}, {j}, n)]") == pytest.approx(gaps[i, j])


@pytest.mark.parametrize("margin", [0.0, 1.0, 150.0, 280.0, 700.0, 1e5])
def test_the_browser_adds_up_what_geometry_and_the_loss_add_up(
    js: MiniRacer, margin: float
) -> None:
    call = f"m.below(m.sorted(gaps, n), {margin})"
    pairs, short = geometry.violating_pairs(ONE, margin)
    found = ask(js, call)
    assert sorted((p["i"], p["j"]) for p in found) == [tuple(p) for p in pairs.tolist()]
    assert [p["gap"] for p in found] == sorted(p["gap"] for p in found)
    total = ask(js, f"m.lacking({call}, {margin})")
    assert total == pytest.approx(short.sum(), abs=1e-6)
    assert total == pytest.approx(loss_of(margin), rel=1e-5, abs=1e-3)


def loss_of(margin: float) -> float:
    """L_M of torch's loss at these centers, a batch with one image a person on its center."""
    import torch

    shared = Center(PEOPLE, WIDTH)
    shared.centers.copy_(torch.tensor(ONE, dtype=torch.float32))
    loss = MinimumMargin(PEOPLE, WIDTH, margin=margin, shared=shared).eval()
    images = torch.tensor(ONE, dtype=torch.float32)
    return float(loss(images, torch.arange(PEOPLE)))


def test_a_pair_that_is_just_as_far_as_m_is_not_too_close(js: MiniRacer) -> None:
    square = np.array([[0.0, 0], [3, 0], [0, 4]])  # 9, 16, 25
    for margin, count in ((9, 0), (9.001, 1), (16, 1), (25, 2), (25.5, 3)):
        assert len(ask(js, f"m.below(m.sorted(gaps, n), {margin})", square)) == count


def test_the_browser_judges_a_loss_under_m(js: MiniRacer) -> None:
    side = "{ near: m.nearest(gaps, n), pairs: m.sorted(gaps, n) }"
    found = ask(js, f"m.judged({side}, 200, [1, 4])")
    near = np.nanmin(geometry.center_gaps(ONE), axis=1)
    assert found["low"] == pytest.approx(near.min())
    assert found["mean"] == pytest.approx(near.mean())
    assert found["rare"] == pytest.approx(near[[1, 4]].mean())
    assert found["people"] == (near < 200).sum()
    assert found["sum"] == pytest.approx(geometry.violating_pairs(ONE, 200)[1].sum())


def test_a_histogram_counts_everybody_once(js: MiniRacer) -> None:
    values = [0, 0.1, 0.99, 1.0, 2.5, 4.0]
    assert ask(js, f"m.bins({values}, 4, 4)") == [3, 1, 1, 1]
    assert ask(js, f"m.bins({values}, 4, 1)") == [6]


# ---- the static twin


@pytest.fixture
def ax() -> Any:
    return Figure().add_subplot()


def bars(ax: Any) -> list[float]:
    return [float(bar.get_height()) for bar in ax.patches]


def test_the_twin_draws_bars_most_images_first_and_diamonds_of_before(ax: Any) -> None:
    figures.center_margins({"softmax": ONE, "mml": TWO}, COUNTS, margin=400, ax=ax)
    near = np.nanmin(geometry.center_gaps(TWO), axis=1)[ORDER]
    np.testing.assert_allclose(bars(ax), near)
    was = next(line for line in ax.lines if line.get_label() == "softmax")
    np.testing.assert_allclose(was.get_ydata(), np.nanmin(geometry.center_gaps(ONE), axis=1)[ORDER])
    dark = [bar.get_alpha() == 1 for bar in ax.patches]
    assert dark == (near < 400).tolist()
    assert any(dark)
    assert not all(dark)


def test_the_twin_joins_each_pair_that_is_too_close_once(ax: Any) -> None:
    figures.center_margins(TWO, COUNTS, margin=900, ax=ax)
    arcs = [line for line in ax.lines if len(line.get_xdata()) == 40]
    ends = {tuple(sorted((ORDER[round(min(x))], ORDER[round(max(x))]))) for x in map(xs, arcs)}
    pairs, _ = geometry.violating_pairs(TWO, 900)
    assert ends == {tuple(pair) for pair in pairs.tolist()}
    assert len(arcs) == len(pairs) > 0


def xs(line: Any) -> Any:
    return line.get_xdata()


def test_the_histogram_of_the_twin_holds_everybody_on_the_axis_of_the_bars(ax: Any) -> None:
    figures.center_margins({"softmax": ONE, "mml": TWO}, margin=200, ax=ax)
    beside = ax.child_axes[0]
    lying = [patch for patch in beside.patches if hasattr(patch, "get_width")]
    assert sum(patch.get_width() for patch in lying) == PEOPLE
    assert beside.get_ylim() == ax.get_ylim()
    for each in (ax, beside):
        assert any(np.allclose(line.get_ydata(), 200) for line in each.lines)


def test_the_twin_measures_angles_in_degrees_and_unit_lengths(ax: Any) -> None:
    figures.center_margins(ONE, margin=0.5, measure="angle", ax=ax)
    near = np.rad2deg(np.nanmin(geometry.center_gaps(ONE, distance="angle"), axis=1))
    np.testing.assert_allclose(bars(ax), near)
    assert "degrees" in ax.get_ylabel()
    other = Figure().add_subplot()
    figures.center_margins(ONE, margin=0.5, normalized=True, ax=other)
    np.testing.assert_allclose(bars(other), 2 - 2 * np.cos(np.deg2rad(near)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"centers": ONE[:1]}, "C at least 2"),
        ({"centers": ONE[0]}, r"not \{'': \(5,\)\}"),
        ({"centers": {"a": ONE, "b": TWO[:3]}}, "same people"),
        ({"centers": {"a": ONE, "b": np.where(np.eye(7, 5), np.nan, TWO)}}, "center 0 of 'b'"),
        ({"after": "mlm"}, "unknown after 'mlm'; did you mean mml"),
        ({"after": ""}, "unknown after ''"),
        ({"counts": [1, 2]}, r"each of 7 people, not \(2,\)"),
        ({"measure": "angel"}, "did you mean angle"),
    ],
)
def test_the_twin_says_what_does_not_fit(ax: Any, change: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {"centers": {"softmax": ONE, "mml": TWO}}
    with pytest.raises(ValueError, match=sentence):
        figures.center_margins(**(given | change), ax=ax)
