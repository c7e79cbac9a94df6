"""Settings under which geometry and torch are compared: both ends of every slider, every word."""

import inspect
import itertools

import numpy as np
import torch

from facelab.geometry import BOUNDARIES, NEGATIVE_CURVES, TARGET_CURVES
from facelab.losses import LOSSES, Choice, Slider, build, default

THETA = np.linspace(0.0137, 3.1279, 97)  # beside every kink, and beside 0 and pi
OTHER = np.linspace(0.0071, 3.1311, 83)

# What a loss has come to in training: keywords of geometry -> what they are in torch.
STATES = {
    "sphereface": [{"steps": 0}, {"steps": 7}, {"steps": 40_000}],
    "curricularface": [{"t": 0.0}, {"t": 0.3}, {"t": 0.9}, {"t": -0.4}],
    "adaface": [
        {"embedding_length": length, "mean": mean, "deviation": deviation}
        for length in (3.0, 0.0, 22.0, 500.0)
        for mean, deviation in ((20.0, 100.0), (21.0, 1.5))
    ],
    "magface": [{"embedding_length": length} for length in (0.5, 7.0, 60.0, 1000.0)],
    "softmax": [{}],
}
LEARNED = {"lengths", "lam", "steps", "t", "quality", "embedding_length", "mean", "deviation"}


def keywords(*functions):
    """The keywords that any of some functions takes."""
    parameters = [p for f in functions if f for p in inspect.signature(f).parameters.values()]
    return {p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}


def moving(loss):
    """The settings of a loss that move its curves or its boundary, on paper."""
    functions = [known.get(loss) for known in (TARGET_CURVES, NEGATIVE_CURVES, BOUNDARIES)]
    return [name for name in LOSSES[loss].settings if name in keywords(*functions)]


def values(setting):
    if isinstance(setting, Slider):
        return sorted({setting.low, setting.teaching, setting.high})
    return list(setting.options) if isinstance(setting, Choice) else [False, True]


def grid(loss):
    """Every combination of the settings that move; the others at their first, then last value."""
    settings, names = LOSSES[loss].settings, moving(loss)
    rest = [{k: values(s)[end] for k, s in settings.items() if k not in names} for end in (0, -1)]
    for chosen in itertools.product(*(values(settings[name]) for name in names)):
        for still in rest:
            case = dict(zip(names, chosen, strict=True)) | still
            if not refused(loss, case):
                yield case


def refused(loss, case):
    """Whether a combination makes no sense: the second half of magface, a factor below 1."""
    if loss == "magface":
        return case["longest"] <= case["shortest"] or case["most_margin"] < case["least_margin"]
    return loss == "sphereface2" and case["kind"] == "M" and case["margin"] < 1


def teaching(loss):
    """The teaching values of a loss."""
    return {name: default(setting, True) for name, setting in LOSSES[loss].settings.items()}


def head_in(loss, case, state, people=3):
    """The loss in eval mode and float64, having come to `state`; and |x|."""
    if case.get("terms") == "samples":  # `target` is that of the centers, with their margin
        case = case | {"margin": case["sample_margin"]}
    head = build(loss, people, 2, **case).double().eval()
    for name, value in state.items():
        if name in ("steps", "t", "mean", "deviation"):
            getattr(head, name).fill_(value)
        elif name == "bias":
            head.bias.data.fill_(value)
    return head, state.get("embedding_length", 2.7)


def torch_target(head, length, theta_1):
    """psi by torch, (n,)."""
    cosine = torch.tensor(np.cos(theta_1))
    with torch.no_grad():
        return head.target(cosine, torch.full_like(cosine, length)).numpy()


def torch_negative(head, length, theta_2, theta_1):
    """N by torch for each theta_1, (n,), and its theta_2, (n,) or (n, k); the shape of theta_2."""
    cosine = torch.tensor(np.cos(theta_1))
    cosines = torch.tensor(np.cos(theta_2))
    cosines = cosines if cosines.ndim == 2 else cosines[:, None]
    with torch.no_grad():
        psi = head.target(cosine, torch.full_like(cosine, length))
        return head.negatives(cosines, psi, cosine).numpy().reshape(theta_2.shape)
