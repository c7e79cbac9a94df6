"""The ROC to hover over and to export: a plotly figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from facelab.figures._axes import by_name
from facelab.figures.palette import line

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from facelab.evaluation import Verification

MOST_POINTS = 2000  # in a curve; hovering stays quick, and a saved notebook small
BAND_POINTS = 120
DASHES = ("solid", "dash", "dashdot", "dot", "longdash")


def roc_explorer(verifications: Verification | Mapping[str, Verification]) -> Figure:
    """True accepts over false accepts; hovering shows both rates and the threshold.

    Args:
        verifications: one, or name -> verification.

    Returns:
        A plotly figure; the false accept rate is on a logarithmic axis.
    """
    from plotly.graph_objects import Figure

    named = by_name(verifications)
    least = min(1 / (~v.same).sum() for v in named.values())
    figure = Figure()
    for index, (name, verification) in enumerate(named.items()):
        color = line(index)["color"]
        figure.add_traces(_band(verification, least, color, name))
        figure.add_trace(_curve(verification, least, color, name, DASHES[index % len(DASHES)]))
    figure.update_xaxes(
        type="log",
        range=[np.log10(least), 0],
        title="false accept rate (share of different-person pairs)",
    )
    figure.update_yaxes(range=[0, 1.01], title="true accept rate (share of same-person pairs)")
    figure.update_layout(
        template="plotly_white",
        width=720,
        height=480,
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        legend={"x": 0.98, "y": 0.02, "xanchor": "right", "yanchor": "bottom"},
    )
    return figure


def _curve(verification: Verification, least: float, color: str, name: str, dash: str) -> Any:
    from plotly.graph_objects import Scatter

    roc = verification.roc()
    kept = np.unique(np.linspace(0, len(roc.far) - 1, MOST_POINTS).astype(int))
    return Scatter(
        x=np.maximum(roc.far, least)[kept],
        y=roc.tar[kept],
        customdata=np.stack([roc.far, roc.thresholds], axis=1)[kept],
        name=f"{name + ': ' if name else ''}AUC {verification.auc()!r}",
        legendgroup=name,
        line={"color": color, "shape": "hv", "dash": dash},
        hovertemplate="FAR %{customdata[0]:.4f}<br>TAR %{y:.3f}<br>"
        "score at least %{customdata[1]:.3f}<extra></extra>",
    )


def _band(verification: Verification, least: float, color: str, name: str) -> list[Any]:
    from plotly.graph_objects import Scatter

    grid = np.geomspace(least, 1, BAND_POINTS)
    low, high = verification.band(grid)
    shared = {
        "x": grid,
        "legendgroup": name,
        "showlegend": False,
        "hoverinfo": "skip",
        "line": {"width": 0, "shape": "hv", "color": color},
        "mode": "lines",
    }
    fill = "rgba({},{},{},0.15)".format(*bytes.fromhex(color[1:]))
    return [Scatter(y=low, **shared), Scatter(y=high, fill="tonexty", fillcolor=fill, **shared)]
