"""Networks and losses that are made anew, the same with the same seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch

_one_at_a_time = Lock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """What is made inside is drawn from a seed; torch's own stream goes on afterwards as before.

    All threads share that stream, so that one at a time makes something.
    """
    with _one_at_a_time, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
