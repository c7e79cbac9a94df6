"""SampleWeights without a browser: what it sends, what it says, what it refuses."""

import math
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from facelab import figures, geometry, lessons
from facelab.widgets import SampleWeights
from facelab.widgets._twin import twin

matplotlib.use("Agg")  # nothing is shown

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(4), 5)
CENTERS = RNG.normal(size=(4, 6)) * [[1], [3], [0.2], [5]]
POINTS = CENTERS[LABELS] + 0.4 * RNG.normal(size=(20, 6))
IMAGES = RNG.integers(0, 255, size=(20, 14, 12)).astype(np.uint8)


def make(**values: Any) -> SampleWeights:
    return SampleWeights(POINTS, LABELS, CENTERS, IMAGES, **values)


def table(view: SampleWeights, name: str) -> np.ndarray:
    """What the browser is sent, a row a face."""
    kind = "<u2" if name == "_columns" else "<f4"
    count = len(view._lengths) // 4
    return np.frombuffer(getattr(view, name), kind).reshape(count, -1)


def unit(points: np.ndarray) -> np.ndarray:
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


# ---- what is sent


def test_every_face_brings_its_angles_own_center_first_then_the_nearest() -> None:
    view = make()
    columns, angles = table(view, "_columns"), table(view, "_angles")
    assert columns[:, 0].tolist() == LABELS.tolist()
    assert (np.sort(columns, axis=1) == np.arange(4)).all()
    assert (np.diff(angles[:, 1:], axis=1) >= 0).all()
    cosines = unit(POINTS) @ unit(CENTERS).T
    expected = np.take_along_axis(cosines, columns.astype(int), axis=1)
    np.testing.assert_allclose(np.cos(angles), expected, atol=1e-6)
    apart = np.frombuffer(view._apart, "<f4").reshape(4, 4)
    np.testing.assert_allclose(apart, unit(CENTERS) @ unit(CENTERS).T, atol=1e-6)
    np.testing.assert_allclose(table(view, "_lengths")[:, 0], np.linalg.norm(POINTS, axis=1), 1e-6)


def test_an_angle_of_nearly_nothing_keeps_its_digits() -> None:
    tilted = CENTERS[:1] + 1e-5 * np.eye(6)[:1] * np.linalg.norm(CENTERS[0])
    u, c = unit(tilted)[0], unit(CENTERS)[0]
    expected = 2 * math.asin(np.linalg.norm(u - c) / 2)
    found = table(SampleWeights(tilted, [0], CENTERS), "_angles")[0, 0]
    assert found == pytest.approx(expected, rel=1e-6)
    assert found < 2e-5


def test_many_people_send_the_nearest_and_what_lies_between_these() -> None:
    centers = RNG.normal(size=(90, 8))
    labels = np.arange(90).repeat(2)
    points = centers[labels] + RNG.normal(size=(180, 8))
    view = SampleWeights(points, labels, centers)
    columns, angles = table(view, "_columns").astype(int), table(view, "_angles")
    assert columns.shape == (180, 16)
    assert "15 nearest of 90 people" in view.notes
    cosines = unit(points) @ unit(centers).T
    others = np.where(np.arange(90) == labels[:, None], -np.inf, cosines)
    assert (np.sort(columns[:, 1:]) == np.sort(np.argsort(-others)[:, :15])).all()
    assert columns[:, 0].tolist() == labels.tolist()
    np.testing.assert_allclose(
        np.cos(angles), np.take_along_axis(cosines, columns, axis=1), atol=1e-6
    )
    apart = table(view, "_apart")
    for i in (0, 101):
        between = unit(centers)[columns[i]] @ unit(centers)[columns[i]].T
        np.testing.assert_allclose(apart[i], between[np.tril_indices(16, -1)], atol=1e-6)
    sent = sum(len(getattr(view, name)) for name in ("_angles", "_columns", "_apart", "_lengths"))
    assert sent < 200_000


