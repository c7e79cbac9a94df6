"""What SampleWeights sends to the browser: angles, cosines between centers, the settings of losses.

The pull on a face follows from its angles to the centers and the angles among these (see
`static/weighing.js`), so that embeddings of any width stay in the kernel:

    up to 64 people    every angle (N, C), every cosine between centers (C, C)
    more               of each face the own center and the 15 nearest others, and the cosines
                       among these 16
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.choices import unknown
from facelab.widgets._curves import LEFT_OUT, NOT_DRAWN, NOTES, default, losses_with_a_curve
from facelab.widgets._ranges import partner
from facelab.widgets._words import phrases, translated

Floats = npt.NDArray[np.float64]
MOST_FACES = 300
MOST_CENTERS = 64
NEAREST = 15

# loss -> settings that move nothing in the dial, where there is one face, but do in a batch
OF_A_BATCH: dict[str, list[str]] = {
    "f_softmax": ["focus"],
    "hard_mining": ["rate"],
    "elasticface": ["plus", "assignment", "seed"],
}

PLAIN = {"own": False, "only": None, "forms": None}  # a setting that depends on no other

# loss -> the sentence that says what was assumed, where it is not the dial's
OWN_NOTES = {
    "softmax": "weights.note_softmax",
    "sphereface": "weights.note_sphereface",
    "f_softmax": "",
    "hard_mining": "",
    "elasticface": "weights.note_elasticface",
    "subcenter_arcface": "weights.note_subcenter_arcface",
    "adaface": "weights.note_adaface",
    "magface": "weights.note_magface",
}


def weighed_losses() -> dict[str, dict[str, Any]]:
    """What is known of each loss whose weights can be computed: as `losses_with_a_curve`.

    The length of an embedding is no setting here: every face has its own.
    """
    from facelab.experiments import describe  # brings torch: not before a view is made

    every, found = translated(describe()), losses_with_a_curve()
    for key, entry in found.items():
        settings = entry["settings"]
        settings.pop("embedding_length", None)
        if key in OF_A_BATCH:
            known = every[key]["settings"]
            more = {n: known[n] | {"name": n} | PLAIN for n in OF_A_BATCH[key]}
            settings = {n: (settings | more)[n] for n in known if n in settings or n in more}
        remark = OWN_NOTES.get(key, NOTES.get(key, ""))
        entry.update(settings=settings, note="", remark=remark)
    found["elasticface"]["settings"]["assignment"]["only"] = ("plus", [True])
    return found


def left_out(loss: str) -> dict[str, str]:
    """Settings of a loss that move no weight: name -> why."""
    reasons = LEFT_OUT.get(loss, {})
    return {name: why for name, why in reasons.items() if name not in OF_A_BATCH.get(loss, [])}


@dataclass(frozen=True)
class Batch:
    """Faces as they are weighed.

    Attributes:
        kept: (n,) which of the N embeddings.
        columns: (n, W) the person whose center each angle goes to; the own one first.
        angles: (n, W) radians.
        apart: (C, C) cosines between centers if `whole`, otherwise (n, W (W - 1)/2), those of
            columns j > k in the order 1 0, 2 0, 2 1, 3 0, ...
        whole: whether all centers count for every face.
        lost: how many faces are left out because their center has no direction.
    """

    kept: npt.NDArray[np.int64]
    columns: npt.NDArray[np.uint16]
    angles: Floats
    apart: Floats
    whole: bool
    lost: int


def batch(turned: Floats, labels: npt.NDArray[np.uint16], centers: Floats) -> Batch:
    """The faces that are weighed: at most 300, evenly taken from those that have a direction.

    Args:
        turned: (N, D) embeddings of length 1, NaN for one without direction.
        labels: (N,) whose each is.
        centers: (C, D) of length 1, NaN for who has none.
    """
    there = np.asarray(np.isfinite(centers).all(axis=1))
    seen = np.isfinite(turned).all(axis=1)
    good = np.flatnonzero(seen & there[labels])
    places = np.linspace(0, len(good) - 1, min(len(good), MOST_FACES)).round().astype(np.int64)
    kept = good[places]
    people, whole = np.flatnonzero(there), len(centers) <= MOST_CENTERS
    columns = _columns(turned[kept] @ centers[people].T, labels[kept], people, whole)
    rows = [angles_between(turned[i], centers[own]) for i, own in zip(kept, columns, strict=True)]
    if whole:
        apart = centers @ centers.T
    else:
        below = np.tril_indices(columns.shape[1], -1)
        cosines = [(centers[own] @ centers[own].T)[below] for own in columns]
        apart = np.array(cosines).reshape(len(kept), len(below[0]))
    angles = np.array(rows).reshape(columns.shape)
    lost = int(seen.sum()) - len(good)
    return Batch(kept, columns.astype(np.uint16), angles, apart, whole, lost)


def _columns(
    cosines: Floats, labels: npt.NDArray[np.uint16], people: npt.NDArray[np.int64], whole: bool
) -> npt.NDArray[np.int64]:
    """Whose center each angle goes to, own first; the others nearest first. (n, W)."""
    own = people[None, :] == labels[:, None]
    nearest_first = np.argsort(np.where(own, -np.inf, -cosines), axis=1, kind="stable")
    width = len(people) if whole else min(len(people), NEAREST + 1)
    return people[nearest_first[:, :width]]


def angles_between(direction: Floats, centers: Floats) -> Floats:
    """Angles between a direction (D,) and centers (W, D), all of length 1, radians, (W,).

    2 atan2(|u - c|, |u + c|), which does not lose its digits near 0 as arccos does.
    """
    near = np.linalg.norm(centers - direction, axis=1)
    return np.asarray(2 * np.arctan2(near, np.linalg.norm(centers + direction, axis=1)))


def people(centers: Floats | None, names: Any) -> int | None:
    """C as centers or names tell it; None where neither is given.

    Raises:
        ValueError: if there is not one name for each center.
    """
    if centers is None:
        return None if names is None else len(names)
    if names is not None and len(names) != len(centers):
        raise ValueError(f"names must be one for each of {len(centers)} centers, not {len(names)}")
    return len(centers)


def noted(turned: Floats, batch: Batch, people: int, own: bool) -> str:
    """What was done to the data, in words."""
    good = int(np.isfinite(turned).all(axis=1).sum()) - batch.lost
    dropped, shown = len(turned) - good - batch.lost, len(batch.kept)
    said = [
        ("weights.dropped_one", dropped == 1),
        ("weights.dropped", dropped > 1),
        ("weights.lost", batch.lost > 0),
        ("weights.thinned", shown < good),
        ("weights.nearest", not batch.whole),
        ("weights.means", own),
        ("weights.alone", people == 1),
    ]
    values = {"dropped": dropped, "lost": batch.lost, "shown": shown, "people": people}
    catalog = phrases()
    return " ".join(catalog[key].format(**values, count=good) for key, on in said if on)


def missing(loss: str, name: str, settings: dict[str, Any]) -> str:
    """The sentence about a setting without effect on the weights of a loss."""
    reasons = left_out(loss)
    if name == "embedding_length":
        return f"the weights have no {name}: every face has its own"
    if name in reasons:
        return f"the weights have no {name} for {loss}: {reasons[name]}"
    return unknown(f"setting of {loss}", name, settings)


def check_loss(value: Any, losses: dict[str, Any]) -> str:
    """Give the key of a loss back, or say which there are."""
    if isinstance(value, str) and value in NOT_DRAWN:
        raise ValueError(f"no weights of single faces for {value}: {NOT_DRAWN[value]}")
    if not isinstance(value, str) or value not in losses:
        raise ValueError(unknown("loss whose faces can be weighed", value, losses))
    return value


def giving_way(name: str, values: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """The settings of a loss that give way to one that has been moved: name -> value."""
    settings, is_ = entry["settings"], f"{name}={values[name]}"
    moved = [n for n, spec in settings.items() if is_ in (spec["forms"] or {})]
    again = {n: default(settings[n], values) for n in moved}
    return again | partner(name, values, settings, entry["pairs"])
