"""Every visible word of the views, in the language that is spoken.

The catalog is a folder a language in `words/`, with a file a view: `words/en/dial.json` holds the
words of the dial. A key is asked for as "dial.title". What a language lacks is said in English.

The words of settings come from the losses, in English: `words/zh/settings.json` has what is shown
in their place, and its keys are the English words themselves.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

WORDS = Path(__file__).parent / "words"
SETTINGS = "settings"
_spoken = ["en"]


def languages() -> list[str]:
    """The languages there are, "en" first."""
    return sorted((folder.name for folder in WORDS.iterdir() if folder.is_dir()), key=_english)


def _english(language: str) -> tuple[bool, str]:
    return language != "en", language


def speak(language: str) -> None:
    """Let every view that is made from now on speak a language.

    Raises:
        ValueError: if there is no catalog for it.
    """
    if language not in languages():
        own = {code: catalog(code)["view.language"] for code in languages()}
        known = [f"{code} ({name})" for code, name in own.items()]
        raise ValueError(f"unknown language {language!r}; there are: {', '.join(known)}")
    _spoken[0] = language


def spoken() -> str:
    """The language that views speak."""
    return _spoken[0]


def catalog(language: str) -> dict[str, str]:
    """The phrases that a language has, by key; those of settings are not among them."""
    found: dict[str, str] = {}
    for file in sorted((WORDS / language).glob("*.json")):
        if file.stem != SETTINGS:
            found |= {f"{file.stem}.{key}": phrase for key, phrase in read(file).items()}
    return found


@cache
def read(file: Path) -> dict[str, str]:
    """The phrases of one file."""
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


def phrases() -> dict[str, str]:
    """Every phrase in the language that is spoken; where it lacks one, in English."""
    return _phrases(WORDS, spoken())


@cache  # every view holds them: one copy for all
def _phrases(_: Path, language: str) -> dict[str, str]:
    return catalog("en") | catalog(language)


def numbered(people: int) -> list[str]:
    """What people are called whose names nobody gave: person 0, person 1, ..."""
    person = phrases()["view.person"]
    return [person.format(number=number) for number in range(people)]


def translated(losses: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is known of the losses, with the words of their settings in the language spoken.

    Args:
        losses: what `losses.describe()` gives: key -> title, formula, source, settings.

    Returns:
        The same in English. Else `meaning` and `options` are translated, and choices and switches
        have a `label`, what they are called, choices also `words`, what each option is called.
        What the language lacks stays English; so do titles, which are names.
    """
    known = of_settings()
    return {key: _loss(entry, known) for key, entry in losses.items()} if known else losses


def of_settings() -> dict[str, str]:
    """The words of settings, and their units, in the language spoken: English -> what is said."""
    file = WORDS / spoken() / f"{SETTINGS}.json"
    return read(file) if file.exists() else {}


def _loss(entry: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """A loss in another language, with its weight where it stands beside others."""
    settings = {name: _told(name, spec, known) for name, spec in entry["settings"].items()}
    told = entry | {"settings": settings}
    return told | {"beside": _told("beside", told["beside"], known)} if told.get("beside") else told


def _told(name: str, spec: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """A setting in another language."""

    def say(text: str) -> str:
        return known.get(text, text)

    told: dict[str, Any] = {"meaning": say(spec["meaning"])}
    if spec["kind"] != "slider":
        told["label"] = say(plain(name))
    if spec["kind"] == "choice":
        told["options"] = {word: say(does) for word, does in spec["options"].items()}
        told["words"] = {word: say(plain(word)) for word in spec["options"]}
    return spec | told


def plain(name: str) -> str:
    """A name as views show it in English: beyond_pi is "beyond pi"."""
    return name.replace("_", " ")
