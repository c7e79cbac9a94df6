"""Ten real people on the circle and on the sphere, under the one threshold of SphereFace2.

What the docstring of the loss derives from geometry, seen in a training of a few seconds.
"""

import math

import pytest
import torch

import facelab
from facelab import backbones
from facelab.losses import SphereFace2, build
from facelab.training import make_optimizer, set_rate, spread_centers, to_pixels


def ten_people() -> tuple[torch.Tensor, torch.Tensor]:
    faces = facelab.load("orl").take_people(10).resize(32, 28)
    return to_pixels(faces.images, "cpu"), torch.as_tensor(faces.labels)


def trained(loss: SphereFace2, seed: int, steps: int = 100) -> tuple[float, float]:
    """Share nearest to the own center, and mean angle to it in degrees, after a training."""
    pixels, labels = ten_people()
    torch.manual_seed(seed)
    network = backbones.build("live", loss.embedding_dim, size=(32, 28))
    spread_centers(loss, seed)
    optimizer = make_optimizer(network, loss, 3e-3)
    set_rate(optimizer, 3e-3)
    for _ in range(steps):
        embeddings = network(pixels)
        optimizer.zero_grad()
        loss(embeddings, labels).backward()
        optimizer.step()
    cosines = loss.cosines(embeddings).detach()
    own = cosines.gather(1, labels.unsqueeze(1)).clamp(-1, 1).arccos().mean()
    return (cosines.argmax(1) == labels).float().mean().item(), math.degrees(own)


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_with_its_teaching_values_sphereface2_parts_ten_people(dim, seed):
    share, angle = trained(build("sphereface2", 10, dim), seed)
    assert share >= 0.99
    assert angle < 15


def test_started_as_in_high_dimensions_people_drift_away_from_their_centers():
    loss = build("sphereface2", 10, 2, bias_start="paper")
    share, angle = trained(loss, 0)
    assert share < 0.9
    assert angle > 45
