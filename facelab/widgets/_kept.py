"""Views that outlive their kernel: what a notebook that is built keeps, and a site shows.

Where FACELAB_KEEP_VIEWS is set, each view that is shown leaves its state in the notebook beside its
picture, as a page of its own would hold it (see `View.to_html`). Readers' own notebooks stay small:
nothing is kept in them.
"""

import json
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from facelab.widgets._words import catalog

if TYPE_CHECKING:
    from facelab.widgets._view import View

ASKED = "FACELAB_KEEP_VIEWS"
ALIVE = "application/vnd.facelab.view+json"
_STATE = re.compile(r'<script type="application/json" id="state">(.*?)</script>', re.S)


def kept(view: "View") -> dict[str, Any]:
    """The state of a view under its mime type, if notebooks are asked to keep it; else nothing.

    What every view of a language shares, its phrases, is left out, and so is plotly.js.
    """
    if not os.environ.get(ASKED):
        return {}
    with TemporaryDirectory() as folder:
        page = view.to_html(Path(folder, "view.html")).read_text("utf-8")
    found = _STATE.search(page)
    assert found is not None
    state = json.loads(found[1])
    state = {name: value for name, value in state.items() if name not in ("_phrases", "_library")}
    return {ALIVE: {"view": type(view).__name__, "state": state}}


def revived(content: dict[str, Any]) -> dict[str, Any]:
    """The whole state again, but for plotly.js.

    Args:
        content: what `kept` gave, as read from a notebook.
    """
    state: dict[str, Any] = content["state"]
    return state | {"_phrases": catalog("en") | catalog(state["_about"]["lang"])}
