"""Softmax, NormFace, CosFace and ArcFace against the numbers of ten public codes."""

import pytest
import torch

from facelab.losses import ArcFace, CosFace, NormFace, Softmax
from tests.losses.golden import Case, cases, compare

# what each code does once theta + m passes pi, and with the slope of its curve
ARCFACE_CODES = {
    "elasticface": {"beyond_pi": "none"},
    "insightface": {"beyond_pi": "none", "gradient": "straight_through"},
    "curricularface_repo": {"beyond_pi": "linear"},
    "pml": {"beyond_pi": "linear"},
    "adaface_repo": {"beyond_pi": "clip"},
    "opensphere": {"beyond_pi": "clip", "gradient": "straight_through"},
    "facexzoo": {"beyond_pi": "keep"},
    "svx_easy_margin": {"beyond_pi": "easy"},
}


def softmax(case: Case) -> torch.nn.Module:
    return Softmax(case.C, case.D, bias=case.hp["bias"])


def normface(case: Case) -> torch.nn.Module:
    return NormFace(case.C, case.D, scale=case.hp["s"])


def cosface(case: Case) -> torch.nn.Module:
    easy = case.hp.get("easy_margin", False)
    return CosFace(case.C, case.D, margin=case.hp["m"], scale=case.hp["s"], easy_margin=easy)


def arcface(case: Case) -> torch.nn.Module:
    code = next(words for prefix, words in ARCFACE_CODES.items() if case.name.startswith(prefix))
    return ArcFace(case.C, case.D, margin=case.hp["m"], scale=case.hp["s"], **code)


BUILDERS = {"softmax": softmax, "normface": normface, "cosface": cosface, "arcface": arcface}
ALL = [case for file in BUILDERS for case in cases(file)]


@pytest.mark.parametrize("case", ALL, ids=repr)
@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float64, 1e-7), (torch.float32, 1e-4)])
def test_value_and_gradient_are_those_of_the_public_code(case, dtype, rtol):
    ambient = "NOT projected" in case.gradient
    compare(BUILDERS[case.file](case), case, rtol, dtype, ambient=ambient)


def test_beyond_pi_five_public_arcface_codes_do_not_agree():
    values = {
        round(float(case.arrays["loss"]), 3)
        for case in cases("arcface")
        if case.hp["m"] == 0.5 and case.hp["s"] == 64 and len(case.arrays["labels"]) == 16
    }
    assert len(values) == 4
