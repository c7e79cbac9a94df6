"""What may be done to any set of faces while it is loaded: a long tail, faces harder to read.

    facelab.load("orl", long_tail=1.0, degrade="blur:0.5+noise:0.2")
    facelab train --data orl:long_tail=1,degrade=blur:0.5

Written behind the name they are part of a run's config, so that the run can be repeated.
"""

from typing import Any

from facelab.datasets.faceset import FaceSet

CHANGES = ("long_tail", "degrade")


def change(faces: FaceSet, long_tail: float | None = None, degrade: str = "") -> FaceSet:
    """The faces, with fewer images of most people, then harder to read; both drawn with seed 0.

    For another seed, call `FaceSet.long_tail` and `FaceSet.degrade`.

    Args:
        faces: a set.
        long_tail: the exponent, see `FaceSet.long_tail`; None for all images.
        degrade: kinds of DEGRADATIONS with their levels, one after the other: "blur:0.5+noise:0.2".

    Raises:
        TypeError, ValueError: if the exponent, a kind or a level cannot be used.
    """
    if long_tail is not None:
        faces = faces.long_tail(long_tail)
    for kind, level in levels(degrade):
        faces = faces.degrade(kind, level)
    return faces


def levels(said: Any) -> list[tuple[str, float]]:
    """Kinds and levels from "blur:0.5+noise:0.2".

    Raises:
        ValueError: if it is not written like that.
    """
    found = []
    for part in str(said).split("+") if said != "" else []:
        kind, _, level = (piece.strip() for piece in part.partition(":"))
        try:
            found.append((kind, float(level)))
        except ValueError:
            raise ValueError(
                f"degrade is written as blur:0.5 or blur:0.5+noise:0.2, not {said!r}"
            ) from None
    return found
