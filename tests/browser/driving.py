"""Driving pages and JupyterLab from a test."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

REPO = Path(__file__).parents[2]
HOW = "install Chromium (Debian, Ubuntu: apt-get install chromium) or set FACELAB_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Path of a Chromium on this machine."""
    named = os.environ.get("FACELAB_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Seat:
    """One page in a browser, with everything that its console complained about."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        options = {"viewport": {"width": 1280, "height": 800}} | options
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        if message.type == "error":
            self.problems.append(message.text)

    def offline(self) -> None:
        """Let nothing through but files and what a page holds itself."""

        def gate(route: Any) -> None:
            local = route.request.url.split(":")[0] in ("file", "blob", "data")
            if not local:
                self.problems.append(f"asked the network for {route.request.url}")
            (route.continue_ if local else route.abort)()

        self.context.route("**/*", gate)

    def sliders(self) -> list[Locator]:
        """Every slider that can be seen."""
        return self.page.locator(".facelab-slider:visible").all()

    def shown(self, near: Locator) -> tuple[int, str]:
        """The drawn marker and the words of the view that a control belongs to."""
        found = near.evaluate(
            """node => { const root = node.closest(".facelab");
            return [root.querySelector("canvas").dataset.shown,
                    root.querySelector(".facelab-words").textContent]; }"""
        )
        return int(found[0]), found[1]

    def press(self, control: Locator, key: str) -> str:
        """Press a key on a control, wait for the drawing that follows, give the words back."""
        before, words = self.shown(control)
        control.press(key)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            now, said = self.shown(control)
            if now > before and said != words:
                return said
            self.page.wait_for_timeout(10)
        name = control.get_attribute("aria-label")
        raise AssertionError(f"{key} on {name!r} changed neither picture nor words: {words!r}")

    def sweep(self, slider: Locator) -> None:
        """Move a slider by keyboard to both ends; picture, words and value must follow."""
        lowest, highest = slider.get_attribute("min"), slider.get_attribute("max")
        slider.press("Home")
        self.press(slider, "ArrowRight")
        self.press(slider, "End")
        assert slider.input_value() == highest
        self.press(slider, "ArrowLeft")
        self.press(slider, "Home")
        assert slider.input_value() == lowest

    def close(self) -> None:
        self.context.close()


class Server:
    """A JupyterLab of its own: free port, temporary folders, this Python as its kernel."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "notebooks"
        self.root.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (folder / "server.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *self._options()],
            cwd=self.root,
            env=self._environment(folder),
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait(folder)

    def _options(self) -> list[str]:
        return [
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            "--IdentityProvider.token=",
            "--PasswordIdentityProvider.hashed_password=",
            "--LabApp.expose_app_in_browser=True",
        ]

    def _environment(self, folder: Path) -> dict[str, str]:
        """Settings, data and runtime in the temporary folder; the package on the path."""
        names = ("CONFIG", "DATA", "RUNTIME")
        places = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in names}
        places |= {
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_PREFER_ENV_PATH": "0",
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(REPO), os.environ.get("PYTHONPATH", "")])
            ),
        }
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
        write(folder / "data" / "kernels" / "python3" / "kernel.json", spec)
        lab = folder / "settings" / "@jupyterlab"
        write(
            lab / "apputils-extension" / "notification.jupyterlab-settings", {"fetchNews": "false"}
        )
        write(
            lab / "notebook-extension" / "tracker.jupyterlab-settings", {"windowingMode": "defer"}
        )
        return os.environ | places

    def _wait(self, folder: Path) -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.url}/api/status", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        raise RuntimeError(f"JupyterLab did not start:\n{(folder / 'server.log').read_text()}")

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.log.close()


class Lab(Seat):
    """JupyterLab in a browser, with one notebook open at a time."""

    def __init__(self, browser: Browser, server: Server, **options: Any) -> None:
        super().__init__(browser, **options)
        self.server = server

    def open(self, notebook: Path | list[str], name: str = "test.ipynb") -> None:
        """Open a copy of a notebook, or a new one with these code cells, and start its kernel."""
        target = self.server.root / (name if isinstance(notebook, list) else notebook.name)
        if isinstance(notebook, list):
            write(target, new_notebook(notebook))
        else:
            shutil.copy(notebook, target)
        self.page.goto(f"{self.server.url}/lab/tree/{target.name}?reset", timeout=90_000)
        self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        self.ready()

    def ready(self) -> None:
        """Wait until the kernel is there and has nothing to do."""
        self.page.wait_for_function(
            """() => { const context = window.jupyterapp.shell.currentWidget?.sessionContext;
            return context?.isReady && context.session?.kernel?.status === "idle"; }""",
            timeout=90_000,
        )

    def do(self, command: str) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", command)

    def run_all(self, views: int = 0, timeout: float = 180) -> None:
        """Run all cells and wait until the kernel is idle and so many views are drawn."""
        self.do("notebook:run-all-cells")
        self.page.wait_for_function(
            "n => document.querySelectorAll('canvas[data-shown]').length >= n",
            arg=views,
            timeout=timeout * 1000,
        )
        self.ready()

    def execute(self, code: str) -> None:
        """Run code in the notebook's kernel; an error in it is an error here."""
        error = self.failed(code)
        assert error is None, error

    def until(self, check: str, seconds: float = 10) -> None:
        """Wait until an assertion holds in the kernel, which hears the browser only in between."""
        deadline = time.monotonic() + seconds
        while (error := self.failed(check)) is not None:
            assert time.monotonic() < deadline, error
            self.page.wait_for_timeout(50)

    def failed(self, code: str) -> str | None:
        """Run code in the notebook's kernel; the error in it, if there is one."""
        error: str | None = self.page.evaluate(
            """async code => {
            const { session } = jupyterapp.shell.currentWidget.sessionContext;
            const { content } = await session.kernel.requestExecute({ code }).done;
            return content.status === "ok" ? null : `${content.ename}: ${content.evalue}`; }""",
            code,
        )
        return error

    def failures(self) -> list[str]:
        """The error outputs of the notebook."""
        selector = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"
        return self.page.locator(selector).all_inner_texts()

    def close(self) -> None:
        if self.page.url.startswith("http"):
            self.page.evaluate(
                "async () => { await window.jupyterapp.serviceManager.sessions.shutdownAll(); }"
            )
        super().close()


def write(path: Path, content: Any) -> None:
    """Write JSON, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


def new_notebook(cells: list[str]) -> dict[str, Any]:
    """A notebook of code cells."""
    code = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [code | {"id": f"cell-{i}", "source": text} for i, text in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
