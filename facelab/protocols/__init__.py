"""Protocols: what a network is asked, of people it has never seen; one file each, listed by hand.

    run = facelab.train(loss="cosface", data="orl")
    seen, held_out = run.faces()
    found = facelab.protocols.open_set(run.embed, held_out, trained_on=run.trained_on)
    found                  # numbers in words, each with its interval
    found.draw()           # a figure

Each takes `embed`, images -> embeddings (N, D), the faces, and the names of the people the network
was trained on: it refuses to test on one of them, and says on whom.
"""

from collections.abc import Callable

from facelab.protocols._result import Result
from facelab.protocols.distractors import Distractors, distractors
from facelab.protocols.easy_hard import EasyHard, easy_hard
from facelab.protocols.lfw_view1 import View1, lfw_view1
from facelab.protocols.lfw_view2 import View2, lfw_view2, lfw_view2_by_folds, without_each_fold
from facelab.protocols.mirrored import mirrored
from facelab.protocols.open_set import OpenSet, Splits, open_set, over_splits

PROTOCOLS: dict[str, Callable[..., Result]] = {
    "open_set": open_set,
    "lfw_view1": lfw_view1,
    "lfw_view2": lfw_view2,
    "distractors": distractors,
    "easy_hard": easy_hard,
}

__all__ = [
    "PROTOCOLS",
    "Distractors",
    "EasyHard",
    "OpenSet",
    "Result",
    "Splits",
    "View1",
    "View2",
    "distractors",
    "easy_hard",
    "lfw_view1",
    "lfw_view2",
    "lfw_view2_by_folds",
    "mirrored",
    "open_set",
    "over_splits",
    "without_each_fold",
]
