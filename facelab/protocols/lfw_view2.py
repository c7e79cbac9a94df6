"""View 2 of LFW: for reporting a method. 6,000 pairs in ten folds; no person is in two folds.

    threshold of a fold   the best for the other nine folds
    accuracy              mean over the ten folds, each at its own threshold

The people of View 2 are those of View 1 dealt anew, so a network trained on View 1 knows people
whom View 2 tests; it is refused. `lfw_view2_by_folds` trains ten networks, each without the people
of its fold:

    def train(people):  # facelab.train holds some people out, here one in a hundred
        return facelab.train("cosface", people, fraction=0.99).embed

    lfw_view2_by_folds(train, facelab.load("lfw", min_images=4), lfw_pairs("10_folds"))

Every fold is then scored by its own network, also where it helps to choose the threshold of
another: scores of people that a network knows would move the threshold.

Source: Huang, Ramesh, Berg, Learned-Miller, University of Massachusetts, Amherst, Technical Report
07-49, 2007. Training on other images of LFW, by name, is what its authors call "unrestricted".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from facelab.datasets import FaceSet, LfwPairs
from facelab.evaluation import Estimate, Verification, verify
from facelab.protocols._door import Embed, Train, embedded, refuse_known
from facelab.protocols._result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class View2(Result):
    """Verification of the ten folds of View 2.

    Attributes:
        verification: all pairs.
        fold: (P,) the fold of each.
        networks: how many networks scored them: 1, or one a fold.
    """

    verification: Verification
    fold: NDArray[np.int64]
    networks: int

    @property
    def title(self) -> str:
        """What was tested, on whom."""
        folds = len(np.unique(self.fold))
        by = "one network" if self.networks == 1 else f"{self.networks} networks, one a fold"
        return f"LFW View 2, {len(self.fold):,} pairs in {folds} folds, scored by {by}"

    @cached_property
    def numbers(self) -> dict[str, Estimate]:
        """Mean accuracy over folds, each at the threshold of the others, and AUC of all pairs."""
        met = self.verification
        return {"accuracy": met.ten_folds(self.fold), "AUC": met.auc(), "EER": met.eer()}

    def draw(self, ax: Axes | None = None) -> Axes:
        """The ROC of all pairs."""
        from facelab.figures import roc

        return roc(self.verification, ax)


def lfw_view2(embed: Embed, faces: LfwPairs, *, trained_on: Iterable[str], seed: int = 0) -> View2:
    """Verify the ten folds with one network, which knows nobody in them.

    Args:
        embed: images -> embeddings (N, D), such as `run.embed`.
        faces: `lfw_pairs("10_folds")` of `facelab.datasets`.
        trained_on: names of the people the network was trained on, such as `run.trained_on`.
        seed: of the intervals.

    Returns:
        Accuracy, AUC and EER, each with its interval over people.

    Raises:
        ValueError: if somebody tested was trained on, or is in two folds.
    """
    _people_of_folds(faces)
    where = "View 2 of LFW, for which lfw_view2_by_folds trains without them fold by fold"
    refuse_known(faces.faces.names, trained_on, where)
    return _view2(embedded(embed, faces.faces.images), faces, seed, 1)


def lfw_view2_by_folds(train: Train, people: FaceSet, faces: LfwPairs, *, seed: int = 0) -> View2:
    """Train a network for each fold, without the people of that fold, and verify the ten folds.

    Args:
        train: called with the people to train on, gives a callable as `embed` of `lfw_view2`.
        people: everybody who may be trained on: `facelab.load("lfw", min_images=4)`.
        faces: `lfw_pairs("10_folds")` of `facelab.datasets`.
        seed: of the intervals.

    Returns:
        Accuracy, AUC and EER, each with its interval over people. Accuracy is the one to report:
        AUC and EER pool the cosines of ten networks, whose scales differ.

    Raises:
        ValueError: if somebody is in two folds, or nobody is left to train on.
    """
    ends = np.stack([faces.first, faces.second])
    rows = {int(k): np.unique(ends[:, faces.fold == k]) for k in np.unique(faces.fold)}
    embeddings: NDArray[np.float64] | None = None
    for fold, others in without_each_fold(people, faces):
        found = embedded(train(others), faces.faces.images[rows[fold]])
        if embeddings is None:
            embeddings = np.zeros((len(faces.faces), found.shape[1]))
        embeddings[rows[fold]] = found
    assert embeddings is not None
    return _view2(embeddings, faces, seed, len(rows))


def without_each_fold(people: FaceSet, faces: LfwPairs) -> Iterator[tuple[int, FaceSet]]:
    """For each fold, the people who may be trained on: those who are not in it.

    Args:
        people: everybody.
        faces: `lfw_pairs("10_folds")`.

    Yields:
        The fold's number and a FaceSet.

    Raises:
        ValueError: if somebody is in two folds, or nobody is left to train on.
    """
    for fold, tested in _people_of_folds(faces).items():
        left = [name for name in people.names if name not in tested]
        if not left:
            raise ValueError(f"everybody in people is tested in fold {fold}: nobody to train on")
        yield fold, people.take_people(left)


def _people_of_folds(faces: LfwPairs) -> dict[int, set[str]]:
    """Fold -> names of the people it tests.

    Raises:
        ValueError: if somebody is in two folds.
    """
    whose: dict[int, int] = {}  # person -> fold
    people: dict[int, set[str]] = {}
    for fold in np.unique(faces.fold).tolist():
        rows = faces.fold == fold
        tested = np.unique(faces.faces.labels[np.stack([faces.first[rows], faces.second[rows]])])
        for person in tested.tolist():
            if whose.setdefault(person, fold) != fold:
                name = faces.faces.names[person]
                raise ValueError(f"{name} is in folds {whose[person]} and {fold} of View 2")
        people[fold] = {faces.faces.names[person] for person in tested}
    return people


def _view2(embeddings: NDArray[np.float64], faces: LfwPairs, seed: int, networks: int) -> View2:
    pairs = (faces.first, faces.second)
    return View2(verify(embeddings, faces.faces.labels, pairs, seed=seed), faces.fold, networks)
