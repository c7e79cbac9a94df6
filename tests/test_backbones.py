"""Networks by their names: our own, and those of timm where it is installed."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
import torch
from torch import nn

from facelab import backbones


class Rigid(nn.Module):
    """A network that takes pictures of one size."""

    def __init__(self, dim):
        super().__init__()
        self.out = nn.Linear(8 * 8, dim)

    def forward(self, x):
        assert x.shape[2:] == (8, 8), f"Input height ({x.shape[2]}) doesn't match model (8)"
        return self.out(x.flatten(1))


@pytest.fixture
def timm(monkeypatch):
    """A stand-in for timm that knows two models."""
    module = ModuleType("timm")
    module.__spec__ = ModuleSpec("timm", None)
    models = {
        "resnet9": lambda dim, channels: nn.Sequential(
            nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.LazyLinear(dim)
        ),
        "vit_rigid": lambda dim, channels: Rigid(dim),
    }
    module.is_model = models.__contains__
    module.list_models = lambda: list(models)
    module.create_model = lambda name, num_classes, in_chans: models[name](num_classes, in_chans)
    monkeypatch.setitem(sys.modules, "timm", module)


def test_another_name_is_looked_for_in_timm(timm):
    model = backbones.build("resnet9", 5, channels=3, size=(12, 10))
    assert model(torch.zeros(2, 3, 12, 10)).shape == (2, 5)
    assert model.training
    assert model[1].num_batches_tracked == 1  # of the line above; trying it out left no trace


def test_a_model_that_takes_no_such_pictures_is_refused_before_training(timm):
    with pytest.raises(ValueError, match=r"vit_rigid does not take pictures of 56 x 46 \(Input"):
        backbones.build("vit_rigid", 5)
    assert backbones.build("vit_rigid", 5, size=(8, 8))(torch.zeros(2, 1, 8, 8)).shape == (2, 5)


def test_a_name_nobody_knows_suggests_the_nearest_of_both(timm):
    with pytest.raises(ValueError, match=r"'resnet8'; did you mean .*resnet9"):
        backbones.build("resnet8", 5)


def test_without_timm_the_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(backbones, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"did you mean resnet_\w+.*\?; .*pip install timm$"):
        backbones.build("resnet18", 5)


def test_a_timm_that_does_not_fit_this_torch_is_one_sentence(timm, monkeypatch):
    def broken(name):
        raise RuntimeError("operator torchvision::nms does not exist\nand much more")

    monkeypatch.setattr(backbones, "import_module", broken)
    with pytest.raises(ValueError, match=r"timm, which does not import: .*::nms does not exist$"):
        backbones.build("resnet18", 5)
