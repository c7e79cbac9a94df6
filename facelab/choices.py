"""One sentence for a name that is not on the list, with the nearest names that are."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The sentence for an unknown name.

    Args:
        kind: what the name should have named, for example "loss".
        name: what the reader wrote.
        known: the names there are.

    Returns:
        A sentence that repeats the name and suggests the nearest ones, or lists all.
    """
    names = list(known)
    near = get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}"
    return f"unknown {kind} {name!r}; {hint}"
