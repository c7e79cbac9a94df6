"""The margin dial: two people on a circle, one embedding, and what a loss asks of it.

Everything is computed in the browser from `static/curves.js`; the kernel only holds the choices.
"""

import math
from typing import Any, ClassVar

from traitlets import Dict, observe

from facelab.choices import unknown
from facelab.widgets._assemble import assemble
from facelab.widgets._curves import LEFT_OUT, NOT_DRAWN, default, losses_with_a_curve
from facelab.widgets._view import Checked, View, check_number

ANGLES = {  # lowest and highest, radians
    "theta": (0.0, math.pi),
    "between": (math.pi / 18, math.pi),
}


LOSS_DEFAULT = "arcface"


class MarginDial(View):
    """Two people on a circle: sliders for the margin, the scale and the angle of one embedding.

    Args:
        loss: the loss, by its key.
        theta: angle between the embedding of person 1 and its own center, 0 to pi, radians.
        between: angle between the two centers, pi/18 to pi, radians.
        settings: settings of that loss by keyword, for example `margin` and `scale`, and what it
            looks at besides, for example `threshold` or `embedding_length` (see `_curves`); where
            none is given, the value that suits small sets.

    Raises:
        TypeError, ValueError: if the loss or a setting is unknown, or a value is not one that the
            slider can take; the sentence repeats it.

    Example:
        dial = facelab.MarginDial(loss="arcface", margin=0.5, scale=16)
    """

    title: ClassVar[str] = "Margin dial"
    call: ClassVar[str] = "facelab.MarginDial({})"
    _esm = assemble("dial")

    losses = Dict().tag(sync=True)
    loss = Checked(LOSS_DEFAULT)
    theta = Checked(math.radians(40))
    between = Checked(math.pi / 2)
    _suited = False

    def __init__(
        self,
        loss: str = LOSS_DEFAULT,
        *,
        theta: float = math.radians(40),
        between: float = math.pi / 2,
        **settings: Any,
    ) -> None:
        losses = losses_with_a_curve()
        known = losses.get(loss, {"settings": {}})["settings"]
        specs = {k: spec for entry in losses.values() for k, spec in entry["settings"].items()}
        if known and (strange := [name for name in settings if name not in known]):
            raise ValueError(missing(loss, strange[0], known))
        self.add_traits(**{name: Checked(default(spec)) for name, spec in specs.items()})
        words = {name: default(spec) for name, spec in known.items()} | settings
        values = {name: default(spec, words) for name, spec in known.items()} | settings
        super().__init__(losses=losses, loss=loss, theta=theta, between=between, **values)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: the loss, its settings, and the two angles."""
        return ("loss", *self.losses[self.loss]["settings"], "theta", "between")

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as a plain value, or say why it cannot be made."""
        if name == "loss":
            return check_loss(value, self.losses)
        if name in ANGLES:
            low, high = ANGLES[name]
            return check_number(name, value, low, high, "radians")
        settings = self.losses[self.loss]["settings"]
        if name not in settings:
            raise ValueError(missing(self.loss, name, settings))
        return check_setting(name, value, settings[name])

    @observe("loss")
    def _suit(self, change: dict[str, Any]) -> None:
        """A setting keeps its value where the new loss shares unit and range; else its own."""
        if self._suited or change["old"] not in self.losses:
            return
        before = self.losses[change["old"]]["settings"]
        settings = self.losses[self.loss]["settings"]
        own = [
            n for n, spec in settings.items() if not suits(getattr(self, n), before.get(n), spec)
        ]
        words = {name: default(settings[name]) for name in own}
        kept = {name: getattr(self, name) for name in settings if name not in own}
        with self.hold_sync():
            for name in own:
                setattr(self, name, default(settings[name], words | kept))

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser sends, the loss before its settings, which it has suited itself."""
        self._suited = "loss" in sync_data
        super().set_state(dict(sorted(sync_data.items(), key=lambda item: item[0] != "loss")))
        self._suited = False


def missing(loss: str, name: str, settings: dict[str, Any]) -> str:
    """The sentence about a setting that the dial does not have for a loss."""
    if name in LEFT_OUT.get(loss, {}):
        return f"the dial has no {name} for {loss}: {LEFT_OUT[loss][name]}"
    return unknown(f"setting of {loss}", name, settings)


def suits(value: Any, before: dict[str, Any] | None, spec: dict[str, Any]) -> bool:
    """Whether a value chosen under one loss can stay under another."""
    if before is None or (before["kind"], before.get("unit")) != (spec["kind"], spec.get("unit")):
        return False
    if spec["kind"] == "slider":
        return bool(spec["low"] <= value <= spec["high"])
    return spec["kind"] == "switch" or value in spec["options"]


def check_loss(value: Any, losses: dict[str, Any]) -> str:
    """Give the key of a loss back, or say which there are."""
    if value in NOT_DRAWN:
        raise ValueError(f"the dial does not draw {value}: {NOT_DRAWN[value]}")
    if value not in losses:
        raise ValueError(unknown("loss with a curve of the angle alone", value, losses))
    return str(value)


def check_setting(name: str, value: Any, spec: dict[str, Any]) -> Any:
    """Give the value of a setting back, or say what would be right."""
    if spec["kind"] == "slider":
        return check_number(name, value, spec["low"], spec["high"], spec["unit"])
    if spec["kind"] == "choice":
        if value not in spec["options"]:
            raise ValueError(unknown(name, value, spec["options"]))
        return value
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return value
