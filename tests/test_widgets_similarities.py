"""Similarities without a browser: what is sent, what is refused, and the browser's arithmetic."""

import json
import re
import threading
from typing import Any

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from py_mini_racer import MiniRacer

import facelab
from facelab import figures
from facelab.datasets import DEGRADATIONS, FaceSet, degrade
from facelab.evaluation import verify
from facelab.geometry import (
    kl_divergence,
    order_term,
    overlap_area,
    similarity_sets,
    soft_histogram,
)
from facelab.losses import build
from facelab.widgets import Similarities, _shots, _similar
from facelab.widgets._assemble import STATIC, library
from facelab.widgets._words import phrases
from facelab.widgets.similarities import BARS, KINDS

matplotlib.use("Agg")  # nothing is shown

RNG = np.random.default_rng(0)
LABELS = RNG.permutation(np.repeat(np.arange(5), [4, 3, 5, 1, 3]))
DIRECTIONS = RNG.normal(size=(5, 6))
EASY = (DIRECTIONS[LABELS] + 0.5 * RNG.normal(size=(16, 6))) * RNG.uniform(0.1, 9, (16, 1))
HARD = DIRECTIONS[LABELS] + 1.3 * RNG.normal(size=(16, 6)) + 0.8
NODES = np.linspace(-1, 1, 200)
IMAGES = RNG.integers(0, 256, (16, 20, 14), dtype=np.uint8)
FACES = FaceSet(IMAGES, LABELS, [f"p{i}" for i in range(5)], "noise", "none needed")
LOOK = RNG.normal(size=(280, 7))


def network(images: np.ndarray) -> np.ndarray:
    """(N, 20, 14) -> (N, 7)."""
    return (images.reshape(len(images), -1) - 128.0) @ LOOK


def crowd(people: int, each: int, height: int = 8, width: int = 7) -> FaceSet:
    images = RNG.integers(0, 256, (people * each, height, width), dtype=np.uint8)
    labels = np.repeat(np.arange(people), each)
    return FaceSet(images, labels, [f"p{i}" for i in range(people)], "noise", "none needed")


def means(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(float) - 127


def rows(shot: bytes, count: int, width: int, start: int = 0) -> np.ndarray:
    """Embeddings in a shot."""
    return np.frombuffer(shot, "<i2", count * width, start).reshape(count, width) / 32767


def unit(table: np.ndarray) -> np.ndarray:
    return table / np.linalg.norm(table, axis=1, keepdims=True)


def bar_of(cosine: float) -> int:
    return min(BARS - 1, int((cosine + 1) / 2 * BARS))


# ---- the sets, on paper and in training


def test_all_pairs_are_those_of_verification() -> None:
    high, low = similarity_sets(EASY, LABELS)
    scored = verify(EASY, LABELS)
    np.testing.assert_allclose(np.sort(high), np.sort(scored.scores[scored.same]), atol=1e-12)
    np.testing.assert_allclose(np.sort(low), np.sort(scored.scores[~scored.same]), atol=1e-12)


def test_the_hardest_pairs_are_those_of_the_loss() -> None:
    loss = build("ddl", 5, 6)
    high, low = loss._sets(torch.tensor(EASY), torch.tensor(LABELS), 0)
    ours = similarity_sets(EASY, LABELS, "hardest")
    np.testing.assert_allclose(np.sort(ours[0]), np.sort(high.numpy()), atol=1e-12)
    np.testing.assert_allclose(ours[1], low.numpy(), atol=1e-12)
    assert len(low) == 5


def test_one_person_has_no_pair_of_two_and_one_image_no_pair_at_all() -> None:
    for pairs in ("all", "hardest"):
        assert [len(s) for s in similarity_sets(EASY[:3], [7, 7, 7], pairs)] == [3, 0]
        assert [len(s) for s in similarity_sets(EASY[:1], [0], pairs)] == [0, 0]


def test_histograms_overlap_wholly_with_themselves_and_not_at_all_when_apart() -> None:
    p, q = np.array([0.5, 0.5, 0, 0]), np.array([0, 0, 0.25, 0.75])
    assert overlap_area(p, p) == 1
    assert overlap_area(p, q) == 0
    assert overlap_area(p, (p + q) / 2) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: similarity_sets(EASY, LABELS, "hard"), "unknown kind of pairs 'hard'; did you m"),
        (lambda: similarity_sets(EASY, LABELS[:3]), r"\(16, 6\) need one label each, not .*\(3,\)"),
        (lambda: similarity_sets(EASY[0], LABELS[:6]), "need one label each"),
        (lambda: overlap_area([1.0], [0.5, 0.5]), r"one shape, not \(1,\) and \(2,\)"),
        (lambda: overlap_area([1.5, -0.5], [0.5, 0.5]), "first must be at least 0"),
    ],
)
def test_sets_that_cannot_be_are_refused_in_one_sentence(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# ---- the browser's arithmetic


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("similar_sets"))
    context.eval("var S = $similar_sets;")
    return context


