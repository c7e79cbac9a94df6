"""Every curve and boundary on paper meets the loss that is trained, at both ends of its sliders."""

import numpy as np
import pytest
import torch

from facelab import geometry
from facelab.geometry import (
    BOUNDARIES,
    LINES,
    NEGATIVE_CURVES,
    NO_BOUNDARY,
    NO_CURVE,
    SECOND_BOUNDARIES,
    TARGET_CURVES,
    boundary,
    negative_curve,
    second_boundary,
    target_curve,
    tie_between,
)
from facelab.losses import LOSSES, build
from tests._geometry_cases import (
    LEARNED,
    OTHER,
    STATES,
    THETA,
    grid,
    head_in,
    keywords,
    teaching,
    torch_negative,
    torch_target,
)
from tests.promised import PROMISED

NUDGE = 1e-6  # radians; to both sides of a boundary
CURVES = sorted(set(TARGET_CURVES) - {"softmax"})  # softmax has no psi of its own in torch
COMPETING = sorted((set(BOUNDARIES) & set(CURVES)) - {"circle"})


def cases(loss):
    """Settings, state, and the loss that is in it."""
    for case in grid(loss):
        for state in STATES.get(loss, [{}]):
            yield case, state, *head_in(loss, case, state)


def test_every_loss_has_a_curve_or_a_reason_why_not():
    assert PROMISED <= set(TARGET_CURVES) | set(NO_CURVE) <= set(LOSSES)
    assert not set(TARGET_CURVES) & set(NO_CURVE)
    assert set(NEGATIVE_CURVES) <= set(TARGET_CURVES)


def test_every_loss_has_a_boundary_or_a_reason_why_not():
    assert PROMISED <= set(BOUNDARIES) | set(NO_BOUNDARY) <= set(LOSSES)
    assert not set(BOUNDARIES) & set(NO_BOUNDARY)
    assert set(SECOND_BOUNDARIES) <= set(BOUNDARIES)
    assert set(LINES) <= set(LOSSES)
    assert {loss for loss, why in NO_BOUNDARY.items() if "two lines" in why} <= set(LINES)


@pytest.mark.parametrize("reason", [*NO_CURVE.values(), *NO_BOUNDARY.values()])
def test_a_reason_is_a_sentence(reason):
    assert len(reason.split()) >= 6


@pytest.mark.parametrize("loss", sorted(TARGET_CURVES))
def test_every_setting_of_a_loss_may_be_given_to_its_curves(loss):
    settings = teaching(loss)
    assert np.isfinite(target_curve(loss, 1.0, **settings))
    assert np.isfinite(negative_curve(loss, 1.2, 1.0, **settings))
    if loss in BOUNDARIES:
        assert boundary(loss, [0.4, 0.5], **settings).shape == (2,)
        assert tie_between(loss, 2.0, **settings) > 0
    if loss in SECOND_BOUNDARIES:
        assert second_boundary(loss, 0.4, **settings) > 0


@pytest.mark.parametrize("known", [TARGET_CURVES, NEGATIVE_CURVES, BOUNDARIES, SECOND_BOUNDARIES])
def test_keywords_on_paper_are_settings_or_what_training_comes_to(known):
    for loss, function in known.items():
        assert keywords(function) <= set(LOSSES[loss].settings) | LEARNED, loss


@pytest.mark.parametrize("loss", CURVES)
def test_the_target_curve_is_that_of_training(loss):
    for case, state, head, length in cases(loss):
        drawn = target_curve(loss, THETA, **case, **state)
        assert np.abs(drawn - torch_target(head, length, THETA)).max() < 1e-9, (case, state)


@pytest.mark.parametrize("loss", CURVES)
def test_the_negative_curve_is_that_of_training(loss):
    theta_2, theta_1 = np.broadcast_arrays(OTHER, THETA[::4, None])
    for case, state, head, length in cases(loss):
        drawn = negative_curve(loss, theta_2, theta_1, **case, **state)
        trained = torch_negative(head, length, theta_2, theta_1[:, 0])
        assert np.abs(drawn - trained).max() < 1e-9, (case, state)


@pytest.mark.parametrize("loss", CURVES)
def test_the_target_curve_keeps_to_training_at_both_ends(loss):
    ends = np.array([0.0, np.pi])  # torch keeps sin(theta) at 1e-6 or more
    for case, state, head, length in cases(loss):
        if case.get("m1", 1) < 1 or 0 < (case.get("m1", 1) * np.pi) % np.pi < 1e-3:
            continue  # m2 alone may end on the step at pi
        drawn = target_curve(loss, ends, **case, **state)
        assert np.abs(drawn - torch_target(head, length, ends)).max() < 1e-5, (case, state)


