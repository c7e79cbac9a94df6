"""Every visible word of the views, in the language that is spoken.

The catalog is a folder a language in `words/`, with a file a view: `words/en/dial.json` holds the
words of the dial. A key is asked for as "dial.title". What a language lacks is said in English.
"""

import json
from pathlib import Path

from facelab.choices import unknown

WORDS = Path(__file__).parent / "words"
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
        raise ValueError(unknown("language", language, languages()))
    _spoken[0] = language


def spoken() -> str:
    """The language that views speak."""
    return _spoken[0]


def catalog(language: str) -> dict[str, str]:
    """The phrases that a language has, by key."""
    found = {}
    for file in sorted((WORDS / language).glob("*.json")):
        for key, phrase in json.loads(file.read_text("utf-8")).items():
            found[f"{file.stem}.{key}"] = str(phrase)
    return found


def phrases() -> dict[str, str]:
    """Every phrase in the language that is spoken; where it lacks one, in English."""
    return catalog("en") | catalog(spoken())
