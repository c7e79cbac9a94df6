"""Means over runs that share people: their intervals hold the truth as often as they say."""

import numpy as np
import pytest
from scipy import stats

from facelab.evaluation import holm, mean_over_runs, rank_auc

PEOPLE, TESTED = 40, 10
RATIO = TESTED / (PEOPLE - TESTED)


def test_an_interval_worked_out_by_hand():
    found = mean_over_runs([0.01, 0.02, 0.03], [0, 1, 2], ratio=1 / 3)
    error = np.sqrt((1 / 3 + 1 / 3) * 1e-4)  # of the mean; s is 0.01
    assert float(found.estimate) == pytest.approx(0.02)
    assert found.estimate.high - 0.02 == pytest.approx(4.30265273 * error)
    assert 0.02 - found.estimate.low == pytest.approx(4.30265273 * error)
    t = 0.02 / error
    assert found.p == pytest.approx(1 - t / np.sqrt(2 + t * t))  # two degrees of freedom


def test_people_met_in_one_split_alone_give_the_plain_t_test_and_the_note_says_so():
    values = [0.01, 0.03, -0.01, 0.02]
    found = mean_over_runs(values, [5, 5, 5, 5], ratio=1 / 3)
    plain = stats.ttest_1samp(values, 0)
    assert found.p == pytest.approx(plain.pvalue)
    ends = plain.confidence_interval(0.95)
    assert (found.estimate.low, found.estimate.high) == pytest.approx((ends.low, ends.high))
    assert "these held-out people only" in found.estimate.note


def test_runs_with_one_split_count_as_one():
    found = mean_over_runs([0.0, 0.02, 0.02, 0.02, 0.04, 0.02], [0, 0, 1, 1, 2, 2], ratio=0.5)
    apart = mean_over_runs([0.01, 0.02, 0.03], [0, 1, 2], ratio=0.5)
    assert found.estimate == pytest.approx(apart.estimate)
    assert found.estimate.low == pytest.approx(apart.estimate.low)
    assert found.p == pytest.approx(apart.p)


def test_more_runs_narrow_the_interval_only_as_far_as_the_people_go():
    values = np.resize([-0.01, 0.01], 4000)
    found = mean_over_runs(values, np.arange(4000), ratio=1 / 3).estimate
    assert found.high == pytest.approx(1.96 * 0.01 * np.sqrt(1 / 3), rel=0.01)


def test_p_is_below_a_twentieth_exactly_where_the_interval_leaves_out_nothing():
    rng = np.random.default_rng(1)
    for n in (2, 3, 6):
        for values in rng.normal(0.5, 0.5, (60, n)):
            found = mean_over_runs(values, np.arange(n), ratio=0.25)
            crosses = found.estimate.low <= 0 <= found.estimate.high
            assert crosses == (found.p >= 0.05)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([0.5], "one run has no interval"),
        ([0.0, 0.0, 0.0], "all 3 are equal"),
        ([0.1, np.nan, 0.2], "a run gave no number"),
    ],
)
def test_where_there_is_no_interval_the_note_says_why(values, why):
    found = mean_over_runs(values, range(len(values)), ratio=1 / 3)
    assert np.isnan([found.p, found.estimate.low, found.estimate.high]).all()
    assert why in found.estimate.note


def test_holm_worked_out_by_hand():
    assert holm([0.01, 0.04, np.nan, 0.03]) == pytest.approx(
        [0.03, 0.06, np.nan, 0.06], nan_ok=True
    )
    assert holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert holm([0.2]).tolist() == [0.2]
    assert holm([]).tolist() == []


BAD = {
    "no runs": (([], []), {}, "at least 1"),
    "a split is missing": (([0.1, 0.2], [0]), {}, "(2,) and (1,)"),
    "nobody trained": (([0.1], [0]), {"ratio": float("inf")}, "ratio must be above 0, not inf"),
    "nobody tested": (([0.1], [0]), {"ratio": 0}, "ratio must be above 0, not 0"),
    "a level of percent": (([0.1], [0]), {"level": 95}, "between 0 and 1, not 95"),
}


@pytest.mark.parametrize(("given", "more", "sentence"), BAD.values(), ids=BAD)
def test_what_is_not_allowed_is_one_sentence(given, more, sentence):
    with pytest.raises(ValueError, match="must be") as caught:
        mean_over_runs(*given, **{"ratio": 0.3} | more)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("wrong", [1.2, -0.1])
