"""Verification: the numbers are scikit-learn's, the intervals are over people."""

import copy
import json
import pickle
import time
import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from facelab.evaluation import Estimate, Verification, all_pairs, sample_pairs, verify
from facelab.evaluation.estimate import people_weights

RNG = np.random.default_rng(0)


def people_and_faces(people, images, seed=0, spread=1.3, width=8):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), images)
    centers = rng.standard_normal((people, width))
    return centers[labels] + spread * rng.standard_normal((len(labels), width)), labels


def verification(people=8, images=5, decimals=None, **settings):
    """Pairs of simulated people; rounded scores tie often."""
    result = verify(*people_and_faces(people, images), **settings)
    if decimals is None:
        return result
    scores = np.round(result.scores, decimals)
    return Verification(scores, result.same, result.people, **settings)


def weights_of_pairs(result, met):
    """What a pair weighs when people are met so often, one pair at a time."""
    return np.array(
        [
            met[a] if same else met[a] * met[b]
            for (a, b), same in zip(result.people, result.same, strict=True)
        ]
    )


def by_hand(result, far):
    """AUC, EER, TAR and accuracy of every draw by scikit-learn and plain sentences."""
    rows = []
    for met in people_weights(int(result.people.max()) + 1, result.draws, result.seed):
        weights = weights_of_pairs(result, met)
        if weights[result.same].sum() == 0 or weights[~result.same].sum() == 0:
            continue
        fars, tars, _ = roc_curve(
            result.same, result.scores, sample_weight=weights, drop_intermediate=False
        )
        share = result.same.mean()
        best = max(share * tars + (1 - share) * (1 - fars))
        rows.append(
            [
                roc_auc_score(result.same, result.scores, sample_weight=weights),
                meeting(fars, tars),
                max(t for f, t in zip(fars, tars, strict=True) if f <= far),
                best,
            ]
        )
    return np.array(rows)


def meeting(fars, tars):
    """FAR where a broken line meets FAR + TAR = 1, stretch by stretch."""
    for k in range(1, len(fars)):
        before, after = fars[k - 1] + tars[k - 1] - 1, fars[k] + tars[k] - 1
        if before <= 0 <= after and before < after:
            return fars[k - 1] + (fars[k] - fars[k - 1]) * before / (before - after)
    raise AssertionError("the curve does not end in (1, 1)")


@pytest.mark.parametrize("decimals", [None, 1])
def test_the_point_estimates_are_those_of_scikit_learn(decimals):
    result = verification(decimals=decimals)
    fars, tars, _ = roc_curve(result.same, result.scores, drop_intermediate=False)
    assert result.auc() == roc_auc_score(result.same, result.scores)
    for far in (0.0, 0.01, 0.1, 1.0):
        assert result.tar(far) == tars[fars <= far].max()
    assert np.array_equal(result.roc().tar, tars)


