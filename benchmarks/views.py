"""Key press to drawn frame, in real JupyterLab: every view, beside plotly and ipympl.

    python benchmarks/views.py                       # three runs of 60 key presses each
    python benchmarks/views.py --keys 20 --runs 1
    python benchmarks/views.py --only sphere         # entries whose name begins so

Measured from the key press to the frame in which the drawing has changed. All that is compared
stands in the same notebook page of the same run (`entries.py`). Of views that the kernel feeds
also: bytes over the wire for each key press, whether the last of 60 quick presses is what is drawn
in the end, and how much the kernel has grown after 500 updates.
"""

import argparse
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Locator, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.entries import ENTRIES, START, Entry
from tests.browser.driving import FLAGS, HOW, Lab, Server, chromium

BURST, UPDATES, WARM = 60, 500, 100
Found = dict[str, dict[str, Any]]

# Resolves with the milliseconds from the key press to the frame in which `frame(root)` has changed.
WATCH = """
(root, frame) => new Promise((done) => {
  const before = frame(root);
  window.addEventListener("keydown", (event) => {
    const look = (now) => {
      if (frame(root) !== before) done(now - event.timeStamp);
      else if (now - event.timeStamp > 10000) done(NaN);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { once: true, capture: true });
  window.armed = true;
})
"""
ASK = """
async (code) => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const asked = kernel.requestExecute({ code, user_expressions: { found: "found" } });
  const { content } = await asked.done;
  return content.user_expressions?.found?.data?.["text/plain"] ?? `failed: ${content.evalue}`;
}
"""
GROWTH = """
import gc, psutil
for k in range({warm}): {step}(k)
gc.collect()
before = psutil.Process().memory_info().rss
for k in range({updates}): {step}(k)
gc.collect()
found = (psutil.Process().memory_info().rss - before) / 2**20
"""


class Seat:
    """One entry in the page: its cell, its control."""

    def __init__(self, lab: Lab, entry: Entry, cell: int) -> None:
        self.lab, self.entry = lab, entry
        self.root = f"document.querySelectorAll('.jp-CodeCell')[{cell}]"
        self.box: Locator = lab.page.locator(".jp-CodeCell").nth(cell)

    def ready(self) -> Locator:
        """Wait until it is drawn; give the control back, in focus."""
        self.box.locator(self.entry.ready).first.wait_for(timeout=90_000)
        control = self.box.locator(self.entry.control).first
        control.scroll_into_view_if_needed()
        control.focus()
        return control

    def latencies(self, keys: int) -> list[float]:
        """Milliseconds of each key press, there and back again."""
        self.ready()
        found = []
        for i in range(keys + 5):
            watch = f"({WATCH})({self.root}, {self.entry.frame})"
            self.lab.page.evaluate(f"() => {{ window.armed = false; window.took = {watch}; }}")
            self.lab.page.wait_for_function("() => window.armed")
            self.lab.page.keyboard.press("ArrowRight" if i % 40 < 20 else "ArrowLeft")
            found.append(self.lab.page.evaluate("() => window.took"))
            self.lab.page.wait_for_timeout(60)
        return found[5:]  # the first ones compile

    def last_wins(self) -> bool:
        """Whether, after quick key presses, the last value is what is drawn."""
        control = self.ready()
        control.press("Home")
        self.lab.page.wait_for_timeout(1000)
        for _ in range(BURST):
            self.lab.page.keyboard.press("ArrowRight")
        self.lab.page.wait_for_timeout(2000)
        return f"Step {BURST}." in self.box.locator(".facelab-words").inner_text()

    def growth(self) -> float:
        """MB that the kernel has grown by after many updates."""
        code = GROWTH.format(step=f"{self.entry.fed}_step", warm=WARM, updates=UPDATES)
        found = float(self.lab.page.evaluate(ASK, code))
        self.lab.ready()
        return found


def measure(lab: Lab, entries: dict[str, Entry], keys: int) -> Found:
    """All entries, one after the other, in one page."""
    arrived: list[int] = []
    lab.page.on(
        "websocket", lambda ws: ws.on("framereceived", lambda data: arrived.append(len(data)))
    )
    lab.open([START, *(entry.cell for entry in entries.values())], "benchmark.ipynb")
    lab.run_all()
    found: Found = {}
    for cell, (name, entry) in enumerate(entries.items(), start=1):
        seat = Seat(lab, entry, cell)
        seat.ready()
        arrived.clear()
        found[name] = {"ms": seat.latencies(keys), "kB": sum(arrived) / (keys + 5) / 1000}
        if entry.fed and entry.bar:
            found[name] |= {"last": seat.last_wins(), "MB": seat.growth()}
    print(*lab.failures(), *lab.problems, sep="\n", end="", file=sys.stderr)
    return found


def run(browser: Browser, server: Server, entries: dict[str, Entry], keys: int) -> Found:
    """One run: a page of its own."""
    lab = Lab(browser, server)
    try:
        return measure(lab, entries, keys)
    finally:
        lab.close()


def told(entry: Entry, runs: list[dict[str, Any]]) -> str:
    """A row of the table; medians of the runs."""
    p50, p95 = np.median([np.percentile(r["ms"], [50, 95]) for r in runs], axis=0)
    bar = f"{entry.bar:.0f}" if entry.bar else ""
    row = f"{entry.title:38}{p50:8.0f}{p95:8.0f}{bar:>8}"
    if entry.fed:
        row += f"{np.median([r['kB'] for r in runs]):10.0f}"
    if "MB" in runs[0]:
        row += f"{np.median([r['MB'] for r in runs]):8.1f}"
        row += f"{sum(r['last'] for r in runs):>6}/{len(runs)}"
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=60, help="key presses a run")
    parser.add_argument("--runs", type=int, default=3, help="runs; the median is printed")
    parser.add_argument("--only", default="", help="entries whose name begins so")
    options = parser.parse_args()
    entries = {name: e for name, e in ENTRIES.items() if name.startswith(options.only)}
    path = chromium()
    if path is None or not entries:
        raise SystemExit(f"no Chromium: {HOW}" if entries else f"there are: {', '.join(ENTRIES)}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                runs = [run(browser, server, entries, options.keys) for _ in range(options.runs)]
                version = browser.version
                browser.close()
        finally:
            server.close()
    print(f"{platform.system()}, Python {platform.python_version()}, Chromium {version}")
    print(f"{options.runs} runs of {options.keys} key presses; medians of the runs")
    print(
        f"\n{'view':38}{'p50 ms':>8}{'p95 ms':>8}{'bar':>8}{'kB/key':>10}{'MB/500':>8}{'last':>8}"
    )
    for name, entry in entries.items():
        print(told(entry, [r[name] for r in runs]))


if __name__ == "__main__":
    main()
