"""What tests in more than one file need."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side: threads would wait in line

# A shell's job in the background ignores Ctrl-C, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPO = Path(__file__).parents[1]


@pytest.fixture
def shared() -> Path:
    """The folder with the large files that are not in the repository; skips where it is not."""
    folder = Path(os.environ.get("FACELAB_SHARED", REPO.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}; set FACELAB_SHARED to the folder with the large files")
    return folder


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the golden cases that this process has compared to the one that tells."""
    from tests.losses.golden import CHECKED

    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["golden"] = {name: sorted(cases) for name, cases in CHECKED.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over the golden cases that another process has compared."""
    from tests.losses.golden import CHECKED

    for name, cases in getattr(node, "workeroutput", {}).get("golden", {}).items():
        CHECKED.setdefault(name, set()).update(cases)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many golden cases of each loss were compared, and how many there are."""
    from tests.losses.golden import CHECKED, SMALL, cases

    if not CHECKED:
        return
    terminalreporter.section("golden cases compared with ours")
    names = sorted(path.stem for path in SMALL.glob("*.npz"))
    for name in names:
        there = len({repr(case) for case in cases(name)})
        terminalreporter.write_line(f"{name:20s}{len(CHECKED.get(name, ())):4d} of {there:4d}")
