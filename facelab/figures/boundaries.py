"""Where two people tie: the square panel of the margin dial."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from facelab.figures._axes import axes, legend, tidy
from facelab.figures.palette import NET, RIM, line


def boundaries(
    theta_1: npt.ArrayLike,
    curves: Mapping[str, npt.ArrayLike],
    ax: Axes | None = None,
    *,
    band: npt.ArrayLike | None = None,
) -> Axes:
    """The angle to the other center at which two people tie, over the angle to the own one.

    A thin line is the diagonal, where both centers are equally far.

    Args:
        theta_1: (n,) angles to the own center, radians; drawn in degrees.
        curves: name -> (n,) theta_2, radians, for example of `geometry.boundary`; NaN is no tie.
        ax: where to draw.
        band: (2, n) the lowest and the highest theta_2 of a band, radians, drawn shaded.

    Raises:
        ValueError: if there is nothing to draw, or a shape does not fit.
    """
    own = np.degrees(np.asarray(theta_1, dtype=np.float64))
    ties = {name: np.degrees(np.asarray(theta_2, np.float64)) for name, theta_2 in curves.items()}
    if not ties or own.ndim != 1 or any(tie.shape != own.shape for tie in ties.values()):
        shapes = [tie.shape for tie in ties.values()]
        raise ValueError(f"curves must have the shape of theta_1, {own.shape}, not {shapes}")
    ax = axes(ax, width=4.6, height=4.6)
    ax.plot([0, 180], [0, 180], color=RIM, linewidth=0.9)
    if band is not None:
        ends = np.degrees(np.asarray(band, dtype=np.float64))
        if ends.shape != (2, *own.shape):
            raise ValueError(f"band must have shape {(2, *own.shape)}, not {ends.shape}")
        ax.fill_between(own, ends[0], ends[1], color=NET)
    for index, (name, tie) in enumerate(ties.items()):
        ax.plot(own, tie, label=name, linewidth=1.8, **line(index))
    ax.set(xlim=(own.min(), own.max()), ylim=(0, 180), yticks=range(0, 181, 30))
    legend(ax, loc="lower right")
    x = "angle θ₁ to the own center (degrees)"
    return tidy(ax, x, "angle θ₂ to the other center at the tie (degrees)")
