"""The keywords of a loss: what they mean, what they may be, and where a slider should stand.

A loss lists them once, in its class attribute `settings`. The sliders of the views, the options of
the command line, the table in the README and the tests read that list; none of them repeats it.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from numbers import Real
from typing import Any

from facelab.choices import unknown


@dataclass(frozen=True)
class Slider:
    """A number that a loss can be given.

    Attributes:
        symbol: the letter in formulas and captions, for example "m".
        meaning: the words beside the letter, for example "margin".
        unit: "radians", "cosine units", or "" for a pure number.
        low, high: ends of the slider.
        step: step of the slider.
        paper: the value in the paper; the keyword's default.
        teaching: the value that suits 2-D and 3-D embeddings and a few dozen people.
        least, most: the values that make sense at all; beyond them the loss refuses.
        open_below: whether `least` itself is refused (a scale must be above 0).
        whole: whether only whole numbers make sense.
        cases: where a choice moves the values, "choice=word" -> (paper, teaching).
    """

    symbol: str
    meaning: str
    unit: str
    low: float
    high: float
    step: float
    paper: float
    teaching: float
    least: float = 0.0
    most: float = math.inf
    open_below: bool = False
    whole: bool = False
    cases: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def check(self, name: str, value: Any) -> float:
        """Give the value back as a number, or say why it cannot be used.

        Raises:
            TypeError: if the value is not a number.
            ValueError: if it is NaN, infinite, not whole where it must be, or out of range.
        """
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"{name} must be a number, not {value!r}")
        value = float(value)
        too_low = value <= self.least if self.open_below else value < self.least
        if not math.isfinite(value) or too_low or value > self.most:
            raise ValueError(f"{name} must be {self._range()}, not {value:g}")
        if self.whole and value != int(value):
            raise ValueError(f"{name} must be a whole number, not {value:g}")
        return int(value) if self.whole else value

    def _range(self) -> str:
        least = f"{'above' if self.open_below else 'at least'} {self.least:g}"
        most = f" and at most {self.most:.6g}" if math.isfinite(self.most) else " and finite"
        return least + most + (f" ({self.unit})" if self.unit else "")


@dataclass(frozen=True)
class Choice:
    """A word that a loss can be given.

    Attributes:
        meaning: what is chosen.
        options: word -> what it does, in a few words.
        default: the word in force when nothing is said.
        teaching: the word that suits 2-D and 3-D embeddings and a few dozen people; the default
            if empty.
    """

    meaning: str
    options: Mapping[str, str]
    default: str
    teaching: str = ""

    def check(self, name: str, value: Any) -> str:
        """Give the word back, or say which words there are.

        Raises:
            ValueError: if the word is not an option.
        """
        if value not in self.options:
            raise ValueError(unknown(name, value, self.options))
        return str(value)


@dataclass(frozen=True)
class Switch:
    """A yes or no that a loss can be given: what `True` does, and the default."""

    meaning: str
    default: bool = False

    def check(self, name: str, value: Any) -> bool:
        """Give the yes or no back.

        Raises:
            TypeError: if it is neither True nor False.
        """
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, not {value!r}")
        return value


Setting = Slider | Choice | Switch
Settings = Mapping[str, Setting]


def default(
    setting: Setting, teaching: bool = False, chosen: Mapping[str, Any] | None = None
) -> Any:
    """Value of a setting when nothing is said: the paper's, or the one that suits small sets.

    Args:
        setting: the setting.
        teaching: whether the small set is meant.
        chosen: the words of other settings, where they are known; see `Slider.cases`.
    """
    if isinstance(setting, Slider):
        words = [f"{name}={word}" for name, word in (chosen or {}).items()]
        plain = (setting.paper, setting.teaching)
        pair = next((setting.cases[w] for w in words if w in setting.cases), plain)
        return pair[teaching]
    if isinstance(setting, Choice) and teaching:
        return setting.teaching or setting.default
    return setting.default


def as_json(settings: Settings) -> dict[str, dict[str, Any]]:
    """Settings as plain dicts for a browser: infinite ends become None, `kind` names the type."""
    plain = {name: asdict(s) | {"kind": type(s).__name__.lower()} for name, s in settings.items()}
    for entry in plain.values():
        for key, value in entry.items():
            if isinstance(value, float) and math.isinf(value):
                entry[key] = None
    return plain


def scale_slider(paper: float = 64.0, teaching: float = 16.0) -> Slider:
    """The scale s that most losses share; the logits are s times a cosine."""
    return Slider(
        "s", "scale", "", low=1, high=64, step=0.5, paper=paper, teaching=teaching, open_below=True
    )
