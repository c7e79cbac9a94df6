"""`facelab lab`: the lessons, in JupyterLab."""

import os
from pathlib import Path

from facelab._parser import make_parser

FIRST_LESSON = Path("notebooks", "00_start_here.ipynb")
LAB_SETTINGS = Path(__file__).parents[1] / "lab"  # defaults that a user's own settings override


def lab(words: list[str]) -> int:
    """Open JupyterLab on the first lesson."""
    parser = make_parser(lab, "facelab lab --no-browser --port 8890")
    parser.add_argument("--port", type=int, metavar="N", help="port of the server; else a free one")
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address rather than open it"
    )
    parser.usage = "%(prog)s [-h] [--port N] [--no-browser] [options of jupyter lab]"
    chosen, passed_on = parser.parse_known_args(words)
    root = find_lessons()
    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{FIRST_LESSON.as_posix()}",
        *([f"--ServerApp.port={chosen.port}"] if chosen.port is not None else []),
        *(["--no-browser"] if chosen.no_browser else []),
        *passed_on,
    ]
    from jupyterlab.labapp import LabApp

    paths = [str(LAB_SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    LabApp.launch_instance(arguments)
    return 0


def find_lessons() -> Path:
    """The checkout that holds the lessons: the one facelab runs from, or the current folder.

    Raises:
        FileNotFoundError: if neither holds them.
    """
    for root in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (root / FIRST_LESSON).is_file():
            return root
    raise FileNotFoundError(
        f"there is no {FIRST_LESSON.as_posix()} here: the lessons are in facelab's repository, "
        "so clone it and run facelab lab inside"
    )
