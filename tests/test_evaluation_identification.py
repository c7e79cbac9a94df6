"""Identification: ranks are counted against the probe, intervals are over people."""

import numpy as np
import pytest

from facelab.evaluation import identify
from facelab.evaluation.estimate import people_weights

RNG = np.random.default_rng(0)


def gallery_and_probes(people=12, images=3, probes=4, seed=0, spread=1.5):
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((people, 6))
    sets = []
    for each in (images, probes):
        labels = rng.permutation(np.repeat(np.arange(people), each))
        sets += [centers[labels] + spread * rng.standard_normal((len(labels), 6)), labels]
    return sets


def rank_by_hand(gallery, names, probe, name):
    cosines = gallery @ probe / np.linalg.norm(gallery, axis=1) / np.linalg.norm(probe)
    best = {who: cosines[names == who].max() for who in np.unique(names)}
    return 1 + sum(best[who] >= best[name] for who in best if who != name)


def test_the_rank_counts_people_and_not_images():
    gallery, names, probes, wanted = gallery_and_probes()
    found = identify(gallery, names, probes, wanted)
    expected = [rank_by_hand(gallery, names, p, n) for p, n in zip(probes, wanted, strict=True)]
    assert found.ranks.tolist() == expected
    assert max(expected) > 3


def test_probes_in_blocks_rank_as_all_at_once(monkeypatch):
    sets = gallery_and_probes()
    whole = identify(*sets).ranks
    monkeypatch.setattr("facelab.evaluation._ranking.BLOCK", 100)
    assert np.array_equal(identify(*sets).ranks, whole)


def test_the_cmc_rises_to_one_and_agrees_with_rank_k():
    found = identify(*gallery_and_probes())
    cmc = found.cmc()
    assert cmc.ranks.tolist() == list(range(1, 13))
    assert (np.diff(cmc.share) >= 0).all()
    assert cmc.share[-1] == cmc.low[-1] == 1
    for k in (1, 3, 12):
        estimate = found.rank(k)
        at = (cmc.share[k - 1], cmc.low[k - 1], cmc.high[k - 1])
        assert (estimate, estimate.low, estimate.high) == pytest.approx(at)
        assert estimate == (found.ranks <= k).mean()


def test_the_interval_draws_people_and_not_probes():
    gallery, names, probes, wanted = gallery_and_probes(probes=5)
    probes, wanted = probes[:-7], wanted[:-7]  # people with unequally many probes
    found = identify(gallery, names, probes, wanted, draws=30, seed=5)
    shares = []
    for met in people_weights(12, 30, 5):
        weights = met[wanted]
        shares.append((weights * (found.ranks <= 2)).sum() / weights.sum())
    low, high = np.quantile(shares, [0.025, 0.975])
    assert (found.rank(2).low, found.rank(2).high) == pytest.approx((low, high))


def test_equal_embeddings_cannot_win():
    same = np.ones((4, 3))
    found = identify(same, [0, 1, 2, 3], same, [0, 1, 2, 3])
    assert found.rank(1) == 0
    assert found.rank(4) == 1


def test_an_embedding_of_length_zero_ranks_last():
    gallery = np.array([[1.0, 0], [0, 1.0], [-1.0, 0.1]])
    found = identify(gallery, [0, 1, 2], np.zeros((1, 2)), [1])
    assert found.ranks.tolist() == [3]


def test_probes_of_one_person_give_a_number_without_an_interval():
    found = identify(np.eye(3), ["a", "b", "c"], np.eye(3)[:1], ["a"])
    assert found.rank(1) == 1
    assert np.isnan(found.rank(1).low)
    assert "1 people are too few" in found.rank(1).note
    assert repr(found) == "<Identification: 1 probes of 1 people among 3 in the gallery>"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.eye(2), [0, 1], np.eye(2), [0, 7]), "7 is among the probes but not in the gallery"),
        ((np.eye(2), [0, 0], np.eye(2), [0, 0]), "a gallery needs at least 2 people"),
        ((np.eye(2), [0, 1], np.eye(3), [0, 1, 1]), "equally wide, not 2 and 3"),
        ((np.eye(2), [0, 1], np.full((2, 2), np.inf), [0, 1]), "probe embeddings must be finite"),
        ((np.eye(2), [0, 1], np.eye(2), [0]), r"probe labels must have shape \(2,\), not \(1,\)"),
        ((np.eye(2), [0], np.eye(2), [0, 1]), r"gallery labels must have shape \(2,\)"),
        ((np.eye(2), ["a", "b"], np.eye(2), ["a", "z"]), "'z' is among the probes"),
    ],
)
def test_what_cannot_be_identified_is_refused_in_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words):
        identify(*arguments)


def test_a_rank_outside_the_gallery_is_refused():
    found = identify(*gallery_and_probes())
    for k in (0, 13):
        with pytest.raises(ValueError, match=rf"k must be in 1..12, not {k}"):
            found.rank(k)
