"""The training loop and the networks."""

import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from facelab import backbones
from facelab.losses import ArcFace, Softmax, SubCenterArcFace
from facelab.training import embed, fit, rise_and_fall, spread_centers
from facelab.training.augmentation import coarsen, distort, to_pixels
from facelab.training.device import find_device
from facelab.training.sampling import TOGETHER, batches

REPO = Path(__file__).parents[1]
SIZE = (20, 18)
RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(4), 5)
FACES = RNG.integers(0, 255, (4, *SIZE))[LABELS] // 2 + RNG.integers(0, 128, (20, *SIZE))
IMAGES = FACES.astype(np.uint8)


def make(seed: int = 0, dim: int = 3) -> tuple[torch.nn.Module, ArcFace]:
    torch.manual_seed(seed)
    backbone = backbones.build("live", dim, size=SIZE)
    return backbone, ArcFace(4, dim, margin=0.2, scale=8)


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_the_same_seed_trains_the_same_network_and_another_seed_another():
    ends = []
    for seed in (0, 0, 1):
        backbone, loss = make()
        for _ in fit(backbone, loss, IMAGES, LABELS, epochs=2, batch_size=8, seed=seed):
            pass
        ends.append(weights(backbone))
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])


def test_the_centers_of_the_loss_are_trained_with_the_network():
    backbone, loss = make()
    before = loss.weight.detach().clone()
    for _ in fit(backbone, loss, IMAGES, LABELS, epochs=1):
        pass
    assert (loss.weight - before).abs().min() > 0


@pytest.mark.parametrize(("dim", "least"), [(2, 2 * np.pi / 10 - 1e-6), (3, 0.9)])
def test_spread_centers_leave_no_two_people_close_and_keep_their_lengths(dim, least):
    loss = ArcFace(10, dim)
    lengths = loss.weight.detach().norm(dim=1)
    spread_centers(loss, seed=0)
    angles = loss.cosines(loss.weight).clamp(-1, 1).arccos() + 9 * torch.eye(10)
    assert angles.min() >= least
    torch.testing.assert_close(loss.weight.detach().norm(dim=1), lengths)
    first = loss.weight.detach().clone()
    spread_centers(loss, seed=1)
    assert not torch.allclose(first, loss.weight)


def test_several_centers_of_a_person_start_side_by_side():
    loss = SubCenterArcFace(6, 2, centers=3)
    spread_centers(loss, seed=0)
    rows = torch.nn.functional.normalize(loss.weight.detach()).reshape(6, 3, 2)
    within = (rows @ rows.transpose(1, 2)).min()
    means = torch.nn.functional.normalize(rows.mean(1))
    between = (means @ means.T - 2 * torch.eye(6)).max()
    assert within > 0.85 > between


def test_centers_in_many_dimensions_stay_where_chance_put_them():
    loss = ArcFace(10, 8)
    before = loss.weight.detach().clone()
    spread_centers(loss, seed=0)
    assert torch.equal(before, loss.weight)


def test_every_image_is_seen_once_an_epoch_in_batches_of_nearly_one_size():
    backbone, loss = make()
    for epochs, batch_size in ((3, 7), (1, 20), (2, 100)):
        steps = list(fit(backbone, loss, IMAGES, LABELS, epochs=epochs, batch_size=batch_size))
        sizes = [len(step.labels) for step in steps]
        assert sum(sizes) == epochs * len(IMAGES)
        assert max(sizes) - min(sizes) <= 1
        assert [step.step for step in steps] == list(range(len(steps)))
        assert sum(step.last for step in steps) == epochs
        seen = torch.cat([step.labels for step in steps if step.epoch == 0])
        assert torch.equal(seen.sort().values, torch.as_tensor(LABELS))


def test_training_lowers_the_loss_and_sets_people_apart():
    backbone, loss = make()
    steps = list(fit(backbone, loss, IMAGES, LABELS, epochs=30, learning_rate=0.01, augment=False))
    assert steps[-1].loss < 0.2 * steps[0].loss
    nearest = loss.cosines(torch.as_tensor(embed(backbone, IMAGES))).argmax(1)
    assert (nearest.numpy() == LABELS).mean() > 0.9


