"""The command line: finds the command, runs it, and turns whatever it raises into one sentence.

    facelab lab                                              the lessons, in JupyterLab
    facelab train --loss arcface --data orl --out runs/a     the same main job without a browser
    facelab compare softmax arcface --seeds 3 --out runs/b   losses on the same people, compared

The commands themselves are in `facelab/commands/`, one file each.

Exit status: 0 done, 1 something failed, 2 the words made no sense, 130 stopped with Ctrl-C.
"""

import argparse
import io
import sys
import warnings
from collections.abc import Sequence

import facelab
from facelab._parser import Parser
from facelab.choices import unknown
from facelab.commands import COMMANDS

# what says that the words were wrong; anything else is a failure
BAD_INPUT = (ValueError, FileNotFoundError, FileExistsError, NotADirectoryError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give back the exit status.

    Args:
        arguments: the words after `facelab`; those of the process if None.
    """
    wide = max(map(len, COMMANDS)) + 1
    listed = "\n".join(f"  {name:{wide}} {run.__doc__}" for name, run in COMMANDS.items())
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
        with warnings.catch_warnings():
            warnings.showwarning = lambda said, *_, **__: say(name, str(said))
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
        sentence, status = failure(error, name), 1
    say(name, sentence)
    return status


def failure(error: Exception, name: str) -> str:
    """The sentence for what is nobody's words: the system's own, or where to look."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {error} (facelab --traceback {name} shows where)"


def say(name: str, sentence: str) -> None:
    """One line about a command, apart from what it prints."""
    print(f"facelab {name}: {' '.join(sentence.split())}", file=sys.stderr)