def given(js: MiniRacer, name: str, shot: bytes, count: int, width: int, start: int = 0) -> None:
    """Bring embeddings of a shot into the browser, off the even address on purpose."""
    js.eval(
        f"var {name} = S.unpack(Uint8Array.from([9, ...{list(shot)}]).subarray(1), "
        f"{start}, {count}, {width}); var labels = Uint16Array.from({LABELS.tolist()});"
    )


def ask(js: MiniRacer, expression: str) -> Any:
    plain = "(_, v) => ArrayBuffer.isView(v) ? [...v] : v"
    return json.loads(js.eval(f"JSON.stringify({expression}, {plain})"))


@pytest.fixture
def sent(js: MiniRacer) -> MiniRacer:
    view = Similarities((EASY, HARD), LABELS)
    given(js, "easy", view._easy, 16, 6)
    given(js, "hard", view._shot, 16, 6)
    return js


@pytest.mark.parametrize("pairs", ["all", "hardest"])
def test_the_browser_finds_the_same_sets(sent: MiniRacer, pairs: str) -> None:
    for name, table in (("easy", EASY), ("hard", HARD)):
        found = ask(sent, f"S.branch({name}, labels, '{pairs}')")
        high, low = similarity_sets(table, LABELS, pairs)
        for ours, theirs in ((high, found["high"]), (low, found["low"])):
            np.testing.assert_allclose(np.sort(theirs["values"]), np.sort(ours), atol=1e-4)
            assert theirs["mean"] == pytest.approx(ours.mean(), abs=1e-4)
            soft = soft_histogram(ours, NODES, 0.1)
            np.testing.assert_allclose(theirs["soft"], soft, atol=3e-5)
            assert sum(theirs["bars"]) == pytest.approx(1)
        assert found["margin"] == pytest.approx(high.mean() - low.mean(), abs=1e-4)
        both = (soft_histogram(each, NODES, 0.1) for each in (high, low))
        assert found["overlap"] == pytest.approx(overlap_area(*both), abs=1e-3)


@pytest.mark.parametrize("pairs", ["all", "hardest"])
def test_kl_and_order_in_the_browser_are_those_of_the_loss(sent: MiniRacer, pairs: str) -> None:
    branches = (f"S.branch({name}, labels, '{pairs}')" for name in ("easy", "hard"))
    found = ask(sent, f"S.compared({', '.join(branches)})")
    sets = [similarity_sets(table, LABELS, pairs) for table in (EASY, HARD)]
    for kind, name in enumerate(("high", "low")):
        teacher, student = (soft_histogram(each[kind], NODES, 0.1) for each in sets)
        assert found[name] == pytest.approx(kl_divergence(teacher, student), abs=2e-3)
    highs, lows = zip(*sets, strict=True)
    assert found["order"] == pytest.approx(order_term(highs, lows), abs=1e-3)
    if pairs == "hardest":
        weights = {"positive_weight": 1.0, "negative_weight": 1.0, "order_weight": 1.0}
        loss = build("ddl", 5, 6, nodes=200, width=0.1, **weights)
        tables, people = torch.tensor(np.concatenate([EASY, HARD])), torch.tensor(LABELS).repeat(2)
        hardness = torch.arange(2).repeat_interleave(16)
        whole = loss(tables, people, hardness).item()
        assert sum(found.values()) == pytest.approx(whole, abs=5e-3)


