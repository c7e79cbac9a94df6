"""Names that people write: with settings after a colon, and one sentence for those unknown."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

MOST_LISTED = 40  # a class has fewer losses, a set of faces may have thousands of people
YES_OR_NO = {"true": True, "yes": True, "false": False, "no": False}


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The sentence for an unknown name.

    Args:
        kind: what the name should have named, for example "loss".
        name: what the reader wrote.
        known: the names there are.

    Returns:
        A sentence that repeats the name and suggests the nearest ones, or lists the first 40.
    """
    names = list(known)
    near = get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
    more = f" and {len(names) - MOST_LISTED:,} more" if len(names) > MOST_LISTED else ""
    listed = ", ".join(names[:MOST_LISTED]) + more
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {listed}"
    return f"unknown {kind} {name!r}; {hint}"


def read_settings(words: str, said: str, example: str) -> dict[str, Any]:
    """Settings from "margin=0.3,scale=32": numbers, yes and no, and words where it is neither.

    Args:
        words: the settings.
        said: all that the reader wrote.
        example: how it should have been written, after "are written as".

    Raises:
        ValueError: if they are not written as name=value.
    """
    settings = {}
    for part in words.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise ValueError(f"settings are written as {example}, not {said!r}")
        settings[name.replace("-", "_")] = _value(value)
    return settings


def _value(word: str) -> Any:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return YES_OR_NO.get(word.lower(), word)
