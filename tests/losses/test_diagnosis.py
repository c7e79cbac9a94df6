"""The loss doctor: what it says is what the geometry says, and the loss is left as it was."""

import math

import pytest
import torch

from facelab.geometry import normface_lower_bound, scale_to_reach
from facelab.losses import LOSSES, ArcFace, NormFace, Ring, diagnose
from facelab.losses._doctor import lay_out


@pytest.mark.parametrize(("people", "scale"), [(2, 4.0), (10, 1.0), (10, 16.0), (50, 8.0)])
def test_where_there_is_room_the_floor_is_the_lower_bound_of_normface(people, scale):
    found = diagnose(NormFace(people, 64, scale=scale).double())
    assert found.floor == pytest.approx(normface_lower_bound(scale, people), rel=1e-6)
    assert found.chance == pytest.approx(math.log(people))
    assert found.certainty == pytest.approx(1 / people)


def test_a_scale_of_one_is_called_stuck_and_the_recommended_one_is_not():
    stuck = diagnose(NormFace(10, 64, scale=1.0))
    assert any(sentence.startswith("stuck") for sentence in stuck.advice)
    cured = diagnose(NormFace(10, 64, scale=stuck.recommended))
    assert not any(sentence.startswith("stuck") for sentence in cured.advice)
    assert stuck.recommended >= scale_to_reach(-math.log(0.9), 10) - 1e-6


def test_the_papers_scale_in_the_plane_is_called_steep_and_its_start_slow():
    said = " ".join(diagnose(ArcFace(10, 2)).advice)
    assert "a scale of 64 is steep here" in said
    assert "slow start" in said


def test_a_margin_wider_than_the_room_is_called_stuck():
    assert "stuck" in " ".join(diagnose(ArcFace(10, 2, margin=0.8, scale=16.0)).advice)
    assert "stuck" not in " ".join(diagnose(ArcFace(10, 2, margin=0.3, scale=16.0)).advice)


def test_the_pull_is_the_slope_by_hand():
    loss = NormFace(2, 2, scale=4.0).double()
    for angle, pull in diagnose(loss).pull.items():  # two opposite centers: z = 4 cos and -4 cos
        theta = math.radians(angle)
        wrong = 1 / (1 + math.exp(8 * math.cos(theta)))
        assert pull == pytest.approx(8 * wrong * math.sin(theta), rel=1e-6)


@pytest.mark.parametrize(("people", "dim", "angle"), [(5, 4, 104.48), (10, 2, 36), (10, 3, 50)])
def test_centers_are_laid_out_as_far_apart_as_can_be(people, dim, angle):
    rows = lay_out(people, dim)
    assert torch.allclose(rows.norm(dim=1), torch.ones(people, dtype=torch.float64))
    cosines = rows @ rows.T - 2 * torch.eye(people)
    assert math.degrees(math.acos(cosines.max())) >= angle - 0.1


@pytest.mark.parametrize("key", [k for k, cls in LOSSES.items() if hasattr(cls(5, 6), "weight")])
def test_a_loss_is_left_as_it_was(key):
    loss = LOSSES[key](5, 6)
    before = {name: t.clone() for name, t in loss.state_dict().items() if torch.is_tensor(t)}
    found = diagnose(loss)
    assert loss.training
    assert all(torch.equal(before[name], loss.state_dict()[name]) for name in before)
    assert math.isfinite(found.start + found.floor + sum(found.pull.values()))
    assert repr(loss) in str(found)


def test_a_loss_without_centers_is_refused():
    with pytest.raises(ValueError, match="Ring has no class centers to lay out"):
        diagnose(Ring(5, 4))