def test_soft_histograms_meet_for_any_cosines(js: MiniRacer) -> None:
    for values in (RNG.uniform(-1, 1, 300), [1.0], [-1.0, 1.0], [0.123456]):
        found = ask(js, f"S.soft(Float32Array.from({np.asarray(values).tolist()}))")
        np.testing.assert_allclose(found, soft_histogram(values, NODES, 0.1), atol=1e-5)


def test_bars_count_every_cosine_once(js: MiniRacer) -> None:
    values = [-1, -0.999, -0.951, -0.949, 0.001, 0.024, 0.051, 0.999, 1]
    found = ask(js, f"S.bars(Float32Array.from({values}))")
    counts = np.histogram(values, np.linspace(-1, 1, BARS + 1))[0]
    np.testing.assert_allclose(found, counts / len(values), atol=1e-9)
    assert ask(js, "S.BINS") == BARS
    assert ask(js, "[S.edge(0), S.edge(S.BINS)]") == [-1, 1]


@pytest.mark.parametrize("threshold", [-1, 0.2, 0.55, 1])
def test_accepts_at_a_threshold_are_shares_of_pairs(sent: MiniRacer, threshold: float) -> None:
    for kind, values in enumerate(similarity_sets(EASY, LABELS)):
        name = ("high", "low")[kind]
        found = ask(sent, f"S.above(S.branch(easy, labels, 'all').{name}.values, {threshold})")
        assert found == pytest.approx((values >= threshold).mean(), abs=1e-9)


def test_a_bar_holds_the_pairs_that_lie_in_it_in_an_order_of_their_own(sent: MiniRacer) -> None:
    table = unit(EASY)
    for chosen in range(BARS):
        found = ask(sent, f"S.inBar(S.pairsOf(easy, labels, 'all'), {chosen}, labels, -1)")
        low, high = np.linspace(-1, 1, BARS + 1)[chosen : chosen + 2]
        for cosine, i, j, same in found:
            assert low - 1e-6 <= cosine <= high + 1e-6
            assert cosine == pytest.approx(table[i] @ table[j], abs=1e-4)
            assert same == (LABELS[i] == LABELS[j])
    every = ask(
        sent,
        f"Array.from({{ length: {BARS} }}, (_, b) => "
        "S.inBar(S.pairsOf(easy, labels, 'all'), b, labels, -1)).flat()",
    )
    assert len({(i, j) for _, i, j, _ in every}) == 16 * 15 / 2
    fullest = max((bar for bar in range(BARS)), key=[bar_of(p[0]) for p in every].count)
    shown = [p[1:3] for p in every if bar_of(p[0]) == fullest]
    assert len(shown) > 5
    assert shown != sorted(shown), "not the first ones always"


def test_the_pairs_of_a_person_are_those_with_one_image_of_theirs(sent: MiniRacer) -> None:
    found = ask(sent, "S.chosen(S.pairsOf(easy, labels, 'all'), 0, labels, 2)")
    assert len(found) == 5 * 11
    assert len(ask(sent, "S.chosen(S.pairsOf(easy, labels, 'all'), 1, labels, 2)")) == 10
    bar = "S.binOf(S.pairsOf(easy, labels, 'all').cosines[0])"
    some = ask(sent, f"S.inBar(S.pairsOf(easy, labels, 'all'), {bar}, labels, labels[0])")
    assert len(some) > 0
    assert all(LABELS[0] in (LABELS[i], LABELS[j]) for _, i, j, _ in some)


def test_embeddings_without_a_direction_make_no_pairs(js: MiniRacer) -> None:
    spoiled = EASY.copy()
    spoiled[2, 1], spoiled[5] = np.nan, 0
    view = Similarities((spoiled, HARD), LABELS)
    assert view.notes == "2 embeddings have no direction (NaN or 0) and are left out."
    given(js, "easy", view._easy, 16, 6)
    there = np.delete(np.arange(16), [2, 5])
    for pairs in ("all", "hardest"):
        found = ask(js, f"S.branch(easy, labels, '{pairs}')")
        high, low = similarity_sets(EASY[there], LABELS[there], pairs)
        np.testing.assert_allclose(np.sort(found["high"]["values"]), np.sort(high), atol=1e-4)
        np.testing.assert_allclose(np.sort(found["low"]["values"]), np.sort(low), atol=1e-4)


