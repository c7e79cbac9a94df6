"""The margin losses against the numbers of their authors' codes and of well-known ports.

Each builder turns the hyper-parameters of a case into keywords of ours; where a code does something
of its own, the keyword that stands for it is set here, with the reason beside it.
"""

from functools import partial

import pytest
import torch

from facelab.losses import (
    AdaCos,
    AdaFace,
    CombinedMargin,
    CurricularFace,
    ElasticFace,
    FSoftmax,
    HardMining,
    MagFace,
    MVSoftmax,
    SphereFace,
    SphereFaceR,
    SubCenterArcFace,
    SVSoftmax,
)
from tests.losses.golden import Case, agree, cases, compare

DOUBLE = torch.float64


def a_softmax(case: Case) -> SphereFace:
    hp = case.hp
    if hp.get("cgd"):  # OpenSphere: fixed length, no annealing, slope of the plain cosine
        still = {"length": "fixed", "gradient": "straight_through", "lam_first": 0, "lam_least": 0}
        return SphereFace(case.C, case.D, margin=hp["m"], scale=hp["s"], **still)
    if "LambdaMax" in hp:  # clcarwin: its first step
        ends = {"lam_first": hp["LambdaMax"], "lam_least": hp["LambdaMin"]}
        loss = SphereFace(case.C, case.D, margin=hp["m"], lam_rate=0.1, **ends)
        loss.steps += hp["iteration"] - 1
        return loss
    return SphereFace(case.C, case.D, margin=hp["m"], lam_first=0, lam_least=0)


def sphereface_r(case: Case) -> SphereFaceR:
    hp = case.hp
    return SphereFaceR(
        case.C,
        case.D,
        version=hp["magn_type"],
        margin=hp["m"],
        scale=hp["s"],
        loss_weight=hp["lw"],
    )


def combined_margin(case: Case) -> CombinedMargin:
    hp = case.hp
    straight = "straight" in case.gradient  # insightface drops the slope of the added angle
    return CombinedMargin(
        case.C,
        case.D,
        m1=hp["m1"],
        m2=hp["m2"],
        m3=hp["m3"],
        scale=hp["s"],
        beyond_pi="none",  # neither code looks at pi
        gradient="straight_through" if straight else "exact",
        filter_above=hp.get("interclass_filtering_threshold", 1.0),
    )


def f_softmax(case: Case) -> FSoftmax | HardMining:
    hp = case.hp
    if "save_rate" in hp:
        return HardMining(case.C, case.D, rate=hp["save_rate"], scale=hp["s"])
    focus = "batch" if "batch_focal" in case.name else "sample"
    return FSoftmax(case.C, case.D, gamma=hp["gamma"], scale=hp["s"], focus=focus)


def sv_softmax(case: Case) -> SVSoftmax:
    hp = case.hp
    return SVSoftmax(
        case.C,
        case.D,
        base={"am": "cosface", "arc": "arcface"}[hp["X"]],
        margin=hp["m"],
        t=hp["t"],
        scale=hp["s"],
        easy="threshold",  # the ports' easy margin
        beyond_pi="none",
    )


def mv_softmax(case: Case) -> MVSoftmax:
    hp = case.hp
    return MVSoftmax(
        case.C,
        case.D,
        base={"MV-AM": "cosface", "MV-Arc": "arcface"}[case.name.split("_")[0]],
        form=hp["mode"],
        margin=hp["m"],
        extra=hp["t"],
        scale=hp["s"],
        easy_margin=hp["easy_margin"],
        beyond_pi="none",
    )


def elasticface(case: Case) -> ElasticFace:
    hp = case.hp
    loss = ElasticFace(
        case.C,
        case.D,
        base="arcface" if "Arc" in case.name else "cosface",
        plus=hp["plus"],
        margin=hp["m"],
        sigma=hp["std"],
        scale=hp["s"],
        assignment=hp.get("assignment", "paper"),
        beyond_pi="none",
    )
    drawn = case.tensor("margins_drawn" if hp["plus"] else "margins")
    loss.forward = partial(loss.forward, margins=drawn)
    return loss


def curricularface(case: Case) -> CurricularFace:
    hp = case.hp
    kept = 1 - hp["momentum"]  # that code's 0.01 is the share that is replaced
    loss = CurricularFace(case.C, case.D, margin=hp["m"], scale=hp["s"], momentum=kept).double()
    loss.t.copy_(case.tensor("t_before").squeeze())
    return loss


def adacos(case: Case) -> AdaCos:
    return AdaCos(case.C, case.D).double()


def adaface(case: Case) -> AdaFace:
    hp = case.hp
    return AdaFace(
        case.C, case.D, margin=hp["m"], h=hp["h"], scale=hp["s"], rate=hp["t_alpha"]
    ).double()


def magface(case: Case) -> MagFace:
    hp = case.hp
    return MagFace(
        case.C,
        case.D,
        shortest=hp["l_a"],
        longest=hp["u_a"],
        least_margin=hp["l_margin"],
        most_margin=hp["u_margin"],
        reward=hp["lambda_g"],
        scale=hp["s"],
        beyond_pi="easy" if hp["easy_margin"] else "linear",
    )


