"""Protocols: each number is what it says it is, and nobody tested was trained on."""

import inspect
from importlib import import_module
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import facelab
from facelab import protocols
from facelab.datasets import FaceSet, LfwPairs, lfw_pairs
from facelab.evaluation import Estimate, identify, rank_auc, verify
from facelab.protocols import (
    PROTOCOLS,
    distractors,
    easy_hard,
    lfw_view1,
    lfw_view2,
    lfw_view2_by_folds,
    mirrored,
    open_set,
    over_splits,
    without_each_fold,
)
from facelab.protocols._gallery import part

matplotlib.use("Agg")  # nothing is shown


def people(count, images=3, prefix="p", seed=0, noise=60):
    """Faces of random pixels: those of a person are alike."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(count), images)
    own = rng.uniform(60, 190, (count, 6, 5))[labels]
    pixels = (own + noise * rng.standard_normal(own.shape)).clip(0, 255).astype(np.uint8)
    return FaceSet(pixels, labels, [f"{prefix}{k}" for k in range(count)], "made", "free")


def file(name):
    """The module of a protocol, which has the name of its function."""
    return import_module(f"facelab.protocols.{name}")


def embed(images):
    return images.reshape(len(images), -1) - 125.0


def angles(images):
    """One pixel is an angle, a quarter turn at most; a pair then scores the cosine between."""
    turn = images[:, 0, 0] / 255 * np.pi / 2
    return np.stack([np.cos(turn), np.sin(turn)], 1)


def pairs(rows, fold=None):
    """A list of pairs from (name, pixel, name, pixel)."""
    ends = [end for a, x, b, y in rows for end in ((a, x), (b, y))]
    images = sorted(set(ends))
    names = sorted({name for name, _ in images})
    faces = FaceSet(
        np.array([[[pixel]] for _, pixel in images], np.uint8),
        np.array([names.index(name) for name, _ in images]),
        names,
        "made",
        "free",
    )
    first, second = np.array([images.index(end) for end in ends]).reshape(-1, 2).T
    folds = np.zeros(len(rows), np.int64) if fold is None else np.array(fold)
    return LfwPairs(faces, first, second, folds)


def cosine(x, y):
    return np.cos((x - y) / 255 * np.pi / 2)


# open set


def test_open_set_compares_all_pairs_of_all_images():
    faces = people(8)
    found = open_set(embed, faces, trained_on=[])
    x = embed(faces.images)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    i, j = np.triu_indices(24, 1)
    same = faces.labels[i] == faces.labels[j]
    assert float(found.numbers["AUC"]) == pytest.approx(rank_auc((x[i] * x[j]).sum(1), same))
    assert len(found.verification.scores) == 276
    assert repr(found).startswith(
        "Open-set verification of 8 people never trained on (24 images, 276 pairs).\n  AUC "
    )


def test_where_all_pairs_are_too_many_some_are_drawn(monkeypatch):
    monkeypatch.setattr(file("open_set"), "MOST_PAIRS", 275)
    found = open_set(embed, people(8), trained_on=[])
    assert found.verification.same.sum() == 24
    assert (~found.verification.same).sum() == 252


@pytest.mark.parametrize("name", ["open_set", "distractors", "easy_hard"])
def test_people_trained_on_are_refused_by_name(name):
    faces = people(8)
    with pytest.raises(ValueError, match=r"trained on p3, who is tested here"):
        PROTOCOLS[name](embed, faces, trained_on=["p3", "q1"])
    with pytest.raises(ValueError, match=r"trained on p1, p2, p3 and 2 more, who are tested"):
        PROTOCOLS[name](embed, faces, trained_on=[f"p{k}" for k in (5, 4, 3, 2, 1)])
    with pytest.raises(TypeError, match="a list of names, not the name 'p3'"):
        PROTOCOLS[name](embed, faces, trained_on="p3")


def test_what_gives_no_row_for_each_image_is_no_embedding():
    for wrong in (lambda images: embed(images)[:-1], lambda images: images[:, 0, 0]):
        with pytest.raises(ValueError, match=r"a row for each of the 24 images"):
            open_set(wrong, people(8), trained_on=[])


@pytest.mark.parametrize("faces", [people(1), people(5, images=1)], ids=["one", "once"])
@pytest.mark.parametrize("name", ["open_set", "distractors", "easy_hard"])
def test_a_set_in_which_nothing_can_be_compared_is_refused(name, faces):
    with pytest.raises(ValueError, match="needs"):
        PROTOCOLS[name](embed, faces, trained_on=[])


def test_every_split_is_tested_on_people_its_network_was_not_trained_on():
    faces, shown, tested = people(12), [], []

    def train(seen):
        shown.append(set(seen.names))

        def own(images):
            rows = [np.flatnonzero((faces.images == image).all((1, 2)))[0] for image in images]
            tested.append({faces.names[faces.labels[row]] for row in rows})
            return embed(images)

        return own

    found = over_splits(train, faces, splits=3, fraction=2 / 3, seed=5)
    assert [len(s) for s in shown] == [8, 8, 8]
    assert all(not s & t and s | t == set(faces.names) for s, t in zip(shown, tested, strict=True))
    assert len({frozenset(s) for s in shown}) == 3
    assert "3 splits, each trained on 8 people and tested on 4 others" in repr(found)


def test_numbers_over_splits_are_means_with_the_corrected_interval():
    found = over_splits(lambda seen: embed, people(16, noise=90), splits=4, fraction=0.75)
    each = np.array([float(v.auc()) for v in found.verifications])
    mean = found.numbers["AUC"]
    assert float(mean) == pytest.approx(each.mean())
    reach = 3.182446 * np.sqrt((1 / 4 + 4 / 12) * each.var(ddof=1))
    assert (mean.high - mean.low) / 2 == pytest.approx(reach, rel=1e-5)
    assert np.isnan(over_splits(lambda seen: embed, people(16), splits=1).numbers["AUC"].low)
    with pytest.raises(ValueError, match="splits must be at least 1, not 0"):
        over_splits(lambda seen: embed, people(16), splits=0)


# LFW, View 1

TRAIN = [("a", 0, "a", 40), ("b", 0, "b", 60), ("a", 0, "b", 90), ("c", 0, "d", 100)]
KNOWN = [("k", 0, "k", 1), ("l", 0, "l", 2), ("k", 0, "l", 50), ("k", 2, "l", 51)]
TEST = [("x", 0, "x", 50), ("y", 0, "y", 80), ("x", 0, "z", 70), ("y", 0, "z", 55)]


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(file("lfw_view1"), "ENOUGH", 2)


def test_the_threshold_of_view_1_comes_from_the_training_pairs(few):
    found = lfw_view1(angles, (pairs(TRAIN), pairs(TEST)), trained_on=[])
    assert found.threshold == pytest.approx(cosine(0, 60))
    assert float(found.numbers["accuracy"]) == 0.5  # 50 and 70 rightly, 80 and 55 wrongly
    other = lfw_view1(
        angles, (pairs(TRAIN), pairs([(a, 0, b, 1) for a, _, b, _ in TEST])), trained_on=[]
    )
    assert other.threshold == found.threshold


def test_pairs_of_people_trained_on_do_not_move_the_threshold(few):
    both = pairs(TRAIN + KNOWN), pairs(TEST)
    found = lfw_view1(angles, both, trained_on=["k", "l"])
    assert found.threshold == pytest.approx(cosine(0, 60))
    assert found.strangers
    assert "from 4 training pairs of people never trained on" in found.title
    all_of_them = lfw_view1(angles, both, trained_on=[])
    assert all_of_them.threshold == pytest.approx(cosine(0, 40))


def test_where_too_few_training_pairs_are_left_all_are_taken_and_it_is_said(few):
    found = lfw_view1(angles, (pairs(TRAIN + KNOWN), pairs(TEST)), trained_on=["a", "k"])
    assert not found.strangers
    assert "from 8 training pairs of people, some of them trained on" in repr(found)


def test_view_1_refuses_people_trained_on_and_people_on_both_sides():
    with pytest.raises(ValueError, match=r"trained on y, who is tested here \(View 1 of LFW\)"):
        lfw_view1(angles, (pairs(TRAIN), pairs(TEST)), trained_on=["a", "y"])
    with pytest.raises(ValueError, match="x is among the training pairs and the test pairs"):
        lfw_view1(angles, (pairs([*TRAIN, ("x", 0, "x", 9)]), pairs(TEST)), trained_on=[])


def test_the_square_of_view_1_stands_where_its_threshold_is(few):
    ax = Figure().add_subplot()
    lfw_view1(angles, (pairs(TRAIN), pairs(TEST)), trained_on=[]).draw(ax)
    square = next(line for line in ax.lines if line.get_marker() == "s")
    assert (*square.get_xdata(), *square.get_ydata()) == (0.5, 0.5)


# LFW, View 2


def folded(folds=4, each=6, seed=0):
    """View 2 in small: folds of pairs, half of them of one person; nobody is in two folds."""
    rng, rows, fold = np.random.default_rng(seed), [], []
    for k in range(folds):
        who = [f"{chr(97 + k)}{i}" for i in range(4)]
        for _ in range(each):
            a, b = rng.choice(who, 2, replace=False).tolist()
            x = int(rng.integers(0, 120))
            rows.append((a, x, a, x + int(rng.integers(1, 90))))
            rows.append((a, x, b, x + int(rng.integers(50, 130))))
            fold += [k, k]
    return pairs(rows, fold)


def accuracy_by_hand(scores, same, fold):
    shares = []
    for k in np.unique(fold):
        out = fold == k
        tried = np.append(np.unique(scores[~out]), np.inf)
        right = [((scores[~out] >= t) == same[~out]).mean() for t in tried]
        best = tried[np.flatnonzero(right == np.max(right))[-1]]
        shares.append(((scores[out] >= best) == same[out]).mean())
    return np.mean(shares)


def test_the_threshold_of_a_fold_comes_from_the_other_folds():
    view = folded()
    found = lfw_view2(angles, view, trained_on=["somebody"])
    scores = (angles(view.faces.images)[view.first] * angles(view.faces.images)[view.second]).sum(1)
    same = view.faces.labels[view.first] == view.faces.labels[view.second]
    expected = accuracy_by_hand(scores.round(12), same, view.fold)
    assert float(found.numbers["accuracy"]) == pytest.approx(expected)
    assert expected < ((scores >= np.unique(scores)[:, None]) == same).mean(1).max()
    assert "48 pairs in 4 folds, scored by one network" in repr(found)


def test_view_2_refuses_a_network_that_knows_somebody():
    with pytest.raises(ValueError, match=r"trained on b2, who is .*lfw_view2_by_folds trains"):
        lfw_view2(angles, folded(), trained_on=["zoe", "b2"])


def test_somebody_in_two_folds_is_refused():
    view = pairs([("a", 0, "a", 9), ("a", 0, "b", 9), ("c", 0, "b", 9)], [0, 0, 1])
    for test in (
        lambda: lfw_view2(angles, view, trained_on=[]),
        lambda: lfw_view2_by_folds(lambda seen: angles, people(3), view),
    ):
        with pytest.raises(ValueError, match="b is in folds 0 and 1 of View 2"):
            test()


def test_each_fold_is_scored_by_a_network_that_was_not_shown_its_people():
    view, shown = folded(), []
    everybody = FaceSet(
        np.zeros((20, 6, 5), np.uint8),
        np.arange(20),
        [*view.faces.names, "zoe", "yan", "xia", "wu"],
        "made",
        "free",
    )

    def train(seen):
        shown.append(set(seen.names))
        strength = len(shown)  # each network has its own scores
        return lambda images: angles(images) ** strength

    found = lfw_view2_by_folds(train, everybody, view)
    for fold in range(4):
        rows = view.fold == fold
        ends = np.concatenate([view.first[rows], view.second[rows]])
        tested = {view.faces.names[k] for k in view.faces.labels[ends]}
        assert shown[fold] == set(everybody.names) - tested
        own = angles(view.faces.images) ** (fold + 1)
        own /= np.linalg.norm(own, axis=1, keepdims=True)
        scores = (own[view.first[rows]] * own[view.second[rows]]).sum(1)
        assert found.verification.scores[rows] == pytest.approx(scores)
    assert "scored by 4 networks, one a fold" in repr(found)


def test_a_fold_that_leaves_nobody_to_train_on_is_refused():
    view = folded()
    faces = people(4, prefix="c")
    with pytest.raises(ValueError, match="everybody in people is tested in fold 2"):
        list(without_each_fold(faces, view))


# distractors


def crowd(count, seed=9):
    return people(count, images=1, prefix="q", seed=seed)


def test_rank_1_falls_with_distractors_and_is_the_mean_over_all_draws():
    faces, others = people(10, noise=80), crowd(12)
    found = distractors(embed, faces, trained_on=[], others=others, counts=[0, 1, 12])
    stands, probes = part(faces.labels, 0)
    x = embed(faces.images)
    sets = x[stands], faces.labels[stands], x[probes], faces.labels[probes]
    one = [identify(*sets, distractors=embed(others.images[[k]])).rank(1) for k in range(12)]
    expected = [
        identify(*sets).rank(1),
        np.mean(one),
        identify(*sets, distractors=embed(others.images)).rank(1),
    ]
    numbers = list(found.numbers.items())
    assert [float(number) for _, number in numbers[:3]] == pytest.approx(expected)
    assert expected[0] > expected[1] > expected[2]
    names = [name for name, _ in numbers]
    assert names[:3] == [f"rank 1 among {n} distractors" for n in (0, 1, 12)]
    assert names[3:] == ["rank 5 among 12 distractors"]
    assert numbers[0][1].low < numbers[0][1] < numbers[0][1].high


def test_whoever_has_one_image_is_a_distractor():
    faces = people(6)
    more = crowd(4)
    both = FaceSet(
        np.concatenate([more.images, faces.images]),
        np.concatenate([more.labels, 4 + faces.labels]),
        [*more.names, *faces.names],
        "made",
        "free",
    )
    given = distractors(embed, faces, trained_on=[], others=more)
    found = distractors(embed, both, trained_on=[])
    assert found.identification.distractors == 4
    assert found.numbers == given.numbers
    twice = distractors(embed, both, trained_on=[], others=people(3, 2, "z", seed=4))
    assert twice.identification.distractors == 7


def test_distractors_must_be_there_and_be_strangers():
    faces = people(6)
    with pytest.raises(ValueError, match="there are no distractors: everybody has two"):
        distractors(embed, faces, trained_on=[])
    with pytest.raises(ValueError, match="p0 is in faces and in others"):
        distractors(embed, faces, trained_on=[], others=people(2))
    with pytest.raises(ValueError, match=r"trained on q1, who is .*as distractors"):
        distractors(embed, faces, trained_on=["q1"], others=crowd(2))
    with pytest.raises(ValueError, match=r"must be in 0\.\.2, but one is 3"):
        distractors(embed, faces, trained_on=[], others=crowd(2), counts=[3]).numbers  # noqa: B018


# easy and hard


def test_probes_get_harder_and_the_gallery_stays_as_it_is():
    faces, seen = facelab.load("orl").take_people(8), []

    def watch(images):
        seen.append(images)
        return embed(images)

    found = easy_hard(watch, faces, trained_on=[], levels=(0, 0.5, 1))
    stands, probes = part(faces.labels, 0)
    assert np.array_equal(seen[0], faces.images[stands])
    assert np.array_equal(seen[1], faces.images[probes])
    assert np.array_equal(seen[3], faces.degrade("resolution", 1, 0).images[probes])
    x = embed(faces.images)
    second, first = (grid.ravel() for grid in np.meshgrid(probes, stands))
    clean = verify(x, faces.labels, (first, second))
    assert float(found.numbers["level 0: AUC"]) == pytest.approx(float(clean.auc()))
    aucs = [float(number) for name, number in found.numbers.items() if name.endswith("AUC")]
    assert aucs[0] > aucs[2]
    assert (len(stands), len(probes)) == (8, 72)
    assert not set(stands) & set(probes)


def test_other_degradations_make_probes_hard_too():
    found = easy_hard(embed, people(5), trained_on=[], kind="noise", levels=[0.3])
    assert list(found.numbers) == ["level 0.3: AUC", "level 0.3: TAR at FAR 1 %"]
    assert "levels of noise" in found.title


def test_levels_that_make_no_sense_are_refused(monkeypatch):
    faces = people(5)
    for levels, words in (([], "different numbers"), ([0, 0], "different"), ([2], "from 0")):
        with pytest.raises(ValueError, match=words):
            easy_hard(embed, faces, trained_on=[], levels=levels)
    with pytest.raises(ValueError, match="unknown degradation 'blurr'; did you mean blur"):
        easy_hard(embed, faces, trained_on=[], kind="blurr")
    monkeypatch.setattr(file("easy_hard"), "MOST_PAIRS", 49)
    with pytest.raises(ValueError, match="10 probes and 5 images make 50 pairs, more than 49"):
        easy_hard(embed, faces, trained_on=[])


# all of them


def test_a_face_and_its_mirror_image_have_one_embedding():
    images = people(4).images
    both = mirrored(embed)
    assert both(images) == pytest.approx(both(images[:, :, ::-1]))
    one, other = embed(images[:1])[0], embed(images[:1, :, ::-1])[0]
    expected = one / np.linalg.norm(one) + other / np.linalg.norm(other)
    assert both(images)[0] == pytest.approx(expected)
    assert not both(np.full((1, 6, 5), 125, np.uint8)).any()


RESULTS = {
    "open_set": lambda: open_set(embed, people(6), trained_on=[]),
    "over_splits": lambda: over_splits(lambda seen: embed, people(16), splits=2),
    "lfw_view1": lambda: lfw_view1(angles, (pairs(TRAIN), pairs(TEST)), trained_on=[]),
    "lfw_view2": lambda: lfw_view2(angles, folded(), trained_on=[]),
    "distractors": lambda: distractors(embed, people(6), trained_on=[], others=crowd(4)),
    "easy_hard": lambda: easy_hard(embed, people(6), trained_on=[]),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_says_its_numbers_with_intervals_and_draws_itself(name, tmp_path):
    result, ax = RESULTS[name](), Figure().add_subplot()
    assert result.draw(ax) is ax
    assert len(ax.lines) > 0
    assert ax.get_xlabel()
    said = repr(result)
    assert len(result.numbers) >= 3
    for label, number in result.numbers.items():
        assert isinstance(number, Estimate)
        assert f"  {label}" in said
        assert repr(number) in said
    result.save(tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").stat().st_size > 1000


def test_the_cmc_has_all_distractors_in_it():
    ax = Figure().add_subplot()
    found = distractors(embed, people(6, noise=90), trained_on=[], others=crowd(40))
    found.draw_cmc(ax, ranks=4)
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3, 4]
    assert ax.lines[0].get_ydata()[0] == found.numbers["rank 1 among 40 distractors"]
    assert ax.lines[0].get_ydata()[0] < found.numbers["rank 1 among 0 distractors"]


def test_every_protocol_has_one_shape_and_a_file_of_its_own():
    files = {p.stem for p in Path(protocols.__file__).parent.glob("*.py")}
    assert set(PROTOCOLS) == {f for f in files if not f.startswith("_")} - {"mirrored"}
    for name, call in PROTOCOLS.items():
        assert call.__name__ == name
        parameters = inspect.signature(call).parameters
        assert list(parameters)[:3] == ["embed", "faces", "trained_on"]
        assert parameters["trained_on"].default is inspect.Parameter.empty
        assert "seed" in parameters


# the real LFW


@pytest.mark.slow
def test_real_views_of_lfw_keep_their_people_apart(shared):
    options = {"data_home": shared, "size": (14, 12)}
    if not (shared / "lfw_home").is_dir():
        pytest.skip(f"there is no lfw_home in {shared}")
    both = lfw_pairs("train", **options), lfw_pairs("test", **options)
    seen = facelab.load("lfw", split="train", min_images=4, **options)
    found = lfw_view1(embed, both, trained_on=seen.names)
    assert found.strangers
    assert (found.chosen_on.same.sum(), (~found.chosen_on.same).sum()) == (517, 883)
    assert 0.55 < found.numbers["AUC"] < 0.85
    ten = lfw_pairs("10_folds", **options)
    with pytest.raises(ValueError, match="who are tested here"):
        lfw_view2(embed, ten, trained_on=seen.names)
    everybody = facelab.load("lfw", min_images=4, **options)
    counts = [left.num_people for _, left in without_each_fold(everybody, ten)]
    assert len(counts) == 10
    assert all(500 < count < 610 for count in counts)
    found = lfw_view2_by_folds(lambda left: embed, everybody, ten)
    assert found.networks == 10
    assert 0.5 < found.numbers["accuracy"] < 0.75
