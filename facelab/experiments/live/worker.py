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
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
import torch

from facelab.datasets import FaceSet, load
from facelab.experiments.live.bench import Bench
from facelab.experiments.live.choices import Choices
from facelab.experiments.live.look import Cast, Look

PICTURES = 24.0  # a second; between them the browser fills in
ON_THEIR_WAY = 2  # pictures that may be undrawn
PATIENCE = 2.0  # seconds without a picture being drawn after which nobody is looking
CALM = (200, math.radians(0.3), math.radians(0.5))  # steps over which angle and gap hardly move
FULL_SPEED = 1000.0  # steps a second from which on there is no pause between two


@dataclass(frozen=True)
class Report:
    """What the thread tells.

    Attributes:
        look: where everything is.
        cast: the images, when they are others than before; else None.
        number: of this report, from 1.
        choices: what the look follows.
        state: "playing", "paused", "calm" (nothing moves any more), "alone" (nobody looks) or
            "failed".
        rate: steps a second over the last second or so.
        problem: what went wrong, or "".
    """

    number: int
    look: Look
    cast: Cast | None
    choices: Choices
    state: str
    rate: float
    problem: str = ""


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
        self._state, self._problem, self._speed = "paused", "", 20.0
        self._new_cast, self._number, self._acknowledged = True, 0, 0
        self._sent = self._drawn = self._next = time.monotonic()
        self._times: deque[tuple[float, int]] = deque(maxlen=60)
        self._calm: deque[tuple[int, float, float]] = deque()

    @property
    def names(self) -> list[str]:
        """Names of the people, by label."""
        return [] if self._bench is None else self._bench.faces.names

    def rehearse(self, choices: Choices, steps: int = 150) -> Iterator[Report]:
        """Train another new network here and now, and tell what is seen after each step."""
        if self._bench is None:
            return
        bench = Bench(self._bench.faces, choices, self._bench.device)
        for step in range(steps):
            yield Report(
                step + 1, bench.look(), None if step else bench.cast, choices, "paused", 0.0
            )
            bench.step()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def tell(self, **message: Any) -> None:
        """Put a message into the queue; the thread is started with the first one.

        Args:
            message: play (bool), step (True), reset (True), speed (steps a second), choices
                (Choices), drawn (the number of the report that was drawn), hello (True: somebody wants the
                picture as it is, with the images).
        """
        if self._bench is None:
            return
        self._inbox.put(message)
        if not self.alive:
            self._thread = Thread(target=self._work, name="facelab training", daemon=True)
            self._thread.start()

    def stop(self, wait: float = 2.0) -> None:
        """End the thread and let go of network and images."""
        thread, self._thread = self._thread, None
        self._inbox.put({"stop": True})
        if thread is not None and thread.is_alive():
            thread.join(wait)
        self._bench = None

    def _work(self) -> None:
        torch.set_num_threads(1)  # of this thread: two are slower for a network so small
        while True:
            message = self._message()
            if "stop" in message:
                return
            try:
                if not self._obey(message):
                    return
            except (ValueError, TypeError, FloatingPointError, RuntimeError) as problem:
                self._state, self._problem = "failed", str(problem)
                if not self._show():
                    return

    def _message(self) -> dict[str, Any]:
        """The next message; {} when it is time for a step."""
        try:
            if self._state == "playing":
                wait = self._next - time.monotonic()
                return self._inbox.get(timeout=wait) if wait > 0 else self._inbox.get_nowait()
            return self._inbox.get()
        except Empty:
            return {}

    def _obey(self, message: dict[str, Any]) -> bool:
        """Do what a message asks, or the next step; False when nobody listens any more."""
        if not message:
            return self._train()
        if "drawn" in message:
            self._acknowledged = max(self._acknowledged, int(message["drawn"]))
            self._drawn = time.monotonic()
            if self._state == "alone":
                self._begin()
            return True
        if "speed" in message:
            self._speed = float(message["speed"])
            self._next = time.monotonic()
            return True
        return self._command(message)

    def _command(self, message: dict[str, Any]) -> bool:
        bench = self._bench
        assert bench is not None
        if "choices" in message:
            cast = bench.cast
            bench.change(message["choices"])
            self._new_cast |= bench.cast is not cast
            self._problem = ""
            self._calm.clear()
        if message.get("reset"):
            bench.reset()
            self._new_cast, self._problem = True, ""
        if message.get("hello"):
            self._new_cast, self._acknowledged = True, self._number
            message = {"play": True} if self._state == "alone" else message
        if message.get("step"):
            bench.step()
            self._state = "paused"
        if "play" in message:
            self._state = "paused"
        if message.get("play") or ("choices" in message and self._state == "calm"):
            self._begin()
        elif self._state in ("alone", "failed"):
            self._state = "paused"
        if self._state == "playing" and "choices" in message and self._pending():
            return True  # the picture after the next step shows it
        return self._show()

    def _begin(self) -> None:
        self._state, self._drawn = "playing", time.monotonic()
        self._next = self._drawn
        self._times.clear()
        self._calm.clear()

    def _train(self) -> bool:
        """A step, and a picture of it where it is time for one."""
        bench = self._bench
        assert bench is not None
        bench.step()
        now = time.monotonic()
        self._next = max(self._next + 1 / self._speed, now - 1 / self._speed)
        if self._speed >= FULL_SPEED:
            self._next = now
        self._times.append((now, bench.done))
        if now - self._drawn > PATIENCE and self._pending():
            self._state = "alone"
            return True
        if self._pending() >= ON_THEIR_WAY or now - self._sent < 0.8 / PICTURES:
            return True
        return self._show()

    def _show(self) -> bool:
        """Tell what is seen now."""
        bench = self._bench
        assert bench is not None
        look = bench.look()
        if bench.last is not None and not math.isfinite(look.numbers["loss"]):
            self._state = "failed"
            self._problem = f"the loss became {look.numbers['loss']} at step {look.step}"
        self._rest_if_calm(look)
        cast = bench.cast if self._new_cast else None
        self._new_cast = False
        self._sent = time.monotonic()
        self._number += 1
        report = Report(
            self._number, look, cast, bench.choices, self._state, self._rate(), self._problem
        )
        return self._say(report) is not False

    def _rest_if_calm(self, look: Look) -> None:
        """Pause when everybody is right and neither angle nor gap has moved for many steps."""
        steps, angle, gap = CALM
        now = (look.step, look.numbers["angle"], look.numbers["gap"])
        while self._calm and look.step - self._calm[0][0] > 2 * steps:
            self._calm.popleft()
        self._calm.append(now)
        before = self._calm[0]
        over = [entry for entry in self._calm if look.step - entry[0] <= steps]
        still = np.ptp([e[1] for e in over]) < angle and np.ptp([e[2] for e in over]) < gap
        if self._state == "playing" and look.step - before[0] >= steps and still:
            self._state = "calm"

    def _pending(self) -> int:
        """Pictures on their way."""
        return self._number - self._acknowledged

    def _rate(self) -> float:
        if self._state != "playing" or len(self._times) < 2:
            return 0.0
        (start, first), (end, last) = self._times[0], self._times[-1]
        return (last - first) / (end - start) if end > start else 0.0
