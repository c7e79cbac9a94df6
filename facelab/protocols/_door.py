"""What every protocol checks at its door: nobody tested was trained on, and embeddings fit."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelab.datasets import FaceSet

Embed = Callable[[NDArray[np.uint8]], NDArray[Any]]  # images (N, H, W) -> embeddings (N, D)
Train = Callable[[FaceSet], Embed]  # people to train on -> what embeds

SHOWN = 3  # names in a sentence


def names_of(trained_on: Iterable[str]) -> set[str]:
    """The names of the people a network was trained on.

    Raises:
        TypeError: if it is one name, not a list of names.
    """
    if isinstance(trained_on, str):
        raise TypeError(f"trained_on must be a list of names, not the name {trained_on!r}")
    return set(trained_on)


def refuse_known(names: Iterable[str], trained_on: Iterable[str], where: str) -> None:
    """Refuse to test a network on people that it was trained on.

    Args:
        names: who is tested.
        trained_on: names of the people the network was trained on.
        where: what they are tested in, for the sentence: "View 2 of LFW".

    Raises:
        TypeError: if `trained_on` is one name, not a list of names.
        ValueError: if somebody is in both; the sentence says who.
    """
    known = sorted(names_of(trained_on).intersection(names))
    if known:
        more = len(known) - SHOWN
        who = ", ".join(known[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
        raise ValueError(
            f"the network was trained on {who}, who {'is' if len(known) == 1 else 'are'} tested "
            f"here ({where}); leave them out, or train without them"
        )


def embedded(embed: Embed, images: NDArray[np.uint8]) -> NDArray[Any]:
    """Embeddings (N, D) of N images.

    Raises:
        ValueError: if `embed` gave anything but a row for each image.
    """
    embeddings = np.asarray(embed(images))
    if embeddings.ndim != 2 or len(embeddings) != len(images):
        raise ValueError(
            f"embed must give (N, D), a row for each of the {len(images):,} images, "
            f"not {embeddings.shape}"
        )
    return embeddings


def several(faces: FaceSet, people: int, where: str) -> None:
    """Refuse a set with too few people, or in which nobody can be met again.

    Raises:
        ValueError: if there are fewer people, or nobody has two images.
    """
    if faces.num_people < people:
        raise ValueError(f"{where} needs at least {people} people, not {faces.num_people}")
    if len(faces) == faces.num_people:
        raise ValueError(f"{where} needs people with two images or more, but nobody here has two")