def test_the_faces_are_sent_as_large_as_they_are_shown() -> None:
    assert make()._pixel_size == [14, 12]
    assert make()._pixels == IMAGES.tobytes()
    large = SampleWeights(POINTS, LABELS, CENTERS, np.zeros((20, 130, 100), np.uint8))
    assert large._pixel_size == [43, 33]
    assert SampleWeights(POINTS, LABELS, CENTERS)._pixels == b""


def test_centers_are_the_mean_directions_unless_given() -> None:
    view = SampleWeights(POINTS, LABELS)
    middle = unit(np.stack([unit(POINTS)[i == LABELS].mean(axis=0) for i in range(4)]))
    found = np.cos(table(view, "_angles")[:, 0])
    np.testing.assert_allclose(found, (unit(POINTS) * middle[LABELS]).sum(axis=1), atol=1e-6)
    assert "mean directions" in view.notes
    assert make().notes == ""


def test_faces_without_a_direction_are_left_out_and_counted() -> None:
    spoiled = POINTS.copy()
    spoiled[2, 1], spoiled[5], spoiled[9, 0] = np.nan, 0, np.inf
    view = SampleWeights(spoiled, LABELS, CENTERS, IMAGES)
    kept = [i for i in range(20) if i not in (2, 5, 9)]
    assert table(view, "_columns")[:, 0].tolist() == LABELS[kept].tolist()
    assert view._pixels == IMAGES[kept].tobytes()
    assert "3 embeddings have no direction" in view.notes
    spoiled[[5, 9]] = 1
    assert "One embedding has no direction" in SampleWeights(spoiled, LABELS, CENTERS).notes


def test_a_crowd_is_thinned_and_said_so() -> None:
    many = RNG.normal(size=(50_000, 16))
    labels = RNG.integers(0, 10, size=50_000)
    view = SampleWeights(many, labels, images=np.zeros((50_000, 8, 6), np.uint8))
    assert len(table(view, "_angles")) == 300
    assert len(view._pixels) == 300 * 8 * 6
    assert "300 of 50000 faces" in view.notes


@pytest.mark.parametrize("width", [2, 3, 64])
def test_any_width_of_embeddings_can_be_weighed(width: int) -> None:
    view = SampleWeights(RNG.normal(size=(20, width)), LABELS, RNG.normal(size=(4, width)))
    assert np.isfinite(table(view, "_angles")).all()
    assert view.notes == ""


def test_one_person_one_image_and_nobody_are_enough() -> None:
    alone = SampleWeights(POINTS[:5], LABELS[:5])
    assert table(alone, "_angles").shape == (5, 1)
    assert "One person alone" in alone.notes
    assert table(SampleWeights(POINTS[:1], [0], CENTERS), "_angles").shape == (1, 4)
    nobody = SampleWeights(np.full((3, 4), np.nan), [0, 1, 2])
    assert nobody._angles == nobody._pixels == b""
    assert "3 embeddings have no direction" in nobody.notes


