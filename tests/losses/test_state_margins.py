"""What margin losses remember, what they refuse, and where they must stay finite."""

import copy
from contextlib import nullcontext

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from facelab.losses import LOSSES, AdaCos, ElasticFace, MagFace, Slider, SphereFace
from facelab.losses import _cosine as cosine_module
from facelab.losses import magface as magface_module
from facelab.losses._settings import Choice, default

C, D, B = 6, 5, 12
DOUBLE = torch.float64
MARGIN_LOSSES = [
    "sphereface",
    "sphereface_r",
    "combined_margin",
    "f_softmax",
    "hard_mining",
    "sv_softmax",
    "mv_softmax",
    "elasticface",
    "curricularface",
    "adacos",
    "adaface",
    "magface",
    "subcenter_arcface",
]
REMEMBERS = {  # key -> the entries of state_dict that training moves, besides the centers
    "sphereface": {"steps"},
    "elasticface": {"_extra_state"},
    "curricularface": {"t"},
    "adacos": {"scale"},
    "adaface": {"mean", "deviation"},
}


def variants() -> list[tuple[str, dict[str, object]]]:
    """Every margin loss with the paper's values, and with each word and switch of it turned."""
    found: list[tuple[str, dict[str, object]]] = []
    for key in MARGIN_LOSSES:
        found.append((key, {}))
        for name, setting in LOSSES[key].settings.items():
            if isinstance(setting, Choice):
                words = [word for word in setting.options if word != setting.default]
                found += [(key, {name: word}) for word in words]
            elif not isinstance(setting, Slider):
                found.append((key, {name: not setting.default}))
    bare = {"lam_first": 0, "lam_least": 0}
    return [*found, ("sphereface", bare), ("sphereface", bare | {"length": "fixed", "margin": 2.7})]


VARIANTS = variants()
every_variant = pytest.mark.parametrize(
    ("key", "settings"),
    VARIANTS,
    ids=[f"{k}-{'-'.join(map(str, s.values()))}" for k, s in VARIANTS],
)


