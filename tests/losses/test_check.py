"""The bench for anybody's loss: known faults of public code are found, sound losses pass."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from facelab.losses import LOSSES
from facelab.losses._check import check, load
from facelab.losses._door import unit


class Faulty(nn.Module):
    """A margin loss as it is often written; each leaf has one fault, and one fault only."""

    def __init__(self, num_classes, embedding_dim, margin=0.5, scale=16.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_classes, embedding_dim))
        self.margin, self.scale = margin, scale

    def cosines(self, x):
        return unit(x) @ F.normalize(self.weight).T

    def target(self, cosine):
        return cosine - self.margin

    def forward(self, x, y):
        cosines = self.cosines(x.to(self.weight.dtype))
        hot = F.one_hot(y, cosines.shape[1]).bool()
        return self.finish(self.scale * torch.where(hot, self.target(cosines), cosines), y)

    def finish(self, logits, y):
        return F.cross_entropy(logits.float() if logits.dtype.itemsize < 4 else logits, y)


class RawArccos(Faulty):
    def target(self, cosine):
        return (cosine.arccos() + self.margin).cos()


class DroppedGradient(Faulty):
    def target(self, cosine):
        with torch.no_grad():
            difference = (cosine.clamp(-1, 1).arccos() + self.margin).clamp(max=math.pi).cos()
        return cosine + (difference - cosine).detach()


class Degrees(Faulty):
    def target(self, cosine):
        m = math.radians(self.margin)
        sine = (1 - cosine**2).clamp_min(1e-12).sqrt()
        turned = cosine * math.cos(m) - sine * math.sin(m)
        return torch.where(cosine > -math.cos(m), turned, cosine - m * math.sin(m))


class ExplicitExp(Faulty):
    def __init__(self, num_classes, embedding_dim, margin=0.35, scale=64.0):
        super().__init__(num_classes, embedding_dim, margin, scale)

    def finish(self, logits, y):
        terms = logits.exp()
        return -(terms.gather(1, y[:, None]).squeeze(1) / terms.sum(1)).log().mean()


class RisesBehindPi(Faulty):
    def target(self, cosine):
        sine = (1 - cosine**2).clamp_min(1e-12).sqrt()
        return cosine * math.cos(self.margin) - sine * math.sin(self.margin)


class RawCenters(Faulty):
    def cosines(self, x):
        return unit(x) @ self.weight.T


class RawEmbeddings(Faulty):
    def cosines(self, x):
        return x @ F.normalize(self.weight).T


class DividesByZero(Faulty):
    def cosines(self, x):
        return (x / x.norm(dim=1, keepdim=True)) @ F.normalize(self.weight).T


class Normalizes(Faulty):
    def cosines(self, x):
        return F.normalize(x) @ F.normalize(self.weight).T


class FavorsTheFirst(Faulty):
    def finish(self, logits, y):
        return F.cross_entropy(logits + torch.eye(logits.shape[1])[0].to(logits), y)


class FrozenMargin(Faulty):
    def __init__(self, num_classes, embedding_dim):
        super().__init__(num_classes, embedding_dim)
        self.kept = self.margin

    def target(self, cosine):
        return cosine - self.kept


class Spread(Faulty):
    def finish(self, logits, y):
        each = F.cross_entropy(logits, y, reduction="none")
        return each.mean() + 0 * each.std()


class CountsCalls(Faulty):
    calls = 0

    def finish(self, logits, y):
        self.calls += 1
        return super().finish(logits, y) + 0.01 * self.calls


FAULTS = {
    RawArccos: {
        "finite where an embedding lies on its center",
        "finite where an embedding lies opposite its center",
        "finite in half precision",
        "turning away from the own center never lowers the loss",
    },
    DroppedGradient: {"the gradient is the slope of the loss"},
    Degrees: {"the margin is in radians or cosine units"},
    ExplicitExp: {"finite in half precision"},
    RisesBehindPi: {"turning away from the own center never lowers the loss"},
    RawCenters: {"the length of a center changes nothing"},
    RawEmbeddings: {"the length of an embedding changes nothing"},
    Normalizes: {"finite where an embedding is zero"},
    DividesByZero: {"finite where an embedding is zero"},
    FavorsTheFirst: {"renaming people changes nothing"},
    FrozenMargin: {"a wider margin never lowers the loss"},
    Spread: {"finite on a batch of one image"},
}


@pytest.mark.filterwarnings("ignore:std")
@pytest.mark.parametrize("fault", list(FAULTS), ids=lambda cls: cls.__name__)
def test_each_known_fault_is_found_and_none_is_imagined(fault):
    report = check(fault)
    assert FAULTS[fault] <= set(report.failed)
    allowed = FAULTS[fault] | {"finite in half precision"}
    assert set(report.failed) <= allowed, str(report)
    assert not report.ok


def test_a_loss_that_counts_its_calls_is_found_out():
    assert "the same batch has the same loss in eval mode" in check(CountsCalls).failed


def test_a_sound_loss_written_elsewhere_passes_whatever_form_it_has():
    class Logits(Faulty):
        def finish(self, logits, y):
            return logits

    class Sideways(Faulty):
        def __init__(self, in_features, out_features):
            super().__init__(in_features, out_features)
            self.weight = nn.Parameter(self.weight.detach().T.clone())

        def cosines(self, x):
            return unit(x) @ F.normalize(self.weight, dim=0)

    for cls in (Faulty, Logits, Sideways):
        assert check(cls).ok, str(check(cls))


# what does not hold for a loss of ours, and why that is meant
MEANT = {
    "softmax": {
        "the length of an embedding changes nothing",
        "the length of a center changes nothing",
    },
    "sphereface": {"the length of an embedding changes nothing"},
    "sphereface_r": {"the gradient is the slope of the loss"},
    "sv_softmax": {"a wider margin never lowers the loss"},
    "adaface": {
        "the length of an embedding changes nothing",
        "the gradient is the slope of the loss",
    },
    "magface": {"the length of an embedding changes nothing"},
    "circle": {"the gradient is the slope of the loss"},
}
CLASSIFIERS = [key for key, cls in LOSSES.items() if hasattr(cls(5, 6), "weight")]


@pytest.mark.parametrize("key", CLASSIFIERS)
def test_of_our_own_losses_fails_only_what_their_papers_mean(key):
    report = check(LOSSES[key])
    assert set(report.failed) == MEANT.get(key, set()), str(report)


def test_a_loss_without_centers_and_an_object_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"no class centers found: a parameter of shape \(5, 6\)"):
        check(lambda C, D: nn.Linear(3, 3))
    with pytest.raises(TypeError, match="check needs the class of a loss, not"):
        check(Faulty(5, 6))


def test_a_class_is_loaded_from_a_file_by_name(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import torch\nclass Mine(torch.nn.Module):\n    pass\n")
    assert load(f"{file}:Mine").__name__ == "Mine"
    for place, error, sentence in [
        ("mine.py", ValueError, "named as FILE.py:Class, not 'mine.py'"),
        (f"{tmp_path / 'other.py'}:Mine", FileNotFoundError, "there is no file"),
        (f"{file}:Mein", ValueError, "unknown class in .* 'Mein'; did you mean Mine"),
    ]:
        with pytest.raises(error, match=sentence):
            load(place)
    file.write_text("1 +")
    with pytest.raises(ValueError, match="cannot be run: SyntaxError"):
        load(f"{file}:Mine")


def test_a_file_is_checked_as_it_is_now_and_not_as_it_was_a_moment_ago(tmp_path):
    file = tmp_path / "mine.py"
    sound = (
        "from facelab.losses import NormFace\n"
        "class Mine(NormFace):\n"
        "    def target(self, cosine, length):\n"
        "        return +cosine\n"
    )
    for text, ok in [(sound, True), (sound.replace("+", "-"), False), (sound, True)]:
        file.write_text(text)  # as long as before, within the same second
        assert check(f"{file}:Mine").ok is ok
    assert list(tmp_path.iterdir()) == [file]