def test_a_loss_may_be_changed_between_two_steps():
    backbone, loss = make()
    steps = fit(backbone, loss, IMAGES, LABELS, epochs=2, augment=False)
    first = next(steps)
    loss.scale = 1e-3
    assert next(steps).loss == pytest.approx(np.log(4), abs=0.01)
    assert first.loss != pytest.approx(np.log(4), abs=0.01)


def test_embedding_images_trains_nothing_and_leaves_the_mode_alone():
    backbone, _ = make()
    backbone.train()
    before = {name: t.clone() for name, t in backbone.state_dict().items()}
    embeddings = embed(backbone, IMAGES, batch_size=7)
    assert embeddings.shape == (20, 3)
    assert embeddings.dtype == np.float32
    assert backbone.training
    assert all(torch.equal(before[name], t) for name, t in backbone.state_dict().items())
    assert np.allclose(embeddings, embed(backbone, IMAGES, batch_size=20), atol=1e-5)


def test_distortion_follows_its_generator_and_differs_from_image_to_image():
    pixels = to_pixels(np.repeat(IMAGES[:1], 3, axis=0), "cpu")
    once, again, other = (distort(pixels, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    assert not torch.allclose(once[0], once[1])
    assert once.shape == pixels.shape


def test_distortion_keeps_a_face_where_it_is_within_an_eighth_of_the_picture():
    spot = np.zeros((64, 48, 40), np.uint8)
    spot[:, 22:26, 18:22] = 255
    moved = distort(to_pixels(spot, "cpu"), torch.Generator().manual_seed(0))[:, 0]
    bright = (moved - moved.amin((1, 2), keepdim=True)).flatten(1)
    center = (bright * torch.arange(48 * 40)).sum(1) / bright.sum(1) // 40  # row of the middle
    assert center.min() > 24 - 48 / 8 - 2
    assert center.max() < 24 + 48 / 8 + 2
    assert center.std() > 0.5


def test_coarser_pictures_keep_their_light_and_lose_their_detail():
    pixels = to_pixels(IMAGES, "cpu")
    coarse = coarsen(pixels, 4)
    assert coarse.shape == pixels.shape
    assert torch.allclose(coarse.mean((2, 3)), pixels.mean((2, 3)), atol=0.1)
    assert coarse.diff(dim=3).abs().mean() < 0.3 * pixels.diff(dim=3).abs().mean()
    assert torch.equal(coarsen(pixels, 1), pixels)
    with pytest.raises(ValueError, match=r"factor must be at least 1, not 0\.5"):
        coarsen(pixels, 0.5)


@pytest.mark.parametrize("kind", ["P x K", "easy and hard"])
def test_batches_of_people_hold_several_people_with_several_images_each(kind):
    labels = np.repeat(np.arange(6), [3, 4, 5, 8, 9, 11])
    order = list(batches(labels, 5, kind, torch.Generator().manual_seed(0)))
    assert sorted(torch.cat(order).tolist()) == list(range(len(labels)))
    assert max(map(len, order)) - min(map(len, order)) <= 1
    first_groups = torch.cat(order)[: np.minimum(np.bincount(labels), TOGETHER).sum()]
    assert set(labels[first_groups]) == set(labels)  # nobody comes twice before all came once
    for rows in order[:3]:  # the last ones hold what is left
        counts = np.bincount(labels[rows])
        assert (counts > 0).sum() >= 2
        assert counts.max() <= TOGETHER
        assert (counts >= 2).sum() >= 1


def test_an_unknown_kind_of_batches_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="unknown kind of batches 'P X K'; did you mean P x K"):
        next(batches(LABELS, 2, "P X K", torch.Generator()))


def test_a_loss_that_compares_branches_is_given_hard_copies_and_their_branch():
    class Compares(torch.nn.Module):
        batches, students = "easy and hard", 2

        def forward(self, embeddings, labels, hardness):
            self.seen = labels, hardness
            return embeddings.mean()

    backbone, loss = make()[0], Compares()
    step = next(fit(backbone, loss, IMAGES, LABELS, batch_size=10))
    labels, hardness = loss.seen
    assert hardness.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert torch.equal(labels[:10], labels[20:])
    assert len(step.embeddings) == len(step.labels) == 30


def test_a_loss_may_ask_for_its_own_learning_rate():
    class Fast(torch.nn.Module):
        rates = {"quick": 10.0}  # noqa: RUF012

        def __init__(self):
            super().__init__()
            self.quick, self.plain = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))

        def forward(self, embeddings, labels):
            return embeddings.square().mean() + (self.quick + self.plain).sum()

    loss = Fast()
    next(steps := fit(make()[0], loss, IMAGES, LABELS))
    assert loss.quick.item() == pytest.approx(10 * loss.plain.item(), rel=1e-3)
    steps.close()