def subcenter_arcface(case: Case) -> SubCenterArcFace:
    hp = case.hp
    people = case.C // hp["K"]  # the case's rows are all centers of all people
    beyond = "shift" if "wespeaker" in case.name else "linear"
    return SubCenterArcFace(
        people, case.D, centers=hp["K"], margin=hp["m"], scale=hp["s"], beyond_pi=beyond
    )


BUILDERS = {
    "a_softmax": a_softmax,
    "sphereface_r": sphereface_r,
    "combined_margin": combined_margin,
    "f_softmax": f_softmax,
    "sv_softmax": sv_softmax,
    "mv_softmax": mv_softmax,
    "elasticface": elasticface,
    "curricularface": curricularface,
    "adacos": adacos,
    "adaface": adaface,
    "magface": magface,
    "subcenter_arcface": subcenter_arcface,
}
ALL = {file: list(cases(file)) for file in BUILDERS}


def of(file: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", ALL[file], ids=repr)


def after_one_batch(case: Case) -> torch.nn.Module:
    """Our loss in float64, with the case's centers, after one forward call in training."""
    loss = BUILDERS[case.file](case).double()
    loss.weight.data = case.tensor("weights")
    loss(case.tensor("features"), case.tensor("labels"))
    return loss


@pytest.mark.parametrize("case", [case for file in ALL.values() for case in file], ids=repr)
@pytest.mark.parametrize(("dtype", "rtol"), [(DOUBLE, 1e-7), (torch.float32, 1e-4)])
def test_value_and_gradient_are_those_of_the_public_code(case, dtype, rtol):
    ambient = "NOT projected" in case.gradient
    compare(BUILDERS[case.file](case), case, rtol, dtype, ambient=ambient)


@pytest.mark.parametrize(
    "case",
    [case for file in ALL.values() for case in file if "logits" in case.arrays],
    ids=repr,
)
def test_every_logit_is_that_of_the_public_code(case):
    loss = BUILDERS[case.file](case).double()
    loss.weight.data = case.tensor("weights")
    seen = []
    through = loss.losses
    loss.losses = lambda logits, labels: (seen.append(logits), through(logits, labels))[1]
    loss(case.tensor("features"), case.tensor("labels"))
    agree(case, "logits", seen[0], "logits", 1e-7)


@of("a_softmax")
def test_lambda_of_sphereface_fades_as_in_its_port(case):
    if "lambda_used" not in case.arrays:
        assert after_one_batch(case).lam == 0
        return
    agree(case, "lambda", after_one_batch(case).lam, "lambda_used", 1e-12)


@of("elasticface")
def test_every_face_gets_the_margin_that_elasticface_gave_it(case):
    golden = "margins_assigned" if case.hp["plus"] else "margins"
    agree(case, "margins", after_one_batch(case).margins, golden, 1e-12)
    if "target_cos" in case.arrays:
        loss = after_one_batch(case)
        cosines = loss.cosines(case.tensor("features"))
        true = cosines.gather(1, case.tensor("labels").unsqueeze(1))
        agree(case, "cosine", true, "target_cos", 1e-12)


@of("curricularface")
def test_t_moves_as_in_curricularface(case):
    agree(case, "t", after_one_batch(case).t, "t_after", 1e-12)


@of("adacos")
def test_scale_moves_as_in_adacos_and_so_does_the_next_loss(case):
    agree(case, "first scale", torch.tensor(adacos(case).fixed_scale), "s_initial", 1e-7)
    loss = after_one_batch(case)
    agree(case, "scale", loss.scale, "s_after_1", 1e-7)
    again = loss(case.tensor("features"), case.tensor("labels"))
    agree(case, "second scale", loss.scale, "s_after_2", 1e-7)
    agree(case, "second loss", again, "loss_second_call", 1e-7)


@of("adaface")
def test_statistics_move_as_in_adaface(case):
    loss = after_one_batch(case)
    agree(case, "mean", loss.mean, "batch_mean_after", 1e-12)
    agree(case, "deviation", loss.deviation, "batch_std_after", 1e-12)


@of("magface")
def test_both_parts_of_magface_are_those_of_its_code(case):
    loss = after_one_batch(case)
    lengths = case.tensor("features").norm(dim=1)
    agree(case, "g", loss.pull(lengths).mean(), "loss_g", 1e-12)
    loss.reward = 0.0
    identity = loss(case.tensor("features"), case.tensor("labels"))
    agree(case, "softmax part", identity, "loss_id", 1e-10)


def test_every_golden_file_of_a_margin_loss_is_read():
    assert {file: len(found) for file, found in ALL.items()} == NUMBER_OF_CASES or not_shared()


def not_shared() -> bool:
    """Whether only the small cases are at hand."""
    return all(len(case.arrays["labels"]) == 16 for found in ALL.values() for case in found)


NUMBER_OF_CASES = {
    "a_softmax": 11,
    "sphereface_r": 4,
    "combined_margin": 9,
    "f_softmax": 7,
    "sv_softmax": 13,
    "mv_softmax": 10,
    "elasticface": 16,
    "curricularface": 3,
    "adacos": 2,
    "adaface": 3,
    "magface": 3,
    "subcenter_arcface": 6,
}
