"""Bands, lines under one threshold, and what sets of distances say, met with torch."""

import math

import numpy as np
import pytest
import torch

from facelab import geometry
from facelab.geometry import (
    LINES,
    circle_capacity,
    elastic_boundaries,
    elastic_curves,
    harmonic_range,
    kl_divergence,
    lines,
    order_term,
    sharpened,
    soft_histogram,
    threshold_room,
    unsharpened,
    violating_pairs,
)
from facelab.losses import LOSSES, build, default
from tests._geometry_cases import (
    LEARNED,
    THETA,
    grid,
    head_in,
    keywords,
    torch_negative,
    torch_target,
)

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("loss", sorted(LINES))
def test_lines_take_every_setting_of_their_loss(loss):
    settings = {name: default(setting, True) for name, setting in LOSSES[loss].settings.items()}
    bias = settings.get("scale", 1.0) * {"sphereface2": -0.3}.get(loss, 0.4)
    accept, reject = lines(loss, **settings, bias=bias)
    assert 0 < accept < reject < np.pi
    assert keywords(LINES[loss]) <= set(LOSSES[loss].settings) | LEARNED | {"bias"}


def logits(loss, case, bias, theta_1, theta_2):
    """The logit of the yes at theta_1, and of a no at theta_2, by torch."""
    head, length = head_in(loss, case, {"bias": bias})
    own, other = np.atleast_1d(theta_1), np.atleast_1d(theta_2)
    sign = 1 if loss == "sphereface2" else -1
    yes = head.scale * torch_target(head, length, own) + sign * bias
    return yes, head.scale * torch_negative(head, length, other, own) + sign * bias


def thresholds(loss):
    """Settings, a bias, and the two lines it makes."""
    for case in grid(loss):
        if case.get("form") == "softmax" or case.get("beyond_pi") in ("none", "keep", "easy"):
            continue
        for share in (-0.9, -0.4, 0.1, 0.6):
            bias = share * case["scale"]
            yield case, bias, lines(loss, **case, bias=bias)


@pytest.mark.parametrize("loss", ["sphereface2", "uniface"])
def test_on_the_lines_the_logits_of_training_are_zero(loss):
    met = 0
    for case, bias, both in thresholds(loss):
        at = np.where(there := np.isfinite(both), both, 1.0)
        found = np.concatenate(logits(loss, case, bias, *at))
        assert np.abs(found[there]).max(initial=0) < 1e-6, (case, bias)
        met += there.sum()
    assert met >= 12


@pytest.mark.parametrize("loss", ["sphereface2", "uniface"])
def test_without_a_line_the_answer_of_training_is_the_same_at_every_angle(loss):
    for case, bias, both in thresholds(loss):
        for line, z in zip(both, logits(loss, case, bias, THETA, THETA), strict=True):
            start = case["margin"] if case.get("turned") == "both" else 0.0  # N peaks at m
            outer = (z > 0)[start < THETA]
            assert np.isfinite(line) or outer.all() or not outer.any(), (case, bias)


def test_a_yes_beyond_90_degrees_is_lost_and_comes_back_with_an_easy_margin():
    case = {"kind": "A", "margin": 0.6, "sharpness": 1.0, "beyond_pi": "easy", "scale": 10.0}
    accept, reject = lines("sphereface2", **case, bias=4.0)
    psi = geometry.target_curve("sphereface2", [accept - 0.01, accept + 0.01, 1.7], **case)
    assert (psi > -0.4).tolist() == [True, False, True]
    assert accept < np.pi / 2 < reject


@pytest.mark.parametrize("loss", ["sphereface2", "uniface"])
def test_on_both_lines_a_whole_forward_pass_is_as_good_as_a_coin(loss):
    settings = {name: default(setting, True) for name, setting in LOSSES[loss].settings.items()}
    bias = {"sphereface2": -4.0, "uniface": 8.0}[loss]
    accept, reject = lines(loss, **settings, bias=bias)
    head, _ = head_in(loss, settings, {"bias": bias}, people=2)
    turn = torch.tensor([0.0, accept + reject], dtype=torch.float64)
    head.weight.data = torch.stack([turn.cos(), turn.sin()], 1) * 3
    x = torch.tensor([[np.cos(accept), np.sin(accept)]], dtype=torch.float64)
    assert head.logits(x, torch.tensor([0])).abs().max() < 1e-9
    weight = settings["loss_weight"] / settings["scale"] if loss == "sphereface2" else 2.0
    assert head(x, torch.tensor([0])).item() == pytest.approx(weight * np.log(2))


