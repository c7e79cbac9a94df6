"""Where the embeddings of the explorer lie: kept layouts found, missing ones computed beside it."""

from collections.abc import Callable, Iterable, Sequence
from threading import Event, Thread
from typing import Any

import numpy as np

from facelab.widgets._sources import Source

KINDS = ("pca", "umap", "umap sphere")

Job = tuple[int, str]  # number of the source, kind of the layout


class Places:
    """The layouts of some sources as float32 bytes, under names such as "0 umap".

    Attributes:
        found: the layouts there are. The thread that computes only adds to it.
    """

    def __init__(self, sources: Sequence[Source], seed: int) -> None:
        from facelab.experiments import kept_layout, layout

        self._sources, self._seed = sources, seed
        self._stop, self._thread = Event(), Thread()
        self.found: dict[str, bytes] = {}
        for i, source in enumerate(sources):
            self.found[named((i, "pca"))] = packed(layout(source.shown, "pca"))
            for kind in KINDS[1:]:
                places = kept_layout(source.shown, kind, seed=seed, folder=source.folder)
                if places is not None:
                    self.found[named((i, kind))] = packed(places)

    def lacking(self, which: Iterable[int], kind: str) -> list[Job]:
        """What is still to be computed."""
        return [(i, kind) for i in which if named((i, kind)) not in self.found]

    def compute(self, job: Job, progress: bool | Callable[[float], object] = True) -> bytes:
        """Compute a layout; `progress` as in `facelab.experiments.layout`."""
        from facelab.experiments import layout

        index, kind = job
        source = self._sources[index]
        settings: dict[str, Any] = {"seed": self._seed, "folder": source.folder}
        places = packed(layout(source.shown, kind, **settings, progress=progress))
        self.found[named(job)] = places
        return places

    def begin(self, jobs: list[Job], send: Callable[..., object]) -> None:
        """Compute in a thread, one at a time; `send` is called as `Widget.send` is.

        Messages: {"progress": part of 1, "begun": whether UMAP fits already}, {"made": name} with
        the places, {"failed": sentence}, and at last {"ended": True}.
        """
        if not self._thread.is_alive():
            stop = self._stop = Event()
            self._thread = Thread(target=self._work, args=(jobs, stop, send), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Give up what is being computed."""
        self._stop.set()

    def _work(self, jobs: list[Job], stop: Event, send: Callable[..., object]) -> None:
        def report(part: float) -> None:
            if stop.is_set():
                raise Stopped
            send({"progress": (done + part) / len(jobs), "begun": part > 0})

        done = 0
        try:
            for job in jobs:
                send({"made": named(job)}, [self.compute(job, report)])
                done += 1
        except Stopped:
            pass
        except Exception as problem:
            send({"failed": str(problem)})
        send({"ended": True})


class Stopped(Exception):
    """The reader pressed stop."""


def named(job: Job) -> str:
    """Under which name a layout is sent."""
    return f"{job[0]} {job[1]}"


def packed(places: Any) -> bytes:
    """Places as float32."""
    return np.asarray(places).astype("<f4").tobytes()
