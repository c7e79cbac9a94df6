"""A small search for the settings of each loss, before the losses are compared.

    facelab.compare(["softmax", "arcface"], tune=6)

Every loss tries the same number of settings: first what it was given, or what suits small sets;
then values drawn around those, in the ranges that the loss says of itself, together with learning
rates drawn around that of the comparison:

    value = usual * 2^u,          u uniform in -2 to 2 (learning rate: -1.5 to 1.5)

kept between the ends of its slider; where the usual value is 0 it is drawn evenly between them.
What somebody set stays as it was set.

For each split, the people trained on are parted once more. A try trains on some of them and is
judged, by AUC, on the others; nobody who is tested in that split takes part. The best try makes the
runs of that loss on that split, and their configs say what else was tried.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from facelab import losses
from facelab.datasets import FaceSet
from facelab.experiments import _own
from facelab.experiments._comparison import Row
from facelab.experiments._config import configure, fingerprint, settings_of
from facelab.experiments._run import prepare
from facelab.experiments._tasks import Task
from facelab.experiments._wanted import Wanted
from facelab.losses import Slider
from facelab.losses._check import load

REACH, REACH_OF_RATE = 2.0, 1.5  # powers of 2 around the usual value
DRAWS = 20  # of one try, until the loss takes the values together


@dataclass(frozen=True)
class Choice:
    """What the search of one loss on one split found.

    Attributes:
        settings: of the loss, those that were drawn or given.
        learning_rate: of its runs.
        number: of the try that was best, from 0; 0 is what suits small sets.
        tried: for each try its settings, learning_rate and auc on the people held out of those
            trained on; None where it gave no number.
    """

    settings: dict[str, Any]
    learning_rate: float
    number: int
    tried: list[dict[str, Any]]

    def told(self) -> dict[str, Any]:
        """What the config of a run says of it."""
        return {"tries": len(self.tried), "chosen": self.number, "tried": self.tried}


def check_tries(tune: Any) -> int:
    """How many settings each loss tries; 0 is no search.

    Raises:
        ValueError: if it is no whole number of at least 2, or 0.
    """
    if isinstance(tune, bool) or not isinstance(tune, Integral) or tune < 0 or tune == 1:
        raise ValueError(f"tune must be a whole number of at least 2, or 0, not {tune!r}")
    return int(tune)


def plan_tries(
    wanted: list[Wanted],
    pairs: list[tuple[int, int]],
    faces: FaceSet,
    shared: dict[str, Any],
    tries: int,
    root: Path | None,
) -> list[tuple[Task, FaceSet]]:
    """All runs of the search, each with the faces of the people trained on in its split."""
    planned: list[tuple[Task, FaceSet]] = []
    for split in dict.fromkeys(split for _, split in pairs):
        seed = next(s for s, other in pairs if other == split)
        options = shared | {"seed": seed, "split": split}
        seen = prepare(faces, options | {"label_noise": 0})[0]
        options |= {"people": None}
        prepare(seen, options)  # refuses too few people
        mark = fingerprint(seen)
        for entry in wanted:
            for number, drawn in enumerate(draw(entry, options, tries)):
                rate, settings = drawn
                told = options | {"learning_rate": rate}
                config = configure(entry.loss, seen, mark, told, settings)
                name = f"{entry.folder}_split{split}_try{number}"
                folder = None if root is None else root / "tuning" / name
                planned.append((Task(len(planned), entry.label, config, folder), seen))
    return planned


def draw(
    entry: Wanted, options: dict[str, Any], tries: int
) -> Iterator[tuple[float, dict[str, Any]]]:
    """(learning rate, settings) of each try of a loss; the first are the usual ones."""
    usual, seed, dim = options["learning_rate"], options["seed"], options["embedding_dim"]
    start = settings_of(entry.loss, dim, seed, entry.settings)
    sliders = {name: s for name, s in _sliders(entry.loss).items() if name not in entry.settings}
    yield usual, entry.settings
    for number in range(1, tries):
        rng = np.random.default_rng([options["split"], number])
        rate = float(f"{usual * 2 ** rng.uniform(-REACH_OF_RATE, REACH_OF_RATE):.3g}")
        for _ in range(DRAWS):
            drawn = {k: _around(s, start.get(k, s.teaching), rng) for k, s in sliders.items()}
            try:
                settings_of(entry.loss, dim, seed, entry.settings | drawn)
            except ValueError:  # values that do not go together
                continue
            break
        else:
            drawn = {}
        yield rate, entry.settings | drawn


def _sliders(loss: str) -> dict[str, Slider]:
    """The numbers a loss can be given, as it says itself; its seed is no setting to search."""
    if _own.is_own(loss):
        listed = getattr(load(loss), "settings", {})
    else:
        listed = losses.run_settings(losses.find(loss))
    return {k: s for k, s in dict(listed).items() if isinstance(s, Slider) and k != "seed"}


def _around(slider: Slider, usual: float, rng: np.random.Generator) -> float:
    """A value near the usual one, on the slider."""
    power, even = rng.uniform(-REACH, REACH), rng.uniform(slider.low, slider.high)
    value = float(usual * 2**power) if usual > 0 else float(even)
    value = min(max(round(value / slider.step), 1) * slider.step, slider.high)
    value = max(value, slider.low)
    return int(value) if slider.whole else float(f"{value:.6g}")


def choose(tries: list[Task], rows: list[Row]) -> dict[tuple[str, int], Choice]:
    """(label, split) -> the try with the highest AUC on those held out, the first of equals."""
    found: dict[tuple[str, int], list[tuple[Task, float]]] = {}
    for task, row in zip(tries, rows, strict=True):
        found.setdefault((task.label, row.split), []).append((task, row.values["auc"]))
    return {key: _best(each) for key, each in found.items()}


def _best(tried: list[tuple[Task, float]]) -> Choice:
    number = max(range(len(tried)), key=lambda k: (np.nan_to_num(tried[k][1], nan=-1.0), -k))
    best = tried[number][0].config
    told = [
        {
            "settings": _plain(task.config),
            "learning_rate": task.config["learning_rate"],
            "auc": None if np.isnan(auc) else round(auc, 6),
        }
        for task, auc in tried
    ]
    return Choice(_plain(best), best["learning_rate"], number, told)


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """The settings of a config, but for the seed, which belongs to the run."""
    return {name: value for name, value in config["settings"].items() if name != "seed"}
