"""The settings of the dial when it starts and when another loss is chosen; what it refuses."""

from typing import Any

from facelab.choices import unknown
from facelab.widgets._curves import LEFT_OUT, NOT_DRAWN, default
from facelab.widgets._ranges import check_slider, crossing, in_force, partner

Values = dict[str, Any]


def starting(losses: dict[str, Any], loss: str, given: Values) -> Values:
    """The settings a dial starts with: those given, then what suits small sets.

    Raises:
        ValueError: if the loss has no such setting, or two that are given cross.
    """
    settings = losses[loss]["settings"]
    if strange := [name for name in given if name not in settings]:
        raise ValueError(missing(loss, strange[0], settings))
    words = {name: default(spec) for name, spec in settings.items()} | given
    values = {name: given.get(name, default(spec, words)) for name, spec in settings.items()}
    for name in given:
        check_setting(name, given[name], settings[name], values)
        for other, value in partner(name, values, settings, losses[loss]["pairs"]).items():
            if other in given:
                raise ValueError(crossing(values, losses[loss]["pairs"]))
            values[other] = value
    return values


def suited(losses: dict[str, Any], before: str, loss: str, values: Values) -> Values:
    """What changes when another loss is chosen.

    A word that both know and a number of the same unit stay; the rest takes what suits small sets.

    Args:
        losses: key -> what is known of the loss.
        before, loss: keys of the loss before and now.
        values: all that was chosen, of any loss.
    """
    was, settings = losses[before]["settings"], losses[loss]["settings"]
    words = {name: s for name, s in settings.items() if s["kind"] != "slider"}
    new = {n: default(s) for n, s in words.items() if not _stays(n, values, was, s)}
    now = {name: values[name] for name in words} | new
    sliders = {n: in_force(s, now) for n, s in settings.items() if s["kind"] == "slider"}
    own = {n: default(s, now) for n, s in sliders.items() if not _stays(n, values, was, s)}
    return new | own


def timely(losses: dict[str, Any], loss: str, sent: Values) -> Values:
    """What a browser sent, without settings of other losses: moved before it heard of `loss`."""
    if sent.get("loss", loss) != loss:
        return sent
    others = {name for entry in losses.values() for name in entry["settings"]}
    late = others - losses[loss]["settings"].keys()
    return {name: value for name, value in sent.items() if name not in late}


def _stays(name: str, values: Values, was: dict[str, Any], spec: dict[str, Any]) -> bool:
    """Whether a value chosen under one loss can stay under another."""
    if name not in was or was[name]["kind"] != spec["kind"]:
        return False
    if spec["kind"] != "slider":
        return spec["kind"] == "switch" or values[name] in spec["options"]
    words = {n: values[n] for n in was}
    own = was[name]["own"] or spec["own"]
    alike = in_force(was[name], words)["unit"] == spec["unit"] and not own
    return bool(alike and spec["low"] <= values[name] <= spec["high"])


def suits(value: Any, before: dict[str, Any] | None, spec: dict[str, Any]) -> bool:
    """Whether a value chosen under one loss can stay under another, whatever its words."""
    if before is None or (before["kind"], before.get("unit")) != (spec["kind"], spec.get("unit")):
        return False
    if spec["kind"] == "slider":
        return bool(spec["low"] <= value <= spec["high"])
    return spec["kind"] == "switch" or value in spec["options"]


def missing(loss: str, name: str, settings: dict[str, Any]) -> str:
    """The sentence about a setting that the dial does not have for a loss."""
    if name in LEFT_OUT.get(loss, {}):
        return f"the dial has no {name} for {loss}: {LEFT_OUT[loss][name]}"
    return unknown(f"setting of {loss}", name, settings)


def check_loss(value: Any, losses: dict[str, Any]) -> str:
    """Give the key of a loss back, or say which there are."""
    if isinstance(value, str) and value in NOT_DRAWN:
        raise ValueError(f"the dial does not draw {value}: {NOT_DRAWN[value]}")
    if not isinstance(value, str) or value not in losses:
        raise ValueError(unknown("loss with a curve of the angle alone", value, losses))
    return value


def check_setting(name: str, value: Any, spec: dict[str, Any], words: Values | None = None) -> Any:
    """Give the value of a setting back, or say what would be right with the words beside it."""
    if spec["kind"] == "slider":
        return check_slider(name, value, in_force(spec, words or {}))
    if spec["kind"] == "choice":
        if not isinstance(value, str) or value not in spec["options"]:
            raise ValueError(unknown(name, value, spec["options"]))
        return value
    return check_switch(name, value)


def check_switch(name: str, value: Any) -> bool:
    """Give True or False back, or say that it is neither."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return value
