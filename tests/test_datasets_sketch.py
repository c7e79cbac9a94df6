"""Sketched faces: nobody depends on how many are asked for; each strength is a dial."""

import importlib
import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import facelab
from facelab.datasets import sketch
from facelab.datasets._sketch_paint import painted
from facelab.datasets._sketch_people import DRAWN, FEATURES, LENS, features, happenings, person

KINDS = ("pose", "light", "expression", "glasses", "blur", "resolution", "noise")
CALM = dict.fromkeys(KINDS, 0.0)


def drawn(people=6, images=4, **options):
    """Images as (people, images, H, W)."""
    faces = sketch(people, images, **options)
    return faces.images.reshape(people, images, faces.height, faces.width)


def apart(a, b):
    """How far images are from each other, gray values a pixel."""
    return np.abs(a.astype(float) - b.astype(float)).mean(axis=(-2, -1))


def test_a_set_has_as_many_people_and_images_as_asked_for():
    faces = facelab.load("sketch", people=12, images=3, size=(48, 40))
    assert faces.images.shape == (36, 48, 40)
    assert faces.images.dtype == np.uint8
    assert faces.people() == {f"sketch {k:03}": 3 for k in range(1, 13)}
    assert faces.labels.tolist() == np.repeat(np.arange(12), 3).tolist()
    assert "MIT" in faces.license


def test_without_a_word_there_are_100_people_with_10_images_of_64_by_56():
    faces = sketch()
    assert (faces.num_people, len(faces), faces.height, faces.width) == (100, 1000, 64, 56)


def test_the_same_seed_draws_the_same_and_another_seed_other_people():
    assert np.array_equal(drawn(seed=5), drawn(seed=5))
    assert (apart(drawn(seed=5, **CALM), drawn(seed=6, **CALM)) > 5).all()


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_a_person_is_the_same_whatever_number_of_people_and_images(strength):
    options = dict.fromkeys(KINDS, strength)
    many = drawn(40, 9, **options)
    assert np.array_equal(many[:3, :2], drawn(3, 2, **options))
    assert np.array_equal(many[:1, :1], drawn(1, 1, **options))


def test_faces_do_not_depend_on_how_many_are_drawn_at_once(monkeypatch):
    options = dict.fromkeys(KINDS, 1.0)
    together = drawn(9, 7, **options)
    monkeypatch.setattr(importlib.import_module("facelab.datasets.sketch"), "CHUNK", 1)
    assert np.array_equal(together, drawn(9, 7, **options))


def test_drawing_leaves_global_random_numbers_alone():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    sketch(2, 2)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


# Identity and what happens to it


def test_without_any_strength_all_images_of_a_person_are_one():
    images = drawn(8, 5, **CALM)
    assert (images == images[:, :1]).all()


def test_all_people_are_told_apart_when_nothing_happens():
    one = drawn(60, 1, likeness=0.0, **CALM)[:, 0]
    distance = apart(one[:, None], one[None]) + 1e9 * np.eye(60)
    assert distance.min() > 4


@pytest.mark.parametrize("kind", KINDS)
def test_each_strength_alone_changes_a_face_more_and_more(kind):
    calm, *harder = (drawn(8, 8, **(CALM | {kind: strength})) for strength in (0, 0.15, 0.4, 1.0))
    moved = [apart(calm, images).mean() for images in harder]
    assert 0 < moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize("kind", KINDS)
