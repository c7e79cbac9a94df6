"""The formula of a loss, its symbols in the colors that their sliders have in the views."""

import re
from typing import Any

from IPython.display import Markdown

from facelab.choices import unknown
from facelab.widgets._assemble import style
from facelab.widgets._trained import trained_losses
from facelab.widgets._words import of_settings, phrases

FILL = re.compile(r"--fl-fill: (#[0-9a-f]{6})")
OWN = re.compile(r"\.facelab-control:is\(([^)]*)\) \{ --fl-fill: (#[0-9a-f]{6})")
# words in a formula are left alone; then a symbol, with what stands below it
ATOM = re.compile(r"(\\(?:text|mathrm)\{[^}]*\})|((?:\\[A-Za-z]+|[A-Za-z])(?:_(?:\{[^}]*\}|\w))?)")


def colors() -> dict[str, str]:
    """The colors of sliders by symbol, without backslashes; "" has that of all others."""
    sheet = style()
    found = {"": FILL.findall(sheet)[0]}
    for symbols, color in OWN.findall(sheet):
        found |= dict.fromkeys(re.findall(r'data-symbol="([^"]+)"', symbols), color)
    return found


def formula(loss: str) -> Markdown:
    """The formula of a loss, its symbols, and what else can be set, in the colors of the sliders.

    Args:
        loss: a key of `facelab.losses.LOSSES`.

    Returns:
        What a notebook shows: the formula in LaTeX, the symbols, the source.

    Raises:
        ValueError: if there is no such loss.
    """
    losses = trained_losses()
    if loss not in losses:
        raise ValueError(unknown("loss", loss, losses))
    entry = losses[loss]
    sliders = {s["symbol"]: s for s in entry["settings"].values() if s["kind"] == "slider"}
    shown = f"$$\\displaystyle {colored(entry['formula'], list(sliders))}$$"
    within = {found[2] for found in ATOM.finditer(entry["formula"])}
    told: dict[bool, list[str]] = {True: [], False: []}  # by whether the symbol is in the formula
    for symbol, spec in sliders.items():
        told[symbol in within].append(_told(symbol, spec))
    legend, more = " · ".join(told[True]), " · ".join(told[False])
    more = phrases()["lessons.also"].format(list=more) if more else ""
    about = f"{entry['title']}: {entry['source']}."
    return Markdown("\n\n".join(filter(None, [shown, legend, more, about])))  # type: ignore[no-untyped-call]


def colored(latex: str, symbols: list[str]) -> str:
    r"""LaTeX with symbols in color: m becomes {\color{#b84a00}{m}}.

    Args:
        latex: a formula.
        symbols: those that have a slider, as the formula writes them.
    """
    palette = colors()

    def paint(found: re.Match[str]) -> str:
        atom = found[2]
        if atom is None or atom not in symbols:
            return found[0]
        return f"{{\\color{{{palette.get(atom.replace(chr(92), ''), palette[''])}}}{{{atom}}}}}"

    return ATOM.sub(paint, latex)


def _told(symbol: str, spec: dict[str, Any]) -> str:
    unit = of_settings().get(spec["unit"], spec["unit"])
    a_word = symbol.isalpha() and len(symbol) > 1
    letter = f"*{symbol}*" if a_word else f"${colored(symbol, [symbol])}$"
    return f"{letter} {spec['meaning']} ({unit})" if unit else f"{letter} {spec['meaning']}"
