"""Claims re-staged: the verdict follows from the interval, and nothing else decides it."""

import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import facelab
from facelab import backbones, geometry, losses
from facelab.evaluation import mean_over_runs
from facelab.experiments import _checkpoint
from facelab.experiments.reproduce import (
    CLAIMS,
    STORE,
    _measures,
    _trials,
    fingerprint,
    normface,
    sv_softmax,
)
from facelab.experiments.reproduce._claim import ORL, Claim, Way, sketched, verdict
from facelab.experiments.reproduce._finding import Finding, from_json
from facelab.experiments.reproduce._measures import verification
from facelab.experiments.reproduce._trials import Trial, changed
from facelab.figures import over_epochs, pairs

REPO = Path(__file__).parents[1]
OWN = '''"""One network beats another. It is not so.

Source: nobody, arXiv:0000.00000, table 1.

Here: two losses on a few sketched
faces.
"""


def decides(runs):
    """AUC of the first
    minus AUC of the second.
    """
    # a thought
    return runs["first"]["auc"] - runs["second"]["auc"]
'''
TINY = {"epochs": 2, "embedding_dim": 8, "backbone": "live", "height": 28, "augment": False}
QUIET = {"jobs": 1, "device": "cpu", "progress": False}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module with a claim's words and its `decides`; gives a function that loads it anew."""

    def load(text=OWN):
        file = tmp_path / "own_claim.py"
        file.write_text(text)
        spec = importlib.util.spec_from_file_location("own_claim", file)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(__import__("sys").modules, "own_claim", module)
        spec.loader.exec_module(module)
        return claim(module)

    return load


def claim(module, **more):
    ways = {"first": Way("normface"), "second": Way("normface", {"scale": 2.0})}
    return Claim(
        "own_claim",
        ways=ways,
        measure=verification,
        decides=module.decides,
        shown={"auc": "AUC"},
        people=sketched(12, 4, size=(28, 24)),
        seeds=3,
        options=TINY,
        **more,
    )


def simulated(claim, differences, fresh=True):
    """A finding whose runs differ by given numbers."""
    people = replace(claim.people, fresh=fresh)
    trials = [
        Trial(way, seed, seed, {"auc": 0.5 + d * (way == "first")}, 1.0)
        for seed, d in enumerate(differences)
        for way in ("first", "second")
    ]
    return Finding(replace(claim, people=people), trials, (9, 3), {})


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([0.1, 0.12, 0.09, 0.11], "seen"),
        ([-0.1, -0.12, -0.09, -0.11], "opposite"),
        ([0.1, -0.12, 0.09, -0.11], "not seen"),
        ([0.3, 0.0, 0.1, -0.1], "not seen"),  # above 0, but not surely
        ([0.1], "not seen"),  # one run has no interval
        ([0.1, 0.1, 0.1], "not seen"),
        ([0.1, np.nan, 0.11], "not seen"),
    ],
)
def test_the_side_on_which_the_whole_interval_lies_is_the_verdict(own, differences, expected):
    found = simulated(own(), differences)
    assert found.verdict == expected
    assert found.sentence.startswith(f"{expected.capitalize()} at this scale. AUC of the first")
    assert len(expected.split()) <= 3
    assert "nan" not in found.sentence.replace("gave no number", "")
    assert expected in repr(found).lower()


def test_the_interval_is_that_of_paired_runs_and_narrower_for_people_of_their_own(own):
    differences = [0.05, 0.01, 0.03, 0.0, 0.04]
    same, fresh = (simulated(own(), differences, fresh) for fresh in (False, True))
    by_hand = mean_over_runs(differences, range(5), ratio=3 / 9)
    assert same.mean.estimate.low == pytest.approx(by_hand.estimate.low)
    assert same.mean.p == pytest.approx(by_hand.p)
    reach = 2.7764451 * np.std(differences, ddof=1) / np.sqrt(5)  # the plain t interval
    assert fresh.mean.estimate.high - np.mean(differences) == pytest.approx(reach)
    assert (same.verdict, fresh.verdict) == ("not seen", "seen")
    assert verdict(by_hand.estimate) == "not seen"


def test_seeds_are_paired_whatever_the_order_of_the_runs(own):
    found = simulated(own(), [0.3, 0.1, 0.2])
    shuffled = replace(found, trials=[found.trials[k] for k in (5, 0, 3, 2, 4, 1)])
    assert sorted(shuffled.differences) == pytest.approx([0.1, 0.2, 0.3])
    assert shuffled.mean.estimate == pytest.approx(found.mean.estimate)


