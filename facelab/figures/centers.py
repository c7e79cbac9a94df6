"""How far every person stands from the nearest other, as bars with a histogram beside them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab import geometry
from facelab.choices import unknown
from facelab.figures._axes import axes, legend, tidy
from facelab.figures.palette import COLORS, INK, SOFT

BINS = 24
PALE = 0.3  # opacity of a bar that keeps M
TITLES = {
    "squared": "squared distance to the nearest other center",
    "angle": "angle to the nearest other center (degrees)",
}


def center_margins(
    centers: npt.ArrayLike | Mapping[str, npt.ArrayLike],
    counts: npt.ArrayLike | None = None,
    *,
    margin: float = 280.0,
    measure: str = "squared",
    normalized: bool = False,
    before: str | None = None,
    after: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Bars, one a person, most images first: the distance to the nearest other center.

    Dark bars are closer than M, arcs below join the two of every pair that is; diamonds are the
    same people under another loss. A histogram of both lies beside the bars, on the same axis.

    Args:
        centers: (C, D), or title -> (C, D) of the same people.
        counts: (C,) images of each; the bars stand in their order, or as given.
        margin: M, squared unit; radians where the measure is "angle".
        measure: "squared" or "angle".
        normalized: whether centers are turned to length 1 first.
        before, after: titles; the first and the last if not given. "" as `before`: none.
        ax: where to draw.

    Raises:
        ValueError: if shapes do not fit, a center is NaN, or there is no such title or measure.
    """
    tables = _tables(centers)
    shown = _chosen(tables, before, after)
    rank = _rank(counts, len(next(iter(tables.values()))))
    gaps = {title: _gaps(tables[title][rank], measure, normalized) for title in shown}
    threshold = np.rad2deg(margin) if measure == "angle" else margin
    ax = axes(ax, 9.0, 4.6)
    beside = ax.inset_axes((1.04, 0.0, 0.3, 1.0))
    near = {title: np.nanmin(table, axis=1) for title, table in gaps.items()}
    top = 1.08 * max(threshold, *(gap.max() for gap in near.values()))
    _bars(ax, near, threshold)
    _histograms(beside, near, threshold, top)
    deep = _arcs(ax, gaps[shown[0]], threshold, 0.32 * top)
    for each in (ax, beside):
        each.axhline(threshold, color=INK, linestyle="--", linewidth=1.4)
        each.set_ylim(-deep, top)
    words = f"{threshold:.3g}°" if measure == "angle" else f"M = {margin:.3g}"
    ax.annotate(
        words, (len(rank) - 0.5, threshold), va="bottom", ha="right", color=INK, weight="bold"
    )
    if any(shown):
        legend(beside, fontsize="small", loc="upper right")
    order = "most images first" if counts is not None else "in the order given"
    beside.set_yticks([])
    tidy(beside, "people", "")
    ax.set_xticks([])
    ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= top])
    return tidy(ax, f"people, {order}", TITLES[measure])


def _tables(centers: npt.ArrayLike | Mapping[str, npt.ArrayLike]) -> dict[str, Any]:
    """Title -> (C, D), all of as many people, at least 2."""
    given = centers if isinstance(centers, Mapping) else {"": centers}
    tables = {title: np.asarray(rows, dtype=np.float64) for title, rows in given.items()}
    shapes = {title: table.shape for title, table in tables.items()}
    if not tables or any(len(shape) != 2 or shape[0] < 2 for shape in shapes.values()):
        raise ValueError(f"centers must have shape (C, D) with C at least 2, not {shapes}")
    for title, table in tables.items():
        if not np.isfinite(table).all():
            worst = int(np.argmin(np.isfinite(table).all(axis=1)))
            raise ValueError(f"center {worst} of {title!r} is NaN or infinite: leave it out")
    if len({shape[0] for shape in shapes.values()}) > 1:
        raise ValueError(f"all centers must be of the same people, not {shapes}")
    return tables


def _chosen(tables: Mapping[str, Any], before: str | None, after: str | None) -> list[str]:
    """The title drawn as bars, then the one drawn as diamonds, if there is another."""
    titles = list(tables)
    for name, title in (("before", before), ("after", after)):
        if title not in (None, *titles) and (name, title) != ("before", ""):
            raise ValueError(unknown(name, title, titles))
    last = titles[-1] if after is None else after
    first = titles[0] if before is None else before
    return [last, first] if first in tables and first != last else [last]


def _rank(counts: npt.ArrayLike | None, people: int) -> npt.NDArray[np.int64]:
    if counts is None:
        return np.arange(people)
    size = np.asarray(counts)
    if size.shape != (people,):
        raise ValueError(f"counts must be one for each of {people} people, not {size.shape}")
    return np.argsort(-size, kind="stable")


def _gaps(rows: npt.NDArray[np.float64], measure: str, normalized: bool) -> Any:
    """(C, C), degrees for angles."""
    table = geometry.unit(rows) if normalized else rows
    gaps = geometry.center_gaps(table, distance=measure)
    return np.rad2deg(gaps) if measure == "angle" else gaps


def _bars(ax: Axes, near: Mapping[str, Any], threshold: float) -> None:
    (title, gap), *rest = near.items()
    place = np.arange(len(gap))
    drawn = ax.bar(place, gap, width=0.72, color=COLORS[0], edgecolor=COLORS[0], label=title)
    for bar, value in zip(drawn, gap, strict=True):
        bar.set_alpha(1 if value < threshold else PALE)
    for other, values in rest:
        style: dict[str, Any] = {"marker": "D", "linestyle": "none", "color": COLORS[1]}
        ax.plot(place, values, markersize=5, markeredgecolor="white", label=other, **style)
    ax.set_xlim(-0.6, len(gap) - 0.4)


def _histograms(ax: Axes, near: Mapping[str, Any], threshold: float, top: float) -> None:
    edges = np.linspace(0, top, BINS + 1)
    (title, gap), *rest = near.items()
    people, _ = np.histogram(gap, edges)
    drawn = ax.barh(edges[:-1], people, np.diff(edges), align="edge", color=COLORS[0], label=title)
    for bar, end in zip(drawn, edges[1:], strict=True):
        bar.set_alpha(0.9 if end <= threshold else PALE)
    for other, values in rest:
        people, _ = np.histogram(values, edges)
        ax.stairs(people, edges, orientation="horizontal", color=COLORS[1], lw=1.6, label=other)


def _arcs(ax: Axes, gaps: Any, threshold: float, deep: float) -> float:
    """Half ellipses under the bars between people who are too close; how deep they reach."""
    first, second = np.nonzero(np.triu(np.nan_to_num(gaps, nan=np.inf) < threshold, 1))
    turn = np.linspace(0, np.pi, 40)
    widest = max(second - first, default=1)
    for i, j in zip(first, second, strict=True):
        down = deep * np.sqrt((j - i) / widest)
        x, y = (i + j) / 2 + (j - i) / 2 * np.cos(turn), -down * np.sin(turn)
        ax.plot(x, y, color=COLORS[0], linewidth=0.8, alpha=0.5)
    ax.axhline(0, color=SOFT, linewidth=0.8)
    return deep if len(first) else 0.0
