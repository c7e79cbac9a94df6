"""Similarities of easy and hard faces, as histograms and as what distribution distillation sees."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from facelab.figures._axes import axes, legend, tidy
from facelab.figures._letters import write
from facelab.figures.palette import COLORS, INK, RIM
from facelab.geometry import kl_divergence, similarity_sets, soft_histogram

BARS = 40  # over -1..1
NODES = 200  # R
SIGMA = 0.1  # width of a bell, cosine units
KINDS = (("two people", COLORS[1], None), ("one person", COLORS[0], "////"))
Sets = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def similarity_histograms(
    easy: npt.ArrayLike,
    hard: npt.ArrayLike,
    labels: npt.ArrayLike,
    ax: Axes | None = None,
    *,
    threshold: float | None = None,
    pairs: str = "all",
    title: str = "",
) -> Axes:
    """Cosines of one person's pairs and of two people's: easy faces above, hard ones below.

    Bars count pairs; lines are the soft histograms of the loss (200 nodes, sigma 0.1), drawn as
    shares of a bar's width; dots are the means, and the line between them is the margin.

    Args:
        easy: (N, D) embeddings of easy faces.
        hard: (N, D) embeddings of the same faces, made hard.
        labels: (N,) who is on each.
        ax: where to draw.
        threshold: from which cosine on two faces are accepted, drawn with TAR and FAR.
        pairs: "all", or "hardest" as in distribution distillation.
        title: above the axes.

    Raises:
        ValueError: if shapes do not fit, or one kind of pair is missing.
    """
    ax = axes(ax, 6.5, 4.5)
    sets = [similarity_sets(x, labels, pairs) for x in (easy, hard)]
    for name, kind in (("one person", 0), ("two people", 1)):
        if not len(sets[0][kind]):
            raise ValueError(f"there is no pair of {name}: histograms need both kinds")
    top = 1.45 * max(_shares(values).max() for both in sets for values in both)
    ax.axvspan(1 if threshold is None else threshold, 1, color=RIM, alpha=0.18, linewidth=0)
    for row, up in ((0, 1), (1, -1)):
        _half(ax, sets[row], up, top, ("easy", "hard")[row], threshold)
    ax.axhline(0, color=RIM, linewidth=1)
    ax.set_xlim(min(-0.4, *(values.min() for both in sets for values in both)), 1)
    ax.set_ylim(-top, top)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{abs(share):.0%}"))
    high, low = (kl_divergence(_soft(sets[0][kind]), _soft(sets[1][kind])) for kind in (0, 1))
    apart = f"KL of one person {high:.2f}, of two people {low:.2f}"
    words = f"{title}: {apart}" if title else apart
    write(ax.set_title(words, color=INK, fontsize="medium"), apart)
    legend(ax, fontsize="small", loc="upper left", bbox_to_anchor=(0, 0.92))
    return tidy(ax, "similarity: cosine of two faces", "share of the pairs of each kind")


def _half(ax: Axes, sets: Sets, up: int, top: float, name: str, threshold: float | None) -> None:
    """Bars, lines and means of one branch, upwards or downwards."""
    edges, nodes = np.linspace(-1, 1, BARS + 1), np.linspace(-1, 1, NODES)
    means = [values.mean() for values in sets[::-1]]
    ax.plot(means, [0.9 * up * top] * 2, color=INK, linewidth=1.5)
    for (kind, color, hatch), values, mean in zip(KINDS, sets[::-1], means, strict=True):
        style: dict[str, Any] = {"color": color, "alpha": 0.3, "linewidth": 0}
        patch = ax.stairs(up * _shares(values), edges, fill=True, hatch=hatch, **style)
        patch.set_hatchcolor(color)
        line = up * _soft(values) * (NODES - 1) / BARS
        ax.plot(nodes, line, color=color, linewidth=1.8, label=kind if up > 0 else None)
        ax.plot(mean, 0.9 * up * top, marker="o", color=color)
    words = f"{name}: margin {means[1] - means[0]:.2f}"
    if threshold is not None:
        tar, far = ((values >= threshold).mean() for values in sets)
        words += f", TAR {tar:.0%}, FAR {far:.1%} from {threshold:.2f} on"
    ax.text(0.015, 0.5 + 0.48 * up, words, transform=ax.transAxes, color=INK, va="center")


def _shares(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The share of the cosines in each bar, (BARS,)."""
    found = np.histogram(values.clip(-1, 1), np.linspace(-1, 1, BARS + 1))[0] / len(values)
    return np.asarray(found)


def _soft(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return soft_histogram(values, np.linspace(-1, 1, NODES), SIGMA)