def test_a_claim_says_in_words_what_it_claims_where_and_what_is_trained(own):
    found = own()
    assert found.name == "own_claim"
    assert found.sentence == "One network beats another. It is not so."
    assert found.source == "nobody, arXiv:0000.00000, table 1."
    assert found.here == "two losses on a few sketched faces."
    assert found.number == "AUC of the first minus AUC of the second"
    with pytest.raises(ValueError, match="no paragraph that begins 'Here:'"):
        _ = own(OWN.replace("Here:", "There:")).here


def test_words_leave_the_fingerprint_as_it_is_and_all_else_changes_it(own, monkeypatch):
    first = fingerprint(own())
    assert fingerprint(own(OWN.replace("beats", "does not beat").replace("minus", "less"))) == first
    assert fingerprint(own(OWN + "\n\n\ndef draw(finding, ax=None):\n    return ax\n")) == first
    helper = "from facelab.experiments.reproduce._measures import training\n"
    with_helper = fingerprint(own(OWN + helper))
    assert fingerprint(own(OWN + helper.replace("training", "draw_training"))) != with_helper
    monkeypatch.setattr(_measures, "training", verification)
    assert fingerprint(own(OWN + helper)) != with_helper
    assert fingerprint(own(OWN.replace('["auc"] -', '["eer"] -'))) != first
    assert fingerprint(replace(own(), seeds=4)) != first
    assert fingerprint(replace(own(), people=sketched(13, 4, size=(28, 24)))) != first
    assert fingerprint(replace(own(), people=ORL)) != first
    assert fingerprint(replace(own(), options=TINY | {"epochs": 3})) != first
    other = own().ways | {"second": Way("normface", {"scale": 3.0})}
    assert fingerprint(replace(own(), ways=other)) != first
    with monkeypatch.context() as patch:
        patch.setattr(backbones.nn, "ReLU", torch.nn.SiLU)
        assert fingerprint(own()) != first
    assert fingerprint(own()) == first
    slider = losses.LOSSES["normface"].settings["scale"]
    changed_default = {"scale": replace(slider, teaching=17.0)}
    monkeypatch.setattr(losses.LOSSES["normface"], "settings", changed_default)
    assert fingerprint(own()) != first


def test_the_same_people_are_trained_on_changed_and_the_tested_stay_as_they_are():
    faces = facelab.load("sketch", people=8, images=3, size=(16, 14))
    way = Way(
        "softmax", trained_on=lambda part, split: part.per_person(2, split).degrade("noise", 1)
    )
    other = changed(faces, way, split=5, fraction=0.5)
    assert other.names == faces.names
    seen, held_out = faces.split_people(0.5, 5)
    seen_now, held_out_now = other.split_people(0.5, 5)
    assert seen_now.people() == dict.fromkeys(seen.names, 2)
    assert not np.isin(seen_now.images.mean((1, 2)), seen.images.mean((1, 2))).any()
    assert np.array_equal(held_out_now.images, held_out.images)
    assert np.array_equal(held_out_now.labels, held_out.labels)
    assert changed(faces, Way("softmax"), 5, 0.5) is faces
    fewer = Way("softmax", trained_on=lambda part, _: part.take_people(3))
    with pytest.raises(ValueError, match="4 people were trained on, 3 are left"):
        changed(faces, fewer, 5, 0.5)


def test_every_seed_has_people_of_its_own_and_the_ways_share_them(own, tmp_path):
    tasks = _trials.plan(own(), [0, 1], {**_defaults(), **TINY}, tmp_path / "new")
    assert [(t.way, t.config["seed"], t.config["split"]) for t in tasks] == [
        ("first", 0, 0),
        ("second", 0, 0),
        ("first", 1, 1),
        ("second", 1, 1),
    ]
    marks = [task.config["fingerprint"] for task in tasks]
    assert marks[0] == marks[1] != marks[2] == marks[3]
    assert not (tmp_path / "new").exists()
    assert {t.config["settings"]["scale"] for t in tasks if t.way == "second"} == {2.0}
    assert ORL.draw(0).num_people == 40
    assert not ORL.fresh


def _defaults():
    from facelab.experiments._wanted import read_options

    return read_options({"device": "cpu"})


@pytest.fixture
def kept(own, tmp_path):
    return facelab.reproduce(own(), tmp_path / "out", **QUIET), tmp_path / "out"


