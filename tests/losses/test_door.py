"""Bad input: one sentence that repeats the reader's value."""

import math
from pathlib import Path

import pytest
import torch

from facelab import losses
from facelab.losses import LOSSES, ArcFace, Choice, CosFace, NormFace, Slider, build, describe
from facelab.losses._settings import as_json
from tests.promised import PROMISED


@pytest.mark.parametrize("key", list(LOSSES))
@pytest.mark.parametrize(
    ("sizes", "error", "sentence"),
    [
        ((1, 4), ValueError, "num_classes must be at least 2, not 1"),
        ((5, 0), ValueError, "embedding_dim must be at least 1, not 0"),
        ((5.0, 4), TypeError, "num_classes must be a whole number, not 5.0"),
        ((True, 4), TypeError, "num_classes must be a whole number, not True"),
    ],
)
def test_every_loss_refuses_sizes_that_make_no_sense(key, sizes, error, sentence):
    with pytest.raises(error, match=sentence):
        LOSSES[key](*sizes)


@pytest.mark.parametrize("key", list(LOSSES))
def test_every_slider_of_every_loss_refuses_nan_infinity_words_and_what_is_out_of_range(key):
    for name, setting in LOSSES[key].settings.items():
        if not isinstance(setting, Slider):
            continue
        bad = [math.nan, math.inf, setting.least - 1]
        bad += [setting.least] if setting.open_below else []
        bad += [setting.most + 1] if math.isfinite(setting.most) else []
        for value in bad:
            with pytest.raises(ValueError, match=f"^{name} must be .* not "):
                LOSSES[key](5, 4, **{name: value})
        with pytest.raises(TypeError, match=f"{name} must be a number, not 'big'"):
            LOSSES[key](5, 4, **{name: "big"})


@pytest.mark.parametrize("key", list(LOSSES))
def test_every_word_a_loss_does_not_know_is_answered_with_the_words_it_knows(key):
    for name, setting in LOSSES[key].settings.items():
        if isinstance(setting, Choice):
            with pytest.raises(ValueError, match=f"unknown {name} 'nonsense'"):
                LOSSES[key](5, 4, **{name: "nonsense"})


@pytest.mark.parametrize("key", list(LOSSES))
def test_settings_are_the_keywords_and_the_papers_values_their_defaults(key):
    loss = LOSSES[key](5, 4)
    for name, setting in LOSSES[key].settings.items():
        if isinstance(setting, Slider):
            assert setting.low < setting.high
            assert setting.low <= setting.teaching <= setting.high
            assert setting.low <= setting.paper <= setting.high
            assert getattr(loss, name) == setting.paper
        else:
            assert getattr(loss, name) == setting.default


@pytest.mark.parametrize("key", list(LOSSES))
def test_repr_is_what_one_types_to_get_the_loss_back(key):
    loss = build(key, 5, 4)
    assert repr(eval(repr(loss), {type(loss).__name__: type(loss)})) == repr(loss)


@pytest.mark.parametrize("key", list(LOSSES))
def test_every_loss_says_what_it_is_and_where_it_comes_from(key):
    cls = LOSSES[key]
    assert cls.title
    assert cls.formula
    assert cls.source
    assert "Source:" in cls.__doc__
    assert cls.__doc__.count("Args:") == 1


@pytest.mark.parametrize(
    ("embeddings", "labels", "error", "sentence"),
    [
        (torch.ones(2, 3), torch.tensor([0, 1]), ValueError, r"shape \(B, 4\), not \(2, 3\)"),
        (torch.ones(4), torch.tensor([0]), ValueError, r"shape \(B, 4\), not \(4,\)"),
        (torch.ones(2, 4), torch.tensor([0]), ValueError, r"labels must have shape \(2,\)"),
        (torch.ones(2, 4), torch.tensor([[0, 1]]), ValueError, r"not \(1, 2\)"),
        (torch.ones(2, 4), torch.tensor([0, 5]), ValueError, r"in 0\.\.4, but one is 5"),
        (torch.ones(2, 4), torch.tensor([-1, 0]), ValueError, r"in 0\.\.4, but one is -1"),
        (torch.ones(2, 4), torch.tensor([0.0, 1.0]), TypeError, "int64, not torch.float32"),
        (torch.ones(2, 4).long(), torch.tensor([0, 1]), TypeError, "floating point, not torch.int"),
        (torch.ones(0, 4), torch.tensor([], dtype=torch.int64), ValueError, "batch is empty"),
        (torch.full((2, 4), math.nan), torch.tensor([0, 1]), ValueError, "2 are not; first: row 0"),
        (torch.tensor([[0.0] * 4, [math.inf] * 4]), torch.tensor([0, 1]), ValueError, "row 1"),
    ],
)
@pytest.mark.parametrize("key", list(LOSSES))
def test_every_loss_refuses_a_batch_it_cannot_be_computed_on(
    key, embeddings, labels, error, sentence
):
    with pytest.raises(error, match=sentence):
        build(key, 5, 4)(embeddings, labels)


def test_the_list_of_losses_is_the_folder_of_losses():
    folder = Path(losses.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if not path.name.startswith("_")}
    assert {cls.__module__.rpartition(".")[2] for cls in LOSSES.values()} == files
    assert set(LOSSES) >= PROMISED


def test_a_setting_may_be_any_real_number():
    assert ArcFace(5, 4, margin=torch.tensor(0.5).numpy()[()]).margin == pytest.approx(0.5)
    assert isinstance(CosFace(5, 4, scale=30).scale, float)


def test_an_unknown_loss_or_setting_is_answered_with_the_nearest_names():
    with pytest.raises(ValueError, match="unknown loss 'arcfase'; did you mean arcface"):
        build("arcfase", 5, 4)
    with pytest.raises(ValueError, match="unknown setting of arcface 'margins'; did you mean marg"):
        build("arcface", 5, 4, margins=0.3)


def test_a_loss_built_by_name_takes_the_settings_that_suit_small_sets():
    assert build("normface", 5, 4).scale == NormFace.settings["scale"].teaching != 30.0


def test_descriptions_are_plain_data_without_infinities():
    plain = describe()
    assert list(plain) == list(LOSSES)
    assert plain["arcface"]["settings"]["margin"]["symbol"] == "m"
    assert plain["arcface"]["settings"]["scale"]["most"] is None
    assert as_json(ArcFace.settings)["beyond_pi"]["kind"] == "choice"
