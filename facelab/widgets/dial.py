"""The margin dial: two people on a circle, one embedding, and what a loss asks of it.

Everything is computed in the browser from `static/curves.js`; the kernel only holds the choices.
"""

import math
from typing import Any, ClassVar

from traitlets import Dict

from facelab.widgets._assemble import assemble
from facelab.widgets._beside import own_slider
from facelab.widgets._curves import default, losses_with_a_curve
from facelab.widgets._ranges import check_slider, partner
from facelab.widgets._settable import give_traits
from facelab.widgets._settling import (
    check_loss,
    check_setting,
    check_switch,
    missing,
    starting,
    suited,
    timely,
)
from facelab.widgets._view import Checked, View, check_number

ANGLES = {  # lowest and highest, radians
    "theta": (0.0, math.pi),
    "between": (math.pi / 18, math.pi),
}
OWN = "beside_"  # starts the name of the slider that a second loss has of its own


LOSS_DEFAULT = "arcface"


class MarginDial(View):
    """Two people on a circle: sliders for the margin, the scale and the angle of one embedding.

    Args:
        loss: the loss, by its key.
        beside: a second loss to compare with, by its key; "" for none. It moves with the sliders
            of the first where both mean the same, see `_beside`.
        all_losses: draw the boundaries of all losses, at the values that suit small sets.
        theta: angle between the embedding of person 1 and its own center, 0 to pi, radians.
        between: angle between the two centers, pi/18 to pi, radians.
        settings: settings of that loss by keyword, for example `margin` and `scale`, and what it
            looks at besides, for example `threshold` or `embedding_length` (see `_curves`); where
            none is given, the value that suits small sets. The slider that the second loss has of
            its own is `beside_` and its name, for example `beside_margin`.

    Raises:
        TypeError, ValueError: if a loss or a setting is unknown, or a value is not one that the
            slider can take or the loss itself would; the sentence repeats it.

    Example:
        dial = facelab.MarginDial(loss="arcface", margin=0.5, scale=16, beside="cosface")
    """

    title: ClassVar[str] = "Margin dial"
    call: ClassVar[str] = "facelab.MarginDial({})"
    _esm = assemble("dial")

    losses = Dict().tag(sync=True)
    loss = Checked(LOSS_DEFAULT)
    beside = Checked("")
    all_losses = Checked(False)
    theta = Checked(math.radians(40))
    between = Checked(math.pi / 2)
    _suited = True
    _own: tuple[Any, ...] = ()

    def __init__(
        self,
        loss: str = LOSS_DEFAULT,
        *,
        beside: str = "",
        all_losses: bool = False,
        theta: float = math.radians(40),
        between: float = math.pi / 2,
        **settings: Any,
    ) -> None:
        losses = losses_with_a_curve()
        specs = {k: spec for entry in losses.values() for k, spec in entry["settings"].items()}
        sliders = {OWN + n: default(spec) for n, spec in specs.items() if spec["kind"] == "slider"}
        give_traits(self, {name: default(spec) for name, spec in specs.items()} | sliders)
        its = {name: settings.pop(name) for name in [*settings] if name.startswith(OWN)}
        values = starting(losses, check_loss(loss, losses), settings)
        if beside:
            name, spec = own_slider(losses, loss, values, check_loss(beside, losses))
            its = ({OWN + name: spec["start"]} if name else {}) | its
        values |= {"beside": beside} | its
        rest = {"all_losses": all_losses, "theta": theta, "between": between}
        super().__init__(losses=losses, loss=loss, **values, **rest)
        self._own, self._suited = self._its_own(), False
        self._specs = tuple(specs)
        self.observe(self._follow, names=["loss", "beside", *specs])

    @property
    def _settings(self) -> dict[str, Any]:
        """The settings of the loss that is chosen."""
        settings: dict[str, Any] = self.losses[self.loss]["settings"]
        return settings

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: the losses, their settings, and the two angles."""
        name, _ = self._second()
        own = (OWN + name,) if name else ()
        return ("loss", *self._settings, "beside", *own, "all_losses", "theta", "between")

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._settings}

    def _second(self) -> tuple[str, dict[str, Any]]:
        """The slider that the second loss has of its own."""
        return own_slider(self.losses, self.loss, self._values(), self.beside)

    def _its_own(self) -> tuple[Any, ...]:
        """What the slider of the second loss stands for: when that changes, it starts anew."""
        name, spec = self._second()
        return (self.beside, name, spec.get("unit"))

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as a plain value, or say why it cannot be made."""
        if name == "loss" or (name == "beside" and value != ""):
            return check_loss(value, self.losses)
        if name == "all_losses":
            return check_switch(name, value)
        if name in ANGLES:
            low, high = ANGLES[name]
            return check_number(name, value, low, high, "radians")
        if name.startswith(OWN):
            return self._check_own(name, value)
        if name in self._settings:
            return check_setting(name, value, self._settings[name], self._values())
        if name == "beside":
            return ""
        raise ValueError(missing(self.loss, name, self._settings))

    def _check_own(self, name: str, value: Any) -> float:
        """The value of the slider that the second loss has of its own."""
        own, spec = self._second()
        if not self.beside:
            raise ValueError(f"{name} needs a second loss, and beside is ''")
        if name != OWN + own:
            has = f"only {OWN}{own}" if own else "no slider of its own"
            raise ValueError(f"{self.beside} beside {self.loss} has {has}, not {name}")
        return check_slider(name, value, spec)

    def _follow(self, change: dict[str, Any]) -> None:
        """What has to move with a loss, a word or a slider."""
        if self._suited:
            self._own = self._its_own()
            return
        with self.hold_sync():
            if change["name"] == "loss":
                everything = {name: getattr(self, name) for name in self._specs}
                self._set(suited(self.losses, change["old"], self.loss, everything))
            elif change["name"] in self._settings:
                self._set(self._moved(change["name"]))
            if self._its_own() != self._own:
                self._own = self._its_own()
                name, spec = self._second()
                self._set({OWN + name: spec["start"]} if name else {})

    def _moved(self, name: str) -> dict[str, Any]:
        """The settings that give way to one that has been moved."""
        values, settings = self._values(), self._settings
        is_ = f"{name}={values[name]}"
        moved = [n for n, spec in settings.items() if is_ in (spec["forms"] or {})]
        again = {n: default(settings[n], values) for n in moved}
        return again | partner(name, values, settings, self.losses[self.loss]["pairs"])

    def _set(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser sends, which has suited itself: what others depend on first."""
        order = ["loss", *(n for entry in self.losses.values() for n in entry["settings"])]
        places = {name: place for place, name in enumerate([*dict.fromkeys(order), "beside"])}
        self._suited = bool(places.keys() & sync_data)
        last = len(places)
        try:
            sent = timely(self.losses, self.loss, sync_data)
            data = sorted(sent.items(), key=lambda item: places.get(item[0], last))
            super().set_state(dict(data))
        finally:
            self._suited = False