def batch(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Embeddings of lengths 0.1 to 10 and labels, float64."""
    generator = torch.Generator().manual_seed(seed)
    embeddings = torch.randn(B, D, dtype=DOUBLE, generator=generator)
    embeddings *= 10 ** (2 * torch.rand(B, 1, dtype=DOUBLE, generator=generator) - 1)
    return embeddings, torch.randint(C, (B,), generator=generator)


def ready(key: str, **settings: object) -> nn.Module:
    """A loss in float64 with centers of varied lengths."""
    generator = torch.Generator().manual_seed(77)
    loss = LOSSES[key](C, D, **settings).double()
    lengths = 10 ** (2 * torch.rand(len(loss.weight), 1, dtype=DOUBLE, generator=generator) - 1)
    loss.weight.data = lengths * torch.randn(loss.weight.shape, dtype=DOUBLE, generator=generator)
    return loss


def state(loss: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in loss.state_dict().items()}


def moved(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


@pytest.mark.parametrize("key", MARGIN_LOSSES)
def test_training_moves_just_what_a_loss_says_it_remembers(key):
    loss = ready(key)
    before = state(loss)
    assert set(before) == {"weight"} | REMEMBERS.get(key, set())
    loss(*batch())
    assert moved(before, state(loss)) == REMEMBERS.get(key, set())


@every_variant
def test_in_eval_mode_nothing_moves_and_the_loss_repeats(key, settings):
    loss = ready(key, **settings)
    loss(*batch())
    loss.eval()
    before = state(loss)
    values = [loss(*batch(seed=1)) for _ in range(2)]
    assert values[0] == values[1]
    assert moved(before, state(loss)) == set()


@every_variant
def test_a_loss_that_is_saved_and_loaded_goes_on_as_if_nothing_had_happened(key, settings):
    loss = ready(key, **settings)
    for seed in range(3):
        loss(*batch(seed))
    kept = save({name: value.contiguous() for name, value in loss.state_dict().items()})
    expected = [loss(*batch(seed)) for seed in range(3, 6)]
    other = LOSSES[key](C, D, **settings).double()
    other.load_state_dict(load(kept))
    assert [other(*batch(seed)) for seed in range(3, 6)] == expected


@pytest.mark.parametrize("key", MARGIN_LOSSES)
def test_a_copy_goes_its_own_way_from_the_same_place(key):
    loss = ready(key)
    loss(*batch())
    twin = copy.deepcopy(loss)
    expected = loss(*batch(seed=1))
    assert twin(*batch(seed=1)) == expected
    assert moved(state(loss), state(twin)) == set()
    twin(*batch(seed=2))
    assert moved(state(loss), state(twin)) == REMEMBERS.get(key, set())


@pytest.mark.parametrize("key", MARGIN_LOSSES)
def test_two_batches_may_be_added_before_going_backward(key):
    loss = ready(key)
    embeddings, labels = batch()
    embeddings.requires_grad_()
    (loss(embeddings, labels) + loss(2 * embeddings, labels)).backward()
    assert torch.isfinite(embeddings.grad).all()


@pytest.mark.parametrize("key", MARGIN_LOSSES)
def test_centers_of_another_precision_may_be_put_in(key):
    loss = LOSSES[key](C, D)
    loss.weight.data = loss.weight.data.double()
    assert loss(*batch()).dtype == DOUBLE
    assert torch.isfinite(loss(*batch()))


@pytest.mark.parametrize("plus", [False, True])
def test_elasticface_repeats_with_its_seed_and_differs_with_another(plus):
    def stream(seed: int) -> list[float]:
        loss = ready("elasticface", seed=seed, plus=plus)
        return [loss(*batch(number)).item() for number in range(3)]

    torch.manual_seed(0)
    first = stream(1)
    torch.manual_seed(99)
    assert stream(1) == first
    assert stream(2) != first
    assert first[0] != first[1]


def test_elasticface_leaves_the_global_stream_of_torch_alone():
    loss = ready("elasticface")
    before = torch.get_rng_state()
    loss(*batch())
    assert torch.equal(torch.get_rng_state(), before)


def test_given_margins_do_not_use_up_the_stream_of_elasticface():
    loss, twin = ready("elasticface"), ready("elasticface")
    loss(*batch(), margins=torch.full((B,), 0.2))
    assert loss(*batch()) == twin(*batch())


def test_elasticface_refuses_margins_of_another_shape():
    with pytest.raises(ValueError, match=r"margins must have shape \(12,\), not \(11,\)"):
        ready("elasticface")(*batch(), margins=torch.zeros(11))


def test_adacos_refuses_two_people_whose_scale_would_be_zero():
    with pytest.raises(ValueError, match="num_classes must be at least 3 for AdaCos, not 2"):
        AdaCos(2, D)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"shortest": 20, "longest": 15}, r"longest must be above shortest \(20\), not 15"),
        ({"shortest": 20, "longest": 20}, r"longest must be above shortest \(20\), not 20"),
        (
            {"least_margin": 0.5, "most_margin": 0.4},
            r"most_margin must be at least least_margin \(0.5\), not 0.4",
        ),
    ],
)
def test_magface_refuses_ends_in_the_wrong_order(values, sentence):
    with pytest.raises(ValueError, match=sentence):
        MagFace(C, D, **values)


@pytest.mark.parametrize(
    ("key", "values", "sentence"),
    [
        ("sphereface", {"margin": 0.9}, "margin must be at least 1 and finite, not 0.9"),
        ("sv_softmax", {"t": 0.99}, "t must be at least 1 and finite, not 0.99"),
        ("mv_softmax", {"extra": -0.1}, "extra must be at least 0 and finite, not -0.1"),
        ("hard_mining", {"rate": 0}, "rate must be above 0 and at most 1, not 0"),
        ("elasticface", {"sigma": -1}, "sigma must be at least 0"),
        ("elasticface", {"base": "softmax"}, "unknown base 'softmax'"),
        ("elasticface", {"plus": 1}, "plus must be True or False, not 1"),
        ("subcenter_arcface", {"centers": 2.5}, "centers must be a whole number, not 2.5"),
        ("combined_margin", {"m1": 0}, "m1 must be above 0 and finite, not 0"),
        ("adaface", {"rate": 1.1}, "rate must be at least 0 and at most 1, not 1.1"),
    ],
)
def test_a_value_out_of_range_is_repeated_beside_what_would_be_right(key, values, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        LOSSES[key](C, D, **values)


@pytest.mark.parametrize("key", MARGIN_LOSSES)
def test_a_slider_moved_while_training_counts_from_the_next_batch(key):
    fixed = {"seed", "centers"}  # where draws started and how many rows there are
    for name, setting in LOSSES[key].settings.items():
        if not isinstance(setting, Slider) or name in fixed:
            continue
        value = 0.9 * setting.paper
        late, early = ready(key), ready(key, **{name: value})
        assert late(*batch()) == ready(key)(*batch())
        late.load_state_dict(ready(key).state_dict())
        setattr(late, name, value)
        assert late(*batch()) == early(*batch()), name


@every_variant
def test_slope_of_every_variant_is_the_slope_of_its_loss(key, settings):
    if key == "sphereface_r" or settings.get("gradient") == "straight_through":
        pytest.skip("the slope of the plain cosine is what was asked for")
    gentle = {"scale": 4.0} if "scale" in LOSSES[key].settings else {}
    loss = ready(key, **gentle, **settings).eval()
    embeddings, labels = batch(seed=5)

    def of_centers(rows: Tensor) -> Tensor:
        return torch.func.functional_call(loss, {"weight": rows}, (embeddings, labels))

    assert torch.autograd.gradcheck(of_centers, loss.weight.detach().clone().requires_grad_())
    if key != "adaface":  # it holds the length constant on purpose
        assert torch.autograd.gradcheck(lambda x: loss(x, labels), embeddings.requires_grad_())


@every_variant
@pytest.mark.parametrize("where", ["random", "on", "opposite", "at zero"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_loss_and_slope_are_finite_wherever_an_embedding_lies(key, settings, where, dtype):
    torch.manual_seed(3)
    loss = LOSSES[key](C, D, **settings)
    rows = loss.weight.detach().reshape(C, -1, D)[:, 0]
    start = {"on": rows, "opposite": -3 * rows, "at zero": 0 * rows, "random": torch.randn(C, D)}
    embeddings = start[where].to(dtype).requires_grad_()
    half = dtype != torch.float32
    with torch.autocast("cpu", dtype=dtype) if half else nullcontext():
        value = loss(embeddings, torch.arange(C))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(embeddings.grad).all()
    assert torch.isfinite(loss.weight.grad).all()


@pytest.mark.parametrize("key", MARGIN_LOSSES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_around_a_loss_changes_nothing(key, dtype):
    loss = ready(key).float()
    twin = copy.deepcopy(loss)
    embeddings, labels = batch()
    embeddings = embeddings.to(dtype)
    with torch.autocast("cpu", dtype=dtype):
        value = loss(embeddings, labels)
    torch.testing.assert_close(value, twin(embeddings.float(), labels), rtol=1e-6, atol=1e-6)


@every_variant
def test_off_the_cpu_no_loss_looks_at_a_value(key, settings, monkeypatch):
    """On the meta device tensors have no values: whoever looks at one would stall a GPU."""
    for module in (cosine_module, magface_module):
        monkeypatch.setattr(module, "full_precision", lambda tensor: nullcontext())
    loss = LOSSES[key](C, D, **settings).to("meta")
    embeddings = torch.empty(B, D, device="meta", requires_grad=True)
    value = loss(embeddings, torch.empty(B, dtype=torch.int64, device="meta"))
    value.backward()
    assert value.device.type == "meta"
    assert embeddings.grad.shape == (B, D)


def test_a_base_named_without_a_margin_brings_the_margin_of_its_paper():
    for key in ("sv_softmax", "mv_softmax", "elasticface"):
        for base, margin in (("cosface", 0.35), ("arcface", 0.5)):
            assert LOSSES[key](C, D, base=base).margin == margin
            assert default(LOSSES[key].settings["margin"], chosen={"base": base}) == margin


def test_lambda_can_be_set_between_two_batches():
    loss = ready("sphereface")
    loss(*batch())
    loss.lam_first = loss.lam_least = 2.5
    assert loss.lam == 2.5
    assert SphereFace(C, D, lam_first=3, lam_least=0, lam_rate=0).lam == 3


def test_the_stream_of_elasticface_is_part_of_its_state_dict_as_plain_numbers():
    stream = ElasticFace(C, D).state_dict()["_extra_state"]
    assert stream.dtype == torch.uint8