def gaps(loss, head, length, theta_2, theta_1):
    """psi(theta_1) - N(theta_2) by torch: above 0 where the true person wins."""
    won = torch_target(head, length, theta_1)
    lost = torch_negative(head, length, theta_2, theta_1)
    return (won - lost.T).T


def competing(loss):
    """Cases in which people compete, which they do not under one threshold."""
    for case, state, head, length in cases(loss):
        if case.get("terms") != "samples" or case["form"] == "softmax":
            yield case, state, head, length


@pytest.mark.parametrize("loss", COMPETING)
def test_the_boundary_is_where_the_winner_changes_in_training(loss):
    own, found = THETA[::3], 0
    for case, state, head, length in competing(loss):
        tie = boundary(loss, own, **case, **state)
        at = own[inside := ~np.isnan(tie)]
        found += inside.sum()
        near, here, far = (
            gaps(loss, head, length, np.clip(tie[inside] + d, 0, np.pi), at)
            for d in (-NUDGE, 0.0, NUDGE)
        )
        edge = (tie[inside] < NUDGE) | (tie[inside] > np.pi - NUDGE)
        assert ((near <= 1e-9) | edge).all(), (case, state)
        assert (far >= -1e-9).all(), (case, state)
        steady = np.abs(far - near) < 1e-5  # no step
        assert (np.abs(here[steady]) < 1e-8).all(), (case, state)
    assert found > 0


@pytest.mark.parametrize("loss", COMPETING)
def test_beyond_the_boundary_the_true_person_wins_and_without_one_nothing_changes(loss):
    for case, state, head, length in competing(loss):
        if state.get("t", 0) < 0:
            continue  # a negative t: centers beside 90 degrees count less than those beyond
        own = THETA[::3]
        if loss == "curricularface":  # beyond, some treatments lift psi above h
            own = own[(own + case["margin"] < np.pi) & (own < np.pi / 2)]
        tie = boundary(loss, own, **case, **state)[:, None]
        won = gaps(loss, head, length, np.broadcast_to(OTHER, (len(own), len(OTHER))), own) > -1e-9
        assert (won | ~(tie < OTHER)).all(), (case, state)
        never = np.isnan(tie[:, 0])
        same = won[never].all(axis=1) | ~won[never].any(axis=1)
        assert same.all(), (case, state, own[never][~same])


@pytest.mark.parametrize("relaxation", [0.02, 0.1, 0.25, 0.6, 1.0])
def test_the_circle_is_closed(relaxation):
    case = teaching("circle") | {"relaxation": relaxation}
    head, length = head_in("circle", case, {})
    tie = boundary("circle", THETA, relaxation=relaxation)
    on = ~np.isnan(tie)
    own, other = THETA[on], tie[on]
    assert np.abs(gaps("circle", head, length, other, own)).max(initial=0) < 1e-9
    radius = np.hypot(np.cos(other), 1 - np.cos(own))
    assert np.allclose(radius, relaxation * np.sqrt(2))
    back = np.cos(own) < 1 - relaxation
    again = gaps("circle", head, length, np.pi - other[back], own[back])
    assert np.abs(again).max(initial=0) < 1e-9
    never = np.broadcast_to(OTHER, ((~on).sum(), len(OTHER)))
    won = gaps("circle", head, length, never, THETA[~on]) > 0
    assert (won.all(axis=1) | ~won.any(axis=1)).all()


