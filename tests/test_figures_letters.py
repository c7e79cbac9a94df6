"""Names in any script in matplotlib: a font that has the letters, or plain words, never boxes."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from facelab import figures
from facelab.figures import _letters
from facelab.figures._letters import families, legible, write

CHINESE = ["张伟", "李娜", "Ann"]
ODD = "\U0001ffff"  # a code point that is no letter in any font
RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(9, 3))
LABELS = np.repeat(np.arange(3), 3)
FACES = RNG.integers(0, 255, size=(3, 12, 10)).astype(np.uint8)


@pytest.fixture
def ax() -> Axes:
    axes: Axes = Figure().subplots()
    return axes


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has nothing but matplotlib's own fonts."""
    own = Path(matplotlib.get_data_path())
    entries = [e for e in _letters.fontManager.ttflist if Path(e.fname).is_relative_to(own)]
    assert entries
    monkeypatch.setattr(_letters, "fontManager", SimpleNamespace(ttflist=entries))


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that has a font with Chinese letters; skips where there is none."""
    if not families("张"):
        pytest.skip("no font with Chinese letters here (Debian, Ubuntu: fonts-noto-cjk)")
    return


def drawn(ax: Axes) -> bytes:
    """The picture; a letter that no font has is a warning, and so an error."""
    picture = BytesIO()
    ax.figure.savefig(picture, format="png")
    return picture.getvalue()


def said(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.findobj(Text)} - {""}


def figures_of_people(ax: Axes, names: list[str]) -> list[Axes]:
    """Every figure that writes names of people."""
    fresh = [ax, *(Figure().subplots() for _ in range(2))]
    figures.sphere(POINTS, LABELS, names=names, ax=fresh[0])
    figures.plane(POINTS[:, :2], LABELS, names=names, ax=fresh[1])
    figures.face_grid(FACES, [0, 1, 2], names, ax=fresh[2])
    return fresh


def test_letters_that_the_font_has_need_no_other() -> None:
    assert families("Ann, ψ(θ) ≤ é") == tuple(matplotlib.rcParams["font.family"])
    assert families("two\nlines") == families("")


@pytest.mark.usefixtures("plain")
def test_without_a_font_people_have_numbers(ax: Axes) -> None:
    assert families("张伟") == ()
    for each in figures_of_people(ax, CHINESE):
        assert {"person 0", "person 1", "Ann"} <= said(each)
        assert not any(ord(letter) > 0x2FFF for text in said(each) for letter in text)
        drawn(each)


@pytest.mark.usefixtures("wide")
def test_with_a_font_people_have_their_names(ax: Axes) -> None:
    for each in figures_of_people(ax, CHINESE):
        assert set(CHINESE) <= said(each)
        drawn(each)


@pytest.mark.usefixtures("wide")
def test_only_what_needs_it_has_another_font(ax: Axes) -> None:
    inforce = list(matplotlib.rcParams["font.family"])
    figures.target_curves([0, 1], {"张": [0, 1], "plain": [1, 0]}, ax=ax)
    chinese, plain = ax.get_legend().get_texts()
    assert plain.get_fontfamily() == inforce
    assert chinese.get_fontfamily() == [*inforce, families("张")[-1]]
    assert families("张")[-1] not in inforce


@pytest.mark.usefixtures("plain")
def test_without_a_font_curves_have_numbers(ax: Axes) -> None:
    figures.target_curves([0, 1], {"plain": [1, 0], "张": [0, 1]}, ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["plain", "no. 2"]
    drawn(ax)


def test_letters_that_no_font_has_are_replaced(ax: Axes) -> None:
    assert legible(f"a{ODD}", "person 3") == "person 3"
    assert legible("a", "person 3") == "a"
    assert write(ax.text(0, 0, ODD), "b").get_text() == "b"


@pytest.mark.usefixtures("wide")
def test_a_font_for_reading_is_taken_before_others() -> None:
    first = [f for f in _letters.FIRST if f in {e.name for e in _letters.fontManager.ttflist}]
    if first:
        assert families("张")[-1] == first[0]


@pytest.mark.usefixtures("wide")
def test_letters_of_two_scripts_need_one_font_that_has_both() -> None:
    assert families(f"张{ODD}") == ()


@pytest.mark.usefixtures("wide")
def test_a_name_is_drawn_as_itself_and_not_as_a_box() -> None:
    pictures = set()
    for text in ("张", "伟", "娜"):
        axes = Figure().subplots()
        write(axes.text(0.5, 0.5, text, size=40), "")
        pictures.add(drawn(axes))
    assert len(pictures) == 3, "boxes would look alike"
