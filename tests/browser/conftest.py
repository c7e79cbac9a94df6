"""Chromium and JupyterLab for the tests in this folder.

`seat`: a page of its own, network blocked. `lab`: JupyterLab; `lab.open(path)`, `lab.run_all()`,
`lab.sliders()`, `lab.sweep(slider)`, `lab.problems`.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.driving import FLAGS, HOW, Lab, Seat, Server, chromium


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Chromium, started once a module: its event loop must not outlive it."""
    path = chromium()
    if path is None:
        if os.environ.get("FACELAB_BROWSER") == "required":
            pytest.fail(f"the browser tests are required but there is no Chromium: {HOW}")
        pytest.skip(f"no Chromium: {HOW}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("jupyter"))
    yield started
    started.close()


@pytest.fixture
def seat(chrome: Browser) -> Iterator[Seat]:
    taken = Seat(chrome)
    taken.offline()
    yield taken
    taken.close()


@pytest.fixture
def lab(chrome: Browser, server: Server) -> Iterator[Lab]:
    taken = Lab(chrome, server)
    yield taken
    taken.close()