def test_it_trains_every_way_from_every_seed_and_measures_people_never_seen(kept):
    found, out = kept
    assert len(found.trials) == 6
    assert found.pairs == [(0, 0), (1, 1), (2, 2)]
    assert found.people == (9, 3)
    run = facelab.open_run(next((out / "own_claim").glob("second*seed1")))
    trial = next(t for t in found.trials if (t.way, t.seed) == ("second", 1))
    assert trial.numbers["auc"] == run.results["verification"]["auc"]["value"]
    assert run.config["settings"]["scale"] == 2.0
    first, second = found.values("first", "auc"), found.values("second", "auc")
    assert found.differences == pytest.approx(first - second)
    page = (out / "own_claim" / "finding.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert found.verdict.capitalize() in page


def test_what_is_measured_sees_the_faces_of_the_people_never_seen(own):
    met = []

    def measure(run, held_out):
        met.append((run.names, held_out.names, len(held_out)))
        return verification(run, held_out)

    facelab.reproduce(replace(own(), measure=measure), seeds=1, **QUIET)
    assert len(met) == 2
    assert all(names == theirs and images == 12 for names, theirs, images in met)


def test_what_was_interrupted_goes_on_and_ends_with_the_same_numbers(
    kept, own, tmp_path, monkeypatch
):
    found, _ = kept
    write, epochs = _checkpoint.write, []

    def stop(*arguments):
        write(*arguments)
        epochs.append(1)
        if len(epochs) == 5:  # the third run, after one of two epochs
            raise KeyboardInterrupt

    monkeypatch.setattr(_checkpoint, "write", stop)
    with pytest.raises(KeyboardInterrupt):
        facelab.reproduce(own(), tmp_path / "b", **QUIET)
    assert len(list((tmp_path / "b").rglob("results.json"))) == 2
    again = facelab.reproduce(own(), tmp_path / "b", **QUIET)
    assert len(epochs) == 12
    assert [t.numbers for t in again.trials] == [t.numbers for t in found.trials]
    assert again.sentence == found.sentence


def test_what_is_finished_is_read_and_other_runs_are_refused(kept, own, monkeypatch):
    found, out = kept
    monkeypatch.setattr(_trials, "carry_out", lambda *a, **k: pytest.fail("trained again"))
    again = facelab.reproduce(own(), out, **QUIET)
    assert [t.numbers for t in again.trials] == [t.numbers for t in found.trials]
    with pytest.raises(FileExistsError, match="a finished run with epochs = 2, not 3"):
        facelab.reproduce(own(), out, epochs=3, **QUIET)


def test_a_run_that_fails_leaves_the_verdict_open_and_says_why(own, monkeypatch):
    carry_out = _trials.carry_out

    def fail(config, *rest, **more):
        if config["settings"]["scale"] == 2.0 and config["seed"] == 1:
            raise FloatingPointError("the loss became nan in epoch 1")
        return carry_out(config, *rest, **more)

    monkeypatch.setattr(_trials, "carry_out", fail)
    found = facelab.reproduce(own(), **QUIET)
    assert found.verdict == "not seen"
    assert "a run gave no number" in found.sentence
    assert "second, seed 1: the loss became nan in epoch 1" in repr(found)
    assert "no number from 1 of 3 seeds" in repr(found)
    found._repr_html_()


def test_what_was_asked_for_otherwise_is_said(own):
    found = facelab.reproduce(own(), seeds=[4, 9], epochs=1, people=8, **QUIET)
    assert found.pairs == [(4, 4), (9, 9)]
    assert found.people == (6, 2)
    assert "Asked for: seeds = [4, 9], epochs = 1, people = 8." in found.sentence


def test_a_stored_finding_says_the_same_without_training(kept):
    found, _ = kept
    back = from_json(found.claim, json.loads(json.dumps(found.as_json())))
    assert back.sentence == found.sentence
    assert back.table().equals(found.table())
    assert back.as_json() == found.as_json()
    assert 'facelab.reproduce("own_claim") trains it anew' in repr(back)
    assert "trains it anew" in back._repr_html_()
    assert "trains it anew" not in repr(found)
    lost = replace(
        found, trials=[replace(found.trials[0], numbers={}, failed="why"), *found.trials[1:]]
    )
    again = from_json(found.claim, json.loads(json.dumps(lost.as_json(), allow_nan=False)))
    assert again.verdict == "not seen"
    assert again.sentence == lost.sentence


BAD = {
    "unknown claim": ({"name": "normfase"}, "unknown claim 'normfase'; did you mean normface"),
    "no seeds": ({"seeds": 0}, "seeds must be at least 1"),
    "no epochs": ({"epochs": 0}, "epochs must be at least 1"),
    "too many people": ({"people": 50}, "50 people were asked for, but this set has 40"),
    "too few people": ({"people": 2}, "at least 4 people"),
    "no jobs": ({"jobs": 0}, "jobs must be a whole number"),
    "unknown device": ({"device": "gpu"}, "gpu"),
}


@pytest.mark.parametrize(("options", "sentence"), BAD.values(), ids=BAD)
def test_what_is_not_allowed_is_one_sentence_and_nothing_is_written(options, sentence, tmp_path):
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        facelab.reproduce(**{"name": "normface", "out": tmp_path / "new"} | options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_every_file_of_the_folder_is_a_claim_and_has_its_line():
    files = {path.stem for path in STORE.parent.glob("*.py") if not path.stem.startswith("_")}
    assert files == set(CLAIMS)
    assert [c.name for c in CLAIMS.values()] == list(CLAIMS)


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_says_paper_setting_and_number_and_decides_by_what_it_measures(name):
    claim = CLAIMS[name]
    assert claim.sentence.endswith(".")
    assert claim.sentence.count("\n") == 0
    assert re.search(r"(arXiv:\d{4}\.\d{5}|[A-Z]\w+.* \d{4})", claim.source)
    assert len(claim.here) > 100
    assert claim.number
    assert len(claim.ways) >= 2
    assert set(losses.LOSSES) >= {way.loss for way in claim.ways.values()}


BETTER = {  # way on the side of the claim, and the other one
    "normface": ("s = 16", "s = 1"),
    "sphereface": ("lambda fades to 5", "lambda = 0"),
    "cosface": ("cosface", "softmax"),
    "arcface": ("arcface", "softmax"),
    "sv_softmax": ("t = 1.2", "t = 1"),
}


@pytest.mark.parametrize(("name", "ways"), BETTER.items(), ids=BETTER)
def test_above_zero_is_the_side_of_the_claim(name, ways):
    good, bad = {"auc": 0.9, "tar@1e-2": 0.9}, {"auc": 0.6, "tar@1e-2": 0.6}
    numbers = {way: {"auc": 0.1, "tar@1e-2": 0.1} for way in CLAIMS[name].ways}
    better, other = ways
    assert CLAIMS[name].decides(numbers | {better: good, other: bad}) == pytest.approx(0.3)


def test_the_bound_of_normface_is_that_of_geometry_and_no_run_can_pass_it():
    for scale, people in ((1.0, 30), (16.0, 30), (4.0, 9)):
        by_geometry = float(geometry.normface_lower_bound(scale, people))
        assert normface.bound(scale, people) == pytest.approx(by_geometry)
    simplex = torch.eye(9, dtype=torch.float64) - 1 / 9
    best = losses.NormFace(9, 9, scale=4.0).double()
    best.weight.data = simplex
    assert best(simplex, torch.arange(9)).item() == pytest.approx(normface.bound(4.0, 9))


def test_an_image_has_a_support_vector_where_a_wrong_center_is_nearer_than_its_own():
    run = facelab.train("sv_softmax", t=1.2, people=8, **TINY, device="cpu", progress=False)
    found = sv_softmax.measure(run, run.faces()[1])
    nearest = [row["accuracy"] for row in run.metrics]
    assert found["support"] == pytest.approx([1 - share for share in nearest])
    assert found["mean support"] == pytest.approx(1 - np.mean(nearest))
    assert found["auc"] == run.results["verification"]["auc"]["value"]


def test_figures_take_numbers_and_give_axes_back():
    ax = pairs({"a": [1, 2, 3], "b": [2, 2, 5]}, ylabel="x")
    assert [list(line.get_ydata()) for line in ax.lines[:3]] == [[1, 2], [2, 2], [3, 5]]
    assert list(ax.lines[3].get_ydata()) == [2, 3]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b"]
    with pytest.raises(ValueError, match="lists of one length"):
        pairs({"a": [1, 2], "b": [1]})
    ax = over_epochs({"a": [3, 2], "b": [1, 0]}, floors={"b": -1.0})
    assert [list(line.get_xdata()) for line in ax.lines[:2]] == [[1, 2], [1, 2]]
    assert ax.lines[2].get_ydata()[0] == -1.0
    assert ax.lines[2].get_color() == ax.lines[1].get_color()
    with pytest.raises(ValueError, match="nothing to draw"):
        over_epochs({})
