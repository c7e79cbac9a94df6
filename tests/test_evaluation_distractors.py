"""Identification among distractors: strangers in the gallery whom nobody looks for."""

from itertools import combinations

import numpy as np
import pytest

from facelab.evaluation import identify
from facelab.evaluation._distractors import chance_unbeaten
from facelab.evaluation.estimate import people_weights


def people_and_strangers(strangers=9, people=8, probes=5, seed=0, spread=1.0):
    """Gallery, probes and distractors of unequal lengths, in no order."""
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((people, 5))
    wanted = rng.permutation(np.repeat(np.arange(people), probes))[3:]  # not equally many of each
    gallery = centers + 0.3 * rng.standard_normal(centers.shape)
    tests = centers[wanted] + spread * rng.standard_normal((len(wanted), 5))
    lengths = rng.uniform(0.1, 9, (strangers, 1))
    return (gallery, np.arange(people), tests, wanted), lengths * rng.standard_normal(
        (strangers, 5)
    )


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def found_by_hand(sets, strangers):
    """Whether each probe's own person scores higher than everybody else, strangers too."""
    gallery, names, probes, wanted = sets
    scores = unit(probes) @ unit(np.concatenate([gallery, strangers])).T
    own = scores[np.arange(len(probes)), wanted]
    assert (names == np.arange(len(gallery))).all()
    return (scores >= own[:, None]).sum(axis=1) == 1


def test_the_share_among_n_is_the_mean_over_all_draws_of_n_distractors():
    sets, strangers = people_and_strangers()
    curve = identify(*sets, distractors=strangers).distractor_curve(range(10))
    for n, share in zip(curve.distractors, curve.share, strict=True):
        draws = [list(rows) for rows in combinations(range(9), int(n))]
        by_hand = np.mean([found_by_hand(sets, strangers[rows].reshape(-1, 5)) for rows in draws])
        assert share == pytest.approx(by_hand, abs=1e-12)
    assert curve.share[0] > curve.share[-1] + 0.05


def test_among_none_it_is_the_identification_without_distractors():
    sets, strangers = people_and_strangers()
    alone = identify(*sets).rank(1)
    curve = identify(*sets, distractors=strangers).distractor_curve([0])
    at = (curve.share[0], curve.low[0], curve.high[0])
    assert at == pytest.approx((alone, alone.low, alone.high))


def test_among_all_it_is_rank_one_and_the_cmc_counts_them_too():
    sets, strangers = people_and_strangers(60)
    found = identify(*sets, distractors=strangers)
    curve, cmc, first = found.distractor_curve(), found.cmc(), found.rank(1)
    assert curve.distractors.tolist() == [0, 1, 10, 60]
    for end in (curve, cmc):
        place = -1 if end is curve else 0
        at = (end.share[place], end.low[place], end.high[place])
        assert at == pytest.approx((first, first.low, first.high))
    assert cmc.ranks.tolist() == list(range(1, 9))
    assert found.ranks.max() > 8
    assert cmc.share[-1] == pytest.approx((found.ranks <= 8).mean())
    assert cmc.share[-1] < 1


def test_more_distractors_never_help():
    sets, strangers = people_and_strangers(200)
    curve = identify(*sets, distractors=strangers).distractor_curve(np.arange(201))
    assert (np.diff(curve.share) <= 1e-12).all()


def test_the_interval_draws_people_and_not_probes():
    sets, strangers = people_and_strangers(40)
    found = identify(*sets, distractors=strangers, draws=30, seed=5)
    curve = found.distractor_curve([40])
    right, wanted = found_by_hand(sets, strangers), sets[3]
    shares = [(m[wanted] * right).sum() / m[wanted].sum() for m in people_weights(8, 30, 5)]
    low, high = np.quantile(shares, [0.025, 0.975])
    assert (curve.low[0], curve.high[0]) == pytest.approx((low, high))


def test_a_distractor_that_ties_counts_against_the_probe():
    gallery = np.array([[3.0, 0.1, 0.7], [0, 1, 0]])
    found = identify(gallery, [0, 1], gallery[:1] * 2, [0], distractors=gallery[:1] * 5)
    assert found.rank(1) == 0
    assert found.distractor_curve([0, 1]).share.tolist() == [1, 0]


def test_distractors_in_blocks_count_as_all_at_once(monkeypatch):
    sets, strangers = people_and_strangers(300)
    whole = identify(*sets, distractors=strangers)
    monkeypatch.setattr("facelab.evaluation._ranking.BLOCK", 400)
    parts = identify(*sets, distractors=strangers)
    assert np.array_equal(parts.ranks, whole.ranks)
    assert np.array_equal(parts.ahead, whole.ahead)


def test_the_chance_stays_exact_with_a_million_distractors():
    drawn = np.array([0, 10, 500_000, 999_999, 1_000_000])
    chance = chance_unbeaten(np.array([0, 1, 2]), 1_000_000, drawn)
    left = 1 - drawn / 1e6
    assert chance[0].tolist() == [1] * 5
    assert chance[1] == pytest.approx(left, abs=1e-8)
    assert chance[2] == pytest.approx(left * (1e6 - drawn - 1) / (1e6 - 1), abs=1e-8)


def test_one_person_can_be_looked_for_among_strangers():
    sets, strangers = people_and_strangers(people=1, probes=8)
    found = identify(*sets, distractors=strangers)
    assert repr(found) == (
        "<Identification: 5 probes of 1 people among 1 in the gallery and 9 distractors>"
    )
    assert np.isnan(found.distractor_curve().low).all()


@pytest.mark.parametrize(
    ("strangers", "numbers", "words"),
    [
        (None, None, "there are no distractors; pass identify"),
        (np.ones((4, 5)), [5], r"must be in 0..4, but one is 5"),
        (np.ones((4, 5)), [-1, 2], r"must be in 0..4, but one is -1"),
        (np.ones((4, 5)), [0.5], r"whole numbers, not \[0.5\]"),
        (np.ones((4, 5)), [], "whole numbers, not"),
        (np.ones((4, 3)), None, "gallery and distractors must be equally wide, not 5 and 3"),
        (np.full((4, 5), np.nan), None, "distractors must be finite"),
        (np.ones((0, 5)), None, r"distractors must have shape \(N, D\), not \(0, 5\)"),
    ],
)
def test_distractors_that_do_not_fit_are_one_sentence(strangers, numbers, words):
    sets, _ = people_and_strangers()
    with pytest.raises(ValueError, match=words):
        identify(*sets, distractors=strangers).distractor_curve(numbers)
