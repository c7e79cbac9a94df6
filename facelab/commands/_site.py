"""`facelab site`: the lessons as pages."""

from pathlib import Path

from facelab._parser import make_parser
from facelab.commands._lab import find_lessons


def site(words: list[str]) -> int:
    """Build the lessons, the losses and the API as pages that work from disk."""
    parser = make_parser(site, "facelab site --out site")
    parser.add_argument(
        "--out", metavar="DIR", default="site", help="the folder (site if not said)"
    )
    chosen = parser.parse_args(words)
    from facelab.site import build

    out = Path(chosen.out).resolve()
    if out.is_file():
        raise ValueError(f"--out must be a folder, and {chosen.out} is a file")
    warned = build(find_lessons(), out)
    print("\n".join([*warned, f"open {out / 'index.html'}"]))
    return 0
