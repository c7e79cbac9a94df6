"""The parser of a command: help with an example, and errors of one sentence."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence, and nothing besides."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def make_parser(command: Callable[..., int], example: str, **options: Any) -> Parser:
    """The parser of a command, with its docstring and an example as help."""
    return Parser(
        prog=f"facelab {command.__name__}",
        description=command.__doc__,
        epilog=f"example: {example}",
        allow_abbrev=False,
        **options,
    )
