"""The playground in real JupyterLab: how quick it is, how still when nobody looks, what it keeps.

    python benchmarks/playground.py                # all of it, about fifteen minutes
    python benchmarks/playground.py rates apart    # some of it

Ten people of the ORL set on the sphere, network, browser and kernel on the same machine. Rates and
latencies are medians of three runs.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from jupyter_client import BlockingKernelClient
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from facelab.losses import LOSSES
from facelab.losses._cosine import CosineLoss
from tests.browser.driving import FLAGS, HOW, Lab, Server, chromium

CELL = """import facelab
play = facelab.Playground(loss='{loss}', dim={dim}, seed={seed}, speed=0)
play"""
CANVAS = "document.querySelector('.facelab-playground canvas')"
COUNTS = f"() => [+{CANVAS}.dataset.shown, +{CANVAS}.dataset.frames, performance.now()]"

# Resolves with the milliseconds from the next key press to the frame in which `marker` holds the
# slider's new margin.
WATCH = """
(marker) => new Promise((done) => {
  const canvas = document.querySelector(".facelab-playground canvas");
  const margin = () => JSON.parse(canvas.dataset[marker])[1].margin;
  window.addEventListener("keydown", (event) => {
    const before = margin();
    const look = (now) => {
      if (margin() !== before) done(now - event.timeStamp);
      else if (now - event.timeStamp > 3000) done(NaN);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { once: true, capture: true });
})
"""

# A loss that is chosen keeps what it shares with the one before; here each has what suits it.
TEACHING = """from facelab.widgets._curves import default
specs = play.losses[play.loss]["settings"]
words = {name: default(spec) for name, spec in specs.items()}
for name, spec in specs.items(): setattr(play, name, default(spec, words))
"""

# Presses play and resolves with the milliseconds until ten people are apart.
APART = """
() => new Promise((done) => {
  const canvas = document.querySelector(".facelab-playground canvas");
  const start = performance.now();
  const look = (now) => {
    const { trained, angle } = JSON.parse(canvas.dataset.numbers);
    if (trained >= 0.99 && angle < Math.PI / 12) done(now - start);
    else if (now - start > 5000) done(NaN);
    else requestAnimationFrame(look);
  };
  document.querySelector(".facelab-play").click();
  requestAnimationFrame(look);
})
"""


class Stage:
    """A notebook with a playground, ready."""

    def __init__(self, browser: Any, server: Server, *cells: str) -> None:
        self.lab = Lab(browser, server)
        self.lab.open(list(cells), f"bench-{time.monotonic_ns()}.ipynb")
        self.lab.run_all(views=len(cells))
        self.page = self.lab.page
        self.page.wait_for_selector("canvas[data-frames]")

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.close()

    def play(self) -> None:
        self.page.get_by_role("button", name="play", exact=True).first.click()

    def ask(self, code: str) -> Any:
        """The value of an expression in the kernel, as JSON."""
        answer = self.page.evaluate(
            """async code => {
            const { session } = jupyterapp.shell.currentWidget.sessionContext;
            const future = session.kernel.requestExecute({ code, user_expressions: { it: code } });
            return (await future.done).content.user_expressions.it.data["text/plain"]; }""",
            code,
        )
        return json.loads(answer.strip("'"))

    def kernel(self) -> psutil.Process:
        return psutil.Process(int(self.ask("__import__('os').getpid()")))


def rates(start: Callable[..., Stage]) -> dict[str, float]:
    """Redraws, new pictures and steps a second at full speed; answers to a slider and a cell."""
    with start(CELL.format(loss="arcface", dim=3, seed=0)) as stage:
        stage.page.get_by_label("turn slowly").evaluate("node => node.click()")
        stage.play()
        stage.page.wait_for_timeout(300)
        found = {}
        first, steps = stage.page.evaluate(COUNTS), stage.ask("play._trainer._bench.done")
        stage.page.wait_for_timeout(3000)
        last, more = stage.page.evaluate(COUNTS), stage.ask("play._trainer._bench.done")
        seconds = (last[2] - first[2]) / 1000
        found["redraws a second"] = (last[0] - first[0]) / seconds
        found["new pictures a second"] = (last[1] - first[1]) / seconds
        found["steps a second"] = (more - steps) / seconds
        for marker, name in (("asked", "slider to cap, p95 ms"), ("answered", "to answer, p95 ms")):
            found[name] = float(np.percentile(presses(stage, marker, 40), 95))
        found["another cell, median ms"] = float(np.median([other_cell(stage) for _ in range(10)]))
        assert stage.lab.problems == []
        return found


def presses(stage: Stage, marker: str, keys: int) -> list[float]:
    """Milliseconds from key presses on the margin to what follows."""
    slider = stage.page.locator("[data-name=margin] .facelab-slider:visible")
    found = []
    for i in range(keys):
        stage.page.evaluate(f"() => {{ window.took = ({WATCH})('{marker}'); }}")
        slider.focus()
        stage.page.keyboard.press("ArrowRight" if i % 20 < 10 else "ArrowLeft")
        found.append(stage.page.evaluate("() => window.took"))
        stage.page.wait_for_timeout(40)
    return found


def other_cell(stage: Stage) -> float:
    start = time.perf_counter()
    stage.ask("1+1")
    return 1000 * (time.perf_counter() - start)


def another_client(stage: Stage) -> Callable[[], float]:
    """A second client of the kernel, outside of the page; how long a cell of it waits."""
    path = stage.ask("__import__('json').dumps(__import__('ipykernel').get_connection_file())")
    client = BlockingKernelClient(connection_file=path)
    client.load_connection_file()
    client.start_channels()

    def wait() -> float:
        start = time.perf_counter()
        client.execute_interactive("1+1", timeout=60, output_hook=lambda message: None)
        return 1000 * (time.perf_counter() - start)

    return wait


def apart(start: Callable[..., Stage]) -> dict[str, float]:
    """Milliseconds from play at full speed until ten people are apart, slowest of three seeds."""
    found: dict[str, float] = {}
    cosine = [key for key, cls in LOSSES.items() if issubclass(cls, CosineLoss)]
    with start(CELL.format(loss="arcface", dim=3, seed=0)) as stage:
        for dim in (3, 2):
            for loss in cosine:
                took = [settle(stage, loss, dim, seed) for seed in range(3)]
                found[f"{dim}-D {loss}"] = max(took) if np.isfinite(took).all() else float("nan")
        assert stage.lab.problems == []
    return found


def settle(stage: Stage, loss: str, dim: int, seed: int) -> float:
    """Milliseconds from play until all are apart, from a new network."""
    stage.lab.execute(f"play.pause(); play.loss = {loss!r}; play.dim = {dim}; play.seed = {seed}")
    stage.lab.execute(TEACHING)
    stage.lab.execute("play._tell(reset=True)")
    stage.page.wait_for_timeout(250)
    took = float(stage.page.evaluate(APART))
    stage.lab.execute("play.pause()")
    stage.page.wait_for_timeout(100)
    return took


def parked(start: Callable[..., Stage]) -> dict[str, float]:
    """Share of a core that the kernel takes while playing, and from 3 s after its tab is closed."""
    with start(CELL.format(loss="arcface", dim=3, seed=0)) as stage:
        stage.lab.execute("play.augment = True")  # so that it does not come to rest by itself
        stage.play()
        kernel = stage.kernel()
        kernel.cpu_percent()
        busy = kernel.cpu_percent(2) / 100
        stage.page.goto("about:blank")
        time.sleep(3)
        kernel.cpu_percent()
        return {"playing, cores": busy, "3 s after closing, cores": kernel.cpu_percent(2) / 100}


def reruns(start: Callable[..., Stage]) -> dict[str, float]:
    """Threads that train and megabytes more after 50 runs of the cell, playing each time."""
    count = "sum('facelab' in t.name for t in __import__('threading').enumerate())"
    with start(CELL.format(loss="arcface", dim=3, seed=0)) as stage:
        again = "notebook:run-all-cells"
        grown = []
        for run in range(53):
            if run == 3:  # the first ones warm up
                grown.append(stage.kernel().memory_info().rss)
            stage.lab.do(again)
            stage.lab.ready()
            stage.page.wait_for_selector("canvas[data-frames]")
            stage.play()
            stage.page.wait_for_timeout(300)
        stage.page.wait_for_timeout(1000)
        grown.append(stage.kernel().memory_info().rss)
        more = (grown[1] - grown[0]) / 2**20
        return {"threads": stage.ask(count), "MB more after 50 runs": more}


def wild(start: Callable[..., Stage]) -> dict[str, float]:
    """A minute of sliders and losses thrown about while it plays: what went wrong."""
    with start(CELL.format(loss="arcface", dim=3, seed=0)) as stage:
        stage.play()
        stage.page.get_by_role("button", name="more", exact=True).click()
        moved = stage.page.evaluate(WILD, 60_000)
        stage.page.wait_for_timeout(1500)
        said = stage.page.locator(".facelab-error").inner_text()
        assert said == "", said
        assert stage.lab.problems == []
        numbers = json.loads(
            stage.page.locator(".facelab-playground canvas").get_attribute("data-numbers") or "{}"
        )
        seen = {name: value for name, value in numbers.items() if name != "loss"}
        assert all(value is not None for value in seen.values()), numbers  # no loss before a step
        return {"changes": moved, "errors": 0, "trained share after": numbers["trained"]}


WILD = """
(milliseconds) => new Promise((done) => {
  let [state, moved] = [7, 0];
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const pick = (list) => list[Math.floor(random() * list.length)];
  const visible = (node) => node.getClientRects().length > 0;
  const end = performance.now() + milliseconds;
  const move = () => {
    const root = document.querySelector(".facelab-playground");
    const all = (selector) => [...root.querySelectorAll(selector)].filter(visible);
    const node = pick(all(random() < 0.8 ? ".facelab-slider" : "select, input[type=checkbox]"));
    if (node.type === "range") {
      node.value = Math.round(random() * node.max);
      node.dispatchEvent(new Event("input"));
    } else if (node.type === "checkbox") node.click();
    else {
      node.selectedIndex = Math.floor(random() * node.options.length);
      node.dispatchEvent(new Event("change"));
    }
    moved += 1;
    if (performance.now() > end) done(moved);
    else setTimeout(move, 50);
  };
  move();
})
"""


def three(start: Callable[..., Stage]) -> dict[str, float]:
    """Milliseconds until a cell is answered while three play, from their page and from outside."""
    made = [CELL.format(loss=loss, dim=3, seed=0) for loss in ("arcface", "sphereface2", "mml")]
    cells = [cell.replace("play =", f"play{i} =") for i, cell in enumerate(made)]
    cells = [cell.removesuffix("play") + f"play{i}" for i, cell in enumerate(cells)]
    with start(*cells) as stage:
        stage.lab.execute("\n".join(f"play{i}.augment = True; play{i}.play()" for i in range(3)))
        ways = {"page": partial(other_cell, stage), "client": another_client(stage)}
        took: dict[str, list[float]] = {name: [] for name in ways}
        end = time.monotonic() + 120
        while time.monotonic() < end:
            for name, ask in ways.items():
                took[name].append(ask())
                stage.page.wait_for_timeout(250)
        return {
            f"{name}, {what}": float(np.percentile(times, share))
            for name, times in took.items()
            for what, share in (("median", 50), ("p95", 95), ("worst", 100))
        }


PARTS: dict[str, tuple[Callable[..., dict[str, float]], int]] = {  # what, how often
    "rates": (rates, 3),
    "apart": (apart, 1),
    "parked": (parked, 1),
    "reruns": (reruns, 1),
    "wild": (wild, 1),
    "three": (three, 1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="what to measure; all if none"
    )
    options = parser.parse_args()
    path = chromium()
    if path is None:
        raise SystemExit(f"no Chromium: {HOW}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                print(f"Python {platform.python_version()}, Chromium {browser.version}")
                for name in options.parts or PARTS:
                    measure, times = PARTS[name]
                    start = partial(Stage, browser, server)
                    runs = [measure(start) for _ in range(times)]
                    print(f"\n{name}: {(measure.__doc__ or '').splitlines()[0]}")
                    for key in runs[0]:
                        print(
                            f"  {key:32}{np.median([run[key] for run in runs]):10.4g}", flush=True
                        )
                browser.close()
        finally:
            server.close()


if __name__ == "__main__":
    main()
