"""What each margin loss must be equal to, computed by hand or by another loss.

Lengths of embeddings and of centers vary throughout; on unit vectors a loss that forgets to divide
by them passes everything.
"""

import math
from functools import cache
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from facelab.losses import (
    AdaCos,
    AdaFace,
    ArcFace,
    CombinedMargin,
    CosFace,
    CurricularFace,
    ElasticFace,
    FSoftmax,
    HardMining,
    MagFace,
    MVSoftmax,
    NormFace,
    Softmax,
    SphereFace,
    SphereFaceR,
    SubCenterArcFace,
    SVSoftmax,
)

C, D, B = 7, 5, 40
DOUBLE = torch.float64
CURVES = {"softmax": NormFace, "cosface": CosFace, "arcface": ArcFace}
ANGLES = torch.linspace(0.01, math.pi - 0.01, 400, dtype=DOUBLE)


@cache
def batch(seed: int = 0, size: int = B) -> tuple[Tensor, Tensor]:
    """Embeddings of lengths 0.1 to 10 and labels; the first two lie opposite and on a center."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(size, D, dtype=DOUBLE, generator=generator)
    lengths = 10 ** (2 * torch.rand(size, 1, dtype=DOUBLE, generator=generator) - 1)
    labels = torch.randint(C, (size,), generator=generator)
    nudge = 0.1 * torch.randn(2, D, dtype=DOUBLE, generator=generator)
    signs = torch.tensor([[-1.0], [1.0]], dtype=DOUBLE)
    if size > 1:
        own = centers()[labels[:2]]
        embeddings[:2] = signs * own / own.norm(dim=1, keepdim=True) + nudge
    return embeddings * lengths, labels


def centers(rows: int = C, seed: int = 9) -> Tensor:
    """Rows of lengths 0.1 to 10."""
    generator = torch.Generator().manual_seed(seed)
    lengths = 10 ** (2 * torch.rand(rows, 1, dtype=DOUBLE, generator=generator) - 1)
    return lengths * torch.randn(rows, D, dtype=DOUBLE, generator=generator)


def ready(loss: nn.Module, rows: Tensor | None = None) -> nn.Module:
    """The loss in float64 with centers of varied lengths."""
    loss = loss.double()
    loss.weight.data = centers(len(loss.weight)) if rows is None else rows.clone()
    return loss


def result(loss: nn.Module, rows: Tensor | None = None, **more: Tensor) -> tuple[Tensor, ...]:
    """Loss, gradient of the embeddings, gradient of the centers."""
    embeddings, labels = batch()
    embeddings = embeddings.clone().requires_grad_()
    loss = ready(loss, rows)
    value = loss(embeddings, labels, **more)
    value.backward()
    return value.detach(), embeddings.grad, loss.weight.grad


def same(ours: tuple[Tensor, ...], theirs: tuple[Tensor, ...]) -> None:
    """Assert that two losses are one, in value and slopes."""
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def psi(loss: nn.Module, theta: Tensor = ANGLES) -> Tensor:
    """The target curve at angles."""
    return loss.target(theta.cos(), torch.full_like(theta, 20.0)).detach()


def logits_of(loss: nn.Module, embeddings: Tensor, labels: Tensor) -> Tensor:
    return loss.logits(embeddings, labels).detach()


def on_a_plane(*angles: float) -> Tensor:
    """Unit rows in D dimensions at angles (radians) in the plane of the first two."""
    rows = torch.zeros(len(angles), D, dtype=DOUBLE)
    rows[:, 0] = torch.tensor(angles, dtype=DOUBLE).cos()
    rows[:, 1] = torch.tensor(angles, dtype=DOUBLE).sin()
    return rows


# SphereFace and SphereFace-R


@pytest.mark.parametrize("lam", [0.0, 5.0, 1500.0])
def test_sphereface_with_m_one_is_softmax_over_unit_centers_whatever_lambda(lam):
    ours = SphereFace(C, D, margin=1, lam_first=lam, lam_least=lam)
    rows = centers()
    plain = Softmax(C, D).double()
    plain.weight.data = rows / rows.norm(dim=1, keepdim=True)
    value, slope, _ = result(ours, rows)
    embeddings, labels = batch()
    embeddings = embeddings.clone().requires_grad_()
    expected = plain(embeddings, labels)
    expected.backward()
    same((value, slope), (expected.detach(), embeddings.grad))


def test_sphereface_with_m_one_and_fixed_length_is_normface():
    ours = SphereFace(C, D, margin=1, length="fixed", scale=12, lam_first=0, lam_least=0)
    same(result(ours), result(NormFace(C, D, scale=12)))


def test_behind_a_large_lambda_the_margin_of_sphereface_has_no_effect():
    hidden = {"lam_first": 1e12, "lam_least": 1e12}
    same(result(SphereFace(C, D, margin=4, **hidden)), result(SphereFace(C, D, margin=1, **hidden)))


@pytest.mark.parametrize("margin", [1.0, 1.35, 1.7, 2.0, 2.5, 3.0, 4.0])
@pytest.mark.parametrize("cls", [SphereFace, SphereFaceR])
def test_the_curve_of_sphereface_falls_without_a_step_from_one_to_its_end(cls, margin):
    still = {"lam_first": 0, "lam_least": 0} if cls is SphereFace else {}
    loss = cls(C, D, margin=margin, **still).double()
    theta = torch.linspace(0, math.pi, 20_001, dtype=DOUBLE)
    curve = psi(loss, theta)
    steps = curve.diff()
    assert steps.max() < 1e-6
    assert steps.min() > -1.01 * margin * math.pi / 20_000
    k = math.floor(margin - 1e-9)
    end = (-1) ** k * math.cos(margin * math.pi) - 2 * k
    assert curve[0].item() == pytest.approx(1, abs=1e-5)
    assert curve[-1].item() == pytest.approx(end, abs=1e-4)
    if margin == int(margin):
        assert end == pytest.approx(1 - 2 * margin)


def test_up_to_pi_over_m_sphereface_is_the_cosine_of_m_theta():
    loss = SphereFace(C, D, margin=3, lam_first=0, lam_least=0).double()
    theta = torch.linspace(0.01, math.pi / 3, 50, dtype=DOUBLE)
    torch.testing.assert_close(psi(loss, theta), (3 * theta).cos())


def test_for_m_two_sphereface_is_a_polynomial_of_the_cosine():
    c = ANGLES.cos()
    doubled = 2 * c**2 - 1
    expected = torch.where(c > 0, doubled, -doubled - 2)
    loss = SphereFace(C, D, margin=2, lam_first=0, lam_least=0).double()
    torch.testing.assert_close(psi(loss), expected)


def test_lambda_fades_with_every_training_batch_and_stops_at_its_least():
    loss = ready(SphereFace(C, D, lam_first=90, lam_least=7, lam_rate=2, lam_power=2))
    seen = []
    for _ in range(3):
        loss(*batch())
        seen.append(loss.lam.item())
    assert seen == pytest.approx([90 / 9, 7, 7])
    loss.eval()(*batch())
    assert loss.steps == 3


@pytest.mark.parametrize("version", ["v0", "v1", "v2"])
def test_sphereface_r_with_m_one_is_normface_times_its_weight(version):
    ours = SphereFaceR(C, D, version=version, margin=1, scale=20, loss_weight=60)
    plain = [3 * part for part in result(NormFace(C, D, scale=20))]
    same(result(ours), tuple(plain))


def test_version_two_of_sphereface_r_brings_the_other_centers_nearer():
    loss = ready(SphereFaceR(3, D, version="v2", margin=2, scale=5), on_a_plane(0, 1.2, -2))
    logits = logits_of(loss, on_a_plane(0.4), torch.tensor([0]))
    expected = [[5 * math.cos(0.4), 5 * math.cos(0.8 / 2), 5 * math.cos(2.4 / 2)]]
    torch.testing.assert_close(logits, torch.tensor(expected, dtype=DOUBLE))


def test_version_one_of_sphereface_r_stops_at_minus_one():
    loss = SphereFaceR(C, D, version="v1", margin=2).double()
    torch.testing.assert_close(psi(loss), (2 * ANGLES).clamp_max(math.pi).cos())


@pytest.mark.parametrize("version", ["v0", "v1", "v2"])
def test_sphereface_r_pulls_as_its_probabilities_say_and_not_as_its_curve_bends(version):
    """dL/dcos_j = w (p_j - [j = y]) / B, with p from the bent values: no slope of psi in it."""
    loss = ready(SphereFaceR(C, D, version=version, margin=1.8, scale=9, loss_weight=9))
    embeddings, labels = batch()
    cosines = loss.cosines(embeddings).detach().requires_grad_()
    loss.cosines = lambda _: cosines
    loss(embeddings, labels).backward()
    p = loss.logits(embeddings, labels).detach().softmax(1)
    p[torch.arange(B), labels] -= 1
    torch.testing.assert_close(cosines.grad, 9 * p / B)


# combined margin


def test_three_corners_of_the_combined_margin_are_normface_arcface_and_cosface():
    same(result(CombinedMargin(C, D, m1=1, m2=0, m3=0)), result(NormFace(C, D, scale=64)))
    same(result(CombinedMargin(C, D, m1=1, m2=0.4, m3=0)), result(ArcFace(C, D, margin=0.4)))
    same(result(CombinedMargin(C, D, m1=1, m2=0, m3=0.3)), result(CosFace(C, D, margin=0.3)))


@pytest.mark.parametrize("beyond", ["linear", "none", "clip", "keep", "easy", "shift"])
def test_combined_margin_treats_angles_beyond_pi_as_arcface_does(beyond):
    ours = CombinedMargin(C, D, m1=1, m2=0.6, m3=0, beyond_pi=beyond)
    same(result(ours), result(ArcFace(C, D, margin=0.6, beyond_pi=beyond)))
    nearly = CombinedMargin(C, D, m1=1 + 1e-9, m2=0.6, m3=0, beyond_pi=beyond)
    torch.testing.assert_close(psi(nearly), psi(ours), rtol=0, atol=1e-7)


def test_combined_margin_folded_is_sphereface_of_fixed_length():
    still = {"length": "fixed", "scale": 8, "lam_first": 0, "lam_least": 0}
    ours = CombinedMargin(C, D, m1=2.7, m2=0, m3=0, scale=8, beyond_pi="fold")
    same(result(ours), result(SphereFace(C, D, margin=2.7, **still)))


@pytest.mark.parametrize("m1", [0.3, 0.9, 1.0, 1.5, 4.0])
@pytest.mark.parametrize("beyond", ["shift", "fold"])
def test_shifted_or_folded_a_combined_margin_never_rises(m1, beyond):
    loss = CombinedMargin(C, D, m1=m1, m2=0.5, m3=0.1, beyond_pi=beyond).double()
    curve = psi(loss, torch.linspace(0.001, math.pi - 0.001, 5000, dtype=DOUBLE))
    assert curve.diff().max() < 1e-9
    assert curve.diff().min() > -0.01


def test_combined_margin_gives_the_numbers_in_oneflows_documentation():
    cosine = torch.tensor([-0.7027179, -0.16056311, -0.64471215], dtype=DOUBLE)
    loss = CombinedMargin(2, D, m1=0.3, m2=0.5, m3=0.4, beyond_pi="none").double()
    expected = torch.tensor([-0.0423, 0.1237, -0.0204], dtype=DOUBLE)
    torch.testing.assert_close(loss.target(cosine, cosine), expected, atol=6e-5, rtol=0)


def test_a_filtered_negative_keeps_its_place_in_the_sum_with_logit_zero_and_no_pull():
    rows = on_a_plane(0, 0.3, 2)  # the second center is near the embedding, the third is far
    loss = ready(CombinedMargin(3, D, m2=0, m3=0.1, scale=4, filter_above=0.5), rows)
    embeddings = on_a_plane(0.1).requires_grad_()
    value = loss(embeddings, torch.tensor([0]))
    value.backward()
    z = 4 * torch.tensor([math.cos(0.1) - 0.1, 0.0, math.cos(1.9)], dtype=DOUBLE)
    torch.testing.assert_close(value.detach(), z.logsumexp(0) - z[0])
    assert loss.weight.grad[1].abs().max() == 0
    assert loss.weight.grad[2].abs().max() > 0


# F-Softmax and hard mining


def test_without_focus_f_softmax_is_normface():
    same(result(FSoftmax(C, D, gamma=0, scale=6)), result(NormFace(C, D, scale=6)))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
def test_f_softmax_never_exceeds_normface_on_any_face(gamma):
    embeddings, labels = batch()
    focal, plain = ready(FSoftmax(C, D, gamma=gamma, scale=6)), ready(NormFace(C, D, scale=6))
    for row in range(B):
        one = embeddings[row : row + 1], labels[row : row + 1]
        assert focal(*one) <= plain(*one)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 1.7, 3.0])
def test_the_slope_of_f_softmax_runs_through_its_focal_factor(gamma):
    losses = torch.tensor([0.05, 0.7, 3.0], dtype=DOUBLE, requires_grad=True)
    FSoftmax(C, D, gamma=gamma).gather(losses).backward()
    l, p = losses.detach(), (-losses.detach()).exp()  # noqa: E741
    expected = (1 - p) ** gamma + gamma * (1 - p) ** (gamma - 1) * p * l
    torch.testing.assert_close(losses.grad, expected / 3)


def test_f_softmax_of_two_faces_by_hand():
    losses = torch.tensor([math.log(2), math.log(4)], dtype=DOUBLE)  # p = 1/2 and 1/4
    by_hand = (0.25 * math.log(2) + 0.5625 * math.log(4)) / 2
    assert FSoftmax(C, D, gamma=2).gather(losses).item() == pytest.approx(by_hand)
    mean = 1.5 * math.log(2)
    of_batch = (1 - 2**-1.5) ** 2 * mean
    assert FSoftmax(C, D, gamma=2, focus="batch").gather(losses).item() == pytest.approx(of_batch)


def test_f_softmax_has_a_finite_slope_where_the_loss_is_zero():
    losses = torch.zeros(3, dtype=DOUBLE, requires_grad=True)
    FSoftmax(C, D, gamma=0.3).gather(losses).backward()
    assert torch.isfinite(losses.grad).all()


def test_keeping_the_whole_batch_hard_mining_is_normface():
    same(result(HardMining(C, D, rate=1, scale=6)), result(NormFace(C, D, scale=6)))


def test_hard_mining_averages_the_largest_losses_and_forgets_the_rest():
    losses = torch.tensor([3.0, 0.5, 9.0, 4.0, 1.0], dtype=DOUBLE, requires_grad=True)
    value = HardMining(C, D, rate=0.5).gather(losses)  # floor(2.5) = 2 of them
    value.backward()
    assert value.item() == 6.5
    assert losses.grad.tolist() == [0, 0, 0.5, 0.5, 0]
    assert HardMining(C, D, rate=0.1).gather(losses).item() == 9  # one at least


# SV-Softmax and MV-Softmax


@pytest.mark.parametrize("base", list(CURVES))
def test_sv_softmax_with_t_one_is_its_base(base):
    margin = {} if base == "softmax" else {"margin": 0.3}
    ours = SVSoftmax(C, D, base=base, t=1, scale=10, **margin)
    same(result(ours), result(CURVES[base](C, D, scale=10, **margin)))


@pytest.mark.parametrize("base", list(CURVES))
def test_mv_softmax_with_nothing_extra_is_its_base(base):
    margin = {} if base == "softmax" else {"margin": 0.3}
    for form in ("adaptive", "fixed"):
        ours = MVSoftmax(C, D, base=base, form=form, extra=0, scale=10, **margin)
        same(result(ours), result(CURVES[base](C, D, scale=10, **margin)))


def test_without_a_margin_sv_am_and_sv_arc_are_sv_softmax():
    plain = result(SVSoftmax(C, D, base="softmax"))
    same(result(SVSoftmax(C, D, base="cosface", margin=0)), plain)
    same(result(SVSoftmax(C, D, base="arcface", margin=0)), plain)


@pytest.mark.parametrize("base", list(CURVES))
def test_adaptive_mv_softmax_is_sv_softmax_one_harder(base):
    sv = SVSoftmax(C, D, base=base, margin=0.3, t=1.3, scale=20)
    mv = MVSoftmax(C, D, base=base, margin=0.3, extra=0.3, scale=20)
    same(result(mv), result(sv))


@pytest.mark.parametrize("base", list(CURVES))
def test_the_loss_of_sv_softmax_never_falls_with_t(base):
    losses = [result(SVSoftmax(C, D, base=base, t=t))[0] for t in (1, 1.05, 1.2, 1.5, 3)]
    assert all(a <= b for a, b in pairwise(losses))
    assert losses[0] < losses[-1]


@pytest.mark.parametrize("base", list(CURVES))
def test_where_nobody_is_taken_for_another_t_changes_nothing(base):
    rows = on_a_plane(0, 2, 4)
    for t in (1.0, 1.5, 4.0):
        loss = ready(SVSoftmax(3, D, base=base, t=t, scale=5), rows)
        value = loss(on_a_plane(0.1, 2.1), torch.tensor([0, 1]))
        plain = ready(CURVES[base](3, D, scale=5, **margin_of(loss)), rows)
        torch.testing.assert_close(value, plain(on_a_plane(0.1, 2.1), torch.tensor([0, 1])))


def margin_of(loss: nn.Module) -> dict[str, float]:
    return {} if loss.base == "softmax" else {"margin": loss.margin}


@pytest.mark.parametrize("base", list(CURVES))
def test_when_all_others_beat_the_true_center_equally_the_loss_has_a_closed_form(base):
    """log(1 + (C - 1) exp(s (t c + t - 1 - f))), c the cosine to each of the others."""
    rows = torch.zeros(4, D, dtype=DOUBLE)
    rows[:, :4] = torch.eye(4, dtype=DOUBLE) * torch.tensor([[0.2], [1.0], [5.0], [3.0]])
    embedding = torch.tensor([[0.1, 1, 1, 1, 0.4]], dtype=DOUBLE)
    cosine, c = (embedding[0, :2] / embedding.norm()).tolist()
    loss = ready(SVSoftmax(4, D, base=base, t=1.4, scale=3), rows)
    theta, m = math.acos(cosine), loss.margin
    f = {"softmax": cosine, "cosface": cosine - m, "arcface": math.cos(theta + m)}[base]
    by_hand = math.log(1 + 3 * math.exp(3 * (1.4 * c + 0.4 - f)))
    assert loss(embedding, torch.tensor([0])).item() == pytest.approx(by_hand, rel=1e-12)


def test_sv_softmax_in_logs_is_the_weighted_sum_of_the_paper():
    embeddings, labels = batch()
    loss = ready(SVSoftmax(C, D, base="cosface", margin=0.2, t=1.3, scale=10))
    cosines = loss.cosines(embeddings).detach()
    f = cosines.gather(1, labels.unsqueeze(1)) - 0.2
    h = torch.exp(10 * 0.3 * (cosines + 1) * (cosines > f))
    terms = h * torch.exp(10 * cosines)
    terms[torch.arange(B), labels] = 0
    top = torch.exp(10 * f.squeeze(1))
    torch.testing.assert_close(loss(embeddings, labels), -(top / (top + terms.sum(1))).log().mean())


def test_at_a_tie_nobody_is_a_support_vector_and_just_beyond_it_the_odds_collapse():
    """p falls from 1/2 to sigmoid(-s (t - 1)(1 + cos theta_2)): 1.2e-4 at 60 degrees."""
    third = math.pi / 3
    loss = ready(SVSoftmax(2, D, t=1.2, scale=30), on_a_plane(third, -third))
    tie = torch.tensor([[1.0, 0, 0, 0, 0]], dtype=DOUBLE)
    label = torch.tensor([0])
    assert loss(tie, label).item() == pytest.approx(math.log(2), rel=1e-6)
    value = loss(on_a_plane(-1e-9), label).item()
    assert math.exp(-value) == pytest.approx(1 / (1 + math.exp(30 * 0.2 * 1.5)), rel=1e-5)
    assert math.exp(-value) == pytest.approx(1.2e-4, rel=0.05)


def test_a_support_vector_is_pushed_t_times_as_hard():
    loss = ready(SVSoftmax(2, D, t=1.5, scale=2), on_a_plane(1.5, 0.1))
    cosines = loss.cosines(on_a_plane(0.0)).detach().requires_grad_()
    loss.cosines = lambda _: cosines
    loss(on_a_plane(0.0), torch.tensor([0])).backward()
    p = loss.logits(on_a_plane(0.0), torch.tensor([0])).softmax(1)[0, 1].item()
    assert cosines.grad[0].tolist() == pytest.approx([2 * (p - 0) * -1, 2 * 1.5 * p])


def test_the_forms_of_mv_softmax_differ_by_t_times_the_cosine_and_meet_at_right_angles():
    rows = on_a_plane(2.5, 0.3, math.pi / 2)
    label = torch.tensor([0])
    forms = [
        logits_of(ready(MVSoftmax(3, D, form=form, extra=0.4, scale=7), rows), on_a_plane(0), label)
        for form in ("adaptive", "fixed")
    ]
    difference = (forms[0] - forms[1])[0].tolist()
    assert difference == pytest.approx([0, 7 * 0.4 * math.cos(0.3), 0])


@pytest.mark.parametrize(("base", "start"), [("cosface", 0.35), ("arcface", 0.0)])
def test_the_ports_easy_margin_spares_the_true_class_but_not_the_comparison(base, start):
    loss = ready(SVSoftmax(2, D, base=base, easy="threshold", t=1.5, scale=1))
    below, above = start - 1e-6, start + 1e-6
    cosine = torch.tensor([below, above], dtype=DOUBLE)
    target = loss.target(cosine, cosine)
    assert target[0] == cosine[0]
    assert target[1] < cosine[1] - 0.3
    nearby = (cosine - 0.2).unsqueeze(1).expand(2, 2)  # beats the margin, not the plain cosine
    assert (loss.negatives(nearby, target, cosine) > nearby).all()
    assert (MVSoftmax(2, D, base=base, easy_margin=True).target(-cosine.abs(), cosine) < 0).all()


# ElasticFace


@pytest.mark.parametrize("plus", [False, True])
@pytest.mark.parametrize("base", ["arcface", "cosface"])
def test_without_spread_elasticface_is_its_base(base, plus):
    ours = ElasticFace(C, D, base=base, plus=plus, sigma=0)
    same(result(ours), result(CURVES[base](C, D, margin=ours.margin)))


def test_given_margins_are_used_as_they_are():
    margins = torch.linspace(0.1, 0.9, B, dtype=DOUBLE)
    embeddings, labels = batch()
    loss = ready(ElasticFace(C, D, scale=10))
    one_by_one = [
        ready(ArcFace(C, D, margin=m, scale=10))(embeddings[i : i + 1], labels[i : i + 1])
        for i, m in enumerate(margins.tolist())
    ]
    value = loss(embeddings, labels, margins=margins)
    torch.testing.assert_close(value, torch.stack(one_by_one).mean())
    assert loss.margins.tolist() == margins.tolist()


@pytest.mark.parametrize("assignment", ["paper", "official"])
def test_elastic_plus_never_changes_the_multiset_of_margins(assignment):
    drawn = torch.randn(50, dtype=DOUBLE)
    loss = ElasticFace(C, D, plus=True, assignment=assignment)
    assigned = loss.assign(drawn, torch.rand(50, dtype=DOUBLE))
    torch.testing.assert_close(assigned.sort().values, drawn.sort().values, rtol=0, atol=0)


def test_elastic_plus_gives_the_largest_margin_to_the_farthest_face():
    cosine = torch.tensor([0.9, -0.3, 0.5, 0.1], dtype=DOUBLE)
    drawn = torch.tensor([0.5, 0.4, 0.7, 0.6], dtype=DOUBLE)
    assert ElasticFace(C, D, plus=True).assign(drawn, cosine).tolist() == [0.4, 0.7, 0.5, 0.6]


def test_the_official_assignment_is_right_only_where_the_order_is_its_own_inverse():
    drawn = torch.arange(4, dtype=DOUBLE)
    paper, official = (
        ElasticFace(C, D, plus=True, assignment=a).assign for a in ("paper", "official")
    )
    swapped = torch.tensor([0.9, 0.1, 0.5, 0.7], dtype=DOUBLE)  # order 0 3 2 1, its own inverse
    assert paper(drawn, swapped).tolist() == official(drawn, swapped).tolist() == [0, 3, 2, 1]
    turned = torch.tensor([0.1, 0.9, 0.5, 0.7], dtype=DOUBLE)  # order 1 3 2 0 is not
    assert paper(drawn, turned).tolist() == [3, 0, 2, 1]
    assert official(drawn, turned).tolist() == [1, 3, 2, 0]


def test_over_many_batches_the_official_assignment_ignores_difficulty():
    generator = torch.Generator().manual_seed(0)
    official = ElasticFace(C, D, plus=True, assignment="official").assign
    correlation = []
    for _ in range(200):
        cosine = torch.rand(128, generator=generator, dtype=DOUBLE)
        ranks = official(torch.arange(128, dtype=DOUBLE), cosine)
        pair = torch.stack([ranks, -cosine.argsort().argsort().double()])
        correlation.append(torch.corrcoef(pair)[0, 1])
    assert torch.stack(correlation).mean().abs() < 0.03


@pytest.mark.parametrize("assignment", ["paper", "official"])
def test_for_a_single_face_elastic_plus_is_elastic(assignment):
    one = batch(seed=4, size=1)
    losses = [
        ready(ElasticFace(C, D, sigma=0.2, plus=plus, assignment=assignment, seed=5))(*one)
        for plus in (False, True)
    ]
    assert losses[0] == losses[1]


def test_the_mean_loss_over_draws_is_at_least_the_loss_at_the_mean_margin():
    """Jensen: log(1 + exp(a + s E)) is convex in E, so a spread can only add."""
    loss = ready(ElasticFace(C, D, base="cosface", sigma=0.2, scale=8))
    mean = torch.stack([loss(*batch()) for _ in range(200)]).mean()
    assert mean > ready(CosFace(C, D, margin=0.35, scale=8))(*batch())


def test_draws_are_normal_about_m_with_spread_sigma():
    drawn = ElasticFace(C, D, margin=0.4, sigma=0.1).draw(torch.zeros(40_000, dtype=DOUBLE))
    assert drawn.mean().item() == pytest.approx(0.4, abs=0.003)
    assert drawn.std().item() == pytest.approx(0.1, abs=0.002)
    within = ((drawn - 0.4).abs() < 0.1).double().mean().item()
    assert within == pytest.approx(0.683, abs=0.01)


def test_every_base_of_elasticface_starts_from_its_papers_margin_and_spread():
    for base, plus, margin, sigma in [
        ("arcface", False, 0.5, 0.05),
        ("cosface", False, 0.35, 0.05),
        ("arcface", True, 0.5, 0.0175),
        ("cosface", True, 0.35, 0.025),
    ]:
        loss = ElasticFace(C, D, base=base, plus=plus)
        assert (loss.margin, loss.sigma) == (margin, sigma)


def test_a_negative_draw_turns_the_face_towards_its_center():
    loss = ElasticFace(C, D).double()
    loss.given = torch.full_like(ANGLES, -0.3)
    torch.testing.assert_close(psi(loss), (ANGLES - 0.3).cos())


# sub-centers


def test_sub_center_with_one_center_is_arcface():
    same(result(SubCenterArcFace(C, D, centers=1)), result(ArcFace(C, D)))


def test_sub_center_with_equal_centers_is_arcface():
    rows = centers()
    thrice = rows.repeat_interleave(3, dim=0) * torch.tensor([0.3, 1, 7]).repeat(C).unsqueeze(1)
    ours, theirs = result(SubCenterArcFace(C, D, centers=3), thrice), result(ArcFace(C, D), rows)
    same(ours[:2], theirs[:2])


def test_only_the_nearest_center_of_each_person_is_pulled_or_pushed():
    rows = on_a_plane(0.2, 1.0, -2.0, 2.5)  # person 0: rows 0 and 1; person 1: rows 2 and 3
    loss = ready(SubCenterArcFace(2, D, centers=2, margin=0.3, scale=3), 5 * rows)
    value = loss(2 * on_a_plane(0.0), torch.tensor([0]))
    value.backward()
    near, other = 3 * math.cos(0.2 + 0.3), 3 * math.cos(2.0)
    assert value.item() == pytest.approx(math.log(1 + math.exp(other - near)))
    assert (loss.weight.grad.norm(dim=1) > 0).tolist() == [True, False, True, False]


# CurricularFace


def test_curricularface_by_hand():
    """Two negatives, one easy, one hard; t is moved by this batch before it is used."""
    rows = on_a_plane(0.5, 0.6, -2.0)
    loss = ready(CurricularFace(3, D, margin=0.4, scale=2, momentum=0.75), rows)
    loss.t.fill_(0.2)
    value = loss(on_a_plane(0.0), torch.tensor([0]))
    t = 0.75 * 0.2 + 0.25 * math.cos(0.5)
    hard = math.cos(0.6) * (t + math.cos(0.6))
    z = 2 * torch.tensor([math.cos(0.9), hard, math.cos(2.0)], dtype=DOUBLE)
    assert loss.t.item() == pytest.approx(t)
    torch.testing.assert_close(value, z.logsumexp(0) - z[0])


def test_a_hard_negative_counts_its_cosine_where_t_is_one_minus_it():
    loss = ready(CurricularFace(2, D)).eval()
    cosines = torch.tensor([[0.0, 0.6]], dtype=DOUBLE)
    true = torch.tensor([0.1], dtype=DOUBLE)
    for t, sign in ((0.4, 0), (0.3, -1), (0.5, 1)):
        loss.t.fill_(t)
        change = loss.negatives(cosines, true, true)[0, 1].item() - 0.6
        assert change == pytest.approx(sign * 0.06, abs=1e-12)


def test_at_first_curricularface_can_ask_less_than_arcface():
    rows = on_a_plane(0, 0.7)
    args = on_a_plane(0.3), torch.tensor([0])
    assert ready(CurricularFace(2, D).eval(), rows)(*args) < ready(ArcFace(2, D), rows)(*args)


def test_beyond_pi_curricularface_compares_with_the_rising_cosine():
    loss = ready(CurricularFace(2, D, margin=0.5)).eval()
    cosine = torch.tensor([math.cos(3.0)], dtype=DOUBLE)  # cos(3.5) = -0.936, psi = -1.230
    cosines = torch.tensor([[0.0, -1.0], [0.0, -0.9]], dtype=DOUBLE)
    result = loss.negatives(cosines, loss.target(cosine, cosine), cosine)
    assert result[0, 1] == -1.0  # easy: below -0.936, though above psi
    assert result[1, 1] == pytest.approx(0.81)


# AdaCos


def test_fixed_adacos_is_normface_with_its_scale():
    scale = math.sqrt(2) * math.log(C - 1)
    same(result(AdaCos(C, D, mode="fixed")), result(NormFace(C, D, scale=scale)))


def test_dynamic_adacos_by_hand():
    rows = on_a_plane(0, 1.0, 2.0)
    loss = ready(AdaCos(3, D), rows)
    before = loss.scale.item()
    faces = on_a_plane(0.1, 0.3, 0.5)
    loss(faces, torch.tensor([0, 0, 0]))
    sums = [sum(math.exp(before * math.cos(a - f)) for a in (1.0, 2.0)) for f in (0.1, 0.3, 0.5)]
    assert loss.scale.item() == pytest.approx(math.log(sum(sums) / 3) / math.cos(0.3), rel=1e-6)


def test_the_median_angle_counts_up_to_a_quarter_of_pi_and_is_the_lower_of_two():
    loss = ready(AdaCos(3, D), on_a_plane(0, 3.0, -3.0))
    cosines = torch.tensor([[0.9, 0.1, 0.1], [0.8, 0.1, 0.1]], dtype=DOUBLE)
    log_average = math.log(2) + 0.1 * loss.scale.item()
    labels = torch.tensor([0, 0])
    assert loss.adapted(cosines, labels).item() == pytest.approx(log_average / 0.9, rel=1e-6)
    far = torch.tensor([[0.2, 0.1, 0.1], [0.1, 0.1, 0.1]], dtype=DOUBLE)
    wide = log_average / math.cos(math.pi / 4)
    assert loss.adapted(far, labels).item() == pytest.approx(wide, rel=1e-6)


def test_the_scale_of_adacos_is_a_constant_for_the_gradient():
    dynamic = AdaCos(C, D)
    ours = result(dynamic)
    same(ours, result(NormFace(C, D, scale=float(dynamic.scale))))


def test_the_scale_of_adacos_stays_above_zero_when_everybody_is_opposite():
    loss = ready(AdaCos(4, D), on_a_plane(0, 0.01, 0.02, 0.03))
    for _ in range(10):
        assert torch.isfinite(loss(on_a_plane(math.pi), torch.tensor([0])))
        assert loss.scale > 0


def test_the_scale_of_adacos_does_not_run_away_when_faces_lie_on_a_wrong_center():
    loss = ready(AdaCos(3, D), on_a_plane(0, 0.5, 3.0))
    faces, labels = on_a_plane(0.5, 0.4, 0.3), torch.tensor([0, 0, 0])
    scales = []
    for _ in range(60):
        loss(faces, labels)
        scales.append(loss.scale.item())
    assert scales[0] < scales[10] < scales[20]
    assert scales[-1] == 64


# AdaFace


def test_adaface_with_no_concentration_is_cosface_on_cosines_that_stop_short_of_one():
    embeddings, labels = batch()
    ours = ready(AdaFace(C, D, h=0, margin=0.3))
    plain = ready(CosFace(C, D, margin=0.3))
    cosines = plain.cosines(embeddings)
    plain.cosines = lambda _: cosines.clamp(-0.999, 0.999)
    torch.testing.assert_close(ours(embeddings, labels), plain(embeddings, labels))


def test_on_a_center_the_cosines_of_adaface_stop_short_of_one_and_pull_nobody():
    rows = on_a_plane(0, 0.02, 2)
    loss = ready(AdaFace(3, D, h=0, margin=0.3, scale=2), rows)
    embedding = on_a_plane(0.01).requires_grad_()
    value = loss(embedding, torch.tensor([0]))
    value.backward()
    z = 2 * torch.tensor([0.999 - 0.3, 0.999, math.cos(1.99)], dtype=DOUBLE)
    torch.testing.assert_close(value.detach(), z.logsumexp(0) - z[0])
    assert (loss.weight.grad.norm(dim=1) > 0).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("length", "curve"),
    [
        (1e-3, lambda theta, m: torch.cos(theta + m)),
        (50.0, lambda theta, m: torch.cos(theta) - m),
        (99.0, lambda theta, m: torch.cos(theta - m) - 2 * m),
    ],
)
def test_a_poor_picture_meets_arcface_a_middling_one_cosface_a_good_one_a_turned_back_angle(
    length, curve
):
    loss = AdaFace(C, D, margin=0.3, h=1).double().eval()
    loss.mean.fill_(50)
    loss.deviation.fill_(10)
    theta = torch.linspace(0.5, 2.7, 50, dtype=DOUBLE)
    ours = loss.target(theta.cos(), torch.full_like(theta, length))
    torch.testing.assert_close(ours, curve(theta, 0.3))


def test_the_length_of_an_embedding_enters_adaface_only_through_its_quality():
    embeddings, labels = batch()
    loss = ready(AdaFace(C, D, h=0.5)).eval()
    loss.mean.fill_(2)
    loss.deviation.fill_(3)
    before = loss(embeddings, labels)
    loss.mean.mul_(0.6)
    loss.deviation.copy_(0.6 * (loss.deviation + 1e-3) - 1e-3)
    torch.testing.assert_close(loss(0.6 * embeddings, labels), before)
    assert abs(loss(embeddings, labels) - before) > 1e-3


def test_adaface_never_pulls_along_an_embedding():
    loss = AdaFace(C, D, h=1, rate=1)
    _, slope, _ = result(loss)
    assert slope.norm(dim=1).max() > 0.01
    assert (slope * batch()[0]).sum(1).abs().max() < 1e-9


def test_statistics_of_adaface_by_hand():
    loss = AdaFace(C, D, rate=0.5).double()
    loss.quality(torch.tensor([4.0, 10.0, 250.0], dtype=DOUBLE))  # 250 counts as 100
    assert loss.mean.item() == pytest.approx((20 + 38) / 2)
    spread = math.sqrt((34**2 + 28**2 + 62**2) / 2)
    assert loss.deviation.item() == pytest.approx((100 + spread) / 2)


def test_a_batch_of_one_leaves_the_spread_of_adaface_alone():
    loss = ready(AdaFace(C, D, rate=0.5))
    one = batch(seed=3, size=1)
    assert torch.isfinite(loss(*one))
    assert loss.deviation == 100
    assert loss.mean != 20


# MagFace


def test_magface_with_one_margin_and_no_reward_is_arcface():
    for beyond in ("linear", "easy"):
        even = {"least_margin": 0.4, "most_margin": 0.4, "reward": 0, "beyond_pi": beyond}
        ours = MagFace(C, D, **even)
        same(result(ours), result(ArcFace(C, D, margin=0.4, beyond_pi=beyond)))


def test_the_margin_of_magface_runs_from_least_to_most_between_two_lengths():
    loss = MagFace(C, D, shortest=10, longest=20, least_margin=0.2, most_margin=0.6).double()
    theta = torch.full((4,), 1.0, dtype=DOUBLE)
    lengths = torch.tensor([5.0, 10, 15, 30], dtype=DOUBLE)
    margins = torch.tensor([0.2, 0.2, 0.4, 0.6], dtype=DOUBLE)
    torch.testing.assert_close(loss.target(theta.cos(), lengths), (theta + margins).cos())


def test_the_reward_of_magface_is_least_where_embeddings_are_longest():
    loss = MagFace(C, D)
    pulls = loss.pull(torch.linspace(1, 300, 600, dtype=DOUBLE))
    assert pulls.argmin() == (torch.linspace(1, 300, 600) >= 110).nonzero()[0, 0]
    assert pulls.diff().max() < 1e-12
    assert loss.pull(torch.tensor([50.0])).item() == pytest.approx(50 / 110**2 + 1 / 50)


def test_the_codes_own_reward_of_twenty_breaks_the_papers_bound():
    assert MagFace(C, D).least_reward == pytest.approx(22.6, abs=0.05)
    assert MagFace(C, D).reward >= MagFace(C, D).least_reward > 20


def test_magface_moves_lengths_between_its_ends_and_leaves_them_alone_outside():
    rows = centers()
    loss = ready(MagFace(C, D), rows)
    towards = batch()[0][:3]
    lengths = torch.tensor([[5.0], [40.0], [200.0]], dtype=DOUBLE)
    embeddings = (towards / towards.norm(dim=1, keepdim=True) * lengths).requires_grad_()
    loss(embeddings, batch()[1][:3]).backward()
    along = (embeddings.grad * embeddings.detach()).sum(1).abs()
    assert along[1] > 1e-3
    assert along[[0, 2]].max() < 1e-9


@pytest.mark.parametrize(("rate", "batch", "kept"), [(0.7, 90, 63), (0.57, 100, 57), (0.5, 5, 2)])
def test_hard_mining_keeps_the_floor_of_its_share(rate, batch, kept):
    losses = torch.arange(1.0, batch + 1)
    expected = losses[-kept:].mean()
    assert HardMining(4, 3, rate=rate).gather(losses) == expected