def test_a_p_beyond_0_and_1_is_refused(wrong):
    with pytest.raises(ValueError, match="from 0 to 1"):
        holm([0.1, wrong])


def differences(seed, count, n, truth, tested=0.01, trained=0.0, noise=0.0):
    """Simulated comparisons, (count, n): paired differences over n splits of forty people.

    Each person has its own difference when tested and its own effect when trained on, normal about
    0; each run adds noise of its own start. `tested` and `trained` are spreads of a person's
    effect, `noise` that of a run.
    """
    rng = np.random.default_rng(seed)
    order = rng.random((count, n, PEOPLE)).argsort(-1)
    mean = truth + rng.normal(0, 1, (count, n)) * noise
    for spread, rows in ((tested, order[..., :TESTED]), (trained, order[..., TESTED:])):
        effect = np.repeat(rng.normal(0, spread, (count, 1, PEOPLE)), n, 1)
        mean += np.take_along_axis(effect, rows, -1).mean(-1)
    return mean


def coverage(runs, truth, ratio=RATIO):
    """How many of the simulated intervals hold the truth."""
    found = [mean_over_runs(row, np.arange(len(row)), ratio=ratio).estimate for row in runs]
    return np.mean([e.low <= truth <= e.high for e in found])


# spread of a person tested, of a person trained on, and of a run; of ten tested people the mean
# spreads by 0.0032, so that in the second a run's own chance counts half as much as people do
WORLDS = {
    "people alone": {"tested": 0.01},
    "people and some chance": {"tested": 0.01, "noise": 0.0016},
    "people tested and trained on": {"tested": 0.01, "trained": 0.01, "noise": 0.002},
}


@pytest.mark.parametrize("truth", [0.0, 0.01, -0.02])
@pytest.mark.parametrize("n", [3, 5])
@pytest.mark.parametrize("world", WORLDS)
def test_an_interval_of_95_percent_holds_the_true_difference_that_often(world, n, truth):
    runs = differences(n, 600, n, truth, **WORLDS[world])
    assert 0.92 <= coverage(runs, truth) <= 0.97


@pytest.mark.parametrize("noise", [0.004, 0.03])
def test_with_three_splits_the_interval_holds_however_much_is_chance(noise):
    assert 0.94 <= coverage(differences(1, 600, 3, 0.0, noise=noise), 0.0) <= 0.98


def test_without_the_correction_it_would_hold_far_too_rarely():
    runs = differences(0, 600, 10, 0.0)
    assert coverage(runs, 0.0, ratio=1e-9) < 0.8
    assert 0.93 <= coverage(runs, 0.0) <= 0.97


def test_where_chance_is_all_many_runs_err_on_the_safe_side():
    assert coverage(differences(2, 300, 10, 0.0, tested=0.0, noise=0.01), 0.0) >= 0.97


def auc_differences(rng, count, n, worse):
    """AUC of one loss minus another's over n splits of forty people, (count, n)."""
    found = np.empty((count, n))
    first, second = np.triu_indices(TESTED * 4, 1)
    same = first // 4 == second // 4
    for world in range(count):
        centers = rng.normal(0, 1, (PEOPLE, 8))
        blur = np.exp(rng.normal(0, 0.3, (2, PEOPLE)) + rng.normal(0, 0.3, PEOPLE))
        blur *= 0.9 * np.array([[worse], [1.0]])
        for run in range(n):
            who = rng.permutation(PEOPLE)[:TESTED].repeat(4)
            start = np.exp(rng.normal(0, 0.03, 2))
            aucs = []
            for loss in range(2):
                x = centers[who] + start[loss] * blur[loss, who, None] * rng.normal(0, 1, (40, 8))
                x /= np.linalg.norm(x, axis=1, keepdims=True)
                scores = (x @ x.T)[first, second]
                aucs.append(rank_auc(scores, same))
            found[world, run] = aucs[0] - aucs[1]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("worse", [1.0, 1.15])
def test_the_interval_holds_for_areas_under_the_roc_too(worse):
    truth = 0.0 if worse == 1 else auc_differences(np.random.default_rng(9), 4000, 1, worse).mean()
    runs = auc_differences(np.random.default_rng(3), 600, 3, worse)
    assert 0.90 <= coverage(runs, truth) <= 0.97
