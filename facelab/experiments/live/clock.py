"""When the next step is due, how fast steps come, and whether anything still moves."""

import math
import time
from collections import deque

import numpy as np

from facelab.experiments.live.look import Look

FULL_SPEED = 1000.0  # steps a second from which on there is no pause between two
CALM_STEPS = 200
CALM_ANGLE, CALM_GAP = math.radians(0.3), math.radians(0.5)


class Clock:
    """Steps at a speed.

    Attributes:
        speed: steps a second; FULL_SPEED or more for as many as there can be.
    """

    def __init__(self) -> None:
        self.speed = 20.0
        self._due = 0.0
        self._times: deque[tuple[float, int]] = deque(maxlen=60)

    def begin(self) -> None:
        """The next step is due now; nothing is known of the rate."""
        self._due = time.monotonic()
        self._times.clear()

    def set(self, speed: float) -> None:
        """Another speed, from now on."""
        self.speed = speed
        self.begin()

    def wait(self) -> float:
        """Seconds until the next step is due; 0 or less if it is."""
        return self._due - time.monotonic()

    def stepped(self, done: int) -> None:
        """A step was done; `done` of them in all. A clock that is late does not catch up."""
        now = time.monotonic()
        pause = 0.0 if self.speed >= FULL_SPEED else 1 / self.speed
        self._due = max(self._due + pause, now - pause)
        self._times.append((now, done))

    def rate(self) -> float:
        """Steps a second over the last 60 steps or so; 0 if it is not known."""
        if len(self._times) < 2:
            return 0.0
        (start, first), (end, last) = self._times[0], self._times[-1]
        return (last - first) / (end - start) if end > start else 0.0


class Calm:
    """Whether neither the angle to the own center nor the gap has moved for CALM_STEPS steps."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float, float]] = deque()

    def clear(self) -> None:
        """Forget what was seen: something was changed."""
        self._seen.clear()

    def watch(self, look: Look) -> bool:
        """Take a look in, and say whether everything has come to rest."""
        self._seen.append((look.step, look.numbers["angle"], look.numbers["gap"]))
        while len(self._seen) > 1 and look.step - self._seen[1][0] >= CALM_STEPS:
            self._seen.popleft()
        if look.step - self._seen[0][0] < CALM_STEPS:
            return False
        _, angles, gaps = zip(*self._seen, strict=True)
        return bool(np.ptp(angles) < CALM_ANGLE and np.ptp(gaps) < CALM_GAP)