def test_scripts_and_figures_count_as_the_loss_does() -> None:
    script = (STATIC / "similar_sets.js").read_text("utf-8")
    drawn = figures.similarities
    for name, value in (("BINS", drawn.BARS), ("NODES", drawn.NODES), ("SIGMA", drawn.SIGMA)):
        assert re.search(rf"const {name} = {value};", script), name
    loss = facelab.losses.describe()["ddl"]["settings"]
    assert (loss["nodes"]["teaching"], loss["width"]["teaching"]) == (drawn.NODES, drawn.SIGMA)


# ---- what is sent


def test_a_shot_holds_what_every_network_sees_and_small_faces() -> None:
    both = {"one": network, "two": lambda images: network(images)[:, :4] ** 3}
    view = Similarities(both, FACES, kind="noise", level=0.4, seed=3)
    for shot, images in ((view._easy, IMAGES), (view._shot, degrade(IMAGES, "noise", 0.4, 3))):
        np.testing.assert_allclose(rows(shot, 16, 7), unit(network(images)), atol=2e-5)
        second = unit(network(images)[:, :4] ** 3)
        np.testing.assert_allclose(rows(shot, 16, 4, 2 * 16 * 7), second, atol=2e-5)
        pixels = np.frombuffer(shot, np.uint8, offset=2 * 16 * 11).reshape(16, 20, 14)
        assert (pixels == images).all(), "small images are sent as they are"
    assert (view._widths, view._pixel_size, view._key) == ([7, 4], [20, 14], "noise 4")
    assert (np.frombuffer(view._labels, "<u2") == LABELS).all()


def test_large_faces_are_shown_small_and_gray_with_their_means() -> None:
    images = RNG.integers(0, 256, (100, 112, 92, 3), dtype=np.uint8)
    copies = _similar.small(images)
    assert copies.size <= _similar.ROOM
    assert copies.shape[1] / copies.shape[2] == pytest.approx(112 / 92, rel=0.05)
    near = images.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(copies.mean(axis=(1, 2)), near, atol=1)


def test_a_state_is_looked_at_once_and_level_0_never() -> None:
    seen: list[np.ndarray] = []

    def watched(images: np.ndarray) -> np.ndarray:
        seen.append(images)
        return network(images)

    view = Similarities(watched, FACES, level=0)
    assert len(seen) == 1
    assert view._key == "easy"
    for level in (0.3, 0.7, 0.3, 0.0, 0.7):
        view.level = level
    assert len(seen) == 3
    view.kind = "noise"
    assert view._key == "noise 7"
    assert len(seen) == 4
    assert (seen[3] == degrade(IMAGES, "noise", 0.7, 0)).all()


def test_a_level_is_answered_in_one_small_message(monkeypatch: pytest.MonkeyPatch) -> None:
    faces = crowd(40, 10, 56, 46)
    look = RNG.normal(size=(56 * 46, 64))
    view = Similarities(dict.fromkeys("ab", lambda images: means(images) @ look), faces, level=0)
    messages: list[set[str]] = []
    monkeypatch.setattr(Similarities, "send_state", lambda self, key=None: messages.append({*key}))
    view.set_state({"level": 0.2})
    whole = [keys for keys in messages if "_shot" in keys]
    assert len(whole) == 1
    assert whole[0] >= {"_shot", "_key", "_frame"}
    assert len(view._shot) <= 200_000, "400 images and two networks of 64 numbers"


def test_of_several_levels_that_wait_the_last_one_wins() -> None:
    view = Similarities(network, FACES, level=0)
    looked, held, look = threading.Event(), threading.Event(), view._shots.shot

    def late(kind: str, level: float) -> bytes:
        shot = look(kind, level)
        if level == 0.1:
            looked.set()
            held.wait(5)
        return shot

    view._shots.shot = late  # type: ignore[method-assign]
    answers = [threading.Thread(target=view.set_state, args=({"level": x},)) for x in (0.1, 0.9)]
    answers[0].start()
    assert looked.wait(5)
    answers[1].start()
    answers[1].join(0.3)
    held.set()
    for answer in answers:
        answer.join(5)
    assert (view.level, view._key) == (0.9, "resolution 9")
    expected = unit(network(degrade(IMAGES, "resolution", 0.9)))
    np.testing.assert_allclose(rows(view._shot, 16, 7), expected, atol=2e-5)