def test_on_the_lines_of_unitsface_a_pair_of_samples_is_as_good_as_a_coin():
    settings = {"sample_margin": 0.2, "scale": 20.0, "margin": 0.4}
    accept, reject = lines("unitsface", **settings, bias=9.0)
    head = build("unitsface", 2, 2, terms="samples", **settings).double().eval()
    head.bias.data.fill_(9.0)
    turn = torch.tensor([0.0, accept + reject], dtype=torch.float64)
    head.memory.copy_(torch.stack([turn.cos(), turn.sin()], 1))
    x = torch.tensor([[np.cos(accept), np.sin(accept)]], dtype=torch.float64) * 5
    assert head(x, torch.tensor([0])).item() == pytest.approx(2 * np.log(2), abs=1e-9)


@pytest.mark.parametrize(("threshold", "slack"), [(1.2, 0.3), (1.0, 0.0), (2.0, 0.5)])
def test_beside_the_lines_of_marginal_loss_a_pair_is_not_done_yet(threshold, slack):
    loss = build("marginal", 2, 2, threshold=threshold, slack=slack).double()
    accept, reject = lines("marginal", threshold=threshold, slack=slack)

    def hinge(angle, labels):
        x = torch.tensor([[1.0, 0.0], [np.cos(angle), np.sin(angle)]], dtype=torch.float64)
        return loss.term(x * 3, torch.tensor(labels)).item()

    step = 1e-4
    for angle, labels, inward in ((accept, [0, 0], 1), (reject, [0, 1], -1)):
        assert hinge(angle, labels) < 1e-9
        assert hinge(angle - inward * step, labels) == 0
        grown = hinge(angle + inward * step, labels)
        assert grown == pytest.approx(2 * np.sin(angle) * step, rel=1e-3)


def test_the_lines_have_the_values_that_were_published():
    c = {"kind": "C", "margin": 0.4, "sharpness": 3.0, "scale": 40.0}
    accept, reject = np.cos(lines("sphereface2", **c, bias=7.943))
    assert accept == pytest.approx(0.688, abs=5e-4)
    assert reject == pytest.approx(0.171, abs=5e-4)
    marginal = np.rad2deg(lines("marginal", threshold=1.2, slack=0.3))
    assert np.allclose(marginal, [56.6, 75.5], atol=0.05)


def test_without_a_margin_all_kinds_of_sphereface2_have_one_line():
    for kind, margin in (("C", 0), ("A", 0), ("M", 1)):
        both = lines("sphereface2", kind=kind, margin=margin, sharpness=2, scale=10, bias=-3)
        assert np.allclose(both, np.arccos(unsharpened(0.3, 2)))


@pytest.mark.parametrize("sharpness", [1.0, 2.0, 3.0, 7.5])
def test_g_and_its_inverse_undo_each_other(sharpness):
    z = np.linspace(-1, 1, 41)
    assert np.allclose(unsharpened(sharpened(z, sharpness), sharpness), z, atol=1e-6)
    head = build("sphereface2", 3, 2, sharpness=sharpness).double()
    wide = np.linspace(-1.4, 1.2, 53)
    trained = head.similarity(torch.tensor(wide)).numpy()
    assert np.abs(sharpened(wide, sharpness) - trained).max() < 1e-12
    assert np.isnan(unsharpened(-1.01, sharpness))
    assert sharpened(0.3, 1.0) == pytest.approx(0.3)


def test_ten_people_on_a_circle_and_on_the_sphere_leave_this_room_for_a_margin():
    for degrees, sharpness, most in ((36, 3, 0.26), (36, 2, 0.18), (66, 3, 0.65)):
        for margin, fits in ((most - 0.006, True), (most + 0.006, False)):
            low, high = threshold_room(np.deg2rad(degrees), margin=margin, sharpness=sharpness)
            assert (low < high) == fits
    low, high = threshold_room([0.3, 0.8], margin=0.5, sharpness=3, kind="A")
    assert (low < high).tolist() == [False, True]
    low, high = threshold_room(0.01, margin=4, sharpness=3, kind="M")
    assert low < high


def test_a_threshold_in_the_room_accepts_the_center_and_refuses_the_nearest():
    delta, settings = 0.9, {"margin": 0.1, "sharpness": 2.0}
    low, high = threshold_room(delta, **settings)
    for share in (0.01, 0.99):
        bias = -(low + share * (high - low)) * 10
        accept, reject = lines("sphereface2", **settings, scale=10, bias=bias)
        assert 0 < accept < reject < delta
    _, reject = lines("sphereface2", **settings, scale=10, bias=-(low - 0.01) * 10)
    assert reject > delta


