"""`facelab demo`, as a process of its own, in Chromium with nothing but this machine to ask."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import psutil
import pytest
from playwright.sync_api import Browser

from facelab._demos import DEMOS, HOST, free_port
from tests.browser.driving import REPO, Seat

pytestmark = pytest.mark.browser


class Demo(Seat):
    """A demo in a browser that may talk to its server only."""

    def __init__(self, browser: Browser, name: str, **options: str) -> None:
        super().__init__(browser, **options)
        port = free_port(None)
        self.url = f"http://{HOST}:{port}/"
        words = [sys.executable, "-m", "facelab", "demo", name, "--no-browser", "--port", str(port)]
        self.process = subprocess.Popen(
            words,
            env=os.environ | {"PYTHONPATH": str(REPO)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.context.route("**/*", self._gate)

    def _gate(self, route: object) -> None:
        address = route.request.url  # type: ignore[attr-defined]
        local = address.startswith((self.url, "data:", "blob:"))
        if not local:
            self.problems.append(f"asked the network for {address}")
        (route.continue_ if local else route.abort)()  # type: ignore[attr-defined]

    def open(self) -> None:
        """Open the page as soon as somebody answers, and wait until the view is drawn."""
        until(lambda: self.process.poll() is not None or answers(self.url), 30)
        self.page.goto(self.url, timeout=120_000)
        self.page.wait_for_selector("canvas[data-shown]", timeout=120_000)

    def kernels(self) -> list[int]:
        """The kernels that the server keeps."""
        return [child.pid for child in psutil.Process(self.process.pid).children()]

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; the exit status, and all that was said."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, said

    def close(self) -> None:
        super().close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate(timeout=30)


def answers(url: str) -> bool:
    """Whether a server listens there; asking for the page itself would start a kernel."""
    import socket

    port = int(url.rstrip("/").rsplit(":", 1)[1])
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


@pytest.fixture
def demo(chrome: Browser) -> Iterator[Callable[..., Demo]]:
    """Starts a demo by its name; ends what it started."""
    started: list[Demo] = []

    def start(name: str, **options: str) -> Demo:
        started.append(Demo(chrome, name, **options))
        started[-1].open()
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_a_demo_is_one_view_that_asks_nobody_else_and_ends_with_its_page(
    demo: Callable[..., Demo],
) -> None:
    seat = demo("dial")
    page = seat.page
    assert "facelab" not in page.title()
    assert page.title() == "Margin dial"
    margin = page.get_by_label("margin m", exact=True)
    assert "m 1.50" in seat.press(margin, "End")
    seat.sweep(margin)
    width = page.locator(".facelab").bounding_box()
    assert width is not None
    assert width["width"] > 0.95 * 1280, "the view has the width of the page"
    assert width["y"] < 40, "nothing stands above it"
    assert page.locator("[id^=facelab-twin]:visible").count() == 0
    assert page.evaluate("() => document.body.innerText").count("facelab.MarginDial") == 0
    assert seat.problems == []
    assert len(seat.kernels()) == 1
    page.close(run_before_unload=True)
    until(lambda: seat.kernels() == [], 15)
    status, said = seat.stop()
    assert said.startswith(f"dial: {seat.url} ")
    stopped = ["facelab demo: stopped"] if status == 130 else []  # the server may be quicker
    assert status in (0, 130)
    assert said.splitlines()[1:] == stopped, said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "scheme"), list(zip(DEMOS, cycle(["dark", "light"]), strict=False))
)
def test_every_demo_is_drawn_in_the_colors_of_the_system(
    demo: Callable[..., Demo], name: str, scheme: str
) -> None:
    seat = demo(name, color_scheme=scheme)
    page = seat.page
    assert page.locator(".facelab-dark").count() == (scheme == "dark")
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(18, 18, 18)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert page.title() == page.locator(".facelab").get_attribute("aria-label")
    assert page.locator(".facelab-error").inner_text() == ""
    assert page.locator(".facelab-words").inner_text() != ""
    assert seat.problems == []
    assert seat.stop()[0] in (0, 130)
