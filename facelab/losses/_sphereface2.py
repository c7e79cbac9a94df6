"""The keywords of SphereFace2; its teaching values hold ten people in 2-D and in 3-D."""

import math
from dataclasses import replace

from facelab.losses._angles import BEYOND_PI
from facelab.losses._settings import Choice, Settings, Slider, scale_slider
from facelab.losses._threshold import BIAS_START

SETTINGS: Settings = {
    "kind": Choice(
        "what the margin does",
        {
            "C": "lowers the yes and raises the noes by m",
            "A": "turns the yes away by the angle m",
            "M": "multiplies the angle of the yes by m",
        },
        default="C",
    ),
    "margin": Slider(
        "m",
        "margin",
        "C: cosine units, A: radians, M: a factor",
        0,
        2,
        0.01,
        paper=0.4,
        teaching=0.1,
        most=math.pi,
        cases={"kind=A": (0.5, 0.2), "kind=M": (1.7, 1.5)},
    ),
    "scale": replace(scale_slider(paper=40.0), symbol="r"),
    "balance": Slider(
        r"\lambda", "share of the yes", "", 0.05, 0.95, 0.01, 0.7, 0.7, least=0.01, most=0.99
    ),
    "sharpness": Slider("t", "sharpness", "", 1, 10, 0.1, paper=3, teaching=2, least=1),
    "detach": Choice(
        "slopes dropped in the backward pass",
        {
            "paper": "A, M: that of the margin; C: none",
            "code": "those of g and of the margin, everywhere (OpenSphere)",
            "none": "none",
        },
        default="paper",
    ),
    "bias_start": BIAS_START,
    "loss_weight": Slider(
        "w", "weight of the loss", "", 1, 50, 1, paper=1, teaching=1, open_below=True
    ),
    "turned": Choice(
        "curves that kind A turns by m",
        {
            "positives": "P only",
            "both": "also N = g(cos(theta_j - m)) (wespeaker)",
        },
        default="positives",
    ),
    "beyond_pi": replace(BEYOND_PI, default="clip"),
}
