"""Runs sent to a Dask cluster: the same runs, the same numbers, on other machines.

    facelab.compare([...], client="local")               # workers started here, one a processor
    facelab.compare([...], client="tcp://10.0.0.1:8786") # a scheduler
    facelab.compare([...], client=client)                # a dask.distributed.Client

A worker computes a run and sends it back whole; this process alone writes into the folder. So the
machines need no disk in common, and a worker that dies costs its run alone: Dask gives that one to
another worker. Within a worker one run is done at a time, with one thread of torch.
"""

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from facelab.experiments._workers import deaf

T = TypeVar("T")
WAIT = 10  # seconds for a scheduler to answer
INSTALL = "python -m pip install -c constraints.txt -e '.[cluster]'"
GONE = (asyncio.CancelledError, concurrent.futures.CancelledError)


@contextmanager
def connect(said: Any, workers: int) -> Iterator[Any]:
    """A client of the cluster that was asked for.

    Args:
        said: "local", the address of a scheduler, or a client, which stays open.
        workers: how many to start for "local".

    Raises:
        ValueError: if Dask is not installed, or nobody answers at the address.
        TypeError: if it is no client.
    """
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError:
        raise ValueError(
            f"a cluster needs Dask, which is not installed; {INSTALL} installs it"
        ) from None
    if not isinstance(said, str):
        if not (hasattr(said, "submit") and hasattr(said, "scheduler_info")):
            raise TypeError(f"client must be a Dask client, an address or 'local', not {said!r}")
        yield said
    elif said == "local":
        quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
        with deaf():
            cluster = LocalCluster(n_workers=workers, threads_per_worker=1, **quiet)
        with cluster, Client(cluster) as client:
            yield client
    else:
        with _reach(said, Client) as client:
            yield client


def _reach(address: str, client: Callable[..., Any]) -> Any:
    try:
        return client(address, timeout=WAIT)
    except (TimeoutError, OSError, ValueError):
        raise ValueError(
            f"no Dask scheduler answers at {address!r}; an address is written as "
            "tcp://HOST:8786, and local starts workers here"
        ) from None


def send(
    do: Callable[..., T], tasks: Sequence[tuple[Any, Any]], client: Any
) -> Generator[T, None, None]:
    """What `do` gives for each task, in the order in which they are done.

    Args:
        do: a function of a module that the workers have too, called as do(*task).
        tasks: pairs; the second of a pair is large, and sent once however many pairs share it.
        client: of Dask.

    Raises:
        RuntimeError: if a run has ended several workers, or the cluster is gone.
        Exception: whatever `do` raises.
    """
    import dask
    from dask.distributed import KilledWorker, as_completed

    sent: dict[int, Any] = {}
    futures = []
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
        for first, large in tasks:
            if id(large) not in sent:  # a task, so that Dask can make it again where it is lost
                sent[id(large)] = client.submit(_same, large, pure=False)
            futures.append(client.submit(do, first, sent[id(large)], pure=False))
    try:
        for future in as_completed(futures):
            yield future.result()
    except KilledWorker as error:
        raise RuntimeError(
            f"several workers died over one run, often for want of memory ({error.last_worker}); "
            "finished runs are kept"
        ) from None
    except GONE:
        raise RuntimeError("the Dask cluster is gone; finished runs are kept") from None
    finally:
        client.cancel(futures)


def _same(large: T) -> T:
    return large