@pytest.mark.parametrize("people", [4, 8])
@pytest.mark.parametrize("decimals", [None, 1])
@pytest.mark.parametrize("far", [0.0, 0.0507])
def test_each_draw_of_people_agrees_with_scikit_learn_given_the_weights(people, decimals, far):
    result = verification(people, decimals=decimals, draws=80 // people + 20)
    expected = by_hand(result, far)
    ends = np.quantile(expected, [0.025, 0.975], axis=0)
    for column, (got, within) in enumerate(
        [(result.auc(), 1e-12), (result.eer(), 1e-12), (result.tar(far), 1e-12)]
    ):
        assert (got.low, got.high) == pytest.approx(tuple(ends[:, column]), abs=within)
    accuracy = result.accuracy()
    assert (accuracy.low, accuracy.high) == pytest.approx(tuple(ends[:, 3]), abs=1e-12)


def test_a_draw_in_which_nobody_differs_is_left_out():
    result = verification(people=4, images=4, draws=600)
    met = people_weights(4, 600, 0)
    assert (met == 4).any(axis=1).sum() > 3  # draws that hold one person four times
    assert np.isfinite([result.auc().low, result.eer().low, result.tar(0.1).low]).all()
    assert len(by_hand(result, 0.1)) == (met < 4).all(axis=1).sum()


def test_too_few_usable_draws_give_a_number_and_say_why_it_has_no_interval():
    result = verification(people=4, images=4, draws=20, seed=2)  # one draw is of one person
    estimate = result.auc()
    assert np.isnan(estimate.low)
    assert "of 20 draws of people hold pairs of both kinds" in estimate.note
    assert "(no interval)" in repr(estimate)


@pytest.mark.parametrize("people", [2, 3])
def test_two_or_three_people_are_too_few_for_an_interval(people):
    result = verification(people=people, images=4)
    for estimate in (result.auc(), result.eer(), result.tar(), result.accuracy()):
        assert np.isnan(estimate.low)
        assert f"{people} people are too few to draw from" in estimate.note
    assert np.isnan(result.band([0.1])).all()


def test_pairs_of_unknown_people_give_numbers_without_intervals():
    known = verification()
    result = Verification(known.scores, known.same)
    for estimate in (result.auc(), result.eer(), result.tar(), result.accuracy()):
        assert np.isnan(estimate.low)
        assert "not known which people" in estimate.note
    assert result.auc() == known.auc()
    assert result.ten_folds() == known.ten_folds()
    assert np.isnan(result.band([0.1])[0]).all()


def test_the_interval_is_over_people_and_not_over_pairs():
    few, many = (verify(*people_and_faces(6, images, seed=3)).auc() for images in (4, 24))
    pairs = [len(all_pairs(6 * images)[0]) for images in (4, 24)]
    assert pairs[1] > 35 * pairs[0]
    # 37 times as many pairs of the same six people would narrow an interval over pairs sixfold
    assert (many.high - many.low) > (few.high - few.low) / 3


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    truth = float(verify(*people_and_faces(400, 4, seed=77), draws=20).auc())
    held = 0
    for seed in range(60):
        auc = verify(*people_and_faces(15, 6, seed=seed), draws=150, seed=seed).auc()
        held += auc.low <= truth <= auc.high
    assert 51 <= held <= 60  # 57 expected of 60 at level 0.95


def test_a_level_is_kept_and_a_wider_one_is_wider():
    narrow, wide = verification(level=0.5).auc(), verification(level=0.99).auc()
    assert (narrow.level, wide.level) == (0.5, 0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_equal_seeds_give_equal_intervals_and_other_seeds_others():
    first, again, other = (verification(seed=seed).auc() for seed in (1, 1, 2))
    assert (first.low, first.high) == (again.low, again.high)
    assert (first.low, first.high) != (other.low, other.high)


def test_the_order_of_pairs_and_the_lengths_of_embeddings_do_not_matter():
    x, y = people_and_faces(7, 4)
    pairs = all_pairs(len(x))
    order = RNG.permutation(len(pairs[0]))
    plain = verify(x, y).auc()
    turned = verify(x, y, (pairs[1][order], pairs[0][order])).auc()
    longer = verify(x * RNG.uniform(0.01, 50, (len(x), 1)), y).auc()
    for other in (turned, longer):
        assert (other, other.low, other.high) == pytest.approx((plain, plain.low, plain.high))


def test_tar_at_far_takes_the_largest_tar_allowed_and_interpolates_nothing():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    same = np.array([True, True, False, True, False, True, False])
    result = Verification(scores, same)
    assert [result.tar(far) for far in (0, 0.33, 1 / 3, 0.5, 2 / 3, 0.99, 1)] == [
        0.5, 0.5, 0.75, 0.75, 1.0, 1.0, 1.0,
    ]  # fmt: skip


def test_a_far_finer_than_the_pairs_can_show_is_said():
    result = verification(people=8, images=3)
    different = int((~result.same).sum())
    at_edge, finer = result.tar(1 / different), result.tar(0.9 / different)
    assert "finer" not in at_edge.note
    assert f"FAR {0.9 / different:g} is finer than 1 in {different} pairs" in finer.note
    assert finer == result.tar(0)


def test_eer_is_where_both_errors_are_equal():
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert Verification(scores, np.array([True, False, True, False])).eer() == 0.5
    assert Verification(scores, np.array([True, True, False, False])).eer() == 0.0
    assert Verification(scores, np.array([False, False, True, True])).eer() == 1.0
    tied = Verification(np.zeros(4), np.array([True, False, True, False]))
    assert tied.eer() == pytest.approx(0.5)
    assert tied.auc() == 0.5


def test_best_threshold_accuracy_is_the_best_that_any_threshold_gives():
    result = verification(decimals=1)
    cuts = [np.inf, *np.unique(result.scores)]
    best = max(((result.scores >= cut) == result.same).mean() for cut in cuts)
    assert result.accuracy() == pytest.approx(best)
    assert 'always "different" gives' in result.accuracy().note


def test_a_fold_is_judged_with_the_threshold_of_the_other_folds():
    result = verification(people=10, images=5, decimals=2)
    folds = RNG.integers(0, 10, len(result.scores)) * 3
    shares = []
    for fold in np.unique(folds):
        out = folds == fold
        cuts = [np.inf, *np.unique(result.scores[~out])[::-1]]
        right = [((result.scores >= cut) == result.same)[~out].mean() for cut in cuts]
        cut = cuts[int(np.argmax(right))]
        shares.append(((result.scores >= cut) == result.same)[out].mean())
    estimate = result.ten_folds(folds)
    assert estimate == pytest.approx(np.mean(shares))
    assert estimate.low <= estimate <= estimate.high


def test_a_held_out_pair_never_moves_its_own_threshold():
    # the best cut among the others is 0.7; the held-out same pair at 0.65 lies below it
    scores = np.array([0.9, 0.7, 0.6, 0.2, 0.65, 0.1])
    same = np.array([True, True, False, False, True, False])
    folds = np.array([0, 0, 0, 0, 1, 1])
    fold_1 = 0.5  # 0.65 rejected wrongly, 0.1 rejected rightly
    fold_0 = 1.0  # with the cut at 0.65, the best of the others, all four are right
    assert Verification(scores, same).ten_folds(folds) == (fold_0 + fold_1) / 2


def test_drawing_people_anew_does_not_shift_the_share_of_pairs_of_one_kind():
    # few people: copies of one person make no pair of different people, which would raise the share
    result = verification(people=5, images=3, draws=200)
    never = Verification(np.zeros(len(result.same)), result.same, result.people, draws=200)
    for estimate in (never.accuracy(), never.ten_folds(np.arange(len(result.same)) % 2)):
        assert (estimate.low, estimate.high) == pytest.approx((estimate, estimate))


def test_dealt_folds_are_alike_and_repeat_with_the_seed():
    result = verification(people=10, images=6)
    assert result.ten_folds() == result.ten_folds()
    assert result.ten_folds() <= result.accuracy()


def test_an_embedding_of_length_zero_is_like_nobody():
    x = np.array([[1.0, 0], [0, 0], [0, 2.0], [0, 3.0]])
    result = verify(x, [0, 0, 1, 1])
    assert np.isfinite(result.scores).all()
    first, second = all_pairs(4)
    assert (result.scores[(first == 1) | (second == 1)] == 0).all()


def test_names_and_numbers_label_alike():
    x, y = people_and_faces(5, 3)
    names = np.array(["Ann", "Bo", "Cy", "Di", "Ed"])[y]
    assert verify(x, names).auc() == verify(x, y + 100).auc() == verify(x, y).auc()


def test_the_band_of_a_curve_holds_the_intervals_of_its_points():
    result = verification()
    low, high = result.band([0.01, 0.1, 0.5])
    for far, below, above in zip((0.01, 0.1, 0.5), low, high, strict=True):
        estimate = result.tar(far)
        assert (estimate.low, estimate.high) == (below, above)


def test_a_large_set_is_refused_with_the_way_out_and_sampled_instead():
    x, y = people_and_faces(650, 4, width=4)
    with pytest.raises(ValueError, match=r"2,600 images make 3,378,700 pairs.*sample_pairs"):
        verify(x, y)
    result = verify(x, y, sample_pairs(y, per_kind=2000, seed=1))
    assert (result.same.sum(), (~result.same).sum()) == (2000, 2000)


@pytest.mark.parametrize("per_kind", [50, 4000, 20_000])
def test_sampled_pairs_are_different_pairs_and_repeat_with_the_seed(per_kind):
    y = np.repeat(np.arange(60), 5)
    first, second = sample_pairs(y, per_kind, seed=4)
    assert np.array_equal(sample_pairs(y, per_kind, seed=4), (first, second))
    assert not np.array_equal(sample_pairs(y, per_kind, seed=5), (first, second))
    assert (first < second).all()
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == len(first)
    same = y[first] == y[second]
    assert (same.sum(), (~same).sum()) == (min(per_kind, 600), per_kind)


def test_sampled_pairs_of_a_large_set_take_every_image_alike():
    y = np.repeat(np.arange(400), 5)  # 2,000 images: too many pairs to list
    first, second = sample_pairs(y, 20_000, seed=0)
    different = y[first] != y[second]
    met = np.bincount(np.concatenate([first[different], second[different]]), minlength=2000)
    halves = met[:1000].sum() / met.sum()
    assert abs(halves - 0.5) < 0.01


def test_all_pairs_are_scored_within_little_memory_and_time():
    x, y = people_and_faces(10, 10, width=512)
    start = time.perf_counter()
    verify(x, y).auc()
    assert time.perf_counter() - start < 5  # 0.05 s where nothing else runs
    x, y = people_and_faces(100, 10, width=512)
    tracemalloc.start()
    verify(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6  # 499,500 pairs of 512 numbers would take 4 GB at once


BAD = [
    (np.zeros((4, 2, 2)), [0, 0, 1, 1], None, r"must have shape \(N, D\), not \(4, 2, 2\)"),
    (np.ones((4, 2)), [0, 0, 1], None, r"labels must have shape \(4,\), not \(3,\)"),
    (np.array([[1.0], [np.nan], [1], [1]]), [0, 0, 1, 1], None, "1 are not; first: row 1"),
    (np.ones((4, 2)), ["Ann"] * 4, None, "at least 2 people; all images are of .*Ann"),
    (np.ones((3, 2)), [0, 1, 2], None, "none of the 3 pairs is of the same person"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0], [1]), "none of the 1 pairs is of different people"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0], [2]), "none of the 1 pairs is of the same person"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([], []), "the pair list is empty"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0, 1], [1]), "equally long lists, not 2 and 1 long"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0, 1], [1, 4]), r"row numbers in 0..3, but one is 4"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0, -1], [1, 2]), r"row numbers in 0..3, but one is -1"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0, 2], [1, 2]), "pair 1 compares image 2 with itself"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0.5], [1.0]), "two lists of row numbers, not float64"),
    (np.ones((4, 2)), [0, 0, 1, 1], ([0], [1], [2]), "two index arrays, not 3 items"),
]


