"""What stands in the notebook for readers without a kernel.

A view is shown as two outputs: first a picture, or the code that makes the view, with the words
"run this cell"; then the view itself, which hides the first. A saved notebook keeps the outputs,
not the view's model: opened again, the picture is what remains, and in the notebooks of the lessons
what a page without a kernel needs (`_kept`). (JupyterLab says "model not found"
below it in notebooks one ran oneself, and nothing at all in those that came from elsewhere.)
"""

import base64
import html
from io import BytesIO
from typing import TYPE_CHECKING, Any

from IPython.display import display

from facelab.widgets._kept import kept

if TYPE_CHECKING:
    from facelab.widgets._view import View


def png(picture: Any) -> bytes | None:
    """PNG bytes of a figure that has `savefig`, of PNG bytes, or None.

    Raises:
        TypeError: if it is none of these.
    """
    if picture is None or isinstance(picture, bytes):
        return picture
    if not hasattr(picture, "savefig"):
        raise TypeError(
            f"picture must be a matplotlib figure or PNG bytes, not {type(picture).__name__}"
        )
    drawn = BytesIO()
    picture.savefig(drawn, format="png", bbox_inches="tight")
    return drawn.getvalue()


def twin(view: "View") -> str:
    """The first output, as HTML; the view finds it by its id and hides it."""
    run = html.escape(view._phrases["view.run"])
    drawn = None if isinstance(view.picture, str) else png(view.picture)
    if isinstance(view.picture, str):
        shown = view.picture
    elif drawn is None:
        shown = f"<pre>{html.escape(view.code())}</pre>"
    else:
        data = base64.b64encode(drawn).decode()
        alt = html.escape(view.words or view.title, quote=True)
        shown = f'<img src="data:image/png;base64,{data}" alt="{alt}" style="max-width: 100%">'
    return f'<div id="facelab-twin-{view._twin}">{shown}<p><em>{run}</em></p></div>'


def show(view: "View") -> None:
    """Show the twin, then the view."""
    shown = {"text/html": twin(view), "text/plain": view.code()}
    display(shown | kept(view), raw=True)  # type: ignore[no-untyped-call]
    bundle = view._repr_mimebundle_()
    if bundle:
        display(bundle[0] | {"text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
