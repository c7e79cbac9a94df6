"""The commands: one file each, listed here by hand.

A command is a function that takes the words after its name and gives back the exit status; its
docstring is its help. To add one, write `facelab/commands/_my_command.py` with the function
`my_command` (see `_check.py`, the shortest) and give it a line in COMMANDS. Heavy imports stay
inside functions, so that `facelab --help` is quick.
"""

from collections.abc import Callable

from facelab.commands._check import check
from facelab.commands._compare import compare
from facelab.commands._data import data
from facelab.commands._demo import demo
from facelab.commands._doctor import doctor
from facelab.commands._lab import lab
from facelab.commands._protocol import protocol
from facelab.commands._reproduce import reproduce
from facelab.commands._site import site
from facelab.commands._train import train

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "lab": lab,
    "demo": demo,
    "train": train,
    "compare": compare,
    "protocol": protocol,
    "reproduce": reproduce,
    "data": data,
    "check": check,
    "site": site,
    "doctor": doctor,
}

__all__ = ["COMMANDS"]
