"""The command line: one function a command, listed here by hand.

    facelab lab                                              the lessons, in JupyterLab
    facelab train --loss arcface --data orl --out runs/a     the same main job without a browser
    facelab compare softmax arcface --seeds 3 --out runs/b   losses on the same people, compared

A command takes the words after its name and gives back the exit status. To add one, write such a
function and list it in COMMANDS: its docstring is its help. Heavy imports stay inside functions, so
that `facelab --help` is quick.

Exit status: 0 done, 1 something failed, 2 the words made no sense, 130 stopped with Ctrl-C.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from inspect import signature
from pathlib import Path

import facelab
from facelab._parser import Parser, make_parser
from facelab.choices import unknown

FIRST_LESSON = Path("notebooks", "00_start_here.ipynb")
LAB_SETTINGS = Path(__file__).parent / "lab"  # defaults that a user's own settings still override

# what says that the words were wrong; anything else is a failure
BAD_INPUT = (ValueError, FileNotFoundError, FileExistsError, NotADirectoryError)


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
    for root in (Path(__file__).resolve().parents[1], Path.cwd()):
        if (root / FIRST_LESSON).is_file():
            return root
    raise FileNotFoundError(
        f"there is no {FIRST_LESSON.as_posix()} here: the lessons are in facelab's repository, "
        "so clone it and run facelab lab inside"
    )


def demo(words: list[str]) -> int:
    """Open one view alone, on a page without a notebook around it."""
    parser = make_parser(demo, "facelab demo dial --no-browser --port 8890")
    parser.add_argument("name", nargs="?", help="a view; --list says which there are")
    parser.add_argument("--list", action="store_true", help="name the views, the first by default")
    parser.add_argument("--port", type=int, metavar="N", help="port of the server; else a free one")
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address rather than open it"
    )
    chosen = parser.parse_args(words)
    from facelab import _demos

    if chosen.list:
        print("\n".join(_demos.DEMOS))
        return 0
    name = chosen.name or next(iter(_demos.DEMOS))
    _demos.find(name)
    port = _demos.free_port(chosen.port)
    print(f"{name}: http://{_demos.HOST}:{port}/ (Ctrl-C ends it)", flush=True)
    _demos.serve(name, port, browser=not chosen.no_browser)
    return 0


def train(words: list[str]) -> int:
    """Train on some people and verify on others, whom the network has never seen."""
    example = "facelab train --loss arcface --margin 0.3 --data orl --seed 0 --out runs/first"
    parser = make_parser(train, example, argument_default=argparse.SUPPRESS)
    from facelab._options import parse_run, report
    from facelab.experiments import train as run_training

    options = parse_run(parser, words)

    try:
        run = run_training(**vars(options))
    except KeyboardInterrupt:
        more = "; the same command goes on after the last whole epoch" if "out" in options else ""
        raise KeyboardInterrupt(f"stopped{more}") from None
    print(report(run))
    return 0


def compare(words: list[str]) -> int:
    """Train losses from several seeds on the same people, and say how sure their difference is."""
    example = "facelab compare softmax arcface my_loss.py:MyLoss --data orl --seeds 3 --out DIR"
    parser = make_parser(compare, example, argument_default=argparse.SUPPRESS)
    from facelab._options import parse_comparison
    from facelab.experiments import compare as run_comparison

    options = parse_comparison(parser, words)
    try:
        comparison = run_comparison(**vars(options))
    except KeyboardInterrupt:
        more = "; the same command goes on where it was" if "out" in options else ""
        raise KeyboardInterrupt(f"stopped{more}") from None
    print(comparison)
    return 0


def data(words: list[str]) -> int:
    """Say which sets of faces there are, and how to get those that are missing."""
    parser = make_parser(data, "facelab data orl")
    parser.add_argument("name", nargs="?", help="a set, or a folder with a folder a person")
    parser.add_argument("--download", action="store_true", help="fetch the set if it is missing")
    chosen = parser.parse_args(words)
    from facelab.datasets import DATASETS, find, load

    if chosen.download and chosen.name is None:
        raise ValueError(f"--download needs the name of a set; there are: {', '.join(DATASETS)}")
    if chosen.download and (chosen.name not in DATASETS or find(chosen.name) is None):
        load(chosen.name, download=True)
    if chosen.name is None or chosen.name in DATASETS:
        print("\n\n".join(passport(name) for name in ([chosen.name] if chosen.name else DATASETS)))
        return 0
    faces = load(chosen.name)
    print(repr(faces))
    for person, images in faces.people().items():
        print(f"  {images:5,}  {person}")
    return 0


def passport(name: str) -> str:
    """A set in four lines: what it is, whose, what is allowed, where it lies or how to get it."""
    from facelab.datasets import PASSPORTS, find

    card, place = PASSPORTS[name], find(name)
    there = f"found in {place}" if place else f"not on this machine; {how_to_get(name)} gets it"
    return f"{name}: {card.contents}\n  {card.source}\n  license: {card.license}\n  {there}"


def how_to_get(name: str) -> str:
    """The command that brings a set onto this machine."""
    from facelab.datasets import DATASETS, PASSPORTS

    fetched = "download" in signature(DATASETS[name]).parameters
    return f"facelab data {name} --download" if fetched else PASSPORTS[name].get


def check(words: list[str]) -> int:
    """Try on anybody's loss what a sound loss keeps, and say what it means where it fails."""
    parser = make_parser(check, "facelab check my_loss.py:MyLoss")
    parser.add_argument("loss", help="FILE.py:Class, or the key of a loss of facelab")
    chosen = parser.parse_args(words)
    from facelab.losses import check as examine
    from facelab.losses import find
    from facelab.losses._check import load

    own = ".py" in chosen.loss or ":" in chosen.loss
    report = examine(load(chosen.loss) if own else find(chosen.loss))
    print(report)
    return 0 if report.ok else 1


