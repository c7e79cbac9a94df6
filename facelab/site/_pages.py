"""A lesson's notebook as a page: views come alive, questions lose their source, figures get words.

A view was stored as a picture and a state. On the page the picture stands first, for readers
without scripts; the view, once drawn, hides it.
"""

import html
import json
import re
from typing import Any

from facelab.widgets._kept import ALIVE

PLOTLY = "application/vnd.plotly.v1+json"
PICTURES = ("image/png", "image/svg+xml")
PLACE = '<div class="facelab-mount" data-view="{view}" data-twin="{twin}">{state}</div>'
STATE = '<script type="application/json">{}</script>'


def prepare(notebook: Any) -> set[str]:
    """Change a notebook into what the site shows.

    Args:
        notebook: as nbformat reads it; changed in place.

    Returns:
        The classes of the views on it.
    """
    views: set[str] = set()
    notebook.metadata.pop("facelab", None)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = ["remove-input"]
        _describe(cell)
        for place, output in enumerate(cell.outputs):
            data = output.get("data", {})
            data.pop(PLOTLY, None)
            data.pop("text/latex", None)
            if ALIVE in data:
                content = data.pop(ALIVE)
                data["text/html"] = _mounted(data["text/html"], content, f"{cell.id}-{place}")
                views.add(content["view"])
    return views


def _mounted(twin: str, content: dict[str, Any], name: str) -> str:
    """The picture, and the place where the view is drawn."""
    state = json.dumps(content["state"]).replace("<", "\\u003c")
    place = PLACE.format(view=content["view"], twin=name, state=STATE.format(state))
    return re.sub(r'id="facelab-twin"', f'id="facelab-twin-{name}"', twin, count=1) + place


def _describe(cell: Any) -> None:
    """Give the pictures of a cell the words that a screen reader says."""
    lines = [line for line in cell.source.splitlines() if line.strip()]
    for output in cell.outputs:
        data = output.get("data", {})
        if any(kind in data for kind in PICTURES):
            known = output.get("metadata", {}).get("image/png", {}).get("alt")
            words = known or f"Figure, drawn by {lines[-1].strip()}"
            cell.metadata["mystnb"] = {"image": {"alt": html.escape(words, quote=False)}}