def test_each_strength_alone_makes_pixels_tell_fewer_people_apart(kind):
    def told(strength):
        images = drawn(40, 5, size=(32, 28), **(CALM | {kind: strength}))
        x = images.reshape(200, -1).astype(float)
        x -= x.mean(axis=0)
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        first, second = np.triu_indices(200, 1)
        return roc_auc_score(first // 5 == second // 5, (x @ x.T)[first, second])

    easy, middle, hard = (told(strength) for strength in (0, 0.3, 1.0))
    assert easy == 1
    assert easy >= middle >= hard
    assert easy > hard


@pytest.mark.parametrize("kind", KINDS)
def test_what_happens_differs_from_image_to_image(kind):
    images = drawn(4, 12, **(CALM | {kind: 1.0}))
    for album in images:  # steps of blur and resolution are coarse, glasses mostly off
        assert len({image.tobytes() for image in album}) > (1 if kind == "glasses" else 5)


def test_glasses_are_worn_in_half_of_the_images_at_1_and_then_seen():
    bare, worn = drawn(40, 10, **CALM), drawn(40, 10, **(CALM | {"glasses": 1.0}))
    changed = apart(bare, worn)
    share = (changed > 0).mean()
    assert 0.4 < share < 0.6
    assert changed[changed > 0].min() > 0.5
    rows = (bare != worn).any(axis=(0, 1, 3))
    assert rows[25:38].all()
    assert not rows[:12].any()
    assert not rows[50:].any()


def test_a_face_that_smiles_changes_below_the_nose_and_around_the_eyes_only():
    still, moved = drawn(20, 3, **CALM), drawn(20, 3, **(CALM | {"expression": 0.5}))
    rows = (still != moved).mean(axis=(0, 1, 3))
    assert rows[:10].max() == 0
    assert rows[62:].max() == 0
    assert rows.max() > 0.1


def test_light_from_the_left_and_from_the_right_are_drawn_equally_often():
    images = drawn(10, 30, likeness=0.0, **(CALM | {"light": 1.0})).astype(float)
    middle = images[..., 20:50, 14:42]
    tilt = middle[..., 14:].mean(axis=(-2, -1)) - middle[..., :14].mean(axis=(-2, -1))
    assert 0.3 < (tilt > 0).mean() < 0.7
    assert np.abs(tilt).max() > 30


def test_noise_does_not_change_what_else_happens():
    loud, quiet = drawn(noise=1.0), drawn(noise=0.0)
    difference = loud.astype(float) - quiet
    inside = (quiet > 60) & (quiet < 200)
    assert abs(difference[inside].mean()) < 2


def test_blur_and_resolution_take_detail_away():
    def detail(**options):
        images = drawn(10, 10, **(CALM | options)).astype(float)
        return np.abs(np.diff(images, axis=-1)).mean()

    assert detail(blur=1.0) < 0.75 * detail()
    assert detail(resolution=1.0) < 0.75 * detail()


# Look-alikes


def test_likeness_makes_the_people_of_a_family_alike_and_leaves_strangers_alone():
    def distances(likeness):
        one = drawn(80, 1, likeness=likeness, **CALM)[:, 0].astype(float)
        family = one.reshape(20, 4, -1)
        return apart(family[:, None, :1], family[:, None, 1:]).mean(), apart(
            one[:-4], one[4:]
        ).mean()

    near, strangers = zip(*(distances(likeness) for likeness in (0.0, 0.5, 0.9)), strict=True)
    assert near[0] > near[1] > near[2]
    assert near[2] < 0.6 * near[0]
    assert max(strangers) < 1.15 * min(strangers)


def test_with_likeness_1_the_four_of_a_family_are_twins():
    one = drawn(8, 1, likeness=1.0, **CALM)[:, 0]
    assert (one[:4] == one[0]).all()
    assert (one[4:] == one[4]).all()
    assert (one[0] != one[4]).any()


@pytest.mark.parametrize("likeness", [0.0, 0.3, 0.8])
def test_likeness_is_the_correlation_in_a_family_and_leaves_the_spread(likeness):
    people = np.stack([person(1, k, likeness) for k in range(2000)])
    family = people.reshape(500, 4, -1)
    assert people.std() == pytest.approx(1, abs=0.03)
    assert (family[:, 0] * family[:, 1]).mean() == pytest.approx(likeness, abs=0.03)
    assert (family[:-1, 0] * family[1:, 0]).mean() == pytest.approx(0, abs=0.03)


# Sizes


@pytest.mark.parametrize("size", [(16, 16), (8, 8), (8, 30), (112, 92), (41, 33)])
def test_a_face_fits_into_every_size(size):
    images = drawn(6, 2, size=size, **CALM)
    assert images.shape == (6, 2, *size)
    assert images.std(axis=(-2, -1)).min() > 10


def test_a_small_face_is_the_large_one_made_smaller():
    large, small = (drawn(5, 1, size=(side, side), **CALM)[:, 0] for side in (128, 32))
    shrunk = large.reshape(5, 32, 4, 32, 4).mean(axis=(2, 4))
    assert apart(shrunk, small).max() < 6


@pytest.mark.slow
def test_5000_people_need_little_more_memory_than_their_images():
    tracemalloc.start()
    faces = sketch(5000, 2, size=(16, 16))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert faces.num_people == 5000
    assert len(set(faces.names)) == 5000
    assert most < 60e6


# The door


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"people": 0}, ValueError, "people must be at least 1, not 0"),
        ({"people": 2.5}, TypeError, r"people must be a whole number, not 2\.5"),
        ({"images": -1}, ValueError, "images must be at least 1, not -1"),
        ({"images": True}, TypeError, "images must be a whole number, not True"),
        ({"seed": -3}, ValueError, "seed must be at least 0, not -3"),
        ({"seed": None}, TypeError, "seed must be a whole number, not None"),
        ({"size": 64}, TypeError, r"size must be \(height, width\), not 64"),
        ({"size": (64, 7)}, ValueError, r"size must be at least 8 pixels each way.*not \(64, 7\)"),
        ({"pose": 1.5}, ValueError, r"pose must be from 0 to 1, not 1\.5"),
        ({"light": -0.1}, ValueError, r"light must be from 0 to 1, not -0\.1"),
        ({"expression": float("nan")}, ValueError, "expression must be from 0 to 1, not nan"),
        ({"glasses": True}, TypeError, "glasses must be a number from 0 to 1, not True"),
        ({"blur": "much"}, TypeError, "blur must be a number from 0 to 1, not 'much'"),
        ({"noise": None}, TypeError, "noise must be a number from 0 to 1, not None"),
        ({"likeness": 2}, ValueError, "likeness must be from 0 to 1, not 2"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(options, error, words):
    with pytest.raises(error, match=words) as caught:
        sketch(**options)
    assert "\n" not in str(caught.value)


def test_an_unknown_strength_names_the_nearest_one():
    with pytest.raises(ValueError, match="unknown option of sketch 'poses'; did you mean pose"):
        facelab.load("sketch", poses=0.5)


# Every number counts


def tones(people, images):
    """The pictures of people, (N, features), in which images, (N, DRAWN), happen at strength 1."""
    what = happenings(images, dict.fromkeys(KINDS, 1.0))
    return painted(features(people), what, 64, 56)


def test_every_feature_of_a_person_shows():
    step = 2 * np.eye(len(FEATURES))
    base = np.full(len(FEATURES), 1.0)  # with a beard and curls, and without glasses
    bare = np.zeros((len(step), len(DRAWN)))
    bare[:, DRAWN.index("worn")] = 2
    moved = np.abs(tones(base - step, bare) - tones(base + 0 * step, bare)).max(axis=(1, 2))
    assert dict(zip(FEATURES, moved > 0.02, strict=True)) == dict.fromkeys(FEATURES, True)


def test_everything_that_happens_shows():
    seen = [name for name in DRAWN if name not in LENS]
    step = np.eye(len(DRAWN))[: len(seen)]
    people, base = np.zeros((len(seen), len(FEATURES))), np.full((len(seen), len(DRAWN)), 0.3)
    base[:, DRAWN.index("worn")] = -0.5
    moved = np.abs(tones(people, base + step) - tones(people, base)).max(axis=(1, 2))
    assert dict(zip(seen, moved > 0.02, strict=True)) == dict.fromkeys(seen, True)
