"""Claims about where embeddings stand: what is measured, with what it is compared, what decides."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import facelab
from facelab import geometry
from facelab.experiments.reproduce import (
    _spread,
    _trials,
    ddl,
    ddl_margin,
    ddl_teacher,
    elasticface,
    elasticface_official,
    elasticface_plus,
    marginal,
    mml,
    mml_angles,
    mml_margin,
    sphereface2,
    sphereface2_noise,
)
from facelab.experiments.reproduce import range as range_loss
from facelab.experiments.reproduce._claim import Way, sketched
from facelab.experiments.reproduce._further import Further, take_over
from facelab.figures import own_thresholds, ridges
from facelab.losses import Center, Softmax, trainable

TINY = {"epochs": 2, "embedding_dim": 8, "backbone": "live", "height": 28, "augment": False}
OURS = {
    module.CLAIM.name: module
    for module in (
        elasticface,
        elasticface_plus,
        elasticface_official,
        sphereface2,
        sphereface2_noise,
        mml,
        mml_angles,
        mml_margin,
        marginal,
        range_loss,
        ddl,
        ddl_margin,
        ddl_teacher,
    )
}


@pytest.fixture(scope="module")
def table():
    """Embeddings of seven people, of very different lengths."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(7), (2, 3, 4, 5, 6, 2, 3))
    rows = rng.normal(size=(7, 5))[labels] + 0.4 * rng.normal(size=(len(labels), 5))
    return rows * rng.uniform(0.5, 4, (len(labels), 1)), labels


def test_people_are_spread_as_geometry_says(table):
    rows, labels = table
    centers = geometry.class_means(rows, labels)
    assert np.allclose(_spread.means(rows, labels), centers)
    assert np.allclose(_spread.nearest(centers), np.nanmin(geometry.center_gaps(centers), axis=1))
    assert np.allclose(_spread.nearest_angle(centers), geometry.nearest_center(centers)[0])
    directions = geometry.class_means(geometry.unit(rows), labels)
    angles = geometry.angles_to_own_center(rows, directions, labels)
    assert np.allclose(_spread.within(rows, labels), angles)
    for ours, theirs in zip(
        _spread.pairs_of(rows, labels), geometry.similarity_sets(rows, labels), strict=True
    ):
        assert np.allclose(np.sort(ours), np.sort(theirs))


def test_fifty_quantiles_keep_mean_and_spread():
    values = np.random.default_rng(1).normal(3, 2, 4000)
    kept = _spread.quantiles(values)
    assert len(kept) == 50
    assert np.mean(kept) == pytest.approx(values.mean(), abs=0.02)
    assert np.std(kept) == pytest.approx(values.std(), rel=0.05)


def test_thresholds_are_those_of_single_loops(table):
    rows, labels = table
    found, cosines = sphereface2.thresholds(rows, labels), geometry.unit(rows)
    own, tars, rest = [], [], []
    for person in range(7):
        mine, others = cosines[labels == person], cosines[labels != person]
        strangers = (mine @ others.T).ravel()
        own.append(np.quantile(strangers, 0.99))
        rest.extend(strangers)
        pairs = [float(a @ b) for i, a in enumerate(mine) for b in mine[:i]]
        tars.append([np.mean(pairs >= own[-1]), pairs])
    shared = np.quantile(rest, 0.99)
    assert found["own"] == pytest.approx(own)
    assert found["shared"] == pytest.approx(shared)
    assert found["tar_own"] == pytest.approx(np.mean([t for t, _ in tars]))
    assert found["tar_shared"] == pytest.approx(np.mean([np.mean(p >= shared) for _, p in tars]))
    assert found["cost"] == pytest.approx(found["tar_own"] - found["tar_shared"])


def test_one_threshold_costs_nothing_where_all_people_are_alike_and_much_where_they_are_not():
    corners, labels = np.repeat(np.eye(6), 2, axis=0), np.repeat(np.arange(6), 2)
    even = sphereface2.thresholds(corners + 0.1 * np.tile(np.eye(2, 6), (6, 1)), labels)
    assert even["cost"] == pytest.approx(0, abs=1e-9)
    turn = np.deg2rad([0, 10, 12, 22, 120, 170, 240, 290])  # two look alike, two differ by day
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    uneven = sphereface2.thresholds(circle, np.repeat(np.arange(4), 2))
    assert uneven["own"][0] > 0.9 > 0.5 > uneven["own"][2]
    assert uneven["tar_shared"] < uneven["tar_own"]
    assert uneven["uneven"] > even["uneven"]


