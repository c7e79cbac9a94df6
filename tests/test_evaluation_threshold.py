"""A threshold is chosen on some pairs and judged on others."""

import numpy as np
import pytest

from facelab.evaluation import Verification, accuracy_at, best_threshold, verify


def pairs(people=12, images=4, spread=1.0, seed=0, **options):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), images)
    x = rng.standard_normal((people, 5))[labels] + spread * rng.standard_normal((len(labels), 5))
    return verify(x, labels, **options)


def by_hand(met, threshold):
    return float(((met.scores >= threshold) == met.same).mean())


def test_no_threshold_is_better_than_the_best_and_none_above_is_as_good():
    met = pairs()
    best = best_threshold(met)
    tried = np.append(np.unique(met.scores), np.inf)
    right = np.array([by_hand(met, t) for t in tried])
    assert by_hand(met, best) == right.max()
    assert best == tried[right == right.max()].max()


def test_where_it_is_best_to_accept_nothing_the_threshold_is_infinite():
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    met = Verification(scores, np.array([False, False, False, True]))
    assert best_threshold(met) == np.inf
    assert float(accuracy_at(met, np.inf)) == 0.75


def test_where_it_is_best_to_accept_all_the_threshold_is_the_lowest_score():
    met = Verification(np.array([0.1, 0.7, 0.8, 0.9]), np.array([True, True, True, False]))
    assert best_threshold(met) == 0.1


def test_accuracy_elsewhere_is_counted_on_the_other_pairs_alone():
    chosen, met = pairs(seed=1), pairs(seed=2)
    threshold = best_threshold(chosen)
    assert float(accuracy_at(met, threshold)) == pytest.approx(by_hand(met, threshold), abs=1e-12)
    assert float(accuracy_at(met, threshold)) < float(met.accuracy())


def test_a_score_that_equals_the_threshold_is_accepted():
    met = Verification(np.array([0.5, 0.2]), np.array([True, False]))
    assert float(accuracy_at(met, 0.5)) == 1
    assert float(accuracy_at(met, 0.5 + 1e-9)) == 0.5
    assert float(accuracy_at(met, 0.2)) == 0.5


def test_its_interval_is_that_of_people_drawn_anew_at_the_same_threshold():
    met = pairs(people=9, draws=40, seed=3)
    found = accuracy_at(met, 0.4)
    drawn = []
    for weights in met._met:
        w = np.where(met.same, weights[met.people[:, 0]], weights[met.people].prod(axis=1))
        right = (met.scores >= 0.4) == met.same
        parts = [(w * right)[kind].sum() / w[kind].sum() for kind in (met.same, ~met.same)]
        drawn.append(met.same.mean() * parts[0] + (1 - met.same.mean()) * parts[1])
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]))


def test_three_people_give_no_interval_and_unknown_people_none():
    for met in (pairs(people=3), Verification(np.array([0.5, 0.2]), np.array([True, False]))):
        found = accuracy_at(met, 0.3)
        assert np.isnan(found.low)
        assert found.note


def test_a_threshold_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="threshold must be a number, not nan"):
        accuracy_at(pairs(), float("nan"))


def test_of_thresholds_that_are_as_good_the_highest_is_taken_whatever_the_shares():
    # 883 pairs of two people, 517 of one: at 0.9 one more of each kind is accepted than above it
    rng = np.random.default_rng(3)
    for _ in range(50):
        same, different = rng.integers(1, 6, 517) / 8, rng.integers(0, 5, 883) / 8
        scores = np.concatenate([same, different])
        kind = np.arange(1400) < 517
        found = best_threshold(Verification(scores, kind))
        right = {t: int(((scores >= t) == kind).sum()) for t in [*np.unique(scores), np.inf]}
        best = max(right.values())
        assert found == max(t for t, count in right.items() if count == best)


def test_kinds_that_count_alike_give_the_threshold_of_as_many_pairs_of_each():
    same, different = np.array([0.9, 0.6, 0.5, 0.3]), np.array([0.7, 0.4, 0.2, 0.1])
    once = Verification(np.r_[same, different], np.arange(8) < 4)
    often = Verification(np.r_[same, np.tile(different, 9)], np.arange(40) < 4)
    assert (
        best_threshold(often, even=True) == best_threshold(once) == best_threshold(once, even=True)
    )
    assert best_threshold(often) > best_threshold(once), "strangers are more, so it is stricter"
