"""The shape of a claim: what a paper says, what is trained here, and the number that decides.

    d_j     = decides(numbers of all ways of training, run j), above 0 on the side of the claim
    verdict = "seen"      where the whole interval of the mean of d_j lies above 0
              "opposite"  where it lies below
              "not seen"  otherwise, also where there is no interval

Run j has a seed and a split; every way of training has the same ones (paired), and the interval is
that of `facelab.evaluation.mean_over_runs`. A claim is a file of this folder. Its first line is the
claim in a sentence; then a paragraph each says `Source:` and `Here:`. The docstring of `decides` is
what is written beside the number.
"""

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from facelab.datasets import FaceSet, load
from facelab.evaluation import Estimate
from facelab.experiments._run import Run
from facelab.experiments.reproduce._further import Further

Numbers = Mapping[str, Any]  # of one run: name -> a number, or a list of them (a curve)
VERDICTS = ("seen", "not seen", "opposite")
RATES = (  # from 0 to 1, and so their intervals
    "auc",
    "eer",
    "tar@1e-2",
    "accuracy",
    "fit",
    "closer",
    "mean support",
    "tar_own",
    "tar_shared",
    "tar_hard",
    "tar_easy",
    "far_hard",
)


@dataclass(frozen=True)
class People:
    """Whose faces: a set for each split.

    Attributes:
        draw: split -> FaceSet.
        words: what they are, in the plural.
        fresh: whether each split has people of its own; else all splits part the same people.
    """

    draw: Callable[[int], FaceSet]
    words: str
    fresh: bool


def _orl(split: int) -> FaceSet:
    return load("orl")


def _sketched(split: int, **options: Any) -> FaceSet:
    return load("sketch", seed=split, **options)


ORL = People(_orl, "photographs (ORL)", fresh=False)


def sketched(people: int, images: int = 10, **options: Any) -> People:
    """Sketched faces, of other people in every split; `options` as for the set "sketch"."""
    return People(
        partial(_sketched, people=people, images=images, **options), "sketched faces", fresh=True
    )


@dataclass(frozen=True)
class Way:
    """A way of training.

    Attributes:
        loss: a key of LOSSES.
        settings: its keywords; what suits small sets of faces where none is given.
        trained_on: changes the faces trained on, (faces, split) -> faces of the same people; those
            tested stay as they are.
        then: a second stage of training; what is kept in a folder is the run before it.
    """

    loss: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    trained_on: Callable[[FaceSet, int], FaceSet] | None = None
    then: Further | None = None


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, re-staged.

    Attributes:
        module: `__name__` of its file, which says the rest in words.
        ways: label -> way of training.
        measure: (run, faces of the people it has never seen) -> its numbers.
        decides: label -> numbers, to d_j.
        shown: number -> title, the columns of the table.
        people: whose faces.
        seeds: how many runs of each way, each with a split of its own.
        options: of `facelab.train`, the same for all ways.
        draw: (finding, axes or None) -> axes, the picture of the claim; if None, the first number
            shown, run by run.
    """

    module: str
    ways: Mapping[str, Way]
    measure: Callable[[Run, FaceSet], Numbers]
    decides: Callable[[Mapping[str, Numbers]], float]
    shown: Mapping[str, str]
    people: People = ORL
    seeds: int = 5
    options: Mapping[str, Any] = field(default_factory=dict)
    draw: Callable[[Any, Any], Any] | None = None

    @property
    def name(self) -> str:
        """Its key in CLAIMS."""
        return self.module.rpartition(".")[2]

    @property
    def sentence(self) -> str:
        """What the paper says."""
        return _words(self.module).split("\n\n")[0]

    @property
    def source(self) -> str:
        """The paper, and where in it."""
        return _paragraph(self.module, "Source")

    @property
    def here(self) -> str:
        """What is trained on what, and why these settings."""
        return _paragraph(self.module, "Here")

    @property
    def number(self) -> str:
        """What decides, in words."""
        return " ".join((self.decides.__doc__ or "").split("\n\n")[0].split()).rstrip(".")


def verdict(mean: Estimate) -> str:
    """One of VERDICTS, from the mean of d_j and its interval."""
    if np.isnan(mean.low):
        return "not seen"
    return "seen" if mean.low > 0 else "opposite" if mean.high < 0 else "not seen"


def _words(module: str) -> str:
    return inspect.cleandoc(sys.modules[module].__doc__ or "")


def _paragraph(module: str, head: str) -> str:
    """The paragraph of a file's docstring that begins with a word and a colon.

    Raises:
        ValueError: if there is none.
    """
    found = re.search(rf"^{head}: (.+?)(?:\n\n|\Z)", _words(module), re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"the docstring of {module} has no paragraph that begins '{head}:'")
    return " ".join(found[1].split())
