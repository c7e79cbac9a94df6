"""Which faces a loss listens to: a gallery ordered by how hard the loss pulls at each.

The kernel sends angles and small faces once; weights are computed in the browser (`weighing.js`).
"""

from typing import Any, ClassVar

import numpy as np
from traitlets import Bool, Bytes, Dict, Int, List, Unicode

from facelab.widgets import _cloud, _weighing
from facelab.widgets._assemble import assemble
from facelab.widgets._curves import default
from facelab.widgets._settable import give_traits
from facelab.widgets._settling import check_setting, starting, suited, timely
from facelab.widgets._view import Checked, View
from facelab.widgets._words import numbered

LOSS_DEFAULT = "sv_softmax"
ORDERS = ("weight", "gain")
FACE_SIDE = 64  # pixels: no side of a face is longer


class SampleWeights(View):
    """Faces of a batch, ordered by how much a loss listens to them, with the sliders of the loss.

        w_i = N |dL/du_i|,      u_i = x_i/|x_i|

    L is the loss of the batch of N embeddings x_i and the gradient is taken tangent to the sphere,
    so w_i is the pull that turns the embedding of face i. The weight of face i is its share of the
    pull of all, w_i / sum_k w_k; 1/N is an average face. For every loss it is that of torch's
    gradient, whatever the loss does to single faces: hardened centers, focal factors, dropped
    faces, drawn margins, margins by length. It is compared with the weight under NormFace at the
    same scale; the gain is the one over the other.

    Args:
        embeddings: (N, D). At most 300 faces are weighed, evenly taken if there are more.
        labels: (N,) whole numbers 0..C-1, whose each embedding is.
        centers: (C, D), for example `run.centers`; None for the mean direction of each person.
            With more than 64 people each face meets its own center and the 15 nearest others.
        images: (N, H, W) or (N, H, W, 3), 0 to 255; None for a mark in place of each face.
        names: C names; None for "person 0", "person 1", ...
        loss: the loss, by its key.
        order: "weight", the largest first, or "gain", what gained most over NormFace first.
        compare: whether the weights under NormFace are shown beside.
        person: the highlighted person, 0..C-1, or -1 for nobody.
        first: rank of the first face in the gallery, 0 for the foremost.
        settings: settings of that loss by keyword, for example `t`, `scale` or `gamma`, and what
            it looks at besides (`threshold`, see `_curves`); where none is given, the value that
            suits small sets.

    Raises:
        TypeError, ValueError: if shapes do not fit each other, the loss or a setting is unknown,
            or a value is out of range; the sentence repeats it. Embeddings that hold NaN are left
            out and counted in words.

    Example:
        faces, _ = run.faces()
        view = facelab.SampleWeights(
            run.arrays["train_embeddings"], run.arrays["train_labels"], run.centers, faces.images
        )
    """

    title: ClassVar[str] = "Sample weights"
    call: ClassVar[str] = "facelab.SampleWeights(embeddings, labels, centers, images, {})"
    _esm = assemble("weights")

    losses = Dict().tag(sync=True)
    loss = Checked(LOSS_DEFAULT)
    order = Checked("weight")
    person = Checked(-1)
    first = Checked(0)
    compare = Bool(True).tag(sync=True)
    names = List(Unicode()).tag(sync=True)
    _angles = Bytes().tag(sync=True)
    _columns = Bytes().tag(sync=True)
    _apart = Bytes().tag(sync=True)
    _whole = Bool().tag(sync=True)
    _lengths = Bytes().tag(sync=True)
    _pixels = Bytes().tag(sync=True)
    _pixel_size = List(Int(), [0, 0]).tag(sync=True)

    def __init__(
        self,
        embeddings: Any,
        labels: Any,
        centers: Any = None,
        images: Any = None,
        names: Any = None,
        *,
        loss: str = LOSS_DEFAULT,
        order: str = "weight",
        compare: bool = True,
        person: int = -1,
        first: int = 0,
        **settings: Any,
    ) -> None:
        losses = _weighing.weighed_losses()
        known = losses[_weighing.check_loss(loss, losses)]["settings"]
        if strange := [name for name in settings if name not in known]:
            raise ValueError(_weighing.missing(loss, strange[0], known))
        specs = {k: spec for entry in losses.values() for k, spec in entry["settings"].items()}
        give_traits(self, {name: default(spec) for name, spec in specs.items()})
        values = starting(losses, loss, settings)
        data = self._data(embeddings, labels, centers, images, names)
        more = {"order": order, "person": person, "first": first, "compare": compare}
        super().__init__(losses=losses, loss=loss, **more, **values, **data)
        self._suited, self._specs = False, tuple(specs)
        self.observe(self._follow, names=["loss", *specs])

    def _data(
        self, embeddings: Any, labels: Any, centers: Any, images: Any, names: Any
    ) -> dict[str, Any]:
        """The traits that hold the faces."""
        table = _cloud.rows(embeddings, "embeddings")
        middles = None if centers is None else _cloud.rows(centers, "centers", table.shape[1])
        count = _weighing.people(middles, names)
        whose = _cloud.persons(labels, len(table), count)
        self._people = count or int(whose.max()) + 1
        turned = _cloud.unit(table)
        own = _cloud.means(turned, whose, self._people) if middles is None else middles
        batch = _weighing.batch(turned, whose, _cloud.unit(own))
        small = _cloud.thumbnails(images, len(table), batch.kept, FACE_SIDE)
        self._count = len(batch.kept)
        called = names if names is not None else numbered(self._people)
        return {
            "names": [str(name) for name in called],
            "notes": _weighing.noted(turned, batch, self._people, middles is None),
            "_angles": batch.angles.astype("<f4").tobytes(),
            "_columns": batch.columns.astype("<u2").tobytes(),
            "_apart": batch.apart.astype("<f4").tobytes(),
            "_whole": batch.whole,
            "_lengths": np.linalg.norm(table[batch.kept], axis=1).astype("<f4").tobytes(),
            "_pixels": small.tobytes(),
            "_pixel_size": list(small.shape[1:]),
        }

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: the loss, its settings, the order, whom and where one looks."""
        return ("loss", *self._settings, "order", "compare", "person", "first")

    @property
    def _settings(self) -> dict[str, Any]:
        """The settings of the loss that is chosen."""
        settings: dict[str, Any] = self.losses[self.loss]["settings"]
        return settings

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._settings}

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as a plain value, or say why it cannot be made."""
        if name == "loss":
            return _weighing.check_loss(value, self.losses)
        if name == "order":
            return check_setting(name, value, {"kind": "choice", "options": ORDERS})
        if name in ("person", "first"):
            return self._check_place(name, value)
        if name not in self._settings:
            raise ValueError(_weighing.missing(self.loss, name, self._settings))
        checked = check_setting(name, value, self._settings[name], self._values())
        return int(checked) if self._settings[name].get("whole") else checked

    def _check_place(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"{name} must be a whole number, not {value!r}")
        person = (-1, self._people - 1, " (nobody)")
        low, high, nobody = person if name == "person" else (0, max(0, self._count - 1), "")
        if not low <= value <= high:
            raise ValueError(f"{name} must be {low}{nobody} to {high}, not {value}")
        return int(value)

    def _follow(self, change: dict[str, Any]) -> None:
        """A loss brings its settings; a setting moves those that depend on it."""
        if self._suited:
            return
        with self.hold_sync():
            if change["name"] == "loss":
                everything = {name: getattr(self, name) for name in self._specs}
                moved = suited(self.losses, change["old"], self.loss, everything)
            elif change["name"] in self._settings:
                moved = _weighing.giving_way(change["name"], self._values(), self.losses[self.loss])
            else:
                moved = {}
            for name, value in moved.items():
                setattr(self, name, value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser sends, which has suited itself: what others depend on first."""
        order = ["loss", *(n for entry in self.losses.values() for n in entry["settings"])]
        places = {name: place for place, name in enumerate(dict.fromkeys(order))}
        self._suited = bool(places.keys() & sync_data)
        try:
            last = len(places)
            sent = timely(self.losses, self.loss, sync_data)
            data = sorted(sent.items(), key=lambda item: places.get(item[0], last))
            super().set_state(dict(data))
        finally:
            self._suited = False
