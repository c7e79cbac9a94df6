"""Hard pairs: people whom a baseline finds alike, and pairs of the same person as they were."""

import tracemalloc
from itertools import combinations

import numpy as np
import pytest

from facelab.evaluation import hard_pairs, verify


def crowd(people=14, seed=0, dim=4):
    """Embeddings of unequal lengths, people with 1 to 5 images in no order, named by words."""
    rng = np.random.default_rng(seed)
    who = rng.permutation(np.repeat(np.arange(people), rng.integers(1, 6, people)))
    x = rng.standard_normal((people, dim))[who] + 0.4 * rng.standard_normal((len(who), dim))
    return x * rng.uniform(0.1, 9, (len(who), 1)), np.array([f"p{k:02}" for k in who])


def cosines_of(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    return unit @ unit.T


def by_hand(x, names, k):
    """The formula, said with loops: (a, b), most alike first, and their two closest rows."""
    cosines, people = cosines_of(x), sorted(set(names))
    rows = {p: np.flatnonzero(names == p) for p in people}
    alike = {(a, b): cosines[np.ix_(rows[a], rows[b])].max() for a in people for b in people}
    near = {a: sorted(set(people) - {a}, key=lambda b: -alike[a, b])[:k] for a in people}
    wanted = [(a, b) for a, b in combinations(people, 2) if b in near[a] or a in near[b]]
    met, taken = dict.fromkeys(people, 0), []
    for a, b in sorted(wanted, key=lambda pair: -alike[pair]):
        if max(met[a], met[b]) < k:
            met[a] += 1
            met[b] += 1
            i, j = max(((i, j) for i in rows[a] for j in rows[b]), key=lambda at: cosines[at])
            taken.append((int(i), int(j)))
    return taken


def kinds(pairs, names):
    """Pairs of the same person, and of different ones, as lists of rows."""
    first, second = pairs
    same = names[first] == names[second]
    rows = np.stack([first, second], axis=1)
    return rows[same].tolist(), [tuple(pair) for pair in rows[~same].tolist()]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 3, 50])
def test_look_alikes_are_those_of_the_formula_most_alike_first(k, seed):
    x, names = crowd(seed=seed)
    assert kinds(hard_pairs(x, names, per_person=k), names)[1] == by_hand(x, names, k)


@pytest.mark.parametrize("block", [7, 100])
def test_in_blocks_they_are_the_same(block, monkeypatch):
    x, names = crowd(30)
    whole = hard_pairs(x, names)
    monkeypatch.setattr("facelab.evaluation.look_alikes.BLOCK", block)
    assert np.array_equal(hard_pairs(x, names), whole)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_nobody_is_in_more_pairs_than_allowed_and_no_two_people_meet_twice(k):
    x, names = crowd(40, dim=2)
    alike = kinds(hard_pairs(x, names, per_person=k), names)[1]
    met = [sorted((names[i], names[j])) for i, j in alike]
    assert max(np.unique(np.ravel(met), return_counts=True)[1]) == k
    assert len({tuple(pair) for pair in met}) == len(met)


def test_all_pairs_of_the_same_person_are_there_once():
    x, names = crowd()
    same = kinds(hard_pairs(x, names), names)[0]
    wanted = [[i, j] for i, j in combinations(range(len(names)), 2) if names[i] == names[j]]
    assert sorted(map(sorted, same)) == wanted


def test_of_a_list_of_pairs_those_of_the_same_person_stay_and_the_others_are_replaced():
    x, names = crowd(people=30)
    rng = np.random.default_rng(1)
    first, second = np.triu_indices(len(names), 1)
    some = rng.permutation(len(first))[:150]
    given = first[some], second[some]
    genuine, others = kinds(given, names)
    same, alike = kinds(hard_pairs(x, names, given), names)
    assert same == genuine
    assert alike == by_hand(x, names, 3)[: len(others)]
    cut = given[0][:30], given[1][:30]
    few = len(kinds(cut, names)[1])
    assert len(kinds(hard_pairs(x, names, cut), names)[1]) == few < len(by_hand(x, names, 3))


