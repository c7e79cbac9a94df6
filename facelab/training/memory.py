"""Memory between the C library (glibc) and the system; other systems need none of it."""

import ctypes
from contextlib import suppress

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of settings, as mallopt takes them


def keep() -> None:
    """Let this process keep what it frees: each step of a training wants the same megabytes again.

    Else glibc hands them back and forth, which costs a step 3 to 5 % of its time.
    """
    with suppress(AttributeError, OSError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(TRIM_THRESHOLD, 1 << 28)
        libc.mallopt(MMAP_THRESHOLD, 1 << 25)  # bytes; more is not taken


def give_back() -> None:
    """Return memory that nobody uses to the system.

    Each thread frees its tensors into a heap of its own, which otherwise keeps them: fifty
    trainings that began and ended made a notebook grow by 84 MB.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
