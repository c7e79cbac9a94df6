"""What a comparison found: a row for each run, and what the runs say together."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facelab.choices import unknown
from facelab.evaluation import Estimate, RunsMean, holm, mean_over_runs
from facelab.experiments._chosen import chosen

if TYPE_CHECKING:
    import pandas as pd

# column -> its name in the results of a run
NUMBERS = (
    ("auc", "auc"),
    ("eer", "eer"),
    ("tar@1e-2", "tar_at_far_0.01"),
    ("accuracy", "accuracy"),
)
TITLES = {
    "auc": "AUC, area under the ROC (higher is better)",
    "eer": "EER, equal error rate (lower is better)",
    "tar@1e-2": "TAR at FAR 1 % (higher is better)",
    "accuracy": "accuracy at the best threshold (higher is better)",
}


@dataclass(frozen=True)
class Row:
    """A run of a comparison: its numbers on people it has never seen."""

    loss: str
    seed: int
    split: int
    values: dict[str, float]
    seconds: float
    metrics: list[dict[str, float]] = field(repr=False)
    failed: str = ""


@dataclass(frozen=True, repr=False)
class Comparison:
    """Losses compared over the same seeds and splits.

    Attributes:
        runs: a Row for each run.
        baseline: the loss that the others are compared with.
        config: of the first run; all runs share it but for loss, its settings, seed and split.
        settings: for each loss its settings in the first run, those given and the defaults.
        people: how many were trained on and how many tested, in each run.
        notes: what a reader must know.
        folder: where the runs are kept, or None.
        tuned: (loss, split) -> what the search of its settings tried and chose, if there was one.
    """

    runs: list[Row]
    baseline: str
    config: dict[str, Any]
    settings: dict[str, dict[str, Any]]
    people: tuple[int, int]
    notes: list[str]
    folder: Path | None = None
    tuned: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    @property
    def losses(self) -> list[str]:
        """The losses, as they were asked for."""
        return list(dict.fromkeys(row.loss for row in self.runs))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(seed, split) of the runs of each loss."""
        return list(dict.fromkeys((row.seed, row.split) for row in self.runs))

    @property
    def rows(self) -> pd.DataFrame:
        """A line for each run: loss, seed, split, auc, eer, tar@1e-2, accuracy, seconds."""
        import pandas as pd

        named = ({"loss": r.loss, "seed": r.seed, "split": r.split} for r in self.runs)
        return pd.DataFrame(
            [n | r.values | {"seconds": r.seconds} for n, r in zip(named, self.runs, strict=True)]
        )

    def values(self, loss: str, metric: str = "auc") -> np.ndarray:
        """One number of one loss from each run, (n,), in the order of `pairs`.

        Raises:
            ValueError: if there is no such loss or number here.
        """
        if metric not in TITLES:
            raise ValueError(unknown("number", metric, TITLES))
        if loss not in self.losses:
            raise ValueError(unknown("loss of this comparison", loss, self.losses))
        return np.array([row.values[metric] for row in self.runs if row.loss == loss])

    def mean(self, loss: str, metric: str = "auc", level: float = 0.95) -> Estimate:
        """The mean over runs, with an interval that knows that the runs share people."""
        return self._over_runs(self.values(loss, metric), level, least=0).estimate

    def difference(self, loss: str, metric: str = "auc", level: float = 0.95) -> RunsMean:
        """The mean difference to the baseline over paired runs, its interval, and its p."""
        ours, theirs = self.values(loss, metric), self.values(self.baseline, metric)
        return self._over_runs(ours - theirs, level, least=-1)

    def _over_runs(self, values: np.ndarray, level: float, least: float) -> RunsMean:
        """The mean over runs; all these numbers are rates, or differences of rates."""
        ratio = self.people[1] / self.people[0]
        found = mean_over_runs(values, [s for _, s in self.pairs], ratio=ratio, level=level)
        mean = found.estimate
        low, high = (float(np.clip(end, least, 1)) for end in (mean.low, mean.high))
        return RunsMean(Estimate(mean, low, high, level, mean.note), found.p)

    def table(self, metric: str = "auc", level: float = 0.95) -> pd.DataFrame:
        """A line for each loss: its mean, and its paired difference to the baseline.

        Args:
            metric: "auc", "eer", "tar@1e-2" or "accuracy".
            level: of the intervals; each holds for its loss alone.

        Returns:
            Columns mean, low, high, difference, difference_low, difference_high, p (corrected t
            test), p_holm (the same, corrected for the number of losses), runs, seconds (of one
            run, the mean), and chosen where settings were searched. The baseline has no difference.
        """
        import pandas as pd

        lines, seconds = [], self.rows.groupby("loss").seconds.mean()
        for loss in self.losses:
            mean = self.mean(loss, metric, level)
            line = {"mean": float(mean), "low": mean.low, "high": mean.high}
            if loss != self.baseline:
                paired = self.difference(loss, metric, level)
                ends = {"difference_low": paired.estimate.low}
                ends["difference_high"] = paired.estimate.high
                line |= {"difference": float(paired.estimate), **ends, "p": paired.p}
            lines.append(line)
        table = pd.DataFrame(lines, index=pd.Index(self.losses, name="loss"))
        table["p_holm"] = holm(table.p)
        found = {"chosen": [chosen(self.tuned, loss) for loss in self.losses]} if self.tuned else {}
        return table.assign(runs=len(self.pairs), seconds=seconds, **found)

    def forest(self, metric: str = "auc", ax: Any = None) -> Any:
        """Draw the differences to the baseline, with their intervals and single runs."""
        from facelab import figures

        others = [loss for loss in self.losses if loss != self.baseline]
        found = [self.difference(loss, metric).estimate for loss in others]
        theirs = self.values(self.baseline, metric)
        return figures.forest(
            others,
            [float(d) for d in found],
            [d.low for d in found],
            [d.high for d in found],
            ax,
            runs=[self.values(loss, metric) - theirs for loss in others],
            xlabel=f"{TITLES[metric].partition(' (')[0]}, minus that of {self.baseline}",
        )

    def curves(self, key: str = "loss", ax: Any = None) -> Any:
        """Draw a column of the metrics over epochs, for each loss the mean over its runs."""
        from facelab import figures

        means = {}
        for loss in self.losses:
            runs = [row.metrics for row in self.runs if row.loss == loss and not row.failed]
            epochs = zip(*runs, strict=True)
            means[loss] = [{k: float(np.mean([r[k] for r in e])) for k in e[0]} for e in epochs]
        return figures.training_curves({k: v for k, v in means.items() if v}, key, ax=ax)

    def __repr__(self) -> str:
        from facelab.experiments._report import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from facelab.experiments._report import as_table

        return as_table(self, "auc")

    def to_html(self, path: str | Path) -> Path:
        """Write a report in one file that needs no network: tables, figures, settings, versions."""
        from facelab.experiments._report import page

        return page(self, Path(path))

    def keep(self) -> None:
        """Write rows.csv and report.html into the folder of the comparison."""
        from facelab.experiments import _folder

        assert self.folder is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        text = self.rows.to_csv(index=False, lineterminator="\n")
        _folder.write(self.folder / "rows.csv", text.encode())
        self.to_html(self.folder / "report.html")
