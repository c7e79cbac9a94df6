"""Hard faces out of easy ones: nothing at level 0, harder and harder up to 1."""

import numpy as np
import pytest

import facelab
from facelab.datasets import DEGRADATIONS, degrade

KINDS = list(DEGRADATIONS)
LEVELS = np.linspace(0, 1, 9)
DRAWN = ("noise", "occlusion", "light", "rotation")


@pytest.fixture(scope="module")
def orl():
    return facelab.load("orl").take_people(6).resize(56, 46)


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def far(a, b):
    """Mean difference, gray values."""
    return np.abs(a.astype(float) - b).mean()


def test_the_degradations_are_those_that_are_promised():
    assert KINDS == ["resolution", "blur", "noise", "occlusion", "light", "rotation"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 9, 7), (3, 9, 7, 3), (1, 1, 1), (2, 1, 1, 3), (2, 1, 8)])
def test_level_0_leaves_every_byte_and_every_level_the_shape(kind, shape):
    images = noise(shape)
    same = degrade(images, kind, 0)
    assert (same == images).all()
    assert not np.shares_memory(same, images)
    for level in (1e-6, 0.4, 1, np.float32(0.7)):
        hard = degrade(images, kind, level)
        assert (hard.dtype, hard.shape) == (np.uint8, images.shape)