def test_what_a_network_complains_about_appears_in_the_error_line() -> None:
    def moody(images: np.ndarray) -> np.ndarray:
        if (images != IMAGES).any():
            raise RuntimeError("out of memory")
        return network(images)

    view = Similarities({"student": moody}, FACES, level=0)
    view.set_state({"level": 0.5})
    assert view.error == "student could not embed the faces: out of memory"
    view.set_state({"level": 0.0})
    assert (view.error, view._key) == ("", "easy")


def test_without_a_threshold_one_in_a_hundred_is_accepted_on_easy_faces() -> None:
    faces = crowd(30, 5)
    view = Similarities(means, faces)
    _, low = similarity_sets(means(faces.images), faces.labels)
    assert 0.005 < (low >= view.threshold).mean() <= 0.01
    assert Similarities(means, faces, threshold=0.25).threshold == 0.25


def test_of_many_images_the_first_people_are_compared() -> None:
    faces = crowd(60, 9)
    view = Similarities(means, faces, kind="noise", level=0.5)
    kept = np.frombuffer(view._labels, "<u2")
    assert kept.tolist() == np.repeat(np.arange(44), 9).tolist()
    words = "Of 540 images the 396 of the first people are compared (44 people)."
    assert view.notes == words
    hard = faces.take_people(44).degrade("noise", 0.5).images
    np.testing.assert_allclose(rows(view._shot, 396, 56), unit(means(hard)), atol=2e-5)
    assert len(view.names) == 60, "others can still be highlighted elsewhere"


@pytest.mark.parametrize(("people", "each"), [(3, 500), (1, 900), (50_000, 1)])
def test_50_000_or_a_few_with_many_images_are_thinned(people: int, each: int) -> None:
    labels = np.repeat(np.arange(people), each)
    table = RNG.normal(size=(len(labels), 3))
    view = Similarities((table, table), labels)
    kept = np.frombuffer(view._labels, "<u2")
    assert 200 <= len(kept) <= 400
    assert len(np.unique(kept)) >= min(2, people)
    np.testing.assert_allclose(rows(view._easy, len(kept), 3)[:5], unit(table[:5]), atol=1e-4)


def test_degrading_a_thinned_set_meets_the_right_images() -> None:
    faces = crowd(3, 500, 4, 4)
    view = Similarities(means, faces, kind="light", level=0.3)
    kept = np.flatnonzero((faces.labels < 2) & (np.arange(1500) % 500 < 200))
    hard = faces.take_people(2).degrade("light", 0.3).images[kept]
    np.testing.assert_allclose(rows(view._shot, 400, 16), unit(means(hard)), atol=2e-5)


def test_one_person_and_one_image_are_enough() -> None:
    for count in (1, 4):
        view = Similarities((EASY[:count], HARD[:count]), np.zeros(count, int))
        assert (view.threshold, view.notes) == (0.5, "")


def test_embeddings_may_have_2_3_or_64_numbers_and_differ_between_networks() -> None:
    tables = {str(d): (RNG.normal(size=(16, d)), RNG.normal(size=(16, d))) for d in (2, 64)}
    view = Similarities(tables, LABELS)
    assert view._widths == [2, 64]
    second = rows(view._shot, 16, 64, 2 * 16 * 2)
    np.testing.assert_allclose(second, unit(tables["64"][1]), atol=2e-5)


def test_a_page_carries_the_levels_of_its_kind_and_little_more(tmp_path: Any) -> None:
    look = RNG.normal(size=(56 * 46, 64))
    faces = crowd(10, 10, 56, 46)
    view = Similarities(dict.fromkeys("ab", lambda images: means(images) @ look), faces)
    page = view.to_html(tmp_path / "page.html").read_text("utf-8")
    content = re.search(r'id="state">(.*?)</script>', page, re.S)
    assert content is not None
    state = json.loads(content.group(1))
    keys = [f"resolution {step}" for step in range(1, 11) if step != 5]
    assert sorted(state["_keys"]) == sorted(keys)
    assert (state["_key"], len(page) < 1_700_000) == ("resolution 5", True)
    assert (view._keys, view._store) == ([], b""), "the notebook is sent nothing of it"
    view.kind = "blur"
    assert "blur 10" in view._shots.carried("blur", view._key, 10**6)
    few = view._shots.carried("blur", view._key, 3 * len(view._easy))
    assert list(few) == ["blur 10", "blur 3", "blur 7"], "the outermost and middle ones first"


