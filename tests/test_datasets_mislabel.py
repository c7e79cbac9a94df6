"""Wrong labels on purpose: how many, whose, and who it really is."""

import argparse
import json

import numpy as np
import pytest

import facelab
from facelab import cli
from facelab._options import parse_run
from facelab._parser import make_parser
from facelab.commands import COMMANDS
from facelab.datasets import FaceSet
from facelab.experiments._wanted import read_options


def make(counts=(3, 1, 4, 2, 5), seed=0):
    """Images that say who they are of: the first pixel is the person, the second the image."""
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    images = np.zeros((len(labels), 9, 9), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = labels, np.arange(len(labels))
    return FaceSet(images, labels, [f"p{k}" for k in range(len(counts))], "noise", "none needed")


def really(faces):
    """Names of the people on the images, whatever the labels say."""
    return [f"p{k}" for k in faces.images[:, 0, 0]]


@pytest.mark.parametrize("rate", [0, 0.1, 0.25, 0.5, 0.66])
@pytest.mark.parametrize("seed", range(5))
def test_exactly_so_many_images_get_the_name_of_somebody_else(rate, seed):
    faces = make(seed=seed)
    noisy = faces.mislabel(rate, seed)
    changed = noisy.labels != faces.labels
    assert changed.sum() == round(rate * 15)
    assert np.array_equal(noisy.wrong, changed)
    assert np.array_equal(noisy.true_labels, faces.labels)
    assert np.array_equal(noisy.images, faces.images)
    assert not faces.wrong.any()


@pytest.mark.parametrize("seed", range(20))
def test_everybody_keeps_an_image_of_their_own(seed):
    noisy = make((1, 1, 6, 2, 5), seed).mislabel(10 / 15, seed)
    assert set(noisy.labels[~noisy.wrong].tolist()) == {0, 1, 2, 3, 4}


def test_each_other_person_and_each_image_is_equally_likely():
    faces = make((10,) * 5)
    given = np.zeros((5, 5))
    times = np.zeros(50)
    for seed in range(600):
        noisy = faces.mislabel(0.2, seed)
        np.add.at(given, (faces.labels[noisy.wrong], noisy.labels[noisy.wrong]), 1)
        times += noisy.wrong
    assert np.diag(given).max() == 0
    off = given[~np.eye(5, dtype=bool)]  # 6,000 changes over 20 ways: 300 each, deviation 17
    assert np.abs(off - 300).max() < 75
    assert np.abs(times - 120).max() < 50  # deviation 10


def test_the_seed_says_which_and_to_whom():
    faces = make((10,) * 5)
    first, again, other = (faces.mislabel(0.3, seed).labels for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(first, faces.mislabel(0.3, np.random.default_rng(1)).labels)


TAKEN = {
    "split": lambda faces: faces.split_people(0.6, 3)[0],
    "named": lambda faces: faces.take_people(["p4", "p0", "p2"]),
    "named twice": lambda faces: faces.take_people(["p4", "p0", "p2"]).take_people(["p0", "p2"]),
    "fewer images": lambda faces: faces.per_person(2),
    "a long tail": lambda faces: faces.long_tail(1.0),
    "resized": lambda faces: faces.crop(0, 9, 0, 8),
    "harder": lambda faces: faces.degrade("blur", 0.0),
}


@pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
def test_who_it_really_is_stays_known_whatever_is_taken(take):
    part = take(make((4,) * 5).mislabel(0.4, 1))
    names = [part.names[k] if k >= 0 else None for k in part.true_labels]
    known = [name if name in part.names else None for name in really(part)]
    assert names == known
    assert part.wrong.tolist() == [
        part.names[k] != name for k, name in zip(part.labels, really(part), strict=True)
    ]
    assert part.wrong.any()


def test_mislabeled_twice_the_truth_is_the_first():
    twice = make((4,) * 5).mislabel(0.3, 1).mislabel(0.3, 2)
    assert [f"p{k}" for k in twice.true_labels] == really(twice)


def test_a_set_says_how_many_of_its_labels_are_wrong():
    assert repr(make().mislabel(0.2)).endswith("from noise; 3 labels wrong, see .wrong")
    assert "wrong" not in repr(make())


@pytest.mark.parametrize(
    ("rate", "error", "words"),
    [
        (-0.1, ValueError, "rate must be from 0 to 1, not -0.1"),
        (1.5, ValueError, "rate must be from 0 to 1, not 1.5"),
        (float("nan"), ValueError, "rate must be from 0 to 1, not nan"),
        ("much", TypeError, "rate must be a number from 0 to 1, not 'much'"),
        (True, TypeError, "not True"),
        (0.9, ValueError, "rate 0.9 is 14 of 15 images, but at most 10 can be mislabeled"),
    ],
)
def test_a_rate_that_cannot_be_is_one_sentence(rate, error, words):
    with pytest.raises(error, match=words):
        make().mislabel(rate)


def test_one_person_alone_cannot_be_mistaken():
    with pytest.raises(ValueError, match="one person only"):
        make((4,)).mislabel(0.5)
    assert not make((4,)).mislabel(0).wrong.any()


@pytest.mark.parametrize(
    ("true", "error", "words"),
    [
        ([0, 1], ValueError, r"3 images need 3 labels, not labels of shape \(2,\)"),
        ([0, 1, 2], ValueError, r"true labels must be in -1..1, not 2"),
        ([0, 1, -2], ValueError, r"true labels must be in -1..1, not -2"),
        ([0.0, 1.0, 1.0], TypeError, "whole numbers, not float64"),
    ],
)
def test_true_labels_that_do_not_fit_are_refused(true, error, words):
    with pytest.raises(error, match=words):
        FaceSet(np.zeros((3, 4, 5), np.uint8), [0, 1, 1], ["a", "b"], "s", "l", {}, true)


def test_orl_and_sketched_faces_can_be_mislabeled():
    for faces in (facelab.load("orl"), facelab.load("sketch", people=12, images=5)):
        noisy = faces.mislabel(0.4, 7)
        assert noisy.wrong.sum() == round(0.4 * len(faces))
        assert noisy.names == faces.names


# In a run

SMALL = {"people": 12, "epochs": 1, "embedding_dim": 8, "backbone": "live", "height": 16}
QUIET = {"progress": False, "device": "cpu"}


def test_a_run_mislabels_those_trained_on_and_nobody_else(tmp_path):
    run = facelab.train("softmax", label_noise=0.3, seed=2, out=tmp_path / "a", **SMALL, **QUIET)
    assert run.config["label_noise"] == 0.3
    seen, held_out = facelab.open_run(tmp_path / "a").faces()
    assert seen.wrong.sum() == round(0.3 * len(seen))
    assert not held_out.wrong.any()
    assert np.array_equal(run.arrays["train_labels"], seen.labels)
    assert np.array_equal(run.arrays["train_true_labels"], seen.true_labels)


def test_without_noise_a_run_trains_on_the_labels_as_they_are():
    run = facelab.train("softmax", **SMALL, **QUIET)
    assert run.config["label_noise"] == 0
    assert "train_true_labels" not in run.arrays
    assert not run.faces()[0].wrong.any()


def test_a_run_of_a_time_before_label_noise_is_opened_repeated_and_gone_on_with(tmp_path):
    facelab.train("softmax", out=tmp_path / "old", **SMALL, **QUIET)
    path = tmp_path / "old" / "config.json"
    config = json.loads(path.read_text())
    del config["label_noise"]
    path.write_text(json.dumps(config))
    run = facelab.open_run(tmp_path / "old")
    assert not run.faces()[0].wrong.any()
    assert facelab.repeat(path, progress=False).results == run.results
    (tmp_path / "old" / "results.json").unlink()
    again = facelab.train("softmax", out=tmp_path / "old", **SMALL, **QUIET)
    assert again.results == run.results


@pytest.mark.parametrize("noise", [-0.1, 1, float("nan"), "much", True])
def test_a_noise_that_no_run_can_have_is_one_sentence(noise, tmp_path):
    with pytest.raises(ValueError, match="label_noise must be at least 0 and below 1, not"):
        facelab.train("softmax", label_noise=noise, out=tmp_path / "a", **SMALL, **QUIET)
    assert not (tmp_path / "a").exists()


def test_the_command_line_and_a_comparison_take_a_label_noise_too(capsys, tmp_path):
    parser = make_parser(COMMANDS["train"], "", argument_default=argparse.SUPPRESS)
    assert vars(parse_run(parser, ["--label-noise", "0.2"])) == {"label_noise": 0.2}
    assert read_options({"label_noise": 0.2})["label_noise"] == 0.2
    out = tmp_path / "a"
    known = ["--people", "12", "--epochs", "1", "--embedding-dim", "8", "--device", "cpu"]
    assert cli.main(["train", "--loss", "softmax", "--label-noise", "0.2", *known]) == 0
    said = capsys.readouterr().out
    assert "on 9 people (20% of their images under wrong names), tested on 3" in said
    assert cli.main(["train", "--label-noise", "1.5", "--out", str(out)]) == 2
    assert "label_noise must be at least 0 and below 1, not 1.5" in capsys.readouterr().err
    assert not out.exists()


def test_a_comparison_says_how_much_noise_there_was():
    options = SMALL | {"label_noise": 0.4, "device": "cpu", "progress": False}
    noisy = facelab.compare(["softmax", "normface"], seeds=1, jobs=1, **options)
    assert "9 people trained on (40% of their images under wrong names) and 3 others" in repr(noisy)


def test_for_one_seed_every_loss_is_given_the_same_wrong_labels():
    wrong = []
    for loss, seed in (("softmax", 0), ("arcface", 0), ("softmax", 1)):
        run = facelab.train(loss, label_noise=0.3, seed=seed, split=0, **SMALL, **QUIET)
        wrong.append(run.arrays["train_labels"])
    assert np.array_equal(wrong[0], wrong[1])
    assert not np.array_equal(wrong[0], wrong[2])


def test_hard_pairs_of_a_run_are_of_the_people_it_has_never_seen():
    run = facelab.train("softmax", **SMALL | {"people": 24}, **QUIET)
    pairs = run.hard_pairs(per_person=2)
    hard = facelab.evaluation.verify(run.embeddings, run.labels, pairs)
    assert hard.auc() < run.verification.auc()
    assert hard.same.sum() == run.verification.same.sum()
    again = run.hard_pairs(run.faces()[1], per_person=2)
    assert np.array_equal(pairs, again)
