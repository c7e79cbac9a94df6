"""Runs side by side on one machine: a process each, one torch thread a process.

More threads than processors make small networks several times slower, and another number of
threads may change the last bit of a sum. So a run computes with one thread wherever it is, and its
numbers do not depend on how many run beside it.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from joblib import Parallel, cpu_count, delayed, parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError

from facelab.experiments._progress import alone
from facelab.training import memory
from facelab.training.device import threads

T = TypeVar("T")
LOOK = 0.2  # seconds between two looks for the process that started a worker


def work(
    do: Callable[..., T], tasks: Sequence[tuple[Any, ...]], jobs: int
) -> Generator[T, None, None]:
    """What `do` gives for each task, in the order in which they are done.

    Args:
        do: a function of a module, called as do(*task).
        tasks: its arguments.
        jobs: how many at once; 1 stays in this process.

    Raises:
        RuntimeError: if a worker was killed.
        Exception: whatever `do` raises.
    """
    if jobs == 1:
        for task in tasks:
            with threads(1):
                result = do(*task)
            yield result
        return
    with parallel_config("loky", inner_max_num_threads=1):
        parallel = Parallel(
            jobs,
            return_as="generator_unordered",
            mmap_mode="c",
            batch_size=1,
            pre_dispatch=2 * jobs,
        )
        with deaf():
            done = parallel(delayed(_apart)(os.getpid(), do, task) for task in tasks)
    try:
        yield from done
    except TerminatedWorkerError:
        raise RuntimeError(
            "a worker was killed, often for want of memory; try fewer jobs: finished runs are kept"
        ) from None
    finally:
        done.close()


def find_jobs(said: int | None, tasks: int, device: torch.device) -> int:
    """How many runs at once: as many as there are processors, on another device one.

    Raises:
        ValueError: if it is no whole number of at least 1.
    """
    if said is None:
        said = cpu_count() if device.type == "cpu" else 1
    if isinstance(said, bool) or not isinstance(said, int) or said < 1:
        raise ValueError(f"jobs must be a whole number of at least 1, not {said!r}")
    return max(1, min(said, tasks))


@contextmanager
def deaf() -> Iterator[None]:
    """Processes started within do not hear Ctrl-C: who started them hears it and ends them."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # Ctrl-C is the main thread's, and this is another one
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _apart(parent: int, do: Callable[..., T], task: tuple[Any, ...]) -> T:
    _end_with(parent)
    alone()
    memory.keep()
    with threads(1):
        return do(*task)


WATCHED: set[int] = set()


def _end_with(parent: int) -> None:
    """End this process as soon as the one that started it is gone, killed or not.

    Else a worker would go on writing into folders that a second attempt is already writing into.
    """
    if parent in WATCHED or not hasattr(os, "getppid"):
        return
    WATCHED.add(parent)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(1)

    if os.getppid() == parent:
        threading.Thread(target=watch, daemon=True).start()
