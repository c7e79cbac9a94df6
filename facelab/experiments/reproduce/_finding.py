"""What came of a claim: its verdict, the interval behind it, a table and pictures."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facelab.choices import unknown
from facelab.evaluation import RunsMean, mean_over_runs
from facelab.experiments.reproduce._claim import RATES, Claim, verdict
from facelab.experiments.reproduce._fingerprint import fingerprint
from facelab.experiments.reproduce._trials import Trial

if TYPE_CHECKING:
    import pandas as pd

NOBODY_SHARED = 1e-12  # share of the variance that runs have in common, with people of their own
DIGITS = 6  # of a stored number


@dataclass(frozen=True, repr=False)
class Finding:
    """A claim with the numbers of its runs.

    Attributes:
        claim: the Claim.
        trials: a Trial for each run.
        people: how many were trained on and how many tested, in each run.
        options: what was asked for other than the claim says, for example {"epochs": 2}.
        stored: whether these numbers were computed before.
    """

    claim: Claim
    trials: list[Trial]
    people: tuple[int, int]
    options: dict[str, Any]
    stored: bool = False

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(seed, split) of the runs of each way."""
        return list(dict.fromkeys((t.seed, t.split) for t in self.trials))

    @cached_property
    def differences(self) -> np.ndarray:
        """d_j, (n,), in the order of `pairs`; NaN where a run gave no numbers."""
        found = np.full(len(self.pairs), np.nan)
        for place, pair in enumerate(self.pairs):
            runs = {t.way: t for t in self.trials if (t.seed, t.split) == pair}
            if not any(trial.failed for trial in runs.values()):
                found[place] = self.claim.decides({way: t.numbers for way, t in runs.items()})
        return found

    @cached_property
    def mean(self) -> RunsMean:
        """The mean of d_j with its interval, and p."""
        return self._over_runs(self.differences)

    @property
    def verdict(self) -> str:
        """ "seen", "not seen" or "opposite"."""
        return verdict(self.mean.estimate)

    def values(self, way: str, number: str) -> np.ndarray:
        """A number of each run of a way, (n,) or (n, epochs) for a curve, in the order of `pairs`.

        A seed of which a run failed, whichever way it was trained, is left out.

        Raises:
            ValueError: if there is no such way or number.
        """
        if way not in self.claim.ways:
            raise ValueError(unknown("way of training", way, self.claim.ways))
        failed = {(t.seed, t.split) for t in self.trials if t.failed}
        ours = {(t.seed, t.split): t.numbers for t in self.trials if t.way == way}
        runs = [ours[pair] for pair in self.pairs if pair not in failed]
        known = dict.fromkeys(name for run in runs for name in run)
        if number not in known:
            raise ValueError(unknown("number of this claim", number, known))
        return np.array([run[number] for run in runs], dtype=np.float64)

    def table(self) -> pd.DataFrame:
        """A line for each way of training: the mean of each number shown, with its interval."""
        import pandas as pd

        lines = {
            way: {title: self._shown(way, number) for number, title in self.claim.shown.items()}
            for way in self.claim.ways
        }
        return pd.DataFrame.from_dict(lines, orient="index").rename_axis("trained with")

    def _shown(self, way: str, number: str) -> str:
        try:
            values = self.values(way, number)
        except ValueError:
            return "no number"
        if len(values) < len(self.pairs):
            return f"no number from {len(self.pairs) - len(values)} of {len(self.pairs)} seeds"
        if np.ptp(values) == 0:
            return f"{values[0]:.3f}"
        mean = self._over_runs(values).estimate
        ends = np.clip([mean.low, mean.high], *((0, 1) if number in RATES else (None, None)))
        return f"{float(mean):.3f} ({ends[0]:.3f} to {ends[1]:.3f})"

    def _over_runs(self, values: np.ndarray) -> RunsMean:
        trained, tested = self.people
        ratio = NOBODY_SHARED if self.claim.people.fresh else tested / trained
        return mean_over_runs(values, [split for _, split in self.pairs], ratio=ratio)

    @property
    def sentence(self) -> str:
        """The verdict in words, with the interval behind it."""
        mean, (trained, tested) = self.mean.estimate, self.people
        ends = f"({mean.low:+.3f} to {mean.high:+.3f})"
        number = f"{float(mean):+.3f} {ends}" if not np.isnan(mean.low) else f"({mean.note})"
        told = ", ".join(f"{name} = {value}" for name, value in self.options.items())
        asked = f" Asked for: {told}." if told else ""
        whose = "other people" if self.claim.people.fresh else "another split"
        return (
            f"{self.verdict.capitalize()} at this scale. {self.claim.number}: {number}. "
            f"{len(self.pairs)} paired runs, each with {whose}; {trained} people trained on, "
            f"{tested} others tested, {self.claim.people.words}.{asked}"
        )

    def draw(self, ax: Any = None) -> Any:
        """Draw what the claim is about."""
        from facelab import figures

        if self.claim.draw is not None:
            return self.claim.draw(self, ax)
        number, title = next(iter(self.claim.shown.items()))
        runs = {way: self.values(way, number) for way in self.claim.ways}
        return figures.pairs(runs, ax, ylabel=title)

    def forest(self, ax: Any = None) -> Any:
        """Draw the number that decides, with its interval and single runs."""
        from facelab import figures

        mean, runs = self.mean.estimate, [self.differences]
        name, label = [self.verdict], self.claim.number
        return figures.forest(
            name, [float(mean)], [mean.low], [mean.high], ax, runs=runs, xlabel=label
        )

    def __repr__(self) -> str:
        from facelab.experiments.reproduce._told import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from facelab.experiments.reproduce._told import as_html

        return as_html(self)

    def to_html(self, path: str | Path) -> Path:
        """Write what came out as a page that needs no network."""
        from facelab.experiments.reproduce._told import page

        return page(self, Path(path))

    def as_json(self) -> dict[str, Any]:
        """What is stored: the numbers of every run; and, for people who read it, the verdict."""
        trials = [_short(asdict(trial)) for trial in self.trials]
        kept = replace(self, trials=[Trial(**trial) for trial in trials])
        mean = kept.mean.estimate
        return {
            "fingerprint": fingerprint(self.claim),
            "verdict": kept.verdict,
            "mean": _short(float(mean)),
            "interval": [_short(mean.low), _short(mean.high)],
            "people": list(self.people),
            "trials": trials,
        }


def from_json(claim: Claim, stored: dict[str, Any]) -> Finding:
    """A Finding from what `as_json` gave."""
    trials = [Trial(**trial) for trial in stored["trials"]]
    trained, tested = stored["people"]
    return Finding(claim, trials, (trained, tested), {}, stored=True)


def _short(value: Any) -> Any:
    """Numbers with few digits; NaN, which JSON does not have, as None."""
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_short(item) for item in value]
    if isinstance(value, float):
        return None if np.isnan(value) else float(f"{value:.{DIGITS}g}")
    return value
