"""The sphere: embeddings of real people, their centers, and the room a margin leaves each.

    cap of a center        angle to it <= (angle to the nearest other center - m) / 2
    boundary               where the nearest center changes
    the margin holds       theta_y + m < theta_j, j the nearest wrong center

Within its cap the margin holds for everyone. m is the margin, theta an angle (radians). The kernel
sends points and their angles as packed float32; turning, caps, boundaries, pointing and the slider
are computed in the browser.
"""

import math
from typing import Any, ClassVar

import numpy as np
from traitlets import Bool, Bytes, Float, Int, List, Unicode

from facelab.widgets import _cloud
from facelab.widgets._assemble import assemble
from facelab.widgets._cast import Cast
from facelab.widgets._view import Checked, View, check_number
from facelab.widgets._words import numbered, phrases

RANGES = {  # lowest and highest, radians
    "margin": (0.0, 1.5),
    "yaw": (-math.pi, math.pi),
    "pitch": (-math.pi / 2, math.pi / 2),
}


class Sphere(View):
    """Embeddings on the sphere, to turn, to point at and to try margins on.

    Args:
        embeddings: (N, D); D = 2 is drawn on the circle, D > 3 is projected and said so.
        labels: (N,) whole numbers 0..C-1, whose each embedding is.
        centers: (C, D), for example `loss.weight`; None for the mean direction of each person.
        images: (N, H, W) or (N, H, W, 3), 0 to 255, shown while pointing at an embedding.
        names: C names; None for "person 0", "person 1", ...
        margin: m, 0 to 1.5, radians.
        held_out: (N,) True for images that were not trained on; they are drawn hollow.
        yaw, pitch: how the sphere is turned, radians.
        person: the highlighted person, 0..C-1, or -1 for nobody.
        boundaries: whether the edges between the regions of the nearest center are drawn.

    Raises:
        TypeError, ValueError: if shapes do not fit each other or a value is out of range; the
            sentence repeats it. Embeddings that hold NaN are left out and counted in words.

    Example:
        sphere = facelab.Sphere(run.embeddings, run.labels, names=run.names, margin=0.3)
    """

    title: ClassVar[str] = "Sphere"
    call: ClassVar[str] = "facelab.Sphere(embeddings, labels, {})"
    _esm = assemble("sphere")

    margin = Checked(0.3)
    boundaries = Checked(True)
    yaw = Checked(0.6)
    pitch = Checked(0.35)
    person = Checked(-1)
    spin = Bool().tag(sync=True)
    faces = Bool(True).tag(sync=True)
    step = Int(-1).tag(sync=True)
    names = List(Unicode()).tag(sync=True)
    flat = Bool().tag(sync=True)
    _frame = Int().tag(sync=True)
    _points = Bytes().tag(sync=True)
    _centers = Bytes().tag(sync=True)
    _angles = Bytes().tag(sync=True)
    _neighbors = Bytes().tag(sync=True)
    _share = Float(1.0).tag(sync=True)
    _labels = Bytes().tag(sync=True)
    _held_out = Bytes().tag(sync=True)
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
        margin: float = 0.3,
        held_out: Any = None,
        yaw: float = 0.6,
        pitch: float = 0.35,
        person: int = -1,
        boundaries: bool = True,
    ) -> None:
        table = _cloud.rows(embeddings, "embeddings")
        known, count = _how_many(centers, names), len(table)
        whose = _cloud.persons(labels, count, known)
        self._people = known or int(whose.max()) + 1
        kept = _cloud.thinned(count)
        self._cast = Cast(whose, self._people, _cloud.directions(_cloud.unit(table)), kept)
        small = _cloud.thumbnails(images, count, kept)
        flat = self._cast.width == 2
        super().__init__(
            names=_names(names, self._people),
            flat=flat,
            margin=margin,
            yaw=0.0 if flat else yaw,
            pitch=0.0 if flat else pitch,
            person=person,
            boundaries=boundaries,
            _labels=whose[kept].tobytes(),
            _held_out=_cloud.mask(held_out, count)[kept].tobytes(),
            _pixels=small.tobytes(),
            _pixel_size=list(small.shape[1:]),
            **self._cast.placed(table, centers, phrases()),
        )

    def update(self, embeddings: Any, centers: Any = None, step: int | None = None) -> None:
        """Draw the same images elsewhere, for example after a training step; one message.

        Args:
            embeddings: (N, D) as before, in the same order.
            centers: (C, D); None for the mean direction of each person.
            step: the training step, said in words.

        Raises:
            TypeError, ValueError: if a shape is not what it was; nothing changes then.
        """
        placed = self._cast.placed(self._cast.checked(embeddings), centers, self._phrases)
        with self.hold_sync():
            for name, value in placed.items():
                setattr(self, name, value)
            self.step = self.step + 1 if step is None else step
            self._frame += 1

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: the margin, how the sphere is turned, who is highlighted, the boundaries."""
        return ("margin", "yaw", "pitch", "person", "boundaries")

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as a plain number, or say what would be right."""
        if name == "boundaries":
            if not isinstance(value, bool | np.bool_):
                raise TypeError(f"boundaries must be True or False, not {value!r}")
            return bool(value)
        if name != "person":
            return check_number(name, value, *RANGES[name], "radians")
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"person must be a whole number, not {value!r}")
        if not -1 <= value < self._people:
            raise ValueError(f"person must be -1 (nobody) to {self._people - 1}, not {value}")
        return int(value)


def _how_many(centers: Any, names: Any) -> int | None:
    """C as centers or names tell it; None where neither is given."""
    if centers is None:
        return None if names is None else len(names)
    count = len(_cloud.rows(centers, "centers"))
    if names is not None and len(names) != count:
        raise ValueError(f"names must be one for each of {count} centers, not {len(names)}")
    return count


def _names(names: Any, people: int) -> list[str]:
    return numbered(people) if names is None else [str(n) for n in names]