@pytest.mark.parametrize("loss", COMPETING)
def test_on_the_boundary_both_logits_of_a_whole_forward_pass_are_equal(loss):
    case, checked = teaching(loss) | ({"t": 1.0} if loss == "sv_softmax" else {}), 0
    case |= {"extra": 0.0} if loss == "mv_softmax" else {}  # no step to fall on the wrong side of
    case |= {"form": "unified"} if loss == "unitsface" else {}
    state = STATES.get(loss, [{}])[0]
    for own in (0.31, 0.62):
        other = float(boundary(loss, own, **case, **state))
        if np.isnan(other):
            continue
        head, length = head_in(loss, case, state)
        angles = torch.tensor([0.0, own + other, np.pi + own / 2], dtype=torch.float64)
        rows = torch.stack([angles.cos(), angles.sin()], 1)
        head.weight.data = rows.repeat_interleave(len(head.weight) // 3, 0) * 1.7
        x = torch.tensor([[np.cos(own), np.sin(own)]], dtype=torch.float64) * length
        z = head.logits(x, torch.tensor([0]))[0].detach()
        assert abs(z[0] - z[1]) < 1e-6
        checked += 1
    assert checked


@pytest.mark.parametrize("lengths", [(1.0, 1.0), (2.0, 0.7), (0.4, 1.3)])
def test_softmax_has_a_cosine_at_the_length_of_each_row(lengths):
    head = build("softmax", 2, 2).double()
    other = 1.1
    for own in (0.3, 1.4):
        angles = torch.tensor([0.0, own + other], dtype=torch.float64)
        rows = torch.stack([angles.cos(), angles.sin()], 1)
        head.weight.data = rows * torch.tensor(lengths, dtype=torch.float64)[:, None]
        x = torch.tensor([[np.cos(own), np.sin(own)]], dtype=torch.float64)
        loss = head(x, torch.tensor([0])).item()
        psi = target_curve("softmax", own, lengths=lengths, bias=True)
        gap = negative_curve("softmax", other, lengths=lengths) - psi
        assert np.logaddexp(0, gap) == pytest.approx(loss, abs=1e-12)


def test_sphereface_multiplies_the_angle_at_the_boundary():
    own = np.linspace(0.01, 0.7, 20)
    for m in (1.0, 2.0, 4.0):
        assert np.allclose(boundary("sphereface", own, margin=m), m * own)
        for version in ("v0", "v1", "v2"):
            tie = boundary("sphereface_r", own, margin=m, version=version)
            assert np.allclose(tie, m * own), version
    assert tie_between("sphereface", 1.5, margin=2.0) == pytest.approx(0.5)
    plain = boundary("sphereface", own, margin=4.0, lam=1e9)
    assert np.allclose(plain, own, atol=1e-6)


def test_the_falling_cosine_goes_through_these_points():
    turns = np.array([0, 0.5, 1, 1.5, 2, 3, 4]) * np.pi
    assert np.allclose(geometry.falling_cosine(turns), [1, 0, -1, -2, -3, -5, -7])


def test_triplet_is_cosface_between_images():
    loss = build("triplet", 2, 2, margin=0.4, mining="all").double()
    for own in (0.2, 0.9, 1.5):
        tie = float(boundary("triplet", own, margin=0.4, mining="all", average="active"))
        for nudge, active in ((0.0, 0.0), (-1e-4, 1.0)):
            angles = torch.tensor([0.0, own, -(tie + nudge)], dtype=torch.float64)
            x = torch.stack([angles.cos(), angles.sin()], 1) * 3
            value = loss.triplets(x, torch.tensor([0, 0, 1]))[0][0, 1, 2].item()
            assert value == pytest.approx(active * 2 * 1e-4 * np.sin(tie), abs=1e-8)
    assert np.isnan(boundary("triplet", 3.0, margin=0.4))


def test_the_second_curve_of_sv_softmax_is_what_it_aims_at():
    own = np.linspace(0.05, 2.0, 40)
    for base, margin in (("softmax", 0.3), ("cosface", 0.3), ("arcface", 0.5)):
        given = {"base": base, "margin": margin}
        sv = {"t": 1.2, **given}
        first, second = (f("sv_softmax", own, **sv) for f in (boundary, second_boundary))
        on = ~np.isnan(first) & ~np.isnan(second)
        assert (second[on] > first[on]).all()
        psi = target_curve("sv_softmax", own, **sv)
        assert np.allclose(psi[on], 1.2 * np.cos(second[on]) + 0.2)
        mv = second_boundary("mv_softmax", own, extra=0.2, **given)
        assert np.allclose(mv, second, equal_nan=True)
        fixed = second_boundary("mv_softmax", own, extra=0.2, form="fixed", **given)
        on = ~np.isnan(fixed)
        assert np.allclose(psi[on], np.cos(fixed[on]) + 0.2)


def test_at_the_first_curve_sv_softmax_falls_from_a_half_to_this_probability():
    s, t, theta = 30.0, 1.2, np.pi / 3
    near = negative_curve("sv_softmax", theta - 1e-9, theta, base="softmax", margin=0, t=t)
    p = 1 / (1 + np.exp(s * (near - np.cos(theta))))
    assert p == pytest.approx(1 / (1 + np.exp(s * (t - 1) * 1.5)), rel=1e-6)
    assert p == pytest.approx(1.2e-4, rel=0.05)


def test_an_early_curriculum_lets_hard_centers_come_nearer():
    late, early = (boundary("curricularface", 0.4, margin=0.3, t=t) for t in (0.9, 0.0))
    assert early < late == pytest.approx(0.7)
    assert np.cos(early) ** 2 == pytest.approx(np.cos(0.7))


def test_between_samples_people_compete_under_a_softmax_alone():
    given = {"margin": 0.4, "sample_margin": 0.1, "terms": "samples"}
    assert np.isnan(boundary("unitsface", [0.5, 1.0], form="bce", **given)).all()
    tie = float(boundary("unitsface", 0.5, form="softmax", **given))
    head = build("unitsface", 2, 2, form="softmax", **given).double().eval()
    head.memory.copy_(torch.tensor([[2.0, 0.0], [np.cos(0.5 + tie), np.sin(0.5 + tie)]]))
    x = torch.tensor([[np.cos(0.5), np.sin(0.5)]], dtype=torch.float64)
    assert head(x, torch.tensor([0])).item() == pytest.approx(np.log(2), abs=1e-9)


def test_the_two_losses_that_look_at_lengths_reach_these_extremes():
    poor, average, good = (
        target_curve("adaface", 1.0, margin=0.4, quality=z) for z in (-1.0, 0.0, 1.0)
    )
    assert poor == pytest.approx(np.cos(1.4))
    assert average == pytest.approx(np.cos(1.0) - 0.4)
    assert good == pytest.approx(np.cos(0.6) - 0.8)
    ends = {"shortest": 10, "longest": 110, "least_margin": 0.45, "most_margin": 0.8}
    margins = geometry.magface_margin([1, 10, 60, 110, 900], **ends)
    assert np.allclose(margins, [0.45, 0.45, 0.625, 0.8, 0.8])
    assert boundary("magface", 1.0, embedding_length=60, **ends) == pytest.approx(1.625)


def test_annealing_has_the_values_of_its_two_public_schedules():
    port = geometry.annealing([0, 10, 1e6], lam_first=1500, lam_least=5, lam_rate=0.1)
    assert np.allclose(port, [1500, 750, 5])
    sv = {"lam_first": 1000, "lam_least": 5, "lam_rate": 1e-4, "lam_power": 2}
    assert geometry.annealing(10_000, **sv) == pytest.approx(250)


@pytest.mark.parametrize(
    ("function", "loss", "settings", "words"),
    [
        (target_curve, "center", {}, "center has no target curve: it looks at the distance"),
        (negative_curve, "ring", {}, "ring has no target curve: it looks at the lengths"),
        (boundary, "uniface", {}, "uniface has no boundary: people do not compete"),
        (tie_between, "sphereface2", {}, "sphereface2 has no boundary: people do not compete"),
        (target_curve, "circel", {}, "unknown target curve 'circel'; did you mean circle"),
        (second_boundary, "arcface", {}, "unknown second boundary 'arcface'"),
        (target_curve, "cosface", {}, "the target curve of cosface needs margin, which is not"),
        (target_curve, "cosface", {"margn": 1}, "setting of cosface 'margn'; did you mean margin"),
        (boundary, "sphereface", {"margin": 0.5}, "margin must be at least 1 and finite, not 0.5"),
        (target_curve, "circle", {"relaxation": 2}, "relaxation must be at least 0 and at most 1"),
        (target_curve, "sphereface_r", {"margin": 2, "version": "v3"}, "unknown version 'v3'"),
        (target_curve, "combined_margin", {"m1": 0, "m2": 0, "m3": 0}, "m1 must be above 0"),
        (target_curve, "elasticface", {"margin": 0, "base": "softmax"}, "unknown base 'softmax'"),
    ],
)
def test_what_geometry_has_no_answer_to_is_one_sentence(function, loss, settings, words):
    with pytest.raises(ValueError, match=words):
        function(loss, 1.0, **settings)


def test_magface_refuses_ends_that_are_not_in_order():
    ends = {"least_margin": 0.4, "most_margin": 0.8}
    with pytest.raises(ValueError, match=r"longest must be above shortest \(9\), not 3"):
        target_curve("magface", 1.0, shortest=9, longest=3, **ends)
    with pytest.raises(ValueError, match=r"most_margin must be at least 0.5"):
        geometry.magface_margin(1, shortest=1, longest=2, least_margin=0.5, most_margin=0.4)
