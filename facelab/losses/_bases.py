"""The three curves that other losses build on, by the name of the loss they come from.

softmax   cos(theta)
cosface   cos(theta) - m       m in cosine units
arcface   cos(theta + m)       m in radians; beyond pi as `beyond_pi` says
"""

import math

from torch import Tensor

from facelab.losses._angles import cos_of_sum
from facelab.losses._settings import Slider

BASES = {
    "softmax": "cos(theta): no margin",
    "cosface": "cos(theta) - m, m in cosine units",
    "arcface": "cos(theta + m), m in radians",
}
MARGINS = {"base=cosface": (0.35, 0.2), "base=arcface": (0.5, 0.3)}  # paper, teaching


def margin_slider(base: str, meaning: str = "margin") -> Slider:
    """The margin of a loss with a base; `base` is the one in force when nothing is said."""
    unit = "cosine units (cosface), radians (arcface)"
    paper, teaching = MARGINS.get(f"base={base}", MARGINS["base=cosface"])
    return Slider("m", meaning, unit, 0, 1.5, 0.01, paper, teaching, most=math.pi, cases=MARGINS)


def curve(base: str, cosine: Tensor, margin: float | Tensor, beyond_pi: str) -> Tensor:
    """The curve of a base loss at the true class.

    Args:
        base: a key of BASES.
        cosine: (B,) cosines to the true centers.
        margin: m, a number or (B,); cosine units or radians, as the base has it.
        beyond_pi: a key of BEYOND_PI; only arcface looks at it.

    Returns:
        (B,) values on the scale of a cosine.
    """
    if base == "softmax":
        return cosine
    return cosine - margin if base == "cosface" else cos_of_sum(cosine, margin, beyond_pi)
