"""Views that show the same people, linked: who is picked in one is picked in all."""

from contextlib import nullcontext
from typing import Any
from uuid import uuid4

from facelab.choices import unknown
from facelab.widgets._view import View


def link(*views: View, trait: str = "person") -> None:
    """Keep a choice equal in several views; the first view's value is the one they start with.

    Views on one page follow each other at once, in the browser; with a kernel, a value set in
    Python reaches all of them too. A view may be linked again, with others: its group grows.

    Args:
        views: two or more, of the same people if they name them.
        trait: the choice, for example "person" or "margin".

    Raises:
        TypeError: if one of them is no view.
        ValueError: if there is only one, one lacks the choice or refuses the first one's value, or
            they show different people; nothing is linked then.

    Example:
        facelab.widgets.link(sphere, bars)
    """
    _check(views, trait)
    first = getattr(views[0], trait)
    for view in views:
        if trait in view.chosen:
            view.check(trait, first)
    group = next((v._group[trait] for v in views if trait in v._group), uuid4().hex[:8])

    def follow(change: Any) -> None:
        for view in views:
            if getattr(view, trait) != change.new:
                with _silent(change.owner, view, {trait: change.new}):
                    setattr(view, trait, change.new)

    for view in views:
        view._group = view._group | {trait: group}
        setattr(view, trait, first)
        view.observe(follow, trait)


def _check(views: tuple[View, ...], trait: str) -> None:
    """Raise where views cannot be linked by a choice."""
    for view in views:
        if not isinstance(view, View):
            raise TypeError(f"link takes views, not {type(view).__name__}")
        if not view.has_trait(trait):
            raise ValueError(unknown(f"choice of {type(view).__name__}", trait, view.chosen))
    if len({id(view) for view in views}) < 2:
        raise ValueError(f"link takes two or more views, not {len(views)}")
    named = [view for view in views if getattr(view, "names", None)]
    for view in named[1:]:
        if trait == "person" and len(view.names) != len(named[0].names):
            raise ValueError(
                "linked views must show the same people: "
                f"{type(named[0]).__name__} shows {len(named[0].names)}, "
                f"{type(view).__name__} {len(view.names)}"
            )


def _silent(owner: View, other: View, value: dict[str, Any]) -> Any:
    """Nothing is sent of a value that came from the browser: its views there know it already.

    Sent, it could arrive after a newer value, and views would chase each other.
    """
    return other._lock_property(**value) if owner._property_lock else nullcontext()
