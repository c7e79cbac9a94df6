"""One training a notebook cell: what an earlier run of a cell has begun ends when it runs again."""

import gc
import weakref
from typing import Any, Protocol

from IPython import get_ipython


class Closing(Protocol):
    """Something that can be ended."""

    def close(self) -> None:
        """End it."""


_begun: dict[
    str, list[tuple[str, "weakref.ref[Closing]"]]
] = {}  # cell -> (run of it, what it began)


def one_a_cell(begun: Closing, parent: dict[str, Any] | None = None) -> None:
    """Close what earlier runs of this notebook cell began; two in one run may live.

    Args:
        begun: what this run has begun.
        parent: the message that runs the cell; the current one if None.
    """
    shell = get_ipython()
    if parent is None:
        parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    if cell is None or run is None:
        return
    earlier = [(was, there) for was, there in _begun.get(cell, []) if was != run]
    _begun[cell] = [entry for entry in _begun.get(cell, []) if entry not in earlier]
    _begun[cell].append((run, weakref.ref(begun)))
    for _, there in earlier:
        old = there()
        if old is not None:
            old.close()
    if earlier:
        gc.collect()  # views and their observers know each other, so nothing else lets go of them