def test_as_many_caps_lie_on_a_circle_as_half_turns_have_radii():
    assert circle_capacity([np.pi / 7, np.pi / 7 - 1e-3, np.pi / 7 + 1e-3]).tolist() == [7, 7, 6]
    for radius in (0.3, 0.75, 2.0):
        people = int(circle_capacity(radius))
        assert people * 2 * radius <= 2 * np.pi < (people + 1) * 2 * radius
    with pytest.raises(ValueError, match="radius must be above 0, not 0"):
        circle_capacity(0.0)


def elastic_psi(base, treatment, drawn, own):
    """psi of one face that drew `drawn`, out of its loss on two centers."""
    head = build("elasticface", 2, 2, base=base, beyond_pi=treatment, scale=1.0).double()
    head.weight.data = torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    x = torch.tensor([[np.cos(own), np.sin(own)]], dtype=torch.float64)
    loss = head(x, torch.tensor([0]), margins=torch.tensor([drawn], dtype=x.dtype)).item()
    return np.sin(own) - np.log(np.expm1(loss))


@pytest.mark.parametrize("base", ["arcface", "cosface"])
@pytest.mark.parametrize("treatment", ["linear", "none", "clip", "keep", "easy", "shift"])
@pytest.mark.parametrize(("margin", "sigma"), [(0.3, 0.05), (0.1, 0.2), (1.5, 0.5), (0.4, 0.0)])
def test_the_band_has_the_curves_of_a_small_and_a_large_draw(base, treatment, margin, sigma):
    own = np.linspace(0.05, 3.1, 9)
    given = {"margin": margin, "sigma": sigma, "base": base, "beyond_pi": treatment}
    band = elastic_curves(own, **given)
    assert band.shape == (3, 9)
    for row, deviations in zip(band, (-2, 0, 2), strict=True):
        drawn = margin + deviations * sigma
        trained = [elastic_psi(base, treatment, drawn, theta) for theta in own]
        assert np.abs(row - trained).max() < 1e-9
    middle = geometry.target_curve("elasticface", own, **given, plus=True, seed=3)
    assert np.allclose(band[1], middle)
    ties = elastic_boundaries(own, **given)
    mean = geometry.boundary("elasticface", own, **given)
    assert np.allclose(ties[1], mean, equal_nan=True)


def test_the_band_of_arcface_is_four_deviations_wide():
    low, mean, high = elastic_boundaries(np.linspace(0, 1, 9), margin=0.5, sigma=0.05)
    assert np.allclose(high - mean, 0.1)
    assert np.allclose(mean - low, 0.1)
    wide = elastic_boundaries(0.5, margin=0.5, sigma=0.05, deviations=4)
    assert np.allclose(wide, [0.8, 1.0, 1.2])
    negative = elastic_boundaries(0.1, margin=0.0, sigma=0.2)
    assert np.allclose(negative, [0.3, 0.1, 0.5])


@pytest.mark.parametrize("distance", ["squared", "plain", "cosine"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 1.0])
def test_violating_pairs_add_up_to_the_minimum_margin_loss(distance, share):
    centers = RNG.standard_normal((7, 4)) * 3
    margin = share * {"squared": 400.0, "plain": 20.0, "cosine": 2.1}[distance]
    loss = build("mml", 7, 4, margin=margin, distance=distance, centers="parameter").double()
    loss.places.data = torch.tensor(centers)
    found, short = violating_pairs(centers, margin, distance=distance)
    total = loss.term(torch.tensor(centers), torch.arange(7)).item()
    assert short.sum() == pytest.approx(total, abs=1e-9)
    assert (short > 0).all()
    assert (found[:, 0] < found[:, 1]).all()
    assert len(found) == {0.0: 0, 1.0: 21}.get(share, len(found))


def test_a_violating_pair_is_named_with_what_it_lacks():
    found, short = violating_pairs([[1, 0], [4, 0], [4, 1]], 2.0)
    assert found.tolist() == [[1, 2]]
    assert short.tolist() == [1.0]
    with pytest.raises(ValueError, match="unknown distance 'square'; did you mean squared"):
        violating_pairs([[1, 0], [4, 0]], 2.0, distance="square")


@pytest.mark.parametrize("widest", [1, 2, 5, 100])
@pytest.mark.parametrize("distance", ["squared", "plain"])
def test_the_range_of_a_person_is_that_of_training(widest, distance):
    images = RNG.standard_normal((6, 3))
    first, second = np.triu_indices(6, 1)
    gaps = ((images[first] - images[second]) ** 2).sum(axis=1)
    gaps = np.sqrt(gaps) if distance == "plain" else gaps
    batch = torch.tensor(np.vstack([images, [[9.0, 9.0, 9.0]]]))  # somebody else, with one image
    loss = build("range", 2, 3, widest=widest, distance=distance).double()
    intra, _ = loss.parts(batch, torch.tensor([0] * 6 + [1]))
    assert harmonic_range(gaps, widest) == pytest.approx(intra.item(), abs=1e-9)
    k = min(widest, len(gaps))
    least = np.sort(gaps)[-k]
    assert least - 1e-12 <= harmonic_range(gaps, widest) <= min(k * least, gaps.max()) + 1e-12


