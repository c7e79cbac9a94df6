"""Training in a thread of its own, told what to do by messages and telling what it sees.

    trainer = LiveTraining(faces, Choices(), say=print)
    trainer.tell(play=True, speed=20.0)
    trainer.tell(choices=Choices(loss="cosface"))
    trainer.stop()

The thread alone touches network and optimizer; everybody else only puts messages into its queue,
which it empties before each step. At most two pictures are on their way at a time: who draws one
says so with `tell(drawn=number)`. Where nothing is drawn for two seconds nobody is looking, and the
thread rests until it is told something.
"""

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Any

import torch

from facelab.datasets import FaceSet, load
from facelab.experiments.live.bench import Bench, rehearsed
from facelab.experiments.live.choices import Choices
from facelab.experiments.live.clock import Calm, Clock
from facelab.experiments.live.report import Report
from facelab.training.memory import give_back

PICTURES = 30.0  # a second at most, of all that play; between them the browser fills in
ON_THEIR_WAY = 2  # pictures that may be undrawn
PATIENCE = 2.0  # seconds without a picture being drawn after which nobody is looking
_PLAYING: set["LiveTraining"] = set()  # in this process, now: they share the pictures


class LiveTraining:
    """A network that is trained in the background and can be changed at any time.

    Args:
        faces: whom to tell apart: a FaceSet, or what `load` takes.
        choices: what to begin with.
        say: is given each Report, in the thread; when it returns False the thread ends.
        device: where to compute.

    Raises:
        TypeError, ValueError: if a choice is not allowed.
    """

    def __init__(
        self,
        faces: FaceSet | str | Path,
        choices: Choices,
        say: Callable[[Report], bool | None],
        device: str = "cpu",
    ) -> None:
        faces = faces if isinstance(faces, FaceSet) else load(faces)
        self._inbox: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._say = say
        self._bench: Bench | None = Bench(faces, choices, device)
        self._thread: Thread | None = None
        self._starting = Lock()
        self._state, self._problem = "paused", ""
        self._clock, self._calm = Clock(), Calm()
        self._new_cast, self._number, self._acknowledged = True, 0, 0
        self._sent = self._drawn = 0.0

    @property
    def names(self) -> list[str]:
        """Names of the people, by label."""
        return [] if self._bench is None else self._bench.faces.names

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def tell(self, **message: Any) -> None:
        """Put a message into the queue; the thread is started with the first one.

        Args:
            message: play (bool), step (True), reset (True), speed (steps a second), choices
                (Choices), drawn (the number of a report: it was drawn), hello (True: somebody wants
                the picture as it is, with the images).
        """
        if self._bench is None:
            return
        self._inbox.put(message)
        with self._starting:
            if not self.alive:
                self._thread = Thread(target=self._work, name="facelab training", daemon=True)
                self._thread.start()

    def stop(self, wait: float = 2.0) -> None:
        """End the thread and let go of network and images; it takes no messages any more."""
        self._bench, thread = None, self._thread
        self._inbox.put({"stop": True})
        if thread is not None and thread is not current_thread():
            thread.join(wait)
            give_back()

    def rehearse(self, choices: Choices, steps: int = 150) -> Iterator[Report]:
        """Train another new network here and now; what is seen before each step."""
        bench = self._bench
        return iter(()) if bench is None else rehearsed(bench.faces, choices, steps)

    def _work(self) -> None:
        torch.set_num_threads(1)  # of this thread: two are slower for a network so small
        bench, goes_on = self._bench, True
        while bench is not None and goes_on:
            (_PLAYING.add if self._state == "playing" else _PLAYING.discard)(self)
            message = self._message()
            if "stop" in message:
                break
            try:
                goes_on = self._obey(bench, message)
            except Exception as problem:  # whatever it is, it is said and the thread goes on
                self._state, self._problem = "failed", str(problem) or type(problem).__name__
                goes_on = self._show(bench)
        _PLAYING.discard(self)

    def _message(self) -> dict[str, Any]:
        """The next message; {} when it is time for a step."""
        try:
            if self._state != "playing":
                return self._inbox.get()
            wait = self._clock.wait()
            return self._inbox.get(timeout=wait) if wait > 0 else self._inbox.get_nowait()
        except Empty:
            return {}

    def _obey(self, bench: Bench, message: dict[str, Any]) -> bool:
        """Do what a message asks, or the next step; False when nobody listens any more."""
        if not message:
            return self._train(bench)
        if "drawn" in message:
            self._acknowledged = max(self._acknowledged, int(message["drawn"]))
            self._drawn = time.monotonic()
            if self._state == "alone":
                self._begin()
            return True
        if "speed" in message:
            self._clock.set(float(message["speed"]))
        if message.keys() - {"speed"}:
            return self._command(bench, message)
        return True

    def _command(self, bench: Bench, message: dict[str, Any]) -> bool:
        """Change what is asked for, then show it."""
        cast = bench.cast
        if "choices" in message:
            bench.change(message["choices"])
        if message.get("reset"):
            bench.reset()
        if "choices" in message or message.get("reset"):
            self._calm.clear()
        if message.keys() & {"choices", "reset", "play", "step"}:
            self._problem = ""
        if message.get("hello"):
            self._acknowledged = self._number
        self._new_cast |= bench.cast is not cast or bool(message.get("hello"))
        if message.get("step"):
            bench.step()
        self._state = self._after(message)
        if self._state == "playing" and "choices" in message and self._pending() > 0:
            return True  # the picture after the next step shows it
        return self._show(bench)

    def _after(self, message: dict[str, Any]) -> str:
        """The state that a message leads to."""
        wakes = (self._state == "calm" and "choices" in message) or (
            self._state == "alone" and "hello" in message
        )
        if message.get("play") or wakes:
            self._begin()
            return "playing"
        if "play" in message or message.get("step") or self._state in ("alone", "failed", "calm"):
            return "paused"
        return self._state

    def _begin(self) -> None:
        self._state, self._drawn = "playing", time.monotonic()
        self._clock.begin()
        self._calm.clear()

    def _train(self, bench: Bench) -> bool:
        """A step, and a picture of it where it is time for one."""
        bench.step()
        self._clock.stepped(bench.done)
        now = time.monotonic()
        if self._pending() > 0 and now - self._drawn > PATIENCE:
            self._state = "alone"
        elif self._pending() < ON_THEIR_WAY and now - self._sent >= len(_PLAYING) / PICTURES:
            return self._show(bench)
        return True

    def _show(self, bench: Bench) -> bool:
        """Tell what is seen now."""
        look = bench.look()
        loss = look.numbers["loss"]
        if bench.last is not None and not math.isfinite(loss):
            self._state, self._problem = "failed", f"the loss became {loss} at step {look.step}"
        if self._calm.watch(look) and self._state == "playing":
            self._state = "calm"
        cast = bench.cast if self._new_cast else None
        rate = self._clock.rate() if self._state == "playing" else 0.0
        self._new_cast, self._number, self._sent = False, self._number + 1, time.monotonic()
        choices, state = bench.choices, self._state
        report = Report(self._number, look, cast, choices, state, rate, self._problem)
        return self._say(report) is not False

    def _pending(self) -> int:
        """Pictures on their way."""
        return self._number - self._acknowledged