@pytest.mark.parametrize("kind", KINDS)
def test_a_face_gets_harder_with_every_level(orl, kind):
    images = orl.images.copy()
    apart = [far(degrade(orl.images, kind, level), images) for level in LEVELS]
    assert (np.diff(apart) > 0).all(), apart
    assert apart[-1] > 20, "at level 1 a face is nearly unreadable"
    assert (orl.images == images).all(), "what was given stays as it is"


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_give_equal_faces_and_only_what_is_drawn_follows_the_seed(orl, kind):
    first, again, other = (degrade(orl.images, kind, 0.6, seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any() == (kind in DRAWN)


@pytest.mark.parametrize("kind", DRAWN)
def test_what_is_drawn_stays_from_level_to_level(orl, kind):
    """The change at level 0.5 is like that at level 0.6, and less like that of another seed."""
    face = orl.images.astype(float)
    low, high, other = (
        (degrade(orl.images, kind, level, seed) - face).ravel()
        for level, seed in ((0.5, 0), (0.6, 0), (0.6, 5))
    )
    assert np.corrcoef(low, high)[0, 1] > np.corrcoef(low, other)[0, 1] + 0.03


@pytest.mark.parametrize("kind", KINDS)
def test_three_equal_channels_are_degraded_as_one(kind):
    gray = noise((4, 20, 16))
    color = degrade(np.repeat(gray[..., None], 3, axis=3), kind, 0.5)
    if kind == "noise":
        assert (color[..., 0] != color[..., 1]).any(), "each channel has noise of its own"
    else:
        assert (color == degrade(gray, kind, 0.5)[..., None]).all()


@pytest.mark.parametrize("kind", ["resolution", "blur", "rotation"])
def test_what_only_moves_light_leaves_an_even_image_even(kind):
    even = np.full((2, 30, 22), 137, np.uint8)
    assert (degrade(even, kind, 0.8) == 137).all()


def test_resolution_leaves_the_mean_of_every_block():
    """Twelve to one on 24 x 12 pixels: the middle of each block of two has its mean's place."""
    image = noise((1, 24, 12))
    hard = degrade(image, "resolution", 1)[0].astype(float)
    upper, lower = image[0, :12].mean(), image[0, 12:].mean()
    np.testing.assert_allclose(hard[0], upper, atol=0.51)
    np.testing.assert_allclose(hard[-1], lower, atol=0.51)
    np.testing.assert_allclose(hard[11] - hard[12], (upper - lower) / 12, atol=1.01)


def test_a_blurred_point_is_a_bell_as_wide_as_the_formula_says():
    image = np.zeros((1, 81, 81), np.uint8)
    image[0, 40, 40] = 255
    hard = degrade(np.repeat(image, 1, 0), "blur", 0.2)[0].astype(float)
    width = 0.2 * 81 / 8
    bell = np.exp(-(((np.arange(81) - 40) / width) ** 2) / 2)
    expected = 255 * np.outer(bell, bell) / bell.sum() ** 2
    np.testing.assert_allclose(hard, expected, atol=0.51)


def test_noise_has_the_standard_deviation_of_its_level():
    gray = np.full((3, 60, 60), 128, np.uint8)
    assert (degrade(gray, "noise", 0.2).astype(float) - 128).std() == pytest.approx(22, rel=0.02)


def test_a_box_covers_as_much_as_its_level_says():
    images = np.full((20, 200, 100), 255, np.uint8)  # no box is as light
    for level in (0.3, 0.6):
        covered = (degrade(images, "occlusion", level) != 255).mean()
        assert covered == pytest.approx((0.85 * level) ** 2, rel=0.05)


def test_a_box_grows_about_its_own_place():
    images = np.full((20, 200, 100), 255, np.uint8)
    places = []
    for level in (0.2, 0.5):
        covered = degrade(images, "occlusion", level) != 255
        places.append([np.argwhere(each).mean(axis=0) for each in covered])
    np.testing.assert_allclose(*places, atol=1)
    assert np.ptp(places[0], axis=0).min() > 10, "each has a place of its own"


def test_light_falls_from_the_side_that_is_drawn():
    white = np.full((40, 50, 50), 250, np.uint8)
    hard = degrade(white, "light", 0.5).astype(float)
    brightest, darkest = hard.max(axis=(1, 2)), hard.min(axis=(1, 2))
    np.testing.assert_allclose(brightest, 250 * np.exp(-0.4), atol=2)
    np.testing.assert_allclose(darkest, 250 * np.exp(-1.9), atol=2)
    assert len({int(face.argmax()) for face in hard}) > 3, "not every face is lit from one side"


def test_level_1_turns_a_face_on_its_side():
    square = noise((12, 17, 17))
    turned = degrade(square, "rotation", 1)
    to_left = [(turned[i] == np.rot90(square[i])).all() for i in range(12)]
    to_right = [(turned[i] == np.rot90(square[i], -1)).all() for i in range(12)]
    assert [a != b for a, b in zip(to_left, to_right, strict=True)] == [True] * 12
    assert 0 < sum(to_left) < 12


def test_a_set_of_faces_stays_a_set_of_the_same_people(orl):
    hard = orl.degrade("blur", 0.5, seed=3)
    assert (hard.images == degrade(orl.images, "blur", 0.5, seed=3)).all()
    assert (hard.labels == orl.labels).all()
    assert (hard.names, hard.source) == (orl.names, orl.source)
    assert (degrade(orl, "noise", 0.5, 1).images == orl.degrade("noise", 0.5, 1).images).all()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"kind": "blurr"}, ValueError, "unknown degradation 'blurr'; did you mean blur"),
        ({"level": 1.01}, ValueError, "from 0 .unchanged. to 1 .nearly unreadable., not 1.01"),
        ({"level": -0.1}, ValueError, "not -0.1"),
        ({"level": float("nan")}, ValueError, "not nan"),
        ({"level": "0.5"}, TypeError, "a number from 0 to 1, not '0.5'"),
        ({"level": True}, TypeError, "not True"),
        ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
        ({"faces": np.zeros((2, 4, 4))}, TypeError, "uint8, 0 to 255, not float64"),
        ({"faces": np.zeros((4, 4), np.uint8)}, ValueError, r"not \(4, 4\)"),
        ({"faces": [[1]]}, TypeError, "NumPy array, not list"),
    ],
)
def test_degrading_says_what_does_not_fit(change, error, words):
    given = {"faces": noise((2, 4, 4)), "kind": "blur", "level": 0.5, "seed": 0}
    with pytest.raises(error, match=words):
        degrade(**(given | change))
