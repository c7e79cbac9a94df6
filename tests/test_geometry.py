"""Geometry and losses are two entries of the same fact; here they meet."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from facelab import geometry
from facelab.geometry import boundary, slope, target_curve, tie_between
from facelab.losses import build
from facelab.losses._angles import BEYOND_PI

INSIDE = np.linspace(1e-3, np.pi - 1e-3, 1501)  # radians; the ends are tested apart

ARCFACE = [
    {"margin": margin, "beyond_pi": treatment}
    for margin in (0.0, 0.3, 0.5, 1.2, 2.0, 3.0)
    for treatment in BEYOND_PI.options
]
COSFACE = [{"margin": m, "easy_margin": easy} for m in (0.0, 0.35, 1.6) for easy in (False, True)]
CASES = [
    ("normface", {}),
    *(("cosface", settings) for settings in COSFACE),
    *(("arcface", settings) for settings in ARCFACE),
]


def torch_curve(loss, theta, settings):
    """psi by torch, and its slope by autograd: d psi/d theta = -sin(theta) d psi/d cos."""
    cosine = torch.tensor(np.cos(theta), requires_grad=True)
    head = build(loss, 2, 2, **settings)
    psi = head.target(cosine, torch.ones_like(cosine))
    psi.sum().backward()
    return psi.detach().numpy(), -np.sin(theta) * cosine.grad.numpy()


def away_from_corners(theta, settings):
    margin = settings.get("margin", 0.0)
    return (np.abs(theta - (np.pi - margin)) > 1e-4) & (np.abs(theta - np.pi / 2) > 1e-4)


def logits_in_the_plane(loss, settings, own, first, second, lengths=(1.0, 1.0)):
    """Logits of an embedding of class 0 at the angle `own`, of centers at two angles."""
    head = build(loss, 2, 2, **settings).double()
    angles = torch.tensor([first, second], dtype=torch.float64)
    rows = torch.stack([angles.cos(), angles.sin()], 1)
    head.weight.data = rows * torch.tensor(lengths, dtype=torch.float64)[:, None]
    x = torch.tensor([[np.cos(own), np.sin(own)]], dtype=torch.float64) * 2.7
    return head.logits(x, torch.tensor([0]))[0].detach().numpy()


@pytest.mark.parametrize(("loss", "settings"), CASES)
def test_the_curve_on_paper_is_the_curve_in_training(loss, settings):
    theta = INSIDE[away_from_corners(INSIDE, settings)]
    trained, _ = torch_curve(loss, theta, settings)
    assert np.abs(target_curve(loss, theta, **settings) - trained).max() < 1e-9


@pytest.mark.parametrize(("loss", "settings"), CASES)
def test_the_curves_meet_at_both_ends_within_the_guard_of_the_root(loss, settings):
    ends = np.array([0.0, np.pi])  # torch keeps sin(theta) at 1e-6 or more
    trained, _ = torch_curve(loss, ends, settings)
    assert np.abs(target_curve(loss, ends, **settings) - trained).max() < 2e-6


@pytest.mark.parametrize(("loss", "settings"), CASES)
def test_the_slope_on_paper_is_the_slope_in_training(loss, settings):
    theta = INSIDE[away_from_corners(INSIDE, settings)]
    _, trained = torch_curve(loss, theta, settings)
    assert np.abs(slope(loss, theta, **settings) - trained).max() < 1e-8


def test_there_is_no_slope_where_the_curve_breaks():
    broken = np.array([np.pi - 0.5])
    assert np.isnan(slope("arcface", broken, margin=0.5)).all()
    assert np.isnan(slope("cosface", [np.pi / 2], margin=0.35, easy_margin=True)).all()
    assert np.isfinite(slope("arcface", broken, margin=0.5, beyond_pi="none")).all()


def test_the_six_treatments_beyond_pi_are_the_six_of_the_loss():
    far, m = 3.0, 0.5
    expected = {
        "linear": np.cos(far) - m * np.sin(m),
        "none": np.cos(far + m),
        "clip": -1.0,
        "keep": np.cos(far),
        "easy": np.cos(far),
        "shift": np.cos(far) - 1 + np.cos(m),
    }
    assert set(expected) == set(BEYOND_PI.options)
    for word, value in expected.items():
        assert target_curve("arcface", far, margin=m, beyond_pi=word) == pytest.approx(value)
    assert target_curve("arcface", 1.8, margin=m, beyond_pi="easy") == pytest.approx(np.cos(1.8))
    assert target_curve("arcface", 1.8, margin=m) == pytest.approx(np.cos(2.3))


@pytest.mark.parametrize("treatment", ["linear", "clip", "shift"])
def test_with_these_treatments_turning_away_never_pays(treatment):
    psi = target_curve("arcface", np.linspace(0, np.pi, 4001), margin=0.7, beyond_pi=treatment)
    assert (np.diff(psi) <= 1e-15).all()


@pytest.mark.parametrize("loss", ["normface", "cosface", "arcface"])
def test_the_gradient_convention_and_the_scale_do_not_move_a_curve(loss):
    settings = {} if loss == "normface" else {"margin": 0.4}
    moved = target_curve(loss, INSIDE, **settings, scale=3.0, gradient="straight_through")
    assert np.array_equal(moved, target_curve(loss, INSIDE, **settings))


@pytest.mark.parametrize(("loss", "settings"), CASES)
def test_on_the_boundary_the_logits_of_training_tie(loss, settings):
    theta_1 = INSIDE[away_from_corners(INSIDE, settings)][::25]
    theta_2 = boundary(loss, theta_1, **settings)
    assert np.isfinite(theta_2).any()
    for own, other in zip(theta_1, theta_2, strict=True):
        if np.isnan(other):
            assert abs(target_curve(loss, own, **settings)) > 1
            continue
        z = logits_in_the_plane(loss, settings | {"scale": 1.0}, own, 0.0, own + other)
        assert abs(z[0] - z[1]) < 1e-8


@pytest.mark.parametrize("lengths", [(1.0, 1.0), (2.0, 0.7), (0.4, 1.3)])
def test_with_softmax_the_longer_row_takes_more_of_the_circle(lengths):
    rows = torch.tensor([[1.0, 0.0], [np.cos(1.9), np.sin(1.9)]], dtype=torch.float64)
    rows *= torch.tensor(lengths, dtype=torch.float64)[:, None]
    sweep = torch.linspace(0, 1.9, 200_001, dtype=torch.float64)
    head = build("softmax", 2, 2).double()
    head.weight.data = rows
    x = torch.stack([sweep.cos(), sweep.sin()], 1)
    gap = (x @ head.weight.T).detach()
    tie = float(sweep[(gap[:, 0] - gap[:, 1]).abs().argmin()])
    assert boundary("softmax", tie, lengths=lengths) == pytest.approx(1.9 - tie, abs=1e-4)


@pytest.mark.parametrize(("loss", "settings"), [("normface", {}), ("cosface", {"margin": 0.3})])
@pytest.mark.parametrize("separation", [0.8, 1.5, 3.0])
def test_sweeping_the_arc_between_two_centers_finds_the_tie(loss, settings, separation):
    sweep = np.linspace(0, separation, 2001)
    tie = float(tie_between(loss, separation, **settings))
    gaps = []
    for own in sweep:
        z = logits_in_the_plane(loss, settings | {"scale": 1.0}, own, 0.0, separation, (1.0, 5.0))
        gaps.append(z[0] - z[1])
    crossing = np.flatnonzero(np.diff(np.sign(gaps)))[0]
    assert sweep[crossing] - 1e-9 <= tie <= sweep[crossing + 1] + 1e-9
    assert tie + boundary(loss, tie, **settings) == pytest.approx(separation)


def test_the_tie_between_two_centers_has_these_closed_forms():
    apart = np.array([0.9, 1.7, 3.1])
    assert np.allclose(tie_between("arcface", apart, margin=0.5), (apart - 0.5) / 2, atol=1e-12)
    cosface = apart / 2 - np.arcsin(0.35 / (2 * np.sin(apart / 2)))
    assert np.allclose(tie_between("cosface", apart, margin=0.35), cosface, atol=1e-12)
    assert np.allclose(tie_between("normface", apart), apart / 2, atol=1e-12)
    assert np.isnan(tie_between("arcface", 0.3, margin=0.5))


def test_a_margin_may_be_an_array_as_in_a_random_margin():
    margins = np.array([0.2, 0.5, 0.8])
    assert np.allclose(boundary("arcface", 1.0, margin=margins), 1.0 + margins)
    assert np.allclose(target_curve("cosface", 1.0, margin=margins), np.cos(1.0) - margins)


@pytest.mark.parametrize(
    ("loss", "settings", "words"),
    [
        ("arcfase", {"margin": 0.5}, "unknown target curve 'arcfase'; did you mean arcface"),
        ("arcface", {"margin": -0.5}, "margin must be at least 0 and at most 3.14159, not -0.5"),
        ("arcface", {"margin": 3.2}, "at most 3.14159, not 3.2"),
        ("cosface", {"margin": float("nan")}, "margin must be at least 0 and finite, not nan"),
        ("arcface", {"margin": 0.5, "beyond_pi": "linaer"}, "did you mean linear"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_repeats_it(loss, settings, words):
    with pytest.raises(ValueError, match=words):
        target_curve(loss, 1.0, **settings)


def test_softmax_refuses_rows_without_length():
    with pytest.raises(ValueError, match=r"lengths must be two numbers above 0, not \(1.0, 0.0\)"):
        boundary("softmax", 1.0, lengths=(1.0, 0.0))


def test_geometry_needs_neither_torch_nor_a_drawing_library():
    code = (
        "import sys, facelab.geometry; "
        "print([m for m in ('torch', 'matplotlib', 'sklearn', 'plotly') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_every_public_name_of_geometry_is_there():
    assert all(hasattr(geometry, name) for name in geometry.__all__)
