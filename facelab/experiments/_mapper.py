"""The other end of `_umap.py`: start it when it is needed, follow it, end it when it is not."""

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PROGRAM = Path(__file__).with_name("_umap.py")
GLANCE = 0.2  # seconds between two reports while nothing is heard

Report = Callable[[float], object]


class Mapper:
    """UMAP in another process, one job at a time.

    `fit` calls `report(part)` at least five times a second, with 0 until the fit begins; what
    `report` raises ends the fit, and the process with it.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()

    def fit(
        self, table: npt.NDArray[np.float32], settings: dict[str, Any], report: Report
    ) -> npt.NDArray[np.float64]:
        """Lay a table (N, D) out; (N, 2) coordinates, or angles in radians on the sphere.

        Args:
            table: of length 1 each.
            settings: keywords of `umap.UMAP`.
            report: see above.

        Raises:
            RuntimeError: if UMAP is missing or stops; the sentence says why.
        """
        with self._my_turn(report), tempfile.TemporaryDirectory() as folder:
            files = {name: str(Path(folder) / f"{name}.npy") for name in ("table", "places")}
            np.save(files["table"], table)
            try:
                self._ask(files | {"settings": settings})
                self._follow(report)
            except BaseException as problem:
                if not isinstance(problem, RuntimeError):
                    self.end()
                raise
            places: npt.NDArray[np.float64] = np.load(files["places"]).astype(np.float64)
            return places

    def end(self) -> None:
        """End the process, whatever it does; the next job starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close()

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):  # a line was still on its way to a process that has ended
                self._process.stdin.close()
        self._process = None

    @contextmanager
    def _my_turn(self, report: Report) -> Iterator[None]:
        while not self._turn.acquire(timeout=GLANCE):
            report(0.0)
        try:
            yield
        finally:
            self._turn.release()

    def _ask(self, job: dict[str, Any]) -> None:
        """Hand a job to the process; one that has ended is started anew."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise RuntimeError("UMAP could not be started") from None

    def _start(self) -> None:
        self._close()
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        answers: queue.Queue[str | None] = queue.Queue()
        self._answers = answers

        def listen() -> None:
            assert process.stdout is not None
            with process.stdout:
                for line in process.stdout:
                    answers.put(line)
            process.wait()
            answers.put(None)

        threading.Thread(target=listen, daemon=True).start()

    def _follow(self, report: Report) -> None:
        """Report until the job is done."""
        part = 0.0
        report(part)
        while True:
            try:
                line = self._answers.get(timeout=GLANCE)
            except queue.Empty:
                report(part)
                continue
            answer: dict[str, Any] = json.loads(line or '{"failed": "its process ended"}')
            if "failed" in answer:
                raise RuntimeError(f"UMAP could not be used ({answer['failed']}); PCA still can")
            if "saved" in answer:
                return
            part = answer["part"]
            report(part)


MAPPER = Mapper()