def test_few_pairs_are_the_most_alike_and_a_draw_of_the_same_person():
    x, names = crowd(30)
    same, alike = kinds(hard_pairs(x, names, per_kind=7), names)
    assert alike == by_hand(x, names, 3)[:7]
    assert len(same) == 7
    assert same == kinds(hard_pairs(x, names, per_kind=7), names)[0]
    assert same != kinds(hard_pairs(x, names, per_kind=7, seed=1), names)[0]


def test_look_alikes_score_as_high_as_the_hardest_of_all_pairs():
    x, names = crowd(40, seed=3)
    plain, hard = verify(x, names), verify(x, names, hard_pairs(x, names))
    assert hard.auc() < plain.auc() - 0.1
    assert hard.scores[~hard.same].max() == plain.scores[~plain.same].max()
    assert np.array_equal(np.sort(hard.scores[hard.same]), np.sort(plain.scores[plain.same]))


def test_an_accuracy_on_mostly_genuine_pairs_says_what_one_answer_would_give():
    x, names = crowd(40, seed=3)
    hard = verify(x, names, hard_pairs(x, names), draws=20)
    share = hard.same.mean()
    assert share > 0.6
    assert f'always "same" gives {share:.3f}' in hard.accuracy().note


def test_where_everybody_is_equally_alike_nobody_looks_like_themselves():
    names = np.repeat(np.arange(6), 2)
    pairs = hard_pairs(np.ones((12, 3)), names, per_person=5)
    assert len(kinds(pairs, names)[0]) == 6
    assert len(kinds(pairs, names)[1]) == 15  # all there are
    assert np.array_equal(pairs, hard_pairs(np.ones((12, 3)), names, per_person=5))


def test_two_people_are_one_pair_of_look_alikes():
    names = np.array([0, 0, 1, 1])
    x = np.array([[1.0, 0], [3, 3], [0, 1], [-2, 9]])
    assert kinds(hard_pairs(x, names), names)[1] == [(1, 2)]


def test_look_alikes_of_5_000_images_need_little_memory():
    people = 2_500  # few people have many pairs of their own, which must be held
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5_000, 32))
    tracemalloc.start()
    first, _ = hard_pairs(x, np.arange(5_000) % people)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(first) > people
    assert peak < 200e6  # 353 MB where all are compared at once


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"per_person": 0}, "per_person must be a whole number of at least 1, not 0"),
        ({"per_person": 1.5}, "per_person must be a whole number of at least 1, not 1.5"),
        ({"per_person": True}, "not True"),
        ({"per_kind": 0}, "per_kind must be a whole number of at least 1, not 0"),
        ({"labels": ["a"] * 4}, "one person only: nobody can look like them"),
        ({"labels": ["a", "b", "c", "d"]}, "no pair of the same person, and both kinds"),
        ({"labels": ["a"]}, r"labels must have shape \(4,\), not \(1,\)"),
        ({"pairs": ([0], [9])}, r"row numbers in 0..3, but one is 9"),
        ({"pairs": ([0], [2])}, "no pair of the same person"),
        ({"embeddings": np.full((4, 2), np.inf)}, "embeddings must be finite"),
    ],
)
def test_what_gives_no_hard_pairs_is_one_sentence(change, words):
    given = {"embeddings": np.eye(4), "labels": ["a", "a", "b", "b"]} | change
    with pytest.raises(ValueError, match=words):
        hard_pairs(**given)


def test_a_list_of_genuine_pairs_alone_gets_no_look_alikes():
    first, second = hard_pairs(np.eye(4), ["a", "a", "b", "b"], ([0, 2], [1, 3]))
    assert (first.tolist(), second.tolist()) == ([0, 2], [1, 3])
