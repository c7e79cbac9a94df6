"""Names in any script, never as boxes: a font on this machine that has the letters, or other words.

Matplotlib's own font lacks Chinese, Japanese and Korean. Where a text needs letters that the font
in force lacks, a font that has them is laid beneath it; where no font has them, the text is
replaced by plain words, such as "person 3".
"""

from collections.abc import Iterable
from functools import lru_cache

from matplotlib import rcParams
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

# tried first, in this order: upright text fonts as Linux, macOS and Windows bring them
FIRST = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Hiragino Sans",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Yu Gothic",
    "Meiryo",
    "SimHei",
    "WenQuanYi Zen Hei",
    "Malgun Gothic",
    "Arial Unicode MS",
)

BOXES = ("LastResort", "Last Resort", "Adobe Blank")  # fonts that have a box for every letter


def legible(text: str, instead: str) -> str:
    """The text if fonts on this machine have its letters, else other words."""
    return text if families(text) else instead


def write(text: Text, instead: str) -> Text:
    """Give a drawn text a font that has its letters, or, where there is none, other words."""
    found = families(text.get_text())
    if len(found) > 1:
        text.set_fontfamily(list(found))
    elif not found:
        text.set_text(instead)
    return text


def families(text: str) -> tuple[str, ...]:
    """Font families in which a text can be written: those in force, with one beneath if need be.

    Returns:
        The families; none if no single font on this machine has the letters that are missing.
    """
    inforce = tuple(rcParams["font.family"])
    known = set().union(*(_letters(family) for family in inforce))
    missing = frozenset(letter for letter in map(ord, text) if letter > 31) - known
    if not missing:
        return inforce
    beneath = next((f for f in _installed() if missing <= _letters(f)), None)
    return (*inforce, beneath) if beneath else ()


def _installed() -> Iterable[str]:
    """Families on this machine, those of FIRST first."""
    upright = [e for e in fontManager.ttflist if e.style == "normal" and e.weight == 400]
    there = {entry.name for entry in upright if not entry.name.startswith(BOXES)}
    return [*(f for f in FIRST if f in there), *sorted(there.difference(FIRST))]


@lru_cache(maxsize=256)
def _letters(family: str) -> frozenset[int]:
    """The letters that a family has, as code points."""
    return frozenset(get_font(findfont(FontProperties(family=[family]))).get_charmap())
