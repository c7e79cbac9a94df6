"""Traits that a view has beside its own: one for each setting of the losses it knows."""

from functools import cache
from typing import Any

from facelab.widgets._view import Checked, View


def give_traits(view: View, defaults: dict[str, Any]) -> None:
    """Give a view that is being made a trait a setting.

    Traits belong to classes. `add_traits` of traitlets makes a new class for each view, which a
    notebook that runs a cell again and again never gets rid of; here equal settings share one.

    Args:
        view: the view, before its parent's `__init__`.
        defaults: name of the trait -> default value.
    """
    view.__class__ = _class(type(view), tuple(defaults.items()))  # type: ignore[arg-type]


@cache
def _class(view: type[View], defaults: tuple[tuple[str, Any], ...]) -> type[View]:
    traits = {name: Checked(value) for name, value in defaults}
    return type(view.__name__, (view,), {"__module__": view.__module__, **traits})
