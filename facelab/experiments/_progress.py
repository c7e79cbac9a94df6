"""A bar over runs, with the time left, in terminals and notebooks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm.auto import tqdm

TICK = 1.0  # seconds after which the bar is drawn again, so that its clock goes on within a run


class Bar:
    """What a caller does with a bar: say that a run is done, or was done before."""

    def __init__(self, bar: "tqdm[Any]") -> None:
        self._bar = bar
        self._lock = threading.Lock()

    def done(self, words: str = "", *, before: bool = False) -> None:
        """One more run; what was done before does not count for the time left."""
        if self._bar.disable:
            return
        with self._lock:
            if words:
                self._bar.set_postfix_str(words, refresh=False)
            if before:
                self._bar.initial += 1
            self._bar.update()

    def tick(self) -> None:
        """Draw the bar again."""
        with self._lock:
            self._bar.refresh()


def alone() -> None:
    """Let tqdm share no lock between processes: a worker that is killed would leave it behind."""
    tqdm.set_lock(threading.RLock())


@contextmanager
def runs(total: int, shown: bool) -> Iterator[Bar]:
    """A bar over so many runs; the time left follows from the mean time of a run.

    Args:
        total: how many there are, those done before too.
        shown: whether it is drawn at all.
    """
    with tqdm(
        desc="runs", total=total, disable=not shown, leave=False, smoothing=0, dynamic_ncols=True
    ) as drawn:
        bar, over = Bar(drawn), threading.Event()
        ticks = shown and (hasattr(drawn, "container") or drawn.fp.isatty())  # not in a log file

        def clock() -> None:
            while not over.wait(TICK):
                bar.tick()

        thread = threading.Thread(target=clock, name="facelab progress", daemon=True)
        if ticks:
            thread.start()
        try:
            yield bar
        finally:
            over.set()
            if ticks:
                thread.join()
