"""The playground: m, s, t and M move while a network learns to tell real people apart.

Training runs in a thread of the kernel (`facelab.experiments.LiveTraining`). The kernel sends about
twenty pictures a second; the browser fills in between them, turns the sphere, and draws at once
what follows from a slider alone: the cap that the margin leaves each person.
"""

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from traitlets import Bool, Bytes, Dict, List, Unicode

from facelab.choices import unknown
from facelab.experiments import Choices, LiveTraining, Report
from facelab.widgets import _recording
from facelab.widgets._assemble import assemble
from facelab.widgets._cells import one_a_cell
from facelab.widgets._curves import default
from facelab.widgets._knobs import BENCH, FULL, LOOKS, RANGES, SPEEDS, check_knob
from facelab.widgets._settable import give_traits
from facelab.widgets._settling import check_setting, suited
from facelab.widgets._trained import trained_losses
from facelab.widgets._view import Checked, View


class Playground(View):
    """A network that learns while every slider acts.

    Args:
        faces: a key of DATASETS, a folder with a folder a person, or a FaceSet.
        loss: a key of LOSSES.
        people: how many of them, 2 to 40.
        images: how many images of the first person are trained on, 1 to 20; up to three others of
            each person are held out.
        tail: person k has images / (k + 1)^tail, 0 to 2, no unit.
        hardness: how much resolution the images lack, 0 to 1.
        learning_rate: of AdamW, 0.0001 to 0.03.
        augment: whether the trained images are distorted.
        dim: 3 for the sphere, 2 for the circle.
        start: "even" or "random": where the class centers start.
        seed: decides the initial weights and which images are held out.
        speed: steps a second; 0 for as many as there can be.
        person, yaw, pitch: who is highlighted (-1: nobody), how the sphere is turned (radians).
        device: where to train.
        settings: keywords of the loss; where none is given, what suits small sets.

    Raises:
        TypeError, ValueError: if a value is not allowed; the sentence repeats it.

    Example:
        playground = facelab.Playground(loss="arcface", margin=0.3, people=10)
        playground.play()
    """

    title: ClassVar[str] = "Playground"
    call: ClassVar[str] = "facelab.Playground({})"
    _esm = assemble("playground")

    losses = Dict().tag(sync=True)
    loss = Checked("arcface")
    people = Checked(10)
    images = Checked(7)
    tail = Checked(0.0)
    hardness = Checked(0.0)
    learning_rate = Checked(3e-3)
    augment = Checked(False)
    dim = Checked(3)
    start = Checked("even")
    seed = Checked(0)
    speed = Checked(20.0)
    person = Checked(-1)
    yaw = Checked(0.6)
    pitch = Checked(0.35)
    spin = Bool().tag(sync=True)
    names = List(Unicode()).tag(sync=True)
    _ends = Dict({name: list(ends) for name, ends in RANGES.items()}).tag(sync=True)
    _speeds = List(SPEEDS).tag(sync=True)
    _rows: Any = List().tag(sync=True)  # what a page without a kernel plays
    _places = Bytes().tag(sync=True)
    _people = Dict().tag(sync=True)
    _suited = _held = False
    _trainer: LiveTraining | None = None  # none where the faces could not be had

    def __init__(
        self, faces: Any = "orl", *, loss: str = "arcface", device: str = "cpu", **values: Any
    ) -> None:
        losses = trained_losses()
        if loss not in losses:
            raise ValueError(unknown("loss", loss, losses))
        known = losses[loss]["settings"]
        for name in values:
            if name not in known and name not in (*BENCH, *LOOKS):
                raise ValueError(unknown(f"setting of {loss} or of the playground", name, known))
        specs = {k: spec for entry in losses.values() for k, spec in entry["settings"].items()}
        give_traits(self, {name: default(spec) for name, spec in specs.items()})
        words = {name: default(spec) for name, spec in known.items()} | values
        start = {name: default(spec, words) for name, spec in known.items()} | values
        super().__init__(losses=losses, loss=loss, **start)
        self._record = _recording.Recording()
        try:
            self._trainer = LiveTraining(faces, self._choices(), _listener(self), device)
        except Exception:
            self.close()
            raise
        self.names = self._trainer.names
        one_a_cell(self)
        self.on_msg(self._hear)
        self.observe(self._follow, [*specs, *BENCH, "loss", "speed"])
        self._tell(speed=self.speed or FULL)

    def _tell(self, **message: Any) -> None:
        if self._trainer is not None:
            self._trainer.tell(**message)

    def play(self) -> None:
        """Train, until `pause` or until nothing moves any more."""
        self._tell(play=True)

    def pause(self) -> None:
        """Stop training; what is there stays."""
        self._tell(play=False)

    def stop(self) -> None:
        """End the thread and let go of the network; the view stays as it is."""
        if self._trainer is not None:
            self._trainer.stop()
        self._record = _recording.Recording()

    def close(self) -> None:
        """End the thread and the view."""
        self.stop()
        super().close()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The choices: the loss, its settings, the faces, the training, how one looks at it."""
        return ("loss", *self.losses[self.loss]["settings"], *BENCH, *LOOKS)

    def check(self, name: str, value: Any) -> Any:
        """Give a choice back as a plain value, or say why it cannot be made."""
        if name == "loss":
            if value not in self.losses:
                raise ValueError(unknown("loss", value, self.losses))
            return str(value)
        if name in (*BENCH, *LOOKS):
            return check_knob(name, value)
        settings = self.losses[self.loss]["settings"]
        if name not in settings:
            raise ValueError(unknown(f"setting of {self.loss}", name, settings))
        return check_setting(name, value, settings[name])

    def _choices(self) -> Choices:
        settings = {name: getattr(self, name) for name in self.losses[self.loss]["settings"]}
        return Choices(self.loss, settings, **{name: getattr(self, name) for name in BENCH})

    def _follow(self, change: dict[str, Any]) -> None:
        """Let the next step follow what was chosen; what a loss refuses is said."""
        if change["name"] == "speed":
            self._tell(speed=self.speed or FULL)
            return
        if change["name"] == "loss" and not self._suited:
            self._suit(change["old"])
        if self._suited:
            return  # all of it at once, when the browser's message has been read
        self._send_choices()

    def _send_choices(self) -> None:
        if self._held:
            return
        try:
            self._tell(choices=self._choices())
            self.error = ""
        except (TypeError, ValueError) as problem:
            self.error = str(problem)

    def _suit(self, old: str) -> None:
        """A setting keeps its value where the new loss shares unit and range; else its own."""
        names = {n for entry in self.losses.values() for n in entry["settings"]}
        chosen = {name: getattr(self, name) for name in names}
        self._suited = True
        for name, value in suited(self.losses, old, self.loss, chosen).items():
            setattr(self, name, value)
        self._suited = False

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser sends, the loss before its settings, and train with all of it."""
        self._suited = True
        super().set_state(dict(sorted(sync_data.items(), key=lambda item: item[0] != "loss")))
        self._suited = False
        if set(sync_data) & {*self.chosen, "loss"} - set(LOOKS):
            refused = self.error
            self._send_choices()
            self.error = refused or self.error

    def restore(self, text: str) -> None:
        """Take over a state string, all of it at once; where it cannot be used, nothing changes."""
        self._held = True
        try:
            super().restore(text)
        finally:
            self._held = False
        self._send_choices()

    def _hear(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        """What the browser asks of the thread: play, step, reset, drawn, hello."""
        rows, _ = self._record.taken() if content.get("hello") else ([], b"")
        if rows:
            self.send({"kind": "history", "rows": rows})
        asked = {
            k: v for k, v in content.items() if k in ("play", "step", "reset", "drawn", "hello")
        }
        self._tell(**asked)

    def to_html(self, path: str | Path) -> Path:
        """Write a page that plays the training so far, or a new one of 150 steps; see `View`."""
        record = self._record
        if len(record.pictures) < 2 and self._trainer is not None:
            record = _recording.Recording()
            for report in self._trainer.rehearse(self._choices()):
                record = record.take(report)
        if record.cast is None:
            raise ValueError("this playground was stopped and has nothing to show: make a new one")
        people = zip(("labels", "held", "pixels"), _recording.cast_bytes(record.cast), strict=True)
        with self.hold_sync():
            try:
                self._people = {"size": list(record.cast.images.shape[1:]), **dict(people)}
                self._rows, self._places = record.taken()
                return super().to_html(path)
            finally:
                self._rows, self._places, self._people = [], b"", {}

    def tell(self, report: Report) -> None:
        """Send a picture to the browser; called in the thread, so no trait is set."""
        look = report.look
        if report.cast is not None:
            size = list(report.cast.images.shape[1:])
            self.send({"kind": "cast", "size": size}, buffers=_recording.cast_bytes(report.cast))
        self._record = self._record.take(report)
        points, centers = _recording.in_space(look.points), _recording.in_space(look.centers)
        content = {
            "kind": "frame",
            "number": report.number,
            "step": look.step,
            "state": report.state,
            "rate": round(report.rate, 1),
            "problem": report.problem,
            "numbers": {name: _recording.known(v) for name, v in look.numbers.items()},
            "moving": {name: _recording.known(v) for name, v in look.moving.items()},
            "loss": report.choices.loss,
            "settings": dict(report.choices.settings),
        }
        self.send(content, buffers=[points.tobytes(), centers.tobytes()])


def _listener(view: Playground) -> Callable[[Report], bool]:
    """Hands reports to a view without keeping it alive."""
    there = weakref.ref(view)

    def say(report: Report) -> bool:
        listening = there()
        if listening is not None:
            listening.tell(report)
        return listening is not None

    return say