def test_a_range_without_width_is_zero():
    assert harmonic_range([]) == 0
    assert harmonic_range([4.0]) == 4
    assert harmonic_range([0.0, 2.0]) == 0
    assert harmonic_range([0.0, 2.0, 6.0]) == pytest.approx(3.0)
    with pytest.raises(ValueError, match="widest must be at least 1 and finite, not 0"):
        harmonic_range([1.0], 0)


@pytest.mark.parametrize(("nodes", "sigma"), [(50, 0.1), (200, 0.03), (1000, 0.5)])
def test_histogram_divergence_and_order_are_those_of_training(nodes, sigma):
    sets = [RNG.uniform(-0.3, 0.9, size) for size in (40, 25, 31, 17)]
    weights = {"positive_weight": 0.7, "negative_weight": 0.3, "order_weight": 0.2}
    loss = build("ddl", 9, 4, nodes=nodes, width=sigma, **weights)
    spread = np.linspace(-1, 1, nodes)
    drawn = [soft_histogram(each, spread, sigma) for each in sets]
    for each, histogram in zip(sets, drawn, strict=True):
        assert np.abs(loss.histogram(torch.tensor(each)).numpy() - histogram).max() < 1e-12
        assert histogram.sum() == pytest.approx(1)
    positives, negatives = sets[:2], sets[2:]
    by_hand = 0.7 * kl_divergence(drawn[0], drawn[1]) + 0.3 * kl_divergence(drawn[2], drawn[3])
    by_hand += 0.2 * order_term(positives, negatives)
    tensors = [[torch.tensor(each) for each in pair] for pair in (positives, negatives)]
    assert by_hand == pytest.approx(loss.from_sets(*tensors).item(), abs=1e-9)


def test_equal_branches_have_no_divergence_and_four_times_the_order():
    high, low = RNG.uniform(0.3, 0.9, 20), RNG.uniform(-0.3, 0.4, 20)
    histogram = soft_histogram(high, np.linspace(-1, 1, 101), 0.1)
    assert kl_divergence(histogram, histogram) == 0
    assert order_term([high, high], [low, low]) == pytest.approx(4 * (low.mean() - high.mean()))


def test_moving_all_similarities_by_a_node_moves_the_histogram_by_a_node():
    nodes = np.linspace(-1, 1, 101)
    inside = RNG.uniform(-0.2, 0.3, 50)
    before = soft_histogram(inside, nodes, 0.05)
    after = soft_histogram(inside + 0.02, nodes, 0.05)
    assert np.allclose(after[1:], before[:-1], atol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lines("uniface", bias=1, scale=8, margin=0.1, form="softmax"), "no threshold"),
        (lambda: lines("arcface", margin=0.1), "unknown pair of lines 'arcface'"),
        (lambda: lines("uniface", scale=8, margin=0.1), "lines of uniface needs bias, which"),
        (lambda: lines("uniface", bias=1, scale=0, margin=0.1), "scale must be above 0 and fin"),
        (lambda: sharpened(0.5, 0.5), "sharpness must be at least 1 and finite, not 0.5"),
        (lambda: soft_histogram([], [0, 1], 0.1), "at least one similarity, not none"),
        (lambda: soft_histogram([0.5], [0, 1], 0), "sigma must be above 0 and finite, not 0"),
        (lambda: soft_histogram([0.5], [0, 1], 1e-3), "sigma must be larger than 0.001"),
        (lambda: kl_divergence([1.0], [0.5, 0.5]), r"one shape, not \(1,\) and \(2,\)"),
        (lambda: kl_divergence([-0.5, 1.5], [0.5, 0.5]), "teacher must be at least 0"),
        (lambda: order_term([[1]], [[0], [0]]), "as many negatives as positives, not 1 and 2"),
        (lambda: order_term([[]], [[0.1]]), "each branch needs at least one positive"),
    ],
)
def test_what_cannot_be_said_is_refused_in_one_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_scale_of_nothing_else_moves_a_line():
    one = lines("uniface", bias=4.0, scale=8.0, margin=0.1)
    two = lines("uniface", bias=8.0, scale=16.0, margin=0.1)
    assert np.allclose(one, two)
    assert math.isclose(np.cos(one[0]), 0.6)