def test_a_person_without_a_center_is_left_out() -> None:
    centers = CENTERS.copy()
    centers[2] = 0
    view = SampleWeights(POINTS, LABELS, centers, IMAGES)
    assert table(view, "_columns")[:, 0].tolist() == LABELS[LABELS != 2].tolist()
    assert set(table(view, "_columns").ravel()) == {0, 1, 3}
    assert view.notes == "Faces whose own center has no direction, left out: 5."
    view = SampleWeights(POINTS[:10], LABELS[:10], names=["a", "b", "c", "d"])
    assert table(view, "_columns").shape == (10, 2)
    assert set(table(view, "_columns").ravel()) == {0, 1}


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"embeddings": POINTS[0]}, ValueError, "embeddings must have shape"),
        ({"embeddings": "faces"}, TypeError, "table of numbers, not 'faces'"),
        ({"labels": LABELS[:5]}, ValueError, "one for each of 20 embeddings"),
        ({"labels": LABELS + 1}, ValueError, "labels must be 0..3, but one is 4"),
        ({"labels": LABELS / 2}, TypeError, "whole numbers"),
        ({"centers": CENTERS[:, :3]}, ValueError, "must have 6 columns"),
        ({"names": ["a"]}, ValueError, "one for each of 4 centers, not 1"),
        ({"images": IMAGES[:3]}, ValueError, "images must have shape .20, H, W"),
        ({"loss": "arcfase"}, ValueError, "did you mean arcface"),
        ({"loss": "triplet"}, ValueError, "no weights of single faces for triplet: three images"),
        ({"loss": ["arcface"]}, ValueError, "unknown loss"),
        ({"loss": "adaface", "rate": 0.1}, ValueError, "no rate for adaface: the statistics"),
        ({"loss": "magface", "embedding_length": 9}, ValueError, "every face has its own"),
        ({"margn": 0.3}, ValueError, "unknown setting of sv_softmax 'margn'; did you mean margin"),
        ({"t": math.nan}, ValueError, "t must be between 1 and 2, not nan"),
        ({"t": "hard"}, TypeError, "t must be a number, not 'hard'"),
        ({"order": "size"}, ValueError, "unknown order 'size'; there are: weight, gain"),
        ({"person": 4}, ValueError, r"person must be -1 .nobody. to 3, not 4"),
        ({"person": 1.5}, TypeError, "person must be a whole number, not 1.5"),
        ({"first": 20}, ValueError, "first must be 0 to 19, not 20"),
        ({"first": True}, TypeError, "first must be a whole number"),
    ],
)
def test_the_view_says_what_does_not_fit(
    change: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    good = {"embeddings": POINTS, "labels": LABELS, "centers": CENTERS, "images": IMAGES}
    with pytest.raises(error, match=sentence):
        SampleWeights(**(good | change))


def test_a_refused_value_leaves_the_view_as_it_was() -> None:
    view = make(t=1.3)
    before = view.choices()
    for name, value in (("t", 9), ("loss", "x"), ("order", "x"), ("person", 9), ("first", -1)):
        with pytest.raises(ValueError, match=f"{value}"):
            setattr(view, name, value)
    assert view.choices() == before
    view.set_state({"t": 9})
    assert view.error == "t must be between 1 and 2, not 9"


# ---- state and code

LOSSES = make().losses


def test_what_moves_only_a_batch_is_a_setting_here() -> None:
    assert "rate" in LOSSES["hard_mining"]["settings"]
    assert {"plus", "assignment", "seed"} <= set(LOSSES["elasticface"]["settings"])
    assert not any("embedding_length" in entry["settings"] for entry in LOSSES.values())


@pytest.mark.parametrize("loss", LOSSES)
def test_code_and_state_bring_every_loss_back(loss: str) -> None:
    view = make(loss=loss, person=2, order="gain", first=7, compare=False)
    names = {"facelab": type("facelab", (), {"SampleWeights": SampleWeights})}
    data = {"embeddings": POINTS, "labels": LABELS, "centers": CENTERS, "images": IMAGES}
    again = eval(view.code(), names | data)
    assert again.choices() == pytest.approx(view.choices(), abs=1e-3)
    restored = SampleWeights.from_state(view.state(), POINTS, LABELS, CENTERS, IMAGES)
    assert restored.choices() == view.choices()


def test_a_state_for_other_faces_changes_nothing() -> None:
    state = make(person=3, t=1.7).state()
    view = SampleWeights(POINTS[:5], LABELS[:5], t=1.2)
    with pytest.raises(ValueError, match=r"-1 .nobody. to 0, not 3"):
        view.restore(state)
    assert view.t == 1.2


def test_a_new_loss_keeps_what_means_the_same() -> None:
    view = make(loss="cosface", margin=0.4, scale=30)
    view.loss = "arcface"
    assert (view.scale, view.margin) == (30, 0.3), "cosine units are no radians"
    view.set_state({"least_margin": 0.4, "loss": "magface"})
    assert (view.loss, view.least_margin, view.error) == ("magface", 0.4, "")
    before = view.t
    view.set_state({"t": 1.7, "person": 2})  # moved before the browser heard of magface
    assert (view.error, view.person, view.t) == ("", 2, before)


def test_settings_that_must_not_cross_give_way() -> None:
    view = make(loss="magface")
    view.least_margin = 0.9
    assert view.most_margin == 0.9
    view.loss = "sv_softmax"
    view.base = "cosface"
    view.margin = 0.9
    view.base = "arcface"
    assert view.margin == 0.3, "another unit"


def test_a_seed_is_a_whole_number() -> None:
    view = make(loss="elasticface", seed=3.0)
    assert "seed=3," in view.code()
    assert isinstance(view.seed, int)


# ---- figures

PULLS = geometry.sample_pulls("arcface", POINTS, LABELS, CENTERS, margin=0.3, scale=16)


def test_the_gallery_shows_the_largest_weights_first() -> None:
    ax = figures.weights(IMAGES, PULLS, LABELS, columns=4, rows=2, ax=Figure().add_subplot())
    order = np.argsort(-PULLS)[:8]
    shown = [image.get_array() for image in ax.images]
    assert len(shown) == 8
    for i, face in zip(order, shown, strict=True):
        np.testing.assert_array_equal(face, IMAGES[i])
    assert ax.texts[0].get_text() == f"{PULLS.max() / PULLS.mean():.2f}×  {LABELS[order[0]]}"
    bars = [patch.get_width() for patch in ax.patches]
    np.testing.assert_allclose(bars, 12 * PULLS[order] / PULLS.max())
    named = figures.weights(IMAGES, PULLS, LABELS, list("abcd"), ax=Figure().add_subplot())
    assert named.texts[0].get_text()[-1] == "abcd"[LABELS[order[0]]]


def test_every_face_stands_at_its_angle_and_weight() -> None:
    angles = np.array(table(make(), "_angles")[:, 0])
    plain = geometry.sample_pulls("normface", POINTS, LABELS, CENTERS, scale=16)
    ax = figures.weights_by_angle(angles, PULLS, LABELS, plain, ax=Figure().add_subplot())
    normface, *people = [np.asarray(spots.get_offsets()) for spots in ax.collections]
    np.testing.assert_allclose(normface, np.stack([np.degrees(angles), plain / plain.mean()], 1))
    expected = np.stack([np.degrees(angles), PULLS / PULLS.mean()], axis=1)
    np.testing.assert_allclose(np.concatenate(people), expected)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pulls": -PULLS}, "pulls must be finite and at least 0, not -"),
        ({"pulls": PULLS[None]}, r"pulls must have shape \(N,\)"),
        ({"images": IMAGES[:2]}, "one a pull"),
        ({"labels": LABELS[:2]}, r"labels must have shape \(20,\), not \(2,\)"),
    ],
)
def test_the_figure_says_what_does_not_fit(change: dict[str, Any], sentence: str) -> None:
    good = {"images": IMAGES, "pulls": PULLS, "labels": LABELS}
    with pytest.raises(ValueError, match=sentence):
        figures.weights(**(good | change), ax=Figure().add_subplot())
    if "images" not in change:
        with pytest.raises(ValueError, match=r"pulls|alike"):
            figures.weights_by_angle(
                **({"angles": PULLS, "pulls": PULLS, "labels": LABELS} | change)
            )


def test_readers_without_a_kernel_see_the_figure() -> None:
    view = make()
    ax = figures.weights(IMAGES, PULLS, LABELS, ax=Figure().add_subplot())
    assert "<img" in twin(lessons.beside(view, ax))
