"""The site without a browser: what becomes of a lesson, a docstring, a link."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from facelab.cli import main
from facelab.losses import LOSSES
from facelab.site import build
from facelab.site._build import find_mathjax
from facelab.site._pages import prepare
from facelab.site._scripts import write_scripts
from facelab.site._tables import losses_page
from facelab.site.docstrings import as_rst

REPO = Path(__file__).parents[1]
ALIVE = "application/vnd.facelab.view+json"


class Page(HTMLParser):
    """What a page points to, and what can be pointed to on it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.ids, self.links, self.loaded = path, {""}, [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon"):
            self.loaded.append(given["href"])
        if tag in ("script", "img", "iframe", "source") and "src" in given:
            self.loaded.append(given["src"])


def elsewhere(link: str) -> bool:
    return bool(urlsplit(link).scheme)


def broken(folder: Path) -> list[str]:
    """The links of a site that lead nowhere, and what it loads from elsewhere."""
    pages = {path.resolve(): Page(path) for path in folder.rglob("*.html")}
    found = []
    for path, page in pages.items():
        name = path.relative_to(folder.resolve()).as_posix()
        for link in page.links + page.loaded:
            if elsewhere(link):
                if link in page.loaded and not link.startswith("data:"):
                    found.append(f"{name} loads {link}")
                continue
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = target in pages and unquote(parts.fragment) in pages[target].ids
            if not (there or (target not in pages and target.is_file())):
                found.append(f"{name} points to {link}")
    return found


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<p id="x"><a href="b.html#y">1</a><a href="#x">2</a><a href="b.html#z">3</a>'
        '<a href="c.html">4</a><a href="https://example.org">5</a>'
        '<img src="https://example.org/i.png"><script src="s.js"></script><img src="data:,">'
    )
    (tmp_path / "b.html").write_text('<h1 id="y">')
    assert broken(tmp_path) == [
        "a.html points to b.html#z",
        "a.html points to c.html",
        "a.html loads https://example.org/i.png",
        "a.html points to s.js",
    ]


# ---- lessons


def lesson() -> nbformat.NotebookNode:
    """A notebook with a question, a view and a figure."""
    v4 = nbformat.v4
    state = {"_about": {"lang": "en"}, "words": "</script>"}
    view = v4.new_output(
        "display_data",
        {
            "text/html": '<div id="facelab-twin"><img src="data:,"></div>',
            ALIVE: {"view": "MarginDial", "state": state},
        },
    )
    picture = {"image/png": "", "application/vnd.plotly.v1+json": {}, "text/latex": "x"}
    figure = v4.new_output("display_data", picture)
    cells = [
        v4.new_markdown_cell("# Title"),
        v4.new_code_cell("lessons.predict()", metadata={"jupyter": {"source_hidden": True}}),
        v4.new_code_cell("view\nview", outputs=[view, nbformat.from_dict(view)]),
        v4.new_code_cell("x = 1\n_ = figures.roc(x)\n", outputs=[figure]),
    ]
    return v4.new_notebook(cells=cells)


def test_a_view_becomes_a_picture_and_a_place_where_it_is_drawn() -> None:
    page = lesson()
    assert prepare(page) == {"MarginDial"}
    first, second = (output.data["text/html"] for output in page.cells[2].outputs)
    (twin,) = re.findall(r'id="facelab-twin-([^"]+)"', first)
    assert f'data-view="MarginDial" data-twin="{twin}"' in first
    assert twin not in second, "two views of a cell have pictures of their own"
    state = re.search(r'<script type="application/json">(.*)</script>', first)
    assert state is not None
    assert "</script>" not in state[1]
    assert json.loads(state[1])["words"] == "</script>"
    assert ALIVE not in page.cells[2].outputs[0].data


def test_a_question_loses_its_source_and_a_figure_gets_words() -> None:
    page = lesson()
    prepare(page)
    assert [cell.metadata.get("tags") for cell in page.cells] == [
        None,
        ["remove-input"],
        None,
        None,
    ]
    figure = page.cells[3]
    assert list(figure.outputs[0].data) == ["image/png"]
    assert figure.metadata["mystnb"]["image"]["alt"] == "Figure, drawn by _ = figures.roc(x)"


def test_each_view_and_each_language_is_written_once(tmp_path: Path) -> None:
    write_scripts(tmp_path / "scripts", {"MarginDial"})
    names = {path.name for path in (tmp_path / "scripts").iterdir()}
    words = {f"words-{language}.js" for language in ("en", "ja", "zh")}
    assert names == {"loader.js", "view.css", "MarginDial.js", *words}


# ---- tables and docstrings


def test_each_loss_has_a_row_with_its_formula_and_its_source() -> None:
    rows = [line for line in losses_page().splitlines() if line.startswith("| {py:class}")]
    assert len(rows) == len(LOSSES)
    for row, (key, loss) in zip(rows, LOSSES.items(), strict=True):
        assert f"`{key}`" in row
        assert loss.source in row
        assert row.count("|") == 4, "a bar in a formula ends a cell"


def test_a_docstring_says_on_the_page_what_it_says_in_the_file() -> None:
    lines = ["The |W_y| of `x_y`.", "", "    psi = cos*m", "", "Args:", "    x_: a *b* (C, D)."]
    assert as_rst(lines) == [
        r"The \|W_y\| of ``x_y``.",
        "",
        "::",
        "",
        r"    psi = cos*m",
        "",
        "Args:",
        r"    x\_: a \*b\* (C, D).",
    ]


# ---- the command


def test_the_site_goes_into_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert main(["site", "--out", str(tmp_path / "file")]) == 2
    assert "--out must be a folder" in capsys.readouterr().err


def test_without_what_builds_it_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("facelab.site._build.MATHJAX", "no-such-mathjax")
    with pytest.raises(ValueError, match=r'the site needs .*-e "\.\[site\]"'):
        find_mathjax()


@pytest.mark.slow
def test_the_whole_site_is_built_without_a_warning_and_no_link_is_broken(tmp_path: Path) -> None:
    foreign = tmp_path / "site" / "mine" / "report.html"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("<pre>mine</pre>")
    assert build(REPO, tmp_path / "site") == []
    assert foreign.read_text() == "<pre>mine</pre>", "what is not the site's stays as it is"
    foreign.unlink()
    assert broken(tmp_path / "site") == []
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in tmp_path.rglob("*.html")}
    assert {"index.html", "search.html", "losses.html", "verdicts.html"} <= pages
    for notebook in (REPO / "notebooks").rglob("*.ipynb"):
        name = notebook.relative_to(REPO / "notebooks").with_suffix(".html").as_posix()
        assert f"lessons/{name}" in pages
    losses = (tmp_path / "site" / "api" / "losses.html").read_text("utf-8")
    for loss in LOSSES.values():
        assert f'id="facelab.losses.{loss.__name__}"' in losses
