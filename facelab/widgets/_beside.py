"""A second loss beside the first: what both share, and the one slider that it has of its own.

What means the same in both losses moves both, as far as the second can go: the scale, a margin of
the same unit, a threshold, the length of the embedding. The second loss keeps values that suit
small sets for the rest, and the first of these that matters (what it is felt by) has a slider of
its own, the trait `beside_<name>`. A loss beside itself shares all but that. `static/beside.js`
says the same.
"""

from collections.abc import Mapping
from typing import Any

from facelab.widgets._curves import default
from facelab.widgets._ranges import in_force, matters

Values = dict[str, Any]
Specs = Mapping[str, Any]


def second(losses: Specs, loss: str, values: Values, beside: str) -> tuple[Values, str]:
    """The settings of the second loss.

    Args:
        losses: key -> what is known of the loss (`_curves.losses_with_a_curve`).
        loss: key of the first loss.
        values: its settings.
        beside: key of the second loss.

    Returns:
        Its settings, and the name of the one with a slider of its own, or "".
    """
    mine, its = losses[loss]["settings"], losses[beside]["settings"]
    found = _words(mine, its, loss, values)
    own = ""
    size, plays = _size(mine, values), _size(its, found)
    for name in [name for name, spec in its.items() if spec["kind"] == "slider"]:
        spec = in_force(its[name], found)
        first = size if name == plays else name
        shares = first in mine and _same(mine[first], spec, values, name == plays)
        if not own and matters(spec, found) and (not shares or loss == beside):
            own, shares = name, False
        alone = default(spec, found)
        found[name] = min(max(values[first], spec["low"]), spec["high"]) if shares else alone
    return found, own


def own_slider(losses: Specs, loss: str, values: Values, beside: str) -> tuple[str, dict[str, Any]]:
    """The name and the slider of what the second loss has of its own; ("", {}) for nothing."""
    if beside not in losses:
        return "", {}
    found, own = second(losses, loss, values, beside)
    if not own:
        return "", {}
    spec = in_force(losses[beside]["settings"][own], found)
    return own, spec | {"start": default(spec, found)}


def _words(mine: Specs, its: Specs, loss: str, values: Values) -> Values:
    """The choices of the second: those of the first, the first as base, or what suits."""
    found = {}
    for name, spec in its.items():
        if spec["kind"] == "slider":
            continue
        shared = name in mine and mine[name]["kind"] == spec["kind"]
        options = spec.get("options") or {}
        if shared and (spec["kind"] == "switch" or values[name] in options):
            found[name] = values[name]
        else:
            found[name] = loss if loss in options else default(spec)
    return found


def _size(specs: Specs, words: Values) -> str:
    """The setting that multiplies the cosines."""
    known = (name for name in ("scale", "embedding_length") if name in specs)
    return next((name for name in known if matters(specs[name], words)), "")


def _same(mine: Specs, its: Specs, values: Values, both_sizes: bool) -> bool:
    """Whether a setting of the first means the same as one of the second."""
    if its["own"] or not matters(mine, values):
        return False
    if both_sizes:
        return True
    named = mine["meaning"] == its["meaning"] or "margin" in (mine["name"], its["name"])
    alike = mine["kind"] == its["kind"] and not mine["own"]
    return bool(alike and named and in_force(mine, values)["unit"] == its["unit"])