# ---- the door


def test_the_kinds_are_those_of_the_datasets_and_have_words() -> None:
    assert tuple(DEGRADATIONS) == KINDS
    assert {f"similarities.{kind}" for kind in KINDS} <= set(phrases())


def test_code_and_state_bring_the_choices_back() -> None:
    view = Similarities(network, FACES, kind="light", level=0.7, threshold=0.31, pairs="hardest")
    view.person, view.bar = 2, (0, 1, 17)
    names = {"facelab": facelab, "networks": network, "faces": FACES}
    assert eval(view.code(), names).choices() == view.choices()
    again = Similarities.from_state(view.state(), network, FACES)
    assert again.choices() == view.choices()
    assert again._key == "light 7"
    assert view.bar == [0, 1, 17]


def test_tables_have_neither_kind_nor_level_to_choose() -> None:
    view = Similarities({"a": (EASY, HARD)}, FACES)
    assert view.chosen == ("threshold", "pairs", "person", "bar")
    assert (view._kinds, view._key) == ([], "given")
    with pytest.raises(ValueError, match="holds 'kind', which the view lacks"):
        view.restore(Similarities(network, FACES).state())


BOTH = {"networks": network, "faces": FACES}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"networks": {}}, ValueError, "one or two, before and after, not 0"),
        ({"networks": dict.fromkeys("abc", network)}, ValueError, "before and after, not 3"),
        ({"networks": {"a": network, "b": (EASY, HARD)}}, ValueError, "either every network"),
        ({"networks": {"a": 5}}, TypeError, "a must be a Run, a function .*, not int"),
        ({"networks": lambda i: network(i)[:3]}, ValueError, "network must have 16 embeddings"),
        ({"networks": lambda i: network(i)[0]}, ValueError, r"must have shape \(N, D\)"),
        ({"networks": lambda i: "faces"}, TypeError, "table of numbers"),
        ({"networks": (EASY, HARD[:, :4])}, ValueError, "must have 6 columns"),
        ({"networks": (EASY, HARD[:9])}, ValueError, "16 embeddings, one an image, not 9"),
        ({"faces": IMAGES}, TypeError, "a FaceSet for networks to look at"),
        ({"networks": (EASY, HARD), "faces": LABELS[:4]}, ValueError, "4 embeddings"),
        ({"networks": (EASY, HARD), "faces": LABELS / 2}, TypeError, "whole numbers"),
        ({"networks": (EASY, HARD), "faces": LABELS - 1}, ValueError, "one is -1"),
        ({"networks": (EASY, HARD), "faces": EASY}, ValueError, r"\(N,\), not \(16, 6\)"),
        ({"kind": "blurr"}, ValueError, "unknown kind 'blurr'; did you mean blur"),
        ({"pairs": "some"}, ValueError, "unknown pairs 'some'; there are: all, hardest"),
        ({"level": 0.35}, ValueError, "level must be 0, 0.1, .*, not 0.35"),
        ({"level": 1.2}, ValueError, "level must be between 0 and 1, not 1.2"),
        ({"level": "much"}, TypeError, "level must be a number, not 'much'"),
        ({"threshold": -2}, ValueError, "threshold must be between -1 and 1, not -2"),
        ({"threshold": float("nan")}, ValueError, "not nan"),
        ({"person": 5}, ValueError, r"person must be -1 \(nobody\) to 4, not 5"),
        ({"person": True}, TypeError, "whole number, not True"),
        ({"bar": 7}, TypeError, r"bar must be \[network, row, bar\] or \[\], not 7"),
        ({"bar": [0, 1]}, TypeError, r"not \[0, 1\]"),
        ({"bar": [1, 0, 3]}, ValueError, "network of bar must be 0 to 0, not 1"),
        ({"bar": [0, 2, 3]}, ValueError, "row of bar must be 0 to 1, not 2"),
        ({"bar": [0, 1, 40]}, ValueError, "bar of bar must be 0 to 39, not 40"),
    ],
)
def test_it_says_what_does_not_fit(change: dict[str, Any], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        Similarities(**(BOTH | change))


def test_a_refused_choice_leaves_the_view_as_it_was() -> None:
    view = Similarities(network, FACES)
    before = view._shot
    view.set_state({"level": 0.35})
    assert view.error.startswith("level must be")
    assert (view.level, view._shot) == (0.5, before)


def test_a_run_embeds_images_of_any_size_and_color_as_it_was_trained() -> None:
    faces = facelab.load("orl").take_people(6).per_person(3)
    options = {"epochs": 1, "backbone": "live", "height": 28, "progress": False, "device": "cpu"}
    run = facelab.train(data=faces, embedding_dim=8, **options)
    small = faces.gray().resize(28, 23)
    held = faces.split_people(0.75, 0)[1]
    np.testing.assert_allclose(run.embed(held.images), run.embeddings, atol=1e-5)
    color = np.repeat(small.images[..., None], 3, axis=3)
    np.testing.assert_allclose(run.embed(color), run.embed(small.images), atol=1e-5)
    view = Similarities(run, faces)
    assert view._titles == ["arcface"]
    np.testing.assert_allclose(rows(view._easy, 18, 8), unit(run.embed(faces.images)), atol=1e-4)
    with pytest.raises(TypeError, match="uint8, 0 to 255, not float64"):
        run.embed(held.images / 255)


# ---- the figure


@pytest.fixture
def ax() -> Any:
    return Figure().add_subplot()


def test_the_figure_draws_the_soft_histograms_of_the_loss(ax: Any) -> None:
    assert figures.similarity_histograms(EASY, HARD, LABELS, ax, threshold=0.4, title="both") is ax
    curves = [line for line in ax.lines if len(line.get_xdata()) == 200]
    sets = [similarity_sets(table, LABELS) for table in (EASY, HARD)]
    wanted = [(up, both[kind]) for up, both in ((1, sets[0]), (-1, sets[1])) for kind in (1, 0)]
    for line, (up, values) in zip(curves, wanted, strict=True):
        drawn = np.asarray(line.get_ydata()) * up * BARS / 199
        np.testing.assert_allclose(drawn, soft_histogram(values, NODES, 0.1), atol=1e-12)
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(dots, [values.mean() for _, values in wanted])
    tar, far = ((values >= 0.4).mean() for values in sets[1])
    margin = sets[1][0].mean() - sets[1][1].mean()
    said = f"hard: margin {margin:.2f}, TAR {tar:.0%}, FAR {far:.1%} from 0.40 on"
    assert ax.texts[1].get_text() == said
    teacher, student = (soft_histogram(both[0], NODES, 0.1) for both in sets)
    assert f"KL of one person {kl_divergence(teacher, student):.2f}" in ax.get_title()
    assert ax.get_title().startswith("both: ")


def test_the_bars_of_the_figure_are_shares_that_sum_to_one(ax: Any) -> None:
    figures.similarity_histograms(EASY, HARD, LABELS, ax, pairs="hardest")
    sums = [patch.get_data().values.sum() for patch in ax.patches if hasattr(patch, "get_data")]
    np.testing.assert_allclose(sums, [1, 1, -1, -1])
    assert ax.texts[0].get_text().startswith("easy: margin")
    assert "TAR" not in ax.texts[0].get_text()


def test_a_figure_of_one_kind_only_is_refused(ax: Any) -> None:
    with pytest.raises(ValueError, match="no pair of two people"):
        figures.similarity_histograms(EASY[:3], HARD[:3], [1, 1, 1], ax)
    with pytest.raises(ValueError, match="no pair of one person"):
        figures.similarity_histograms(EASY[:3], HARD[:3], [0, 1, 2], ax)


def test_the_key_of_a_state_is_its_kind_and_step() -> None:
    shots = _shots.Shots(network, FACES)
    keys = [shots.key("blur", level) for level in (0, 0.1, 0.3, 0.7, 1)]
    assert keys == ["easy", "blur 1", "blur 3", "blur 7", "blur 10"]
