"""Colors and shapes that tell people apart, also for readers who do not see all colors.

The first eight colors are those of Okabe and Ito; two dark ones follow, chosen so that no two of
the ten come closer than the closest two of the eight, for normal sight and for each of the three
kinds of color blindness. A shape goes with each color: nothing is told by color alone.

Source: Okabe and Ito, "Color universal design", 2008.
"""

from typing import Any

COLORS = (
    "#0072B2",  # blue
    "#D55E00",  # vermilion
    "#009E73",  # bluish green
    "#E69F00",  # orange
    "#CC79A7",  # reddish purple
    "#56B4E9",  # sky blue
    "#000000",  # black
    "#F0E442",  # yellow; always drawn with a dark edge
    "#772200",  # brown
    "#000088",  # navy
)
MARKERS: tuple[Any, ...] = ("o", "s", "^", "D", "v", "P", "*", "h", "X", (4, 1, 0))
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))

INK = "#1d2430"  # text and edges
SOFT = "#566070"  # secondary text
RIM = "#9aa3b0"  # outlines
NET = "#d3d9e1"  # grids


def look(index: int) -> tuple[str, Any]:
    """Color and marker of class `index`: ten pairs, then the same colors with other markers."""
    shift = index // len(COLORS)
    return COLORS[index % len(COLORS)], MARKERS[(index + shift) % len(MARKERS)]


def outline(index: int) -> str:
    """Color of class `index` for thin lines on white: yellow, too pale for that, is darkened."""
    color = look(index)[0]
    return "#A8981A" if color == "#F0E442" else color


def line(index: int) -> dict[str, Any]:
    """Color and dashes of curve `index`, as keywords for `plot`."""
    color = tuple(c for c in COLORS if c != "#F0E442")  # yellow lines vanish on white
    return {"color": color[index % len(color)], "linestyle": DASHES[index % len(DASHES)]}
