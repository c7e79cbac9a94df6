"""UMAP in a process of its own: its import and its first fit take tens of seconds.

The program reads a line of JSON a job and answers in lines of JSON:

    {"table": in.npy, "places": out.npy, "settings": {...}}
    {"part": 0.3}  ...  {"saved": true}   or   {"failed": "what went wrong"}

It ends when nobody writes to it any more, or when it has had nothing to do for a while.
"""

import json
import os
import queue
import sys
import threading
import warnings
from typing import Any

import numpy as np

IDLE = 120.0  # seconds without a job after which it gives its memory back


class Meter:
    """A file for the progress bar of UMAP: "3/500" written to it is said as a part of 1."""

    def write(self, text: str) -> None:
        """Say how much is done, if the text tells it."""
        done, _, total = text.strip().partition("/")
        if done.isdigit() and total.isdigit() and int(total):
            say(part=int(done) / int(total))

    def flush(self) -> None:
        """Nothing is held back."""


def say(**content: Any) -> None:
    """Answer with a line of JSON."""
    print(json.dumps(content), file=ANSWERS, flush=True)


def fit(job: dict[str, Any]) -> None:
    """Lay a table out and write the places, (N, 2): two coordinates, or two angles (radians)."""
    import umap

    table = np.load(job["table"])
    mapper = umap.UMAP(
        n_jobs=1,
        tqdm_kwds={
            "file": Meter(),
            "disable": False,
            "mininterval": 0.1,
            "bar_format": "{n_fmt}/{total_fmt}",
        },
        **job["settings"],
    )
    np.save(job["places"], mapper.fit_transform(table))


def jobs() -> "queue.Queue[str]":
    """The lines that come in; when no more can come, the process ends, even within a fit."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def main() -> None:
    """Do one job after the other."""
    warnings.simplefilter("ignore")
    lines = jobs()
    while True:
        try:
            line = lines.get(timeout=IDLE)
        except queue.Empty:
            return
        try:
            fit(json.loads(line))
            say(saved=True)
        except BaseException as error:
            say(failed=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    ANSWERS = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed does not get between the answers
    main()
