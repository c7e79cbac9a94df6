"""Every loss on real faces with its recommended settings, from three seeds."""

import numpy as np
import pytest

import facelab
from facelab.losses import LOSSES

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_people_never_seen_are_told_apart(loss):
    runs = [facelab.train(loss, seed=seed, epochs=10, progress=False) for seed in SEEDS]
    assert all(np.isfinite([row["loss"] for row in run.metrics]).all() for run in runs)
    assert min(run.verification.auc() for run in runs) >= 0.9


# with two numbers an embedding, these leave people on the wrong side of each other, and why
CROWDED = {
    ("softmax", 2): "lengths part people too: two of them may share a direction",
    ("center", 2): "softmax beside it; see there",
    ("marginal", 2): "softmax beside it; see there",
    ("mml", 2): "softmax beside it; see there",
    ("range", 2): "softmax beside it; see there",
    ("ring", 2): "softmax beside it; see there",
}


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("loss", list(LOSSES))
def test_ten_people_part_on_the_circle_and_on_the_sphere(loss, dim):
    small = {"fraction": 0.25, "backbone": "live", "augment": False, "embedding_dim": dim}
    rows = [facelab.train(loss, seed=s, progress=False, **small).metrics[-1] for s in SEEDS]
    assert all(np.isfinite(row["loss"]) for row in rows)
    least = 0.3 if (loss, dim) in CROWDED else 0.85
    assert np.median([row["accuracy"] for row in rows]) >= least