BETTER, WORSE = {"tar@1e-2": 0.9, "auc": 0.9}, {"tar@1e-2": 0.7, "auc": 0.7}
SIDES = {  # name -> numbers with which the claim holds, and by how much
    "elasticface": ({"ElasticFace": BETTER, "ArcFace": WORSE}, 0.2),
    "elasticface_plus": ({"plain": {"fit_spread": 5.0}, "plus": {"fit_spread": 4.0}}, 1),
    "elasticface_official": (
        {"as in the code": {"fit_spread": 5.0}, "as in the paper": {"fit_spread": 4.5}},
        0.5,
    ),
    "sphereface2": ({"CosFace": {"cost": 0.3}, "SphereFace2": {"cost": 0.1}}, 0.2),
    "sphereface2_noise": (
        {
            "CosFace, right labels": {"auc": 0.9},
            "CosFace, 40 % wrong": {"auc": 0.7},
            "SphereFace2, right labels": {"auc": 0.8},
            "SphereFace2, 40 % wrong": {"auc": 0.75},
        },
        0.15,
    ),
    "mml": ({"then MML": {"near": 300.0}, "then center loss": {"near": 200.0}}, 100),
    "mml_angles": ({"then MML": {"angle": 50.0}, "then center loss": {"angle": 45.0}}, 5),
    "mml_margin": (
        {f"M = {m}": {"loss": loss} for m, loss in ((0, 0.5), (70, 0.1), (280, 0.3), (1120, 0.4))},
        0.1,
    ),
    "marginal": ({"MML": BETTER, "marginal": WORSE}, 0.2),
    "range": ({"MML": BETTER, "range": WORSE}, 0.2),
    "ddl": ({"then distillation": {"tar_hard": 0.8}, "then without": {"tar_hard": 0.5}}, 0.3),
    "ddl_margin": (
        {"then distillation": {"margin_hard": 0.8}, "then without": {"margin_hard": 0.5}},
        0.3,
    ),
    "ddl_teacher": ({"then distillation": {"tar_easy": 0.8}, "ArcFace": {"tar_easy": 0.8}}, 0.02),
}


@pytest.mark.parametrize("name", OURS)
def test_what_decides_is_above_0_on_the_side_of_the_claim(name):
    numbers, expected = SIDES[name]
    claim = OURS[name].CLAIM
    assert set(numbers) <= set(claim.ways)
    assert claim.decides(numbers) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["elasticface_plus", "elasticface_official", "ddl", "mml"])
def test_the_rivals_differ_in_one_thing_only(name):
    ways = OURS[name].CLAIM.ways
    one, other = list(ways.values())[-2:]
    assert one.loss == other.loss
    assert one.trained_on is other.trained_on
    if name.startswith("elastic"):
        defaults = {"plus": False, "assignment": "paper"}
        told = [defaults | dict(way.settings) for way in (one, other)]
        assert sum(told[0][key] != told[1][key] for key in told[0]) == 1
    else:
        assert (one.then.share, one.then.slower) == (other.then.share, other.then.slower)


def parted(split=3, people=8, way=None):
    faces = sketched(people, 4, size=(28, 24)).draw(split)
    faces = faces if way is None else _trials.changed(faces, way, split, 0.5)
    return faces.split_people(0.5, split)


def trained(loss, **settings):
    faces = sketched(8, 4, size=(28, 24)).draw(3)
    return facelab.train(
        loss, faces, seed=3, fraction=0.5, progress=False, device="cpu", **TINY, **settings
    )


