"""Faces: one file a source, listed here by hand.

    faces = facelab.load("orl")            # 400 images of 40 people, on every machine
    faces = facelab.load("my/photos")      # a folder that holds one folder a person
    train, test = faces.split_people()     # nobody is in both

Loading is a call: importing this reads nothing, and nothing is downloaded unless `download=True`.
"""

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facelab.choices import read_settings, unknown
from facelab.datasets import _lfw_images, lfw, olivetti, orl
from facelab.datasets._changes import CHANGES, change
from facelab.datasets._home import Passport, find_home
from facelab.datasets.degrade import DEGRADATIONS, degrade
from facelab.datasets.faceset import FaceSet
from facelab.datasets.folder import load_folder
from facelab.datasets.lfw import LfwPairs, lfw_pairs, load_lfw
from facelab.datasets.olivetti import load_olivetti
from facelab.datasets.orl import load_orl
from facelab.datasets.sketch import PASSPORT as SKETCH
from facelab.datasets.sketch import find_sketch, sketch

DATASETS: dict[str, Callable[..., FaceSet]] = {
    "orl": load_orl,
    "olivetti": load_olivetti,
    "lfw": load_lfw,
    "sketch": sketch,
}

PASSPORTS: dict[str, Passport] = {
    "orl": orl.PASSPORT,
    "olivetti": olivetti.PASSPORT,
    "lfw": _lfw_images.PASSPORT,
    "sketch": SKETCH,
}

_FIND = {
    "orl": orl.find_orl,
    "olivetti": olivetti.find_olivetti,
    "lfw": lfw.find_lfw,
    "sketch": find_sketch,
}

__all__ = [
    "DATASETS",
    "DEGRADATIONS",
    "PASSPORTS",
    "FaceSet",
    "LfwPairs",
    "Passport",
    "degrade",
    "find",
    "find_home",
    "lfw_pairs",
    "load",
    "load_folder",
    "load_lfw",
    "load_olivetti",
    "load_orl",
    "sketch",
    "split_name",
]


def load(name_or_path: str | os.PathLike[str], **options: Any) -> FaceSet:
    """A set of faces by its name, or from a folder.

    Args:
        name_or_path: a key of DATASETS, or a folder that holds one folder a person. A name comes
            first: for a folder that is called orl, write "./orl". A name may bring options, as in
            "lfw:split=train,min_images=4".
        options: keywords of that source: see `load_olivetti`, `load_lfw`, `sketch`, `load_folder`;
            and of any: `long_tail`, an exponent, as `FaceSet.long_tail` has it, and `degrade`,
            kinds and levels, as in "blur:0.5+noise:0.2", for `FaceSet.degrade`; both with seed 0.

    Raises:
        ValueError: if there is neither such a set nor such a folder, or an option is unknown or
            given twice.
        FileNotFoundError: if the set is not on this machine; the sentence says how to get it.
        PermissionError: if the folder may not be read.
    """
    name, said = split_name(name_or_path) if isinstance(name_or_path, str) else ("", {})
    if name in DATASETS:
        for key in said.keys() & options.keys():
            raise ValueError(f"{key!r} is given twice, in {name_or_path!r} and as {options[key]!r}")
        own, changes = _apart(name, DATASETS[name], said | options)
        return change(DATASETS[name](**own), **changes)
    if not isinstance(name_or_path, str | os.PathLike):
        raise TypeError(f"name_or_path must be a name or a folder, not {name_or_path!r}")
    if not _is_there(name_or_path):
        raise ValueError(
            f"{unknown('data set', os.fspath(name_or_path), DATASETS)} "
            "(the path of a folder with a folder a person is possible too)"
        )
    own, changes = _apart("a folder", load_folder, options)
    return change(load_folder(name_or_path, **own), **changes)


def split_name(said: str) -> tuple[str, dict[str, Any]]:
    """A key of DATASETS and the options that stand behind its colon; any other words as they are.

    Raises:
        ValueError: if the options are not written as name=value.
    """
    name, colon, words = said.partition(":")
    if not (colon and name in DATASETS):
        return said, {}
    return name, read_settings(words, said, "lfw:split=train,min_images=4")


def find(name: str, data_home: str | os.PathLike[str] | None = None) -> Path | None:
    """Where a set lies on this machine, or None; nothing is read and nothing is downloaded.

    Raises:
        ValueError: if there is no such set.
    """
    if name not in DATASETS:
        raise ValueError(unknown("data set", name, DATASETS))
    return _FIND[name](data_home)


def _is_there(path: str | os.PathLike[str]) -> bool:
    """Whether there is such a file or folder.

    Raises:
        PermissionError: if that may not be known; the sentence says it.
    """
    try:
        return Path(path).expanduser().exists()
    except PermissionError:
        raise PermissionError(f"no permission to look at {os.fspath(path)!r}") from None
    except (OSError, RuntimeError):  # a name too long for a path; ~ of nobody
        return False


def _apart(
    name: str, source: Callable[..., FaceSet], options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keywords of a source and those of any; others are refused."""
    own = [key for key in inspect.signature(source).parameters if key != "path"]
    for key in options:
        if key not in [*own, *CHANGES]:
            raise ValueError(unknown(f"option of {name}", key, [*own, *CHANGES]))
    changes = {key: options[key] for key in CHANGES if key in options}
    return {key: value for key, value in options.items() if key not in CHANGES}, changes
