"""Similarity histograms, teacher and student: what hard faces do to cosines, and what helps.

The kernel makes faces hard and lets the networks embed them, a level at a time, and remembers
each; the browser does the rest: cosines of all pairs, bars, soft histograms as in distribution
distillation, KL, order, margins, accepts at a threshold, and the faces behind a bar.
"""

import math
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from traitlets import Bytes, Int, List, Unicode, observe

from facelab.choices import unknown
from facelab.geometry import similarity_sets
from facelab.geometry.similarities import PAIRS
from facelab.widgets._assemble import assemble
from facelab.widgets._shots import LEVELS, Shots, first_seen
from facelab.widgets._view import Checked, View, check_number
from facelab.widgets._words import phrases

KINDS = ("resolution", "blur", "noise", "occlusion", "light", "rotation")
BARS = 40  # as in static/similar_sets.js
PAGE = 900_000  # bytes of shots that a page carries beside those shown: 1.2 MB as text


class Similarities(View):
    """Cosines of pairs of one person and of two people, on easy faces and on hard ones.

    Args:
        networks: what embeds, uint8 images (N, H, W) -> (N, D): a function or a Run; or a dict of
            one or two by title, before and after. In the place of each may stand a pair of tables
            (easy, hard), (N, D) each, that were made before.
        faces: a FaceSet; for tables its labels (N,) are enough. Of more than 400 images, the first
            people are compared.
        kind: how faces are made hard, a key of `facelab.datasets.DEGRADATIONS`.
        level: 0 (as they are), 0.1, ..., 1 (nearly unreadable).
        threshold: from which cosine on two faces are accepted as one person, -1 to 1; None for
            1 % false accepts on easy faces.
        pairs: "all", or "hardest": pairs of two people as distribution distillation has them.
        person: whose pairs are highlighted, 0..P-1, or -1 for nobody.
        bar: whose faces are shown: [network 0 or 1, easy 0 or hard 1, bar 0..39], or [] for none.
        seed: of the noise, places, shades and sides that are drawn.

    Raises:
        TypeError, ValueError: if something does not fit; the sentence repeats it. Embeddings that
            hold NaN are left out and counted in words.

    Source: Huang et al., ECCV 2020, arXiv:2002.03662.

    Example:
        Similarities({"ArcFace": run, "distilled": other}, run.faces()[1], kind="blur", level=0.3)
    """

    title: ClassVar[str] = "Similarities"
    call: ClassVar[str] = "facelab.Similarities(networks, faces, {})"
    _esm = assemble("similarities")

    kind = Checked("resolution")
    level = Checked(0.5)
    threshold = Checked(0.5)
    pairs = Checked("all")
    person = Checked(-1)
    bar = Checked([])
    names = List(Unicode()).tag(sync=True)
    _titles = List(Unicode()).tag(sync=True)
    _widths = List(Int()).tag(sync=True)
    _kinds = List(Unicode()).tag(sync=True)
    _labels = Bytes().tag(sync=True)
    _pixel_size = List(Int(), [0, 0]).tag(sync=True)
    _easy = Bytes().tag(sync=True)
    _key = Unicode().tag(sync=True)
    _shot = Bytes().tag(sync=True)
    _keys = List(Unicode()).tag(sync=True)
    _store = Bytes().tag(sync=True)
    _frame = Int().tag(sync=True)

    def __init__(
        self,
        networks: Any,
        faces: Any,
        *,
        kind: str = "resolution",
        level: float = 0.5,
        threshold: float | None = None,
        pairs: str = "all",
        person: int = -1,
        bar: Any = (),
        seed: int = 0,
    ) -> None:
        shots = self._shots = Shots(networks, faces, seed)
        known = {"kind": kind, "level": level, "pairs": pairs, "person": person, "bar": bar}
        chosen = {name: self.check(name, value) for name, value in known.items()}
        shot = shots.shot(chosen["kind"], chosen["level"])
        super().__init__(
            **chosen,
            threshold=_one_percent(shots) if threshold is None else threshold,
            names=shots.names,
            _titles=shots.titles,
            _widths=shots.widths,
            _kinds=[] if shots.fixed else list(KINDS),
            _labels=shots.labels.astype("<u2").tobytes(),
            _pixel_size=shots.pixel_size,
            _easy=shots.easy,
            _key=shots.key(chosen["kind"], chosen["level"]),
            _shot=shot,
        )
        self.notes = self._noted()

    @observe("kind", "level")
    def _answer(self, _change: object) -> None:
        """Look at the level that is chosen now; of several that wait, the last one wins."""
        with self._shots.lock:  # sliders may be answered in several threads of a kernel
            kind, level = self.kind, self.level
            key = self._shots.key(kind, level)
            if key == self._key:
                return
            shot = self._shots.shot(kind, level)
            with self.hold_sync():
                self._shot, self._key = shot, key
                self.notes = self._noted()
                self._frame += 1

    def _noted(self) -> str:
        """What was done to the data, in words."""
        shots, catalog = self._shots, phrases()
        lost = shots.lost["easy"] + (self._key != "easy") * shots.lost[self._key]
        people = len(np.unique(shots.labels))
        said = [
            ("similarities.thinned", len(shots.labels) < shots.total),
            ("similarities.dropped_one", lost == 1),
            ("similarities.dropped", lost > 1),
        ]
        values = {"shown": len(shots.labels), "count": shots.total, "people": people, "lost": lost}
        return " ".join(catalog[key].format(**values) for key, on in said if on)

    def to_html(self, path: str | Path) -> Path:
        """Write one page; it carries the levels of this kind, and others that find room."""
        carried = self._shots.carried(self.kind, self._key, PAGE)
        with self.hold_sync():
            self._keys, self._store = list(carried), b"".join(carried.values())
            try:
                return super().to_html(path)
            finally:
                self._keys, self._store = [], b""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices; with embeddings that were made before there are no kinds and levels."""
        own = () if self._shots.fixed else ("kind", "level")
        return (*own, "threshold", "pairs", "person", "bar")

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as a plain value, or say what would be right."""
        if name in ("level", "threshold"):
            return _check_amount(name, value)
        if name == "person":
            return _whole(name, value, -1, len(self._shots.names) - 1)
        if name == "bar":
            return self._check_bar(value)
        options = KINDS if name == "kind" else PAIRS
        if value not in options:
            raise ValueError(unknown(name, value, options))
        return value

    def _check_bar(self, value: Any) -> list[int]:
        """A bar as a list of three whole numbers, or an empty one."""
        most = (len(self._shots.titles) - 1, 1, BARS - 1)
        if not isinstance(value, list | tuple) or len(value) not in (0, 3):
            raise TypeError(f"bar must be [network, row, bar] or [], not {value!r}")
        parts = zip(("network", "row", "bar"), value, most, strict=False)
        return [_whole(f"{part} of bar", number, 0, top) for part, number, top in parts]


def _check_amount(name: str, value: Any) -> float:
    """A threshold, or a level that is one of the slider's."""
    number = check_number(name, value, 0.0 if name == "level" else -1.0, 1.0)
    step = round(number * LEVELS)
    if name == "threshold":
        return number
    if abs(number * LEVELS - step) > 1e-6:
        raise ValueError(f"level must be 0, 0.1, ..., 0.9 or 1, not {value!r}")
    return step / LEVELS


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if not low <= value <= high:
        nobody = " (nobody)" if low < 0 else ""
        raise ValueError(f"{name} must be {low}{nobody} to {high}, not {value}")
    return int(value)


def _one_percent(shots: Shots) -> float:
    """The threshold that one in a hundred pairs of two people passes on easy faces."""
    _, others = similarity_sets(*first_seen(shots.easy, shots.widths[0], shots.labels))
    return math.ceil(100 * float(np.quantile(others, 0.99))) / 100 if len(others) else 0.5
