"""How far apart people's centers stand: whom the minimum margin loss pushes, before and after.

The kernel sends the distances between every two people, once; the threshold, who is below it, the
histogram and the chosen pair of losses are computed in the browser.
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from traitlets import Bool, Bytes, Float, Int, List, Unicode

from facelab import geometry
from facelab.choices import unknown
from facelab.widgets._assemble import assemble
from facelab.widgets._bars import Bars, bars, gaps_of, high, packed, tables_of
from facelab.widgets._view import Checked, View, check_number
from facelab.widgets._words import phrases

MEASURES = ("squared", "angle")
PAPER = 280.0  # M of the paper: squared unit of embeddings of 512 batch-normalized numbers


class CenterMargins(View):
    """The distance of every person to the nearest other, as bars and histogram, under a slider M.

        d_i = min over j of |c_i - c_j|^2        M is kept where d_i >= M
        L_M = sum_{i < j} max(0, M - |c_i - c_j|^2)

    What is drawn are the rows it is given, at the length they have. The minimum margin loss, like
    center and range loss, means the mean embedding of each person: `geometry.class_means`, or
    `CenterMargins.of(runs, faces)`, which takes them from all images trained on. (While it trains,
    the loss itself sees running means and only the people of the batch.) Class weights,
    `run.centers`, are something else: the minimum margin loss does not touch them.

    M is a squared distance, in the squared unit of the embeddings. `normalized=True` turns every
    center to length 1 first; then d lies in 0..4 and there is a most that all can have, drawn as a
    line: 2C/(C - 1) for C people where D >= C - 1, see `geometry.widest_angle`. (The cosine
    distance of other codes, 1 - cos, is half of d.) The measure "angle" does not depend on lengths.

    Args:
        centers: (C, D); or title -> (C, D), of several losses on the same people.
        counts: (C,) images of each that were trained on; the bars stand in their order.
        names: C names; None for "person 0", "person 1", ...
        images: (C, H, W) or (C, H, W, 3), 0 to 255, one face a person.
        normalized: whether centers are turned to length 1.
        margin: M, squared unit; None for the paper's 280 where the slider reaches it, or else the
            middle of the slider.
        angle: the least angle, radians, 0 to pi, in place of M where the measure is "angle".
        measure: "squared" or "angle".
        before, after: titles to compare; None for the first and the last. "" as `before`: none.
        person: the highlighted person, 0..C-1, or -1 for nobody.

    Raises:
        TypeError, ValueError: if shapes do not fit each other or a value is out of range; the
            sentence repeats it. Centers with NaN or of length 0 are left out and counted in words.

    Example:
        faces = facelab.load("orl").long_tail(1.0, least=2)
        keys = ("softmax", "center", "range", "mml")
        runs = {key: facelab.train(key, data=faces) for key in keys}
        facelab.CenterMargins.of(runs, faces, before="center", after="mml")

    Source: Wei, Wang, Scotney, Wan, Pattern Recognition 97 (2020), arXiv:1805.06741.
    """

    title: ClassVar[str] = "Center margins"
    call: ClassVar[str] = "facelab.CenterMargins(centers, counts, names, {})"
    _esm = assemble("centers")

    before = Checked("")
    after = Checked("")
    measure = Checked("squared")
    margin = Checked(PAPER)
    angle = Checked(math.pi / 4)
    person = Checked(-1)
    normalized = Bool().tag(sync=True)
    titles = List(Unicode()).tag(sync=True)
    names = List(Unicode()).tag(sync=True)
    counts = List(Int()).tag(sync=True)
    _order = List(Int()).tag(sync=True)
    _high = Float().tag(sync=True)
    _most = Float().tag(sync=True)
    _squares = Bytes().tag(sync=True)
    _angles = Bytes().tag(sync=True)
    _pixels = Bytes().tag(sync=True)
    _pixel_size = List(Int(), [0, 0]).tag(sync=True)

    def __init__(
        self,
        centers: Any,
        counts: Any = None,
        names: Any = None,
        *,
        images: Any = None,
        normalized: bool = False,
        margin: float | None = None,
        angle: float = math.pi / 4,
        measure: str = "squared",
        before: str | None = None,
        after: str | None = None,
        person: int = -1,
    ) -> None:
        tables = tables_of(centers)
        self._who = who = bars(tables, counts, names, images)
        self._titles = list(tables)
        squares, angles = gaps_of(tables, who.shown, normalized)
        self._most_margin = high(squares, normalized, margin)
        titles = [self._titles[0] if len(tables) > 1 else "", self._titles[-1]]
        size = len(who.shown), tables[self._titles[0]].shape[1]
        super().__init__(
            titles=self._titles,
            names=who.names,
            counts=who.counts,
            normalized=bool(normalized),
            before=titles[0] if before is None else before,
            after=titles[1] if after is None else after,
            measure=measure,
            margin=start(self._most_margin) if margin is None else margin,
            angle=angle,
            person=person,
            notes=_noted(who, bool(normalized)),
            _order=who.shown.tolist(),
            _high=self._most_margin,
            _most=geometry.widest_angle(*size) if size[0] > 1 else 0.0,
            _squares=packed(squares),
            _angles=packed(angles),
            _pixels=who.faces.tobytes(),
            _pixel_size=list(who.faces.shape[1:]),
        )

    @classmethod
    def of(cls, runs: Mapping[str, Any], faces: Any, **choices: Any) -> Self:
        """The people that several runs trained on: the means of their embeddings.

        Args:
            runs: title -> finished run, of the same faces and the same split.
            faces: the FaceSet that they were given; a face of each person is shown.
            choices: keywords of the view.

        Raises:
            ValueError: if the runs trained on different people or images.
        """
        known = [
            (r.arrays["train_names"].tolist(), r.arrays["train_labels"]) for r in runs.values()
        ]
        if not known:
            raise ValueError("there is nothing to draw: no run was given")
        names, labels = known[0]
        for title, (others, whose) in zip(runs, known, strict=True):
            if others != names or not np.array_equal(np.sort(whose), np.sort(labels)):
                raise ValueError(f"run {title!r} trained on other people or images than the first")
        means = {
            title: geometry.class_means(run.arrays["train_embeddings"], run.arrays["train_labels"])
            for title, run in runs.items()
        }
        first = [int(np.argmax(faces.labels == faces.names.index(name))) for name in names]
        return cls(means, np.bincount(labels), names, images=faces.images[first], **choices)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: what is compared and how, the thresholds, the highlighted person."""
        return ("before", "after", "measure", "margin", "angle", "person")

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as the view keeps it, or say what would be right."""
        if name == "margin":
            return check_number(name, value, 0.0, self._most_margin, "squared distance")
        if name == "angle":
            return check_number(name, value, 0.0, math.pi, "radians")
        if name == "person":
            return self._who.check(value)
        known = MEASURES if name == "measure" else self._titles
        if value in known or (name == "before" and value == ""):
            return value
        raise ValueError(unknown(name, value, known))


def start(most: float) -> float:
    """M to begin with: the paper's where the slider reaches it, or else its middle."""
    return PAPER if most >= PAPER else most / 2


def _noted(who: Bars, normalized: bool) -> str:
    """What was done to the data, in words."""
    drawn = len(who.shown)
    there = len(who.names) - who.left_out
    said = [
        ("centers.normalized", normalized),
        ("centers.as_given", not who.counts),
        ("centers.dropped_one", who.left_out == 1),
        ("centers.dropped", who.left_out > 1),
        ("centers.thinned", drawn < there),
    ]
    catalog = phrases()
    values = {"dropped": who.left_out, "shown": drawn, "count": there}
    return " ".join(catalog[key].format(**values) for key, on in said if on)
