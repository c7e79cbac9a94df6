"""Gather what the site is made of in a folder, then let Sphinx build it."""

import shutil
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, files
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from warnings import catch_warnings, simplefilter

import nbformat

from facelab.site._pages import prepare
from facelab.site._scripts import write_scripts
from facelab.site._tables import ABOUT, losses_page, part_page

MATHJAX = "sphinx-mathjax-offline"  # carries MathJax, so that no page fetches it
INSTALL = 'python -m pip install -c constraints.txt -e ".[site]"'
AGAIN = "is already registered"  # Sphinx remembers its parts: a second site in one process
NOTEBOOKS = ("[0-9][0-9]_*.ipynb", "playground.ipynb", "*/[0-9][0-9]_*.ipynb")


def build(root: Path, out: Path) -> list[str]:
    """Write the site.

    Args:
        root: the checkout, with `notebooks/` and `docs/`.
        out: the folder to write; made if it is not there. What else lies there stays as it is.

    Returns:
        What Sphinx warned of, a line each.

    Raises:
        ValueError: if what builds it is not installed.
        RuntimeError: if Sphinx could not build it.
    """
    mathjax = find_mathjax()
    try:
        from sphinx.application import Sphinx
        from sphinx.util.console import nocolor
    except ImportError:
        raise ValueError(f"the site needs Sphinx; run {INSTALL}") from None
    with TemporaryDirectory(prefix="facelab-site-") as folder:
        source, warnings = Path(folder, "source"), StringIO()
        gather(root, source, mathjax)
        nocolor()
        with redirect_stdout(StringIO()), catch_warnings():
            simplefilter("ignore")  # of what Sphinx's parts will change some day
            pages = Path(folder, "html")
            places = (source, source, pages, Path(folder, "doctrees"))
            app = Sphinx(*places, "html", status=None, warning=warnings)
            app.build()
        if app.statuscode:
            raise RuntimeError(f"Sphinx stopped: {warnings.getvalue()}")
        finish(pages)
        shutil.copytree(pages, out, dirs_exist_ok=True)
    lines = [line for line in warnings.getvalue().splitlines() if line and AGAIN not in line]
    return [line.replace(f"{source}/", "") for line in lines]


def find_mathjax() -> Path:
    """The one file of MathJax that draws formulas as SVG and loads nothing besides.

    Raises:
        ValueError: if it is not installed.
    """
    try:
        held = [f for f in files(MATHJAX) or [] if f.name == "tex-svg-full.js"]
    except PackageNotFoundError:
        raise ValueError(f"the site needs {MATHJAX}; run {INSTALL}") from None
    return Path(str(held[0].locate()))


def gather(root: Path, source: Path, mathjax: Path) -> None:
    """Everything that Sphinx reads, in one folder: pages, lessons, tables, scripts.

    Args:
        root: the checkout.
        source: the folder to make.
        mathjax: see `find_mathjax`.
    """
    shutil.copytree(root / "docs", source)
    shutil.copy(root / "notebooks" / "facelab.png", source)
    static = source / "_static"
    static.mkdir(exist_ok=True)
    shutil.copy(mathjax, static / "mathjax.js")
    views: set[str] = set()
    for pattern in NOTEBOOKS:
        for path in sorted((root / "notebooks").glob(pattern)):
            target = source / "lessons" / path.relative_to(root / "notebooks")
            target.parent.mkdir(parents=True, exist_ok=True)
            notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
            views |= prepare(notebook)
            nbformat.write(notebook, target)  # type: ignore[no-untyped-call]
    write_scripts(static / "facelab", views)
    (source / "losses.md").write_text(losses_page(), "utf-8")
    (source / "api").mkdir()
    for part in ABOUT:
        (source / "api" / f"{part}.rst").write_text(part_page(part), "utf-8")


def finish(out: Path) -> None:
    """Add what Sphinx leaves out: levels of headings, and code that scrolls by keys."""
    for page in out.rglob("*.html"):
        text = page.read_text("utf-8")
        text = text.replace('role="heading">', 'role="heading" aria-level="2">')
        page.write_text(text.replace("<pre>", '<pre tabindex="0">'), "utf-8")
