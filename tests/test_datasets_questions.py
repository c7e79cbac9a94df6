"""The same questions can be put to every set: ORL, LFW, sketched faces and any folder."""

import numpy as np
import pytest
from PIL import Image

import facelab
from facelab.datasets import DEGRADATIONS
from facelab.evaluation import hard_pairs, identify, verify

SETS = ("orl", "sketch", "folder", "lfw")


def lay(folder, faces):
    """A set of faces as a folder of photographs."""
    for k, name in enumerate(faces.names):
        (folder / name).mkdir(parents=True)
        for i, image in enumerate(faces.images[faces.labels == k]):
            Image.fromarray(image).save(folder / name / f"{i}.png")
    return folder


def piece_of_lfw(folder, shared):
    """24 people of LFW with four images or more, linked into a folder of its own."""
    real = shared / "lfw_home"
    if not real.is_dir():
        pytest.skip(f"there is no LFW in {shared}")
    lines = [line.split() for line in (real / "peopleDevTest.txt").read_text().splitlines()[1:]]
    names = [name for name, images in lines if 4 <= int(images) <= 10][:24]
    home = folder / "lfw_home/lfw_funneled"
    home.mkdir(parents=True)
    for name in names:
        (home / name).symlink_to(real / "lfw_funneled" / name)
    return folder


@pytest.fixture(params=SETS)
def faces(request, tmp_path):
    """Some faces of each set."""
    if request.param == "orl":
        return facelab.load("orl").resize(28, 23)
    if request.param == "sketch":
        return facelab.load("sketch", people=30, images=6)
    if request.param == "folder":
        few = facelab.load("orl").take_people(12).per_person(5)
        return facelab.load(lay(tmp_path / "photos", few), size=(28, 23))
    home = piece_of_lfw(tmp_path, request.getfixturevalue("shared"))
    return facelab.load("lfw", data_home=home, size=(28, 23))


def eigenfaces(faces, dim=24):
    """A baseline that needs no training: what most distinguishes all these pictures."""
    pixels = faces.images.reshape(len(faces), -1).astype(np.float64)
    left, strength, _ = np.linalg.svd(pixels - pixels.mean(axis=0), full_matrices=False)
    return (left * strength)[:, :dim]


def test_look_alikes_are_harder_to_tell_apart_than_all_pairs(faces):
    x = eigenfaces(faces)
    pairs = hard_pairs(x, faces.labels)
    hard, plain = verify(x, faces.labels, pairs, draws=20), verify(x, faces.labels, draws=20)
    assert hard.auc() < plain.auc() - 0.05
    assert hard.same.sum() == plain.same.sum()
    assert hard.people.max() + 1 == faces.num_people
    assert (~hard.same).sum() <= 1.5 * faces.num_people


def test_strangers_make_it_harder_to_find_somebody(faces):
    known, strangers = faces.split_people(0.4, seed=0)
    x = eigenfaces(faces)
    place = {image.tobytes(): k for k, image in enumerate(faces.images)}
    rows, others = ([place[i.tobytes()] for i in part.images] for part in (known, strangers))
    first = np.unique(known.labels, return_index=True)[1]
    rest = np.setdiff1d(np.arange(len(known)), first)
    gallery, probes = x[rows][first], x[rows][rest]
    names, wanted = known.labels[first], known.labels[rest]
    found = identify(gallery, names, probes, wanted, distractors=x[others], draws=50)
    curve = found.distractor_curve()
    assert curve.distractors[-1] == len(strangers)
    assert (np.diff(curve.share) <= 0).all()
    assert curve.share[-1] < curve.share[0]
    assert (curve.low <= curve.share + 1e-9).all()
    assert (curve.share <= curve.high + 1e-9).all()


def test_names_can_be_wrong_people_rare_and_pictures_hard(faces):
    noisy = faces.mislabel(0.2, 3)
    assert noisy.wrong.sum() == round(0.2 * len(faces))
    tail = faces.long_tail(1.0)
    assert tail.num_people == faces.num_people
    assert len(tail) < len(faces)
    for kind in DEGRADATIONS:
        harder = faces.degrade(kind, 0.5)
        assert harder.images.shape == faces.images.shape
        assert not np.array_equal(harder.images, faces.images)


def test_the_genuine_pairs_of_a_list_of_lfw_stay_and_the_others_become_look_alikes(
    tmp_path, shared
):
    home = piece_of_lfw(tmp_path, shared)
    names = sorted(folder.name for folder in (home / "lfw_home/lfw_funneled").iterdir())
    lines = [f"{name}\t1\t2" for name in names]
    lines += [f"{a}\t3\t{b}\t4" for a, b in zip(names, names[1:] + names[:1], strict=True)]
    text = "\n".join([str(len(names)), *lines]) + "\n"
    (home / "lfw_home/pairsDevTest.txt").write_text(text)
    faces, first, second, _ = facelab.datasets.lfw_pairs("test", home, size=(28, 23))
    x = eigenfaces(faces)
    one, two = hard_pairs(x, faces.labels, (first, second))
    half = len(names)
    assert (one[:half].tolist(), two[:half].tolist()) == (
        first[:half].tolist(),
        second[:half].tolist(),
    )
    assert len(one) == 2 * half
    plain = verify(x, faces.labels, (first, second), draws=20)
    hard = verify(x, faces.labels, (one, two), draws=20)
    assert hard.auc() < plain.auc() - 0.1
