"""What a sphere is sent of strange and of large data, and that its numbers speak of all of them."""

from typing import Any

import numpy as np
import pytest

from facelab.widgets import Sphere, _cloud

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(4), 5)
POINTS = np.eye(4, 3)[LABELS] - 0.5 + RNG.normal(size=(20, 3)) * 0.1
WIDE = RNG.normal(size=(4, 64))[LABELS] + RNG.normal(size=(20, 64)) * 0.4


def angles(sphere: Sphere) -> np.ndarray:
    """Own, nearest wrong, whose: as the browser is sent them."""
    return np.frombuffer(sphere._angles, "<f4").reshape(-1, 3)


def neighbors(sphere: Sphere) -> np.ndarray:
    return np.frombuffer(sphere._neighbors, "<f4").reshape(-1, 2)


def points(sphere: Sphere, name: str = "_points") -> np.ndarray:
    return np.frombuffer(getattr(sphere, name), "<f4").reshape(-1, 3)


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles of all rows to all rows, by the arccosine."""
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    return np.arccos(np.clip(a @ b.T, -1, 1))


# ---- numbers speak of all numbers


@pytest.mark.parametrize("table", [POINTS, POINTS[:, :2], WIDE])
def test_angles_are_those_of_the_embeddings_not_of_the_picture(table: np.ndarray) -> None:
    centers = RNG.normal(size=(4, table.shape[1]))
    sphere = Sphere(3 * table, LABELS, centers=centers)
    all_ = between(table, centers)
    own = all_[np.arange(20), LABELS]
    all_[np.arange(20), LABELS] = np.inf
    expected = np.stack([own, all_.min(axis=1), all_.argmin(axis=1)], axis=1)
    np.testing.assert_allclose(angles(sphere), expected, atol=1e-5)
    pairs = between(centers, centers) + 9 * np.eye(4)
    expected = np.stack([pairs.min(axis=1), pairs.argmin(axis=1)], axis=1)
    np.testing.assert_allclose(neighbors(sphere), expected, atol=1e-5)


def test_the_picture_holds_the_share_of_the_squared_length_that_is_named() -> None:
    sphere = Sphere(WIDE, LABELS)
    turned = WIDE / np.linalg.norm(WIDE, axis=1, keepdims=True)
    size = np.linalg.svd(turned, compute_uv=False) ** 2
    assert sphere._share == pytest.approx(size[:3].sum() / size.sum(), abs=1e-4)
    assert sphere._share < 0.9
    assert "none are drawn" in sphere.notes
    assert "all 64 numbers" in sphere.notes


def test_a_picture_that_holds_nearly_all_has_its_caps_and_says_whose() -> None:
    turn, _ = np.linalg.qr(RNG.normal(size=(64, 64)))
    sphere = Sphere(POINTS @ turn[:3] + 0.01 * RNG.normal(size=(20, 64)), LABELS)
    assert 0.9 < sphere._share < 1
    assert "those of the projection" in sphere.notes
    assert "none are drawn" not in sphere.notes


def test_what_is_not_projected_says_nothing_of_a_projection() -> None:
    for table in (POINTS, POINTS[:, :2]):
        sphere = Sphere(table, LABELS)
        assert sphere._share == 1
        assert "projec" not in sphere.notes


def test_an_update_says_what_its_directions_hold_now() -> None:
    turn, _ = np.linalg.qr(RNG.normal(size=(64, 64)))
    sphere = Sphere(POINTS @ turn[:3], LABELS)
    assert sphere._share == pytest.approx(1)
    sphere.update(POINTS @ turn[1:4])
    assert sphere._share < 0.9
    assert "none are drawn" in sphere.notes


# ---- strange data


def test_who_has_no_center_is_counted_and_is_nobodys_nearest() -> None:
    centers = np.eye(4, 3)
    centers[1], centers[3] = np.nan, [0.1, 0.2, -1]
    sphere = Sphere(POINTS, LABELS, centers=centers)
    assert "One person has no center" in sphere.notes
    assert (np.isnan(angles(sphere)[:, 0]) == (LABELS == 1)).all()
    assert 1 not in angles(sphere)[:, 2]
    assert np.isnan(neighbors(sphere)[1, 0])
    assert neighbors(sphere)[1, 1] == -1
    there = np.array([0, 2, 3])
    pairs = between(centers[there], centers[there]) + 9 * np.eye(3)
    assert neighbors(sphere)[there, 1].tolist() == there[pairs.argmin(axis=1)].tolist()
    centers[2] = 0
    assert "2 people have no center" in Sphere(POINTS, LABELS, centers=centers).notes


def test_a_person_of_whom_nothing_is_left_has_no_center() -> None:
    spoiled = np.where((LABELS == 2)[:, None], np.nan, POINTS)
    sphere = Sphere(spoiled, LABELS)
    assert "5 embeddings have no direction" in sphere.notes
    assert "One person has no center" in sphere.notes
    assert np.isnan(points(sphere, "_centers")).all(axis=1).tolist() == [False, False, True, False]


@pytest.mark.parametrize("width", [2, 3, 64])
def test_one_image_alone_is_on_its_center_with_nobody_else(width: int) -> None:
    sphere = Sphere(RNG.normal(size=(1, width)), [0])
    assert angles(sphere)[0, 0] == pytest.approx(0, abs=1e-6)
    assert np.isnan(angles(sphere)[0, 1])
    assert angles(sphere)[0, 2] == -1
    assert neighbors(sphere)[0, 1] == -1
    assert np.linalg.norm(points(sphere)[0]) == pytest.approx(1, abs=1e-6)


def test_nothing_but_nan_is_drawn_empty_and_said() -> None:
    sphere = Sphere(np.full((3, 5), np.nan), [0, 1, 1])
    assert np.isnan(points(sphere)).all()
    assert "3 embeddings have no direction" in sphere.notes
    assert "2 people have no center" in sphere.notes


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_very_long_and_very_short_embeddings_keep_their_direction(size: float) -> None:
    np.testing.assert_allclose(
        points(Sphere(POINTS * size, LABELS)), points(Sphere(POINTS, LABELS))
    )


def test_names_come_through_whatever_they_are() -> None:
    names = ["山田太郎", "Zoë 🙂", "x" * 3000, "a\nb"]
    sphere = Sphere(POINTS, LABELS, names=names)
    assert sphere.names == names
    assert Sphere(POINTS, LABELS, names=np.array(["a", "b", "c", "d"])).names == list("abcd")


def test_fifty_thousand_of_64_numbers_are_thinned_with_every_number_right() -> None:
    labels = RNG.integers(0, 40, size=50_000)
    centers = RNG.normal(size=(40, 64))
    many = centers[labels] + RNG.normal(size=(50_000, 64))
    many[::1000] = np.nan
    sphere = Sphere(many, labels, centers, images=np.zeros((50_000, 32, 26), np.uint8))
    kept = np.linspace(0, 49_999, 5000).round().astype(int)
    assert len(points(sphere)) == len(angles(sphere)) == 5000
    np.testing.assert_array_equal(np.frombuffer(sphere._labels, "<u2"), labels[kept])
    good = ~np.isnan(many[kept]).any(axis=1)
    own = between(many[kept][good], centers)[np.arange(good.sum()), labels[kept][good]]
    np.testing.assert_allclose(angles(sphere)[good, 0], own, atol=1e-5)
    assert "50 embeddings have no direction" in sphere.notes
    assert "5000 of 50000 embeddings are drawn; the percentages are of those" in sphere.notes


def test_an_update_of_two_thousand_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = RNG.integers(0, 10, size=2000)
    sphere = Sphere(RNG.normal(size=(2000, 64)), labels)
    sent: list[str] = []
    monkeypatch.setattr(Sphere, "send_state", lambda self, key=None: sent.extend(key))
    sphere.update(RNG.normal(size=(2000, 64)), step=3)
    assert len(sent) == len(set(sent)), "one message"
    size = sum(
        len(getattr(sphere, name)) for name in sent if isinstance(getattr(sphere, name), bytes)
    )
    assert 40_000 < size < 60_000
    assert not {"_pixels", "_labels", "_held_out", "names", "_phrases"} & set(sent)


def test_means_are_those_of_each_person_alone() -> None:
    turned = _cloud.unit(POINTS)
    found = _cloud.means(turned, LABELS.astype(np.uint16), 6)
    for person in range(4):
        np.testing.assert_allclose(found[person], turned[person == LABELS].mean(axis=0))
    assert np.isnan(found[4:]).all()


# ---- choices


def test_the_boundaries_are_a_choice() -> None:
    sphere = Sphere(POINTS, LABELS, boundaries=False)
    assert "boundaries=False" in sphere.code()
    assert Sphere.from_state(sphere.state(), POINTS, LABELS).boundaries is False
    sphere.boundaries = np.True_
    assert sphere.boundaries is True


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_boundaries_are_true_or_false(value: Any) -> None:
    with pytest.raises(TypeError, match="boundaries must be True or False, not"):
        Sphere(POINTS, LABELS, boundaries=value)
