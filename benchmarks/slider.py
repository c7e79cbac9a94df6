"""Key press to drawn frame, in real JupyterLab: margin dials beside the same figure in plotly.

    python benchmarks/slider.py            # three runs of 60 key presses each, a table
    python benchmarks/slider.py --keys 20 --runs 1

A dial computes and draws in the browser: ArcFace, and the losses with most to draw (two curves, a
random band, two caps). Their twin is a plotly FigureWidget with ArcFace's five panels, driven by an
ipywidgets slider in the kernel. Measured from the key press to the frame in which the drawing has
changed, all in the same page of the same run.
"""

import argparse
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.driving import FLAGS, HOW, Lab, Server, chromium

DIALS = {
    "ArcFace": 'loss="arcface"',
    "SV-Softmax": 'loss="sv_softmax", base="arcface"',
    "ElasticFace": 'loss="elasticface"',
    "SphereFace2": 'loss="sphereface2"',
}

PLOTLY = """
import numpy as np, ipywidgets, plotly.graph_objects as go
from plotly.subplots import make_subplots
T = np.linspace(0, np.pi, 181)
BETWEEN, S = np.pi / 2, 16
fig = go.FigureWidget(make_subplots(rows=2, cols=3))
for row, col in [(1, 1), (1, 1), (1, 2), (1, 2), (1, 3), (2, 1), (2, 2)]:
    fig.add_scatter(x=T, y=T, mode="lines", row=row, col=col)
fig.update_layout(width=900, height=480, showlegend=False)
slider = ipywidgets.FloatSlider(value=0.3, min=0, max=1.5, step=0.01)

def redraw(change=None):
    m = slider.value
    psi = np.where(T < np.pi - m, np.cos(T + m), np.cos(T) - m * np.sin(m))
    other = np.cos(np.abs(BETWEEN - T))
    p = 1 / (1 + np.exp(S * (other - psi)))
    own, far = np.linspace(-1, (BETWEEN - m) / 2, 181), np.linspace((BETWEEN + m) / 2, 3, 181)
    with fig.batch_update():
        for trace, phi in zip(fig.data[:2], (own, far)):
            trace.x, trace.y = np.cos(phi), np.sin(phi)
        fig.data[2].y, fig.data[3].y = S * psi, S * np.cos(T)
        fig.data[4].y = np.where(T + m <= np.pi, T + m, np.nan)
        fig.data[5].y, fig.data[6].y = p, np.abs(np.gradient(-np.log(p + 1e-300), T))

slider.observe(redraw, "value")
redraw()
ipywidgets.VBox([slider, fig])
"""

# Resolves with the milliseconds from the key press to the frame in which `state()` has changed.
WATCH = """
([dial]) => new Promise((done) => {
  const state = dial >= 0
    ? () => document.querySelectorAll(".facelab-dial canvas")[dial].dataset.shown
    : () => [...document.querySelectorAll(".js-plotly-plot .js-line")]
        .map((line) => line.getAttribute("d")).join();
  const before = state();
  window.addEventListener("keydown", (event) => {
    const look = (now) => {
      if (state() !== before) done(now - event.timeStamp);
      else if (now - event.timeStamp > 5000) done(NaN);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { once: true, capture: true });
  window.armed = true;
})
"""


def measure(lab: Lab, dial: int, keys: int) -> list[float]:
    """Milliseconds of each key press on the margin of a dial, or of plotly's slider (dial -1)."""
    dials = lab.page.locator(".facelab-dial [data-name=margin] .facelab-slider:visible")
    slider = dials.nth(dial) if dial >= 0 else lab.page.locator(".jupyter-widgets .noUi-handle")
    slider.scroll_into_view_if_needed()
    slider.focus()
    found = []
    for i in range(keys + 5):
        lab.page.evaluate(f"() => {{ window.armed = false; window.took = ({WATCH})([{dial}]); }}")
        lab.page.wait_for_function("() => window.armed")
        lab.page.keyboard.press("ArrowRight" if i % 40 < 20 else "ArrowLeft")
        found.append(lab.page.evaluate("() => window.took"))
        lab.page.wait_for_timeout(60)
    return found[5:]  # the first ones compile


def run(browser: object, server: Server, keys: int) -> dict[str, list[float]]:
    """One page with all, measured one after the other."""
    cells = [f"import facelab\nfacelab.MarginDial({chosen}, scale=16)" for chosen in DIALS.values()]
    lab = Lab(browser, server)  # type: ignore[arg-type]
    try:
        lab.open([*cells, PLOTLY], "benchmark.ipynb")
        lab.run_all(views=len(DIALS))
        lab.page.wait_for_selector(".js-plotly-plot .js-line", timeout=90_000)
        found = {f"dial, {title}": measure(lab, i, keys) for i, title in enumerate(DIALS)}
        return found | {"plotly FigureWidget, ArcFace": measure(lab, -1, keys)}
    finally:
        lab.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=60, help="key presses a run")
    parser.add_argument("--runs", type=int, default=3, help="runs; the median is printed")
    options = parser.parse_args()
    path = chromium()
    if path is None:
        raise SystemExit(f"no Chromium: {HOW}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                runs = [run(browser, server, options.keys) for _ in range(options.runs)]
                version = browser.version
                browser.close()
        finally:
            server.close()
    print(f"{platform.system()}, Python {platform.python_version()}, Chromium {version}")
    print(f"{options.runs} runs of {options.keys} key presses; medians of the runs, ms\n")
    print(f"{'view':32}{'p50':>8}{'p95':>8}")
    for name in runs[0]:
        p50, p95 = np.median([np.percentile(r[name], [50, 95]) for r in runs], axis=0)
        print(f"{name:32}{p50:8.0f}{p95:8.0f}")


if __name__ == "__main__":
    main()
