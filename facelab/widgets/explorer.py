"""The embedding explorer: what runs have learned, laid out by PCA and UMAP, two runs side by side.

Drawn with plotly.js, which the kernel sends once a page and `to_html` writes into the page.
UMAP is computed when its button is pressed, in a process of its own: other cells go on.
"""

import math
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from traitlets import Bytes, Dict, Int, List, Unicode

from facelab.choices import unknown
from facelab.widgets import _cloud, _sources
from facelab.widgets._assemble import assemble
from facelab.widgets._computing import KINDS, Places, named
from facelab.widgets._plotly import library
from facelab.widgets._view import Checked, View, check_number
from facelab.widgets._words import phrases

COLORS = ("person", "hardness", "norm")
PEOPLE = ("all", "held-out", "trained")
TURNS = {"yaw": (-math.pi, math.pi), "pitch": (-math.pi / 2, math.pi / 2)}  # radians


class Explorer(View):
    """Embeddings of one run, or of two side by side, to look through.

    Args:
        runs: a Run; a dict title -> Run; (N, D) embeddings; or a dict title -> (N, D) embeddings
            of the same images.
        labels: (N,) whole numbers 0..C-1, whose each embedding is; runs bring theirs.
        images: (N, H, W) or (N, H, W, 3), 0 to 255, shown while pointing at an embedding; a run
            loads its own where it can.
        names: C names; None for "person 0", "person 1", ...
        held_out: (N,) True for images that were not trained on.
        kind: "pca", about the mean; "umap"; or "umap sphere". All look at embeddings turned to
            length 1.
        left, right: titles of the runs to draw; right may be "" for none. None for the first two.
        color: "person"; "hardness", the angle to the mean direction of the own person; or "norm",
            the length of the embedding.
        people: "all", "held-out" or "trained"; None for held-out people where there are any.
        person: the highlighted person, by number in `names`, or -1 for nobody.
        yaw, pitch: how the sphere is turned, radians.
        seed: of UMAP.

    Attributes:
        names: names of all people in the runs.

    Raises:
        TypeError, ValueError: if shapes do not fit each other or a choice is unknown; the
            sentence repeats it. Embeddings without a direction (NaN or 0) are left out and
            counted in words; of more than 2,000 in a run as many are drawn, evenly taken.

    A page from `to_html` holds plotly.js, compressed: 2 MB more than the data.

    Example:
        explorer = facelab.Explorer({"softmax": first_run, "ArcFace": second_run})
    """

    title: ClassVar[str] = "Embedding explorer"
    call: ClassVar[str] = "facelab.Explorer(runs, {})"
    _esm = assemble("explorer")

    kind = Checked("pca")
    left = Checked("")
    right = Checked("")
    color = Checked("person")
    people = Checked("all")
    person = Checked(-1)
    yaw = Checked(0.6)
    pitch = Checked(0.35)
    names = List(Unicode()).tag(sync=True)
    _data = List(Dict()).tag(sync=True)
    _places = Dict().tag(sync=True)
    _pixels = Bytes().tag(sync=True)
    _pixel_size = List(Int(), [0, 0]).tag(sync=True)

    def __init__(
        self,
        runs: Any,
        labels: Any = None,
        images: Any = None,
        names: Any = None,
        *,
        held_out: Any = None,
        kind: str = "pca",
        left: str | None = None,
        right: str | None = None,
        color: str = "person",
        people: str | None = None,
        person: int = -1,
        yaw: float = 0.6,
        pitch: float = 0.35,
        seed: int = 0,
    ) -> None:
        self._sources, named = _sources.gather(runs, labels, images, names, held_out)
        self._computed, self._paged = Places(self._sources, seed), False
        if labels is not None:
            self.call = "facelab.Explorer(embeddings, labels, {})"  # type: ignore[misc]
        faces, ids = _sources.pictures(self._sources)
        mixed = any(len(set(source.held_out)) > 1 for source in self._sources)
        self._parts = PEOPLE if mixed else PEOPLE[:1]
        titles = self._titles = [source.title for source in self._sources]
        second = titles[1] if len(titles) > 1 and left is None else ""
        super().__init__(
            names=named,
            kind=kind,
            left=titles[0] if left is None else left,
            right=second if right is None else right,
            color=color,
            people=self._parts[int(mixed)] if people is None else people,
            person=person,
            yaw=yaw,
            pitch=pitch,
            notes=" ".join(filter(None, map(self._noted, self._sources))),
            _data=[s.packed(i) for s, i in zip(self._sources, ids, strict=True)],
            _places=dict(self._computed.found),
            _pixels=faces.tobytes(),
            _pixel_size=list(faces.shape[1:]),
        )
        self.on_msg(self._answer)

    def compute(self, kind: str | None = None) -> None:
        """Lay every run out, with a bar; for pages, and for notebooks that run by themselves.

        Args:
            kind: "pca", "umap" or "umap sphere"; the one chosen if None.

        Raises:
            ValueError: if the kind is unknown, or there are too few embeddings for UMAP.
            RuntimeError: if UMAP is missing or stops.
        """
        kind = self.check("kind", self.kind if kind is None else kind)
        made = self._computed.lacking(range(len(self._sources)), kind)
        self._places = self._places | {named(job): self._computed.compute(job) for job in made}

    def _answer(self, _view: Any, content: Any, _buffers: Any) -> None:
        """What the browser asks for: plotly.js, a layout, or that it be stopped."""
        asked = content.get("ask")
        if asked == "library":
            self.send({"library": True}, [library()])
        elif asked == "stop":
            self._computed.stop()
        elif asked == "compute":
            shown = {self._titles.index(title) for title in (self.left, self.right or self.left)}
            self._computed.begin(self._computed.lacking(sorted(shown), self.kind), self.send)

    def _noted(self, source: _sources.Source) -> str:
        """What was done to the embeddings of a run, in words."""
        count, shown = len(source.table), len(source.kept)
        dropped = int(np.isnan(_cloud.unit(source.table)).any(axis=1).sum())
        said = [
            ("explorer.dropped_one", dropped == 1),
            ("explorer.dropped", dropped > 1),
            ("explorer.thinned", shown < count),
            ("explorer.faceless", bool(source.missing)),
        ]
        values = {"dropped": dropped, "count": count, "shown": shown, "why": source.missing}
        words = " ".join(phrases()[key].format(**values) for key, on in said if on)
        return f"{source.title}: {words}" if words and source.title else words

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: layout, runs, colors, who is shown and highlighted, how the sphere lies."""
        runs = ("left", "right") if len(self._titles) > 1 else ()
        return ("kind", *runs, "color", "people", "person", "yaw", "pitch")

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as the view keeps it, or say what would be right."""
        if name in TURNS:
            return check_number(name, value, *TURNS[name], "radians")
        if name == "person":
            if isinstance(value, bool) or not isinstance(value, int | np.integer):
                raise TypeError(f"person must be a whole number, not {value!r}")
            if not -1 <= value < (count := len(self.names)):
                raise ValueError(f"person must be -1 (nobody) to {count - 1}, not {value}")
            return int(value)
        known = {"kind": KINDS, "color": COLORS, "people": self._parts, "left": self._titles}
        options = known.get(name, ["", *self._titles])
        if value not in options:
            raise ValueError(unknown(name, value, options))
        return value

    def to_html(self, path: str | Path) -> Path:
        """Write one page that shows the view from disk, plotly.js in it; see `View.to_html`."""
        self._paged = True
        try:
            return super().to_html(path)
        finally:
            self._paged = False

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """The state that is sent: all layouts computed so far, and for a page plotly.js."""
        state = super().get_state(key, drop_defaults)
        if "_places" in state:
            state["_places"] = dict(self._computed.found)
        return {**state, "_library": library()} if self._paged else state
