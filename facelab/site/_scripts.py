"""The scripts that bring views to life on the site: each class of view once, each language once."""

import base64
import json
from collections.abc import Iterable
from pathlib import Path

import facelab.widgets
from facelab.widgets._assemble import STATIC, style
from facelab.widgets._plotly import library
from facelab.widgets._words import catalog, languages

LOADER = Path(__file__).parent / "loader.js"


def write_scripts(folder: Path, views: Iterable[str]) -> None:
    """Write loader, style, words and one file a view.

    Args:
        folder: where; it must not exist.
        views: names of classes of `facelab.widgets`.
    """
    folder.mkdir()
    standin = (STATIC / "standin.js").read_text("utf-8")
    loader = LOADER.read_text("utf-8")
    (folder / "loader.js").write_text(f"(() => {{\n{standin}\n{loader}\n}})();\n", "utf-8")
    (folder / "view.css").write_text(style(), "utf-8")
    for language in languages():
        phrases = catalog("en") | catalog(language)
        _write(folder / f"words-{language}.js", f"words.{language}", phrases)
    for view in views:
        source = getattr(facelab.widgets, view)._esm
        _write(folder / f"{view}.js", f"modules.{view}", str(source))
    if "Explorer" in views:
        _write(folder / "plotly.js", "library", base64.b64encode(library()).decode())


def _write(path: Path, name: str, value: object) -> None:
    """A script that puts a value where the loader finds it; such scripts load from disk too."""
    path.write_text(f"facelab.{name} = {json.dumps(value)};\n", "utf-8")