def doctor(words: list[str]) -> int:
    """Look at this installation and say what is ok and what to do."""
    make_parser(doctor, "facelab doctor").parse_args(words)
    from facelab.doctor import examine

    return examine()


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "lab": lab,
    "demo": demo,
    "train": train,
    "compare": compare,
    "data": data,
    "check": check,
    "doctor": doctor,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give back the exit status.

    Args:
        arguments: the words after `facelab`; those of the process if None.
    """
    listed = "\n".join(f"  {name:8} {run.__doc__}" for name, run in COMMANDS.items())
    parser = Parser(
        prog="facelab",
        usage="%(prog)s [-h] [--version] [--traceback] command ...",
        description="See and feel what each deep face-recognition loss does to real faces.",
        epilog=f"commands:\n{listed}\n\nexample: facelab train --loss arcface --out runs/first",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"facelab {facelab.__version__}")
    parser.add_argument("--traceback", action="store_true", help="show where an error comes from")
    parser.add_argument("command", nargs="?", metavar="command", help=argparse.SUPPRESS)
    parser.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    if chosen.command not in COMMANDS:
        parser.error(unknown("command", chosen.command, COMMANDS))
    return guard(chosen.command, chosen.words, chosen.traceback)


def guard(name: str, words: list[str], traceback: bool) -> int:
    """Run a command and turn whatever it raises into one sentence and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the console cannot show
    try:
        return COMMANDS[name](words)
    except KeyboardInterrupt as stop:
        sentence, status = str(stop) or "stopped", 130
    except BAD_INPUT as error:
        if traceback:
            raise
        sentence, status = str(error), 2
    except Exception as error:
        if traceback:
            raise
        sentence = f"{type(error).__name__}: {error} (facelab --traceback {name} shows where)"
        status = 1
    print(f"facelab {name}: {' '.join(sentence.split())}", file=sys.stderr)
    return status
