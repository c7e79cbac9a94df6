"""A fingerprint of a claim: tells whether stored numbers are still those of the claim.

It changes with what decides the numbers: the code of the claim's file, of the helpers that it
imports from this folder and of what changes the faces trained on, the settings of its losses, those
not given too, the options of its runs, the layers of its network, and its faces. Words do not
count, nor do pictures: docstrings, empty lines and functions whose name begins with draw are left
out. What it does not know of: what a helper calls in turn, constants of other files, how layers are
joined, the insides of losses and of the drawing of faces.
"""

import ast
import hashlib
import inspect
import sys
from functools import partial
from types import FunctionType
from typing import Any

import torch

from facelab import backbones
from facelab.experiments._config import settings_of
from facelab.experiments._wanted import read_options
from facelab.experiments.reproduce._claim import Claim, People

FOLDER = __name__.rpartition(".")[0]
SHAPE = f"{FOLDER}._claim"  # what all claims share is no helper
DECIDING = (  # options of a run whose defaults decide its numbers
    "epochs",
    "embedding_dim",
    "backbone",
    "fraction",
    "height",
    "batch_size",
    "learning_rate",
    "augment",
    "start",
    "precision",
)


def fingerprint(claim: Claim) -> str:
    """Sixteen hexadecimal digits."""
    defaults = read_options({})
    options = {name: defaults[name] for name in DECIDING} | dict(claim.options)
    dim = options["embedding_dim"]
    settings = {
        label: (
            way.loss,
            settings_of(way.loss, dim, 0, dict(way.settings)),
            *filter(None, [way.then, way.trained_on and bare(inspect.getsource(way.trained_on))]),
        )
        for label, way in claim.ways.items()
    }
    source = inspect.getsource(sys.modules[claim.module])
    code = [bare(source), *(bare(inspect.getsource(helper)) for helper in helpers(source))]
    network = layers(options["backbone"], dim)
    said = [code, settings, claim.seeds, _drawn(claim.people), sorted(options.items()), network]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def layers(backbone: str, embedding_dim: int) -> list[tuple[str, list[tuple[int, ...]]]]:
    """Kind of each layer of a network, and the shapes of its weights; draws no numbers."""
    with torch.device("meta"):
        parts = backbones.build(backbone, embedding_dim).modules()
        return [(type(p).__name__, [(*w.shape,) for w in p.parameters(False)]) for p in parts]


def bare(source: str) -> str:
    """Code without docstrings, empty lines, and functions that draw."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        drawing = isinstance(node, ast.FunctionDef) and node.name.startswith("draw")
        if drawing or ast.get_docstring(node) is not None:
            out: Any = node if drawing else node.body[0]
            for number in range(out.lineno - 1, out.end_lineno):
                lines[number] = ""
    return "\n".join(line for line in lines if line.strip())


def helpers(source: str) -> list[Any]:
    """The functions and classes that a file imports from other files of this folder."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module.startswith(f"{FOLDER}.") and node.module != SHAPE:
            names = [alias.name for alias in node.names if not alias.name.startswith("draw")]
            found += [getattr(sys.modules[node.module], name) for name in sorted(names)]
    return [thing for thing in found if isinstance(thing, FunctionType | type)]


def _drawn(people: People) -> tuple[Any, ...]:
    """Which faces: their words, and how they are drawn."""
    more = people.draw.keywords if isinstance(people.draw, partial) else {}
    return people.words, people.fresh, sorted(more.items())
