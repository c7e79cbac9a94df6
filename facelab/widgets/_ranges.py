"""What a setting may be with the words chosen beside it, and which settings must not cross.

A margin is radians with one base and cosine units with another; the dial then shows a slider of
that unit and that range. What a loss itself would refuse is no value here.
"""

from collections.abc import Mapping
from typing import Any

from facelab.widgets._view import check_number

Spec = Mapping[str, Any]

COSINE = {"unit": "cosine units", "low": 0, "high": 1}
RADIANS = {"unit": "radians", "low": 0, "high": 1.5}
FACTOR = {"unit": "", "low": 1, "high": 2}
BASED = {"base=cosface": COSINE, "base=arcface": RADIANS}

# loss -> setting -> "choice=word" -> what the word makes of the setting's slider
FORMS: dict[str, dict[str, dict[str, dict[str, Any]]]] = {
    "sv_softmax": {"margin": BASED},
    "mv_softmax": {"margin": BASED},
    "elasticface": {
        "margin": BASED,
        "sigma": {is_: {"unit": form["unit"]} for is_, form in BASED.items()},
    },
    "sphereface2": {"margin": {"kind=C": COSINE, "kind=A": RADIANS, "kind=M": FACTOR}},
}

# loss -> (the lower, the upper, how far the upper stays above the lower at least)
PAIRS: dict[str, list[tuple[str, str, float]]] = {
    "magface": [("least_margin", "most_margin", 0.0), ("shortest", "longest", 1.0)],
}


def in_force(spec: Spec, words: Mapping[str, Any]) -> dict[str, Any]:
    """A setting as the words chosen beside it have it: unit, low and high.

    Args:
        spec: the setting.
        words: values of the settings of the same loss, by name.
    """
    forms = spec.get("forms") or {}
    is_ = next((f"{n}={w}" for n, w in words.items() if f"{n}={w}" in forms), None)
    return dict(spec) | (forms[is_] | {"with": is_} if is_ else {})


def matters(spec: Spec, words: Mapping[str, Any]) -> bool:
    """Whether a setting matters with the words chosen beside it."""
    return spec["only"] is None or words[spec["only"][0]] in spec["only"][1]


def check_slider(name: str, value: Any, spec: Spec) -> float:
    """Give the number of a slider back, or say which range it has with the words chosen.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is outside the range.
    """
    kind = ", ".join(filter(None, [spec["unit"], spec.get("with")]))
    return check_number(name, value, spec["low"], spec["high"], kind)


def partner(
    name: str, values: Mapping[str, float], specs: Mapping[str, Spec], pairs: list[Any]
) -> dict[str, float]:
    """The settings that give way when one has been moved: name -> value.

    Args:
        name: the setting that was moved.
        values: all settings, that one included.
        specs: the settings' sliders, for their ends.
        pairs: (the lower, the upper, least distance) of those that must not cross.
    """
    for low, high, apart in pairs:
        if name in (low, high) and values[high] < values[low] + apart:
            if name == low:
                return {high: min(values[low] + apart, specs[high]["high"])}
            return {low: max(values[high] - apart, specs[low]["low"])}
    return {}


def crossing(values: Mapping[str, float], pairs: list[Any]) -> str:
    """The sentence about two settings that cross, or ""."""
    for low, high, apart in pairs:
        if values[high] < values[low] + apart:
            least = f"at least {apart:g} above" if apart else "at least"
            return f"{high} must be {least} {low} ({values[low]:g}), not {values[high]:g}"
    return ""
