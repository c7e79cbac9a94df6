"""ROC, similarities and CMC, with the intervals over people as bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from facelab.figures._axes import axes, by_name, legend, tidy
from facelab.figures.palette import COLORS, INK, RIM, line

if TYPE_CHECKING:
    from facelab.evaluation import Identification, Verification

BAND_POINTS = 200


def roc(
    verifications: Verification | Mapping[str, Verification],
    ax: Axes | None = None,
    *,
    log: bool = True,
) -> Axes:
    """True accepts over false accepts, with a band for the interval at each false accept rate.

    Args:
        verifications: one, or name -> verification.
        ax: where to draw.
        log: whether the false accept rate is on a logarithmic axis, from one false accept on.
    """
    ax = axes(ax)
    named = by_name(verifications)
    least = min(1 / (~v.same).sum() for v in named.values()) if log else 0.0
    grid = np.geomspace(least, 1, BAND_POINTS) if log else np.linspace(0, 1, BAND_POINTS)
    for index, (name, verification) in enumerate(named.items()):
        curve, style = verification.roc(), line(index)
        title = f"{name}: " if name else ""
        far = np.maximum(curve.far, least)
        label = f"{title}AUC {verification.auc()!r}"
        ax.plot(far, curve.tar, drawstyle="steps-post", linewidth=1.8, label=label, **style)
        low, high = verification.band(grid)
        ax.fill_between(grid, low, high, step="post", color=style["color"], alpha=0.15, linewidth=0)
    ax.plot(grid, grid, color=RIM, linewidth=0.9, linestyle=":", label="chance")
    if log:
        ax.set_xscale("log")
    ax.set_xlim(least, 1)
    ax.set_ylim(0, 1.01)
    legend(ax, loc="lower right", fontsize="small")
    x = "false accept rate (share of different-person pairs)"
    return tidy(ax, x, "true accept rate (share of same-person pairs)")


def similarity(
    verification: Verification,
    ax: Axes | None = None,
    *,
    bins: int = 40,
    far: float | None = 0.01,
) -> Axes:
    """How alike same-person and different-person pairs are.

    Args:
        verification: the scored pairs.
        ax: where to draw.
        bins: bars between the lowest and the highest score.
        far: the false accept rate whose threshold is drawn; None for no threshold.
    """
    ax = axes(ax)
    edges = np.linspace(verification.scores.min(), verification.scores.max(), bins + 1)
    kinds = (("different people", ~verification.same, 1), ("same person", verification.same, 0))
    for name, rows, color in kinds:
        shares = np.histogram(verification.scores[rows], edges)[0] / rows.sum()
        label = f"{name} ({rows.sum():,} pairs)"
        hatch = "////" if color == 0 else None
        style: dict[str, Any] = {"color": COLORS[color], "alpha": 0.3, "linewidth": 0}
        patch = ax.stairs(shares, edges, fill=True, hatch=hatch, **style)
        patch.set_hatchcolor(COLORS[color])
        ax.stairs(shares, edges, color=COLORS[color], linewidth=1.6, label=label)
    if far is not None:
        curve = verification.roc()
        at = np.searchsorted(curve.far, far, side="right") - 1
        words = f"accepted from here on: FAR {curve.far[at]:.2g}, TAR {curve.tar[at]:.2g}"
        ax.axvline(min(curve.thresholds[at], edges[-1]), color=INK, linestyle=":", label=words)
    ax.set_ylim(bottom=0)
    legend(ax, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1.0))
    return tidy(ax, "score: cosine of the two embeddings", "share of the pairs of each kind")


def cmc(
    identifications: Identification | Mapping[str, Identification],
    ax: Axes | None = None,
    *,
    ranks: int = 20,
) -> Axes:
    """How often the right person is among the k best of a gallery.

    Args:
        identifications: one, or name -> identification.
        ax: where to draw.
        ranks: how many ranks to draw, at most the people in the gallery.
    """
    ax = axes(ax)
    most = 1
    for index, (name, identification) in enumerate(by_name(identifications).items()):
        curve, style = identification.cmc(), line(index)
        title = f"{name}: " if name else ""
        label = f"{title}rank 1 {identification.rank(1)!r}"
        k = curve.ranks[:ranks]
        most = max(most, len(k))
        ax.plot(k, curve.share[: len(k)], marker="o", markersize=3.5, label=label, **style)
        band = (curve.low[: len(k)], curve.high[: len(k)])
        ax.fill_between(k, *band, color=style["color"], alpha=0.15, linewidth=0)
    ax.set_xlim(0.7, most + 0.3)
    ax.set_ylim(0, 1.01)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(ax, loc="lower right", fontsize="small")
    return tidy(
        ax, "rank k (people of the gallery)", "right person among the k best\n(share of probes)"
    )
