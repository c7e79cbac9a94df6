"""What every view has: state as a short string, code, a page of its own, words, an error line.

A view is a skin: its state lives in traits, its drawing in one file of `static/`. A leaf names the
traits that the reader can choose (`chosen`), says which values they may take (`check`), and what
one would type to get the view back (`code`).
"""

import base64
import binascii
import json
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar, Self
from uuid import uuid4

import anywidget
from traitlets import Dict, HasTraits, List, TraitType, Unicode

from facelab.widgets import _twin
from facelab.widgets._assemble import page, style
from facelab.widgets._words import phrases, spoken

STATE_VERSION = 1
ROUNDING = 1e-3  # a printed value, such as 3.142 for pi, may end a little outside its range


class Checked(TraitType[Any, Any]):
    """A trait whose values the view itself checks, with a sentence where one does not fit."""

    def __init__(self, default: Any) -> None:
        super().__init__(default_value=default)
        self.tag(sync=True)

    def set(self, obj: HasTraits, value: Any) -> None:
        """Keep the value in the form the view gives it; a default is not asked."""
        if isinstance(obj, View):
            super().set(obj, obj.check(str(self.name), value))


def check_number(name: str, value: Any, low: float, high: float, unit: str = "") -> float:
    """Give a number back as a float, or say which range its slider has.

    Raises:
        TypeError: if it is not a number.
        ValueError: if it is NaN or outside low..high.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not low - ROUNDING <= number <= high + ROUNDING:
        kind = f" ({unit})" if unit else ""
        raise ValueError(f"{name} must be between {low:.4g} and {high:.4g}{kind}, not {number:g}")
    return min(max(number, low), high)


class View(anywidget.AnyWidget):
    """The parent of every view.

    A leaf sets `title`, `_esm` and, if the reader can copy its call, `call`: what one would type,
    with {} where the choices go, for example "facelab.Sphere(embeddings, labels, {})".

    Attributes:
        words: what is seen, in words; written by the browser once the view is drawn.
        notes: what was done to the data before it was drawn, in words.
        error: what went wrong, or "".
        picture: what readers without a kernel see in place of the view: a figure with `savefig`,
            PNG bytes, a piece of HTML, or None for the view's code alone.
        kept: choices to come back to with a click, each {"name": ..., "values": {...}}.
    """

    title: ClassVar[str]
    call: ClassVar[str] = ""

    words = Unicode().tag(sync=True)
    notes = Unicode().tag(sync=True)
    error = Unicode().tag(sync=True)
    kept = List(Dict()).tag(sync=True)
    _about = Dict().tag(sync=True)
    _phrases = Dict().tag(sync=True)
    _twin = Unicode().tag(sync=True)
    _group = Dict().tag(sync=True)
    _css = style()

    def __init__(self, **values: Any) -> None:
        self.picture: Any = None
        about = {"v": STATE_VERSION, "view": type(self).__name__, "call": self.call}
        about["lang"] = spoken()
        super().__init__(_phrases=phrases(), _about=about, _twin=uuid4().hex[:12], **values)

    def check(self, name: str, value: Any) -> Any:
        """Give a chosen value back as the view keeps it.

        Raises:
            TypeError, ValueError: if it does not fit; the sentence repeats it.
        """
        raise NotImplementedError

    def code(self) -> str:
        """What one would type to get this view with the values now chosen."""
        values = ", ".join(f"{name}={written(v)}" for name, v in self.choices().items())
        return self.call.format(values)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the traits that the reader can choose."""
        raise NotImplementedError

    def choices(self) -> dict[str, Any]:
        """What the reader has chosen: trait -> value."""
        return {name: getattr(self, name) for name in self.chosen}

    def state(self) -> str:
        """The choices as a short string to paste elsewhere; `from_state` reads it."""
        content = {"v": STATE_VERSION, "view": type(self).__name__, "state": self.choices()}
        packed = json.dumps(content, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def from_state(cls, text: str, *data: Any, **more: Any) -> Self:
        """A view with the choices of a state string.

        Args:
            text: what `state()` gave.
            data, more: what the view draws, as its class takes it; the string holds choices only.

        Raises:
            TypeError, ValueError: if the string cannot be used; the sentence says why.
        """
        unpack(text, cls.__name__)
        view = cls(*data, **more)
        view.restore(text)
        return view

    def restore(self, text: str) -> None:
        """Take over the choices of a state string; where it cannot be used, nothing changes.

        Raises:
            TypeError, ValueError: if the string cannot be used; the sentence says why.
        """
        values, before = unpack(text, type(self).__name__), self.choices()
        try:
            with self.hold_sync():
                for name, value in values.items():
                    if name not in self.chosen:
                        raise ValueError(f"this state holds {name!r}, which the view lacks")
                    setattr(self, name, value)
        except (TypeError, ValueError):
            for name, value in before.items():
                setattr(self, name, value)
            raise

    def keep(self, name: str = "") -> None:
        """Keep the choices as they are, to come back to with a click in the view.

        Args:
            name: the words on the button; its number if empty.
        """
        kept = {"name": name or str(len(self.kept) + 1), "values": self.choices()}
        self.kept = [*self.kept, kept]

    def to_html(self, path: str | Path) -> Path:
        """Write one page that shows the view from disk: no kernel, no server, no network.

        Args:
            path: the file to write; its folder must exist.

        Returns:
            The path.

        Raises:
            FileNotFoundError: if the folder does not exist.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {str(path.parent)!r} to write {path.name}")
        notebook = {*anywidget.AnyWidget.class_trait_names(), "_esm", "_css", "_anywidget_id"}
        state = {k: v for k, v in self.get_state().items() if k not in notebook}
        content = page(self.title, self.code(), self._esm, state | {"_twin": ""})
        path.write_text(content, "utf-8")
        return path

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser sends; what does not fit is said in the error line."""
        try:
            super().set_state(sync_data)
            self.error = ""
        except (TypeError, ValueError) as problem:
            self.error = str(problem)

    def __repr__(self) -> str:
        return self.code()

    def _ipython_display_(self) -> None:
        """Show the picture for readers without a kernel, then the view, which hides it."""
        _twin.show(self)


def written(value: Any) -> str:
    """A value as one would type it; a number with four significant digits is enough."""
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


def unpack(text: str, view: str) -> dict[str, Any]:
    """The choices in a state string.

    Raises:
        TypeError, ValueError: if the string is no state, is cut, is of another version or view.
    """
    if not isinstance(text, str):
        raise TypeError(f"a state is the string that state() gave, not {type(text).__name__}")
    cleaned = text.strip()
    seen = cleaned if len(cleaned) <= 24 else cleaned[:24] + "..."
    try:
        padded = cleaned.encode("ascii") + b"=" * (-len(cleaned) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        version, name, state = content["v"], content["view"], content["state"]
    except (binascii.Error, UnicodeError, ValueError, KeyError, TypeError):
        raise ValueError(
            f"{seen!r} is not a whole state: copy all of what state() printed"
        ) from None
    if version != STATE_VERSION:
        raise ValueError(f"this state is of version {version}, this facelab reads {STATE_VERSION}")
    if name != view:
        raise ValueError(f"this is the state of a {name}, not of a {view}")
    return dict(state)
