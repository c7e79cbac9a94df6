"""One module out of several, so that a view needs no bundler and a page no server.

The files in `static/` are plain ES modules. A view's own file comes last, after everything it
imports, each once. An imported file becomes a function that is called on the spot and gives back
what the file exports; an `import` line becomes a look into that:

    import { logits } from "./curves.js";    ->    const { logits } = $curves;
"""

import base64
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import (\{.*?\}) from "\./(\w+)\.js";$', re.M | re.S)
_EXPORT = re.compile(r"^export ((?:const|function|class) (\w+))", re.M)
_CURVE = re.compile(r"^  (\w+): \{ target", re.M)


def assemble(entry: str) -> str:
    """The source of a view: its file in `static/` with everything it imports laid before it."""
    laid: dict[str, str] = {}
    own = _lay(entry, laid)
    return "\n".join([*laid.values(), own])


def library(name: str) -> str:
    """A file of `static/` as a plain script, after which `$name` holds what the file exports."""
    laid: dict[str, str] = {}
    laid[name] = _enclosed(name, _lay(name, laid))
    return "\n".join(laid.values())


def _lay(name: str, laid: dict[str, str]) -> str:
    """The source of a file with its imports resolved; adds to `laid` what is not yet there."""
    source = (STATIC / f"{name}.js").read_text("utf-8")
    for _, imported in _IMPORT.findall(source):
        if imported not in laid:
            laid[imported] = _enclosed(imported, _lay(imported, laid))
    return _IMPORT.sub(r"const \1 = $\2;", source)


def _enclosed(name: str, source: str) -> str:
    """A module as a function called on the spot that gives back its exports."""
    exported = ", ".join(found for _, found in _EXPORT.findall(source))
    body = _EXPORT.sub(r"\1", source)
    return f"const ${name} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"


def style() -> str:
    """The style sheet all views share."""
    return (STATIC / "view.css").read_text("utf-8")


def drawn_losses() -> list[str]:
    """Keys of the losses that have a line in `curves.js`."""
    source = (STATIC / "curves.js").read_text("utf-8")
    return _CURVE.findall(source[source.index("export const CURVES") :])


def page(title: str, code: str, module: str, state: Mapping[str, Any]) -> str:
    """A self-contained page that shows a view without a kernel, a server or a network."""

    def plain(value: Any) -> dict[str, str]:
        if isinstance(value, bytes | memoryview):
            return {"$bytes": base64.b64encode(value).decode()}
        raise TypeError(f"a view's state holds a {type(value).__name__}, which no page can carry")

    template = Template((STATIC / "page.html").read_text("utf-8"))
    return template.substitute(
        title=html.escape(title),
        lang=state["_about"]["lang"],
        css=style(),
        code=html.escape(code),
        standin=(STATIC / "standin.js").read_text("utf-8"),
        state=_quiet(json.dumps(dict(state), default=plain, allow_nan=False)),
        module=_quiet(json.dumps(module)),
    )


def _quiet(text: str) -> str:
    """JSON that cannot end the script element it stands in."""
    return text.replace("<", "\\u003c")