def test_color_and_gray_images_become_channels_first():
    assert to_pixels(IMAGES, "cpu").shape == (20, 1, *SIZE)
    color = np.zeros((2, *SIZE, 3), np.uint8)
    color[..., 2] = 255
    assert to_pixels(color, "cpu")[0, 2].min() > to_pixels(color, "cpu")[0, 1].max()


def test_the_rate_rises_for_a_tenth_and_then_falls_to_nothing():
    assert rise_and_fall(0.05) == pytest.approx(0.5)
    assert rise_and_fall(0.1) == pytest.approx(1)
    assert rise_and_fall(0.55) == pytest.approx(0.5)
    assert rise_and_fall(1.0) == pytest.approx(0)


def test_half_precision_in_the_network_leaves_the_loss_in_full():
    backbone, loss = make()
    step = next(fit(backbone, loss, IMAGES, LABELS, precision="bfloat16"))
    assert step.embeddings.dtype == step.loss.dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": LABELS[:3]}, "not 3 for 20"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"batch_size": 1}, "batch_size at least 2"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0, not 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0, not nan"),
        ({"precision": "float8"}, "unknown precision 'float8'; did you mean"),
    ],
)
def test_what_cannot_be_trained_is_refused(change, sentence):
    backbone, loss = make()
    arguments = {"images": IMAGES, "labels": LABELS} | change
    with pytest.raises(ValueError, match=sentence):
        next(fit(backbone, loss, **arguments))


@pytest.mark.parametrize("name", list(backbones.BACKBONES))
@pytest.mark.parametrize("dim", [2, 3, 64])
def test_every_network_takes_any_size_of_picture_and_gives_any_length(name, dim):
    for size, channels in (((56, 46), 1), ((33, 31), 3)):
        backbone = backbones.build(name, dim, channels=channels, size=size)
        assert backbone(torch.zeros(2, channels, *size)).shape == (2, dim)


def test_the_default_network_has_about_a_fifth_of_a_million_weights():
    count = sum(p.numel() for p in backbones.build("resnet_tiny", 64).parameters())
    assert 150_000 < count < 300_000


def test_an_unknown_network_is_answered_with_the_nearest_name():
    with pytest.raises(ValueError, match="unknown backbone 'resnet_tinny'; did you mean resnet_t"):
        backbones.build("resnet_tinny", 64)


def test_an_unknown_or_absent_device_is_refused():
    assert find_device("cpu").type == "cpu"
    with pytest.raises(ValueError, match="unknown device 'cpuu'; did you mean cpu"):
        find_device("cpuu")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="device 'cuda' is not there"):
            find_device("cuda")


def test_the_plain_softmax_starts_with_logits_of_the_size_of_the_embeddings():
    torch.manual_seed(0)
    loss = Softmax(200, 64)
    logits = torch.randn(50, 64) @ loss.weight.T
    assert 0.8 < logits.std() < 1.2


STEPS = """
import resource, torch
from facelab.training import memory
memory.keep()
def faults(numbers):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(8):
        held = [torch.ones(numbers) for _ in range(5)]
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
sizes = range(500_000, 6_000_000, 700_000)
for numbers in sizes:
    faults(numbers)
print(sum(faults(numbers) for numbers in sizes))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_memory_that_is_kept_is_not_fetched_again_at_each_step():
    told = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, cwd=REPO)
    assert int(told.stdout) < 2000, told  # without it, 30,000 or more