def weights(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_second_stage_begins_where_the_first_ended_and_leaves_it_as_it_is(monkeypatch):
    from facelab.experiments.reproduce import _further

    run, seen = trained("center"), {}
    before, learn = (weights(run.backbone), weights(run.loss)), _further.learn

    def watch(config, faces, backbone, loss, *rest):
        seen.update(config=config, backbone=weights(backbone), loss=weights(loss))
        return learn(config, faces, backbone, loss, *rest)

    monkeypatch.setattr(_further, "learn", watch)
    after = Further("mml", {"margin": 70.0}, share=1.5, slower=0.1)(run, parted())
    assert same(seen["backbone"], before[0])
    assert torch.equal(seen["loss"]["losses.0.weight"], before[1]["losses.0.weight"])
    for centers in ("losses.1.centers", "losses.2.places"):
        assert torch.equal(seen["loss"][centers], before[1]["losses.1.centers"])
    assert seen["config"]["epochs"] == 3
    assert seen["config"]["learning_rate"] == pytest.approx(3e-4)
    assert seen["config"]["settings"]["margin"] == 70.0
    assert same(weights(run.backbone), before[0])
    assert same(weights(run.loss), before[1])
    assert not same(weights(after.backbone), before[0])
    assert [row["epoch"] for row in after.metrics] == [1, 2, 3, 4, 5]
    assert [row["seconds"] for row in after.metrics] == sorted(r["seconds"] for r in after.metrics)
    assert len(run.metrics) == 2
    assert not np.array_equal(after.embeddings, run.embeddings)


def test_the_second_stage_repeats_itself():
    run = trained("arcface")
    one, other = (Further("ddl")(run, parted()) for _ in range(2))
    assert one.results == other.results


def test_what_a_loss_does_not_know_of_the_one_before_stays_as_it_was():
    old = trainable("cosface", 5, 4)
    new = trainable("mml", 5, 4)
    before = weights(new)
    take_over(old, new)
    assert same(weights(new), before)
    plain = Softmax(5, 4)
    take_over(plain, new)
    assert torch.equal(new.losses[0].weight, plain.weight)
    alone = 1.0 * Center(5, 4)
    take_over(new, alone)
    assert torch.equal(alone.losses[0].centers, new.losses[1].centers)


def test_distillation_without_weight_is_training_on_without_it():
    run = trained("arcface")
    nothing = {"positive_weight": 0.0, "negative_weight": 0.0, "order_weight": 0.0}
    without, zero, full = (
        Further("ddl", settings)(run, parted()) for settings in ({"beside": 0.0}, nothing, {})
    )
    assert np.allclose(without.embeddings, zero.embeddings, atol=1e-5)
    assert not np.allclose(without.embeddings, full.embeddings, atol=1e-3)


def test_hard_faces_have_a_quarter_of_the_pixels_and_level_0_is_the_easy_ones(monkeypatch):
    run, (_, held_out) = trained("arcface"), parted()
    big = facelab.load("sketch", people=2, images=2, size=(64, 48))
    hard = big.degrade("resolution", ddl.COARSER).images.astype(float)
    four = torch.as_tensor(big.images)[:, None].float()
    expected = facelab.training.coarsen(four, 4.0)[:, 0].numpy()
    assert np.abs(hard - expected).max() < 1.01
    far = ddl.measure(run, held_out)
    assert far["margin_hard"] < far["margin_easy"]
    monkeypatch.setattr(ddl, "COARSER", 0.0)
    near = ddl.measure(run, held_out)
    assert near["margin_hard"] == pytest.approx(near["margin_easy"])
    assert near["tar_hard"] == near["tar_easy"]
    assert near["far_hard"] == pytest.approx(0.01, abs=0.005)
    one, two = geometry.similarity_sets(run.embeddings, run.labels)
    assert near["margin_easy"] == pytest.approx(one.mean() - two.mean())
    assert near["tar_easy"] == pytest.approx((one >= np.quantile(two, 0.99)).mean())


def test_wrong_labels_and_long_tails_are_for_those_trained_on_alone():
    seen, held_out = parted(people=20)
    wrong, still = parted(people=20, way=Way("cosface", trained_on=sphereface2_noise.mislabeled))
    images = {image.tobytes(): label for image, label in zip(seen.images, seen.labels, strict=True)}
    moved = [images[i.tobytes()] != k for i, k in zip(wrong.images, wrong.labels, strict=True)]
    assert sum(moved) == round(0.4 * len(seen))
    fewer, also = parted(people=20, way=Way("softmax", trained_on=mml.long_tail))
    counts = np.sort(np.bincount(fewer.labels))[::-1]
    assert counts.tolist() == [4] + [2] * 9
    for part in (still, also):
        assert np.array_equal(part.images, held_out.images)
        assert np.array_equal(part.labels, held_out.labels)


def test_people_trained_on_are_measured_at_their_means(table):
    rows, labels = table
    run = trained("softmax")
    arrays = run.arrays | {"train_embeddings": rows, "train_labels": labels}
    numbers = mml.measure(replace(run, arrays=arrays), None)
    centers = geometry.class_means(rows, labels)
    near = np.nanmin(geometry.center_gaps(centers), axis=1)
    angle = np.rad2deg(geometry.nearest_center(centers)[0])
    rare = [0, 1, 5, 6]  # two or three images
    assert numbers["nearest"] == pytest.approx(near.tolist())
    assert numbers["near"] == pytest.approx(near.mean())
    assert numbers["near_rare"] == pytest.approx(near[rare].mean())
    assert numbers["angle"] == pytest.approx(angle.mean())
    assert numbers["angle_rare"] == pytest.approx(angle[rare].mean())
    assert numbers["closer"] == np.mean(near < 280)
    numbers = elasticface.measure(replace(run, arrays=arrays), None)
    angles = np.rad2deg(_spread.within(rows, labels))
    assert numbers["fit_within"] == pytest.approx(angles.mean())
    assert numbers["fit_spread"] == pytest.approx(angles.std())
    assert numbers["within"] != numbers["fit_within"]


def test_ridges_stand_in_rows_to_one_scale_with_a_mark_at_each_mean():
    sets = {"a": {"x": [0.0, 0.0, 4.0], "y": [1.0]}, "b": {"x": [2.0, 3.0], "y": [3.0, 1.0]}}
    ax = ridges(sets, xlabel="what", mark=2.5)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]
    heights = [patch.get_data() for patch in ax.patches]
    bases = [float(data.baseline) for data in heights]
    assert bases == [1, 1, 1, 1, 0, 0, 0, 0]
    assert max(data.values.max() - data.baseline for data in heights) == pytest.approx(0.8)
    assert heights[0].values.max() == pytest.approx(1 + 0.8 * 2 / 3)
    assert max(data.values.max() for data in heights[4:]) == pytest.approx(0.4)
    means = [float(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]
    assert means == pytest.approx([4 / 3, 1, 2.5, 2])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["x", "y"]
    assert ridges({"a": {"": [1.0, 1.0]}}).get_legend() is None
    for bad, sentence in (
        ({}, "same sets, at least one"),
        ({"a": {"x": [1.0]}, "b": {"y": [1.0]}}, "same sets, at least one"),
        ({"a": {"x": []}}, "a, x: a histogram needs numbers"),
        ({"a": {"x": [1.0, math.nan]}}, "all finite"),
    ):
        with pytest.raises(ValueError, match=sentence):
            ridges(bad)


def test_own_thresholds_rise_from_person_to_person_beside_the_one_for_all():
    ax = own_thresholds({"a": [0.3, 0.1, 0.2], "b": [0.5, 0.5, 0.4]}, {"a": 0.25, "b": 0.45})
    rows = [list(line.get_ydata()) for line in ax.lines]
    assert rows == [[0.1, 0.2, 0.3], [0.25, 0.25], [0.4, 0.5, 0.5], [0.45, 0.45]]
    assert ax.lines[0].get_color() == ax.lines[1].get_color() != ax.lines[2].get_color()
    with pytest.raises(ValueError, match="needs one shared threshold"):
        own_thresholds({"a": [0.1]}, {"b": 0.1})


@pytest.mark.slow
@pytest.mark.parametrize("name", OURS)
def test_in_miniature_every_claim_comes_to_a_verdict_and_draws_itself(name, tmp_path):
    claim = OURS[name].CLAIM
    small = sketched(16, 6, size=(28, 24))
    tiny = replace(claim, people=small, options=dict(claim.options) | TINY | {"fraction": 0.5})
    found = facelab.reproduce(tiny, tmp_path, seeds=2, jobs=1, device="cpu", progress=False)
    assert found.verdict in ("seen", "not seen", "opposite")
    assert len(found.trials) == 2 * len(claim.ways)
    assert np.isfinite(found.differences).all()
    assert found.people == (8, 8)
    table = found.table()
    assert list(table.index) == list(claim.ways)
    assert not table.isin(["no number"]).any().any()
    assert found.draw() is not None
    again = facelab.reproduce(tiny, tmp_path, seeds=2, jobs=1, device="cpu", progress=False)
    assert np.array_equal(again.differences, found.differences)
