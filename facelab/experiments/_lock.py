"""A folder that one process at a time writes into.

The lock belongs to the operating system and lies on a small file in the folder. It is gone with the
process that held it, however that one ended, so that nobody is kept out by the dead.
"""

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = ".in_use"
PATIENCE = 2.0  # seconds; the workers of a comparison that was killed end within less
LOOK = 0.05  # seconds between two tries
HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # what a system says of a lock that is held

if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        os.lseek(file, 1 << 20, os.SEEK_SET)  # beyond what others read
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Within, no other process and no other thread holds the folder; it is made if it is not there.

    Raises:
        FileExistsError: if another one still holds it after PATIENCE.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    file = _open(path, time.monotonic() + PATIENCE)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows does not delete what is open
            path.unlink()
        os.close(file)
        if sys.platform == "win32":
            with suppress(OSError):
                path.unlink()


def _open(path: Path, until: float) -> int:
    """The lock file, open and locked, with the holder's name in it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if _taken(file) and _is_still(file, path):
                os.ftruncate(file, 0)
                os.lseek(file, 0, os.SEEK_SET)
                os.write(file, f"process {os.getpid()} on {socket.gethostname()}".encode())
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)
        if time.monotonic() > until:
            raise FileExistsError(
                f"{path.parent} is being written by {_who(path)}; wait until it is done, or choose "
                "another folder"
            )
        time.sleep(LOOK)


def _taken(file: int) -> bool:
    """Whether the lock is ours now; where the disk knows no locks nobody is kept out."""
    try:
        _take(file)
    except OSError as error:
        return error.errno not in HELD
    return True


def _is_still(file: int, path: Path) -> bool:
    """Whether the file is the one in the folder, and not one that its holder has just deleted."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(file), os.stat(path))
    return False


def _who(path: Path) -> str:
    with suppress(OSError):
        return path.read_text("utf-8", errors="replace").strip() or "another process"
    return "another process"
