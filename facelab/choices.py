"""One sentence for a name that is not on the list, with the nearest names that are."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 40  # a class has fewer losses, a set of faces may have thousands of people


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