@pytest.mark.parametrize(("embeddings", "labels", "pairs", "words"), BAD)
def test_what_cannot_be_verified_is_refused_in_one_sentence(embeddings, labels, pairs, words):
    with pytest.raises(ValueError, match=words):
        verify(embeddings, labels, pairs)


GOOD = {"scores": [0.1, 0.2, 0.3], "same": [True, False, True]}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scores": [0.1, np.nan, 0.3]}, "scores must be finite, but 1 are not; first: pair 1"),
        ({"scores": [0.1, 0.2]}, r"two lists, not \(2,\) and \(3,\)"),
        ({"same": [1, 0, 1]}, "True or False for each pair, not int64"),
        ({"people": np.array([[0, 0], [1, 1], [1, 1]])}, "pair 1 is of 1 and 1, but same is False"),
        ({"people": np.array([0, 1, 2])}, r"people must have shape \(3, 2\), not \(3,\)"),
        ({"draws": 5}, "draws must be a whole number of at least 20, not 5"),
        ({"level": 95}, "level must be between 0 and 1, not 95"),
    ],
)
def test_scores_that_make_no_sense_are_refused_in_one_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        Verification(**GOOD | wrong)


def test_other_arguments_out_of_range_are_refused():
    result = verification(people=3, images=2)
    with pytest.raises(ValueError, match=r"far must be between 0 and 1, not 1.5"):
        result.tar(1.5)
    with pytest.raises(ValueError, match="at least 10 pairs of each kind, not 3"):
        result.ten_folds()
    with pytest.raises(ValueError, match="one fold only"):
        result.ten_folds(np.zeros(15))
    with pytest.raises(ValueError, match=r"folds must have shape \(15,\), not \(4,\)"):
        result.ten_folds(np.zeros(4))
    with pytest.raises(ValueError, match="nobody has two images"):
        sample_pairs([0, 1, 2])
    with pytest.raises(ValueError, match="one person only"):
        sample_pairs([0, 0, 0])


def test_an_estimate_is_a_float_that_shows_its_interval():
    estimate = Estimate(0.9694, 0.9512, 0.9833)
    assert repr(estimate) == str(estimate) == "0.969 (0.951 to 0.983)"
    assert estimate + 0 == 0.9694
    assert json.dumps(estimate) == "0.9694"
    assert f"{estimate:.1%}" == "96.9%"


def test_an_estimate_survives_copying_and_pickling():
    estimate = Estimate(0.9, 0.8, 1.0, 0.9, "a note")
    for twin in (copy.deepcopy(estimate), pickle.loads(pickle.dumps(estimate))):
        assert (twin, vars(twin)) == (estimate, vars(estimate))


def test_a_verification_says_what_it_holds():
    assert repr(verification(people=4, images=3)) == (
        "<Verification: 12 same-person and 54 different-person pairs of 4 people>"
    )
