"""What `views.py` measures: each entry a notebook cell, a control, and how to see a new frame.

To measure another view add an entry. The cell of one that is fed by the kernel defines
`NAME_step(k)`, which draws step k; it shows an ipywidgets slider that calls it.
"""

from dataclasses import dataclass

# JavaScript: from the output of a cell to something that changes with every frame that is drawn.
FACELAB = "root => root.querySelector('canvas[data-shown]').dataset.shown"
PLOTLY = """root => {
  const graph = root.querySelector(".js-plotly-plot");
  if (!graph.frames) graph.on("plotly_afterplot", () => (graph.frames += 1));
  return (graph.frames ||= 1);
}"""
# In 3-D the graph says that it was plotted before it is drawn: what counts is the drawing after.
PLOTLY_GL = """root => {
  const graph = root.querySelector(".js-plotly-plot");
  if (graph.frames) return graph.frames;
  let plotted = false;
  graph.on("plotly_afterplot", () => (plotted = true));
  for (const Context of [WebGLRenderingContext, WebGL2RenderingContext])
    for (const name of ["drawArrays", "drawElements"]) {
      const draw = Context.prototype[name];
      Context.prototype[name] = function (...what) {
        if (plotted && graph.contains(this.canvas)) {
          plotted = false;
          graph.frames += 1;
        }
        return draw.apply(this, what);
      };
    }
  return (graph.frames = 1);
}"""
IPYMPL = """root => {
  if (!window.frames_of) {
    window.frames_of = new WeakMap();
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (...what) {
      const box = this.canvas.closest(".jp-CodeCell");
      if (box) window.frames_of.set(box, (window.frames_of.get(box) ?? 0) + 1);
      return draw.apply(this, what);
    };
  }
  return window.frames_of.get(root) ?? 0;
}"""
SLIDER = ".facelab [data-name=margin] .facelab-slider:visible"
HANDLE = ".noUi-handle"


@dataclass(frozen=True)
class Entry:
    """A view to measure.

    Attributes:
        title: its row in the table.
        cell: the notebook cell that shows it.
        control: selector of what the keys are pressed on.
        frame: one of the above.
        ready: selector of what is there once it is drawn.
        bar: the p95 that is promised, milliseconds; None for those it is compared with.
        fed: name of the step function of a view that the kernel feeds; "" if none takes part.
    """

    title: str
    cell: str
    control: str
    frame: str
    ready: str
    bar: float | None = None
    fed: str = ""


START = """
import functools, numpy as np, ipywidgets, plotly.graph_objects as go, facelab
rng = np.random.default_rng(0)
labels = np.repeat(np.arange(10), 200)
centers = facelab.geometry.fibonacci_sphere(10)
scatter = 0.25 * rng.normal(size=(2000, 3))

def turned(k):
    turn = facelab.geometry.rotation([0.2, 1, 0], 0.02 * k).T
    points = centers[labels] @ turn + scatter
    return points / np.linalg.norm(points, axis=1, keepdims=True), centers @ turn

def under(step, view):
    slider = ipywidgets.IntSlider(min=0, max=1000)
    slider.observe(lambda change: step(change.new), "value")
    return ipywidgets.VBox([slider, view])
"""

SPHERE = """
sphere = facelab.Sphere(turned(0)[0], labels, turned(0)[1])

def sphere_step(k):
    points, rows = turned(k)
    sphere.update(points, rows, step=k)

under(sphere_step, sphere)
"""

PLOTLY_3D = """
look = dict(width=900, height=520, showlegend=False)
cloud = go.FigureWidget(layout=look)
for person in range(10):
    cloud.add_scatter3d(mode="markers", marker_size=3)
cloud.add_scatter3d(mode="markers", marker_size=9)

def cloud_step(k):
    points, rows = turned(k)
    with cloud.batch_update():
        for trace, part in zip(cloud.data, [*(points[labels == p] for p in range(10)), rows]):
            trace.x, trace.y, trace.z = part.T

cloud_step(0)
under(cloud_step, cloud)
"""

IPYMPL_3D = """
%matplotlib widget
import matplotlib.pyplot as plt
with plt.ioff():
    drawing, ax = plt.subplots(figsize=(9, 5.2), subplot_kw={"projection": "3d"})
dots = [ax.scatter([0, 1], [0, 1], [0, 1], s=6) for _ in range(10)]
rings = ax.scatter([0, 1], [0, 1], [0, 1], s=90)

def drawing_step(k):
    points, rows = turned(k)
    for dot, part in zip([*dots, rings], [*(points[labels == p] for p in range(10)), rows]):
        dot._offsets3d = tuple(part.T)
    drawing.canvas.draw_idle()

drawing_step(0)
under(drawing_step, drawing.canvas)
"""

PLOTLY_DIAL = """
from plotly.subplots import make_subplots
T = np.linspace(0, np.pi, 181)
BETWEEN, S = np.pi / 2, 16
panels = go.FigureWidget(make_subplots(rows=2, cols=3))
for row, col in [(1, 1), (1, 1), (1, 2), (1, 2), (1, 3), (2, 1), (2, 2)]:
    panels.add_scatter(x=T, y=T, mode="lines", row=row, col=col)
panels.update_layout(width=900, height=480, showlegend=False)

def panels_step(k):
    m = k / 100
    psi = np.where(T < np.pi - m, np.cos(T + m), np.cos(T) - m * np.sin(m))
    other = np.cos(np.abs(BETWEEN - T))
    p = 1 / (1 + np.exp(S * (other - psi)))
    own, far = np.linspace(-1, (BETWEEN - m) / 2, 181), np.linspace((BETWEEN + m) / 2, 3, 181)
    with panels.batch_update():
        for trace, phi in zip(panels.data[:2], (own, far)):
            trace.x, trace.y = np.cos(phi), np.sin(phi)
        panels.data[2].y, panels.data[3].y = S * psi, S * np.cos(T)
        panels.data[4].y = np.where(T + m <= np.pi, T + m, np.nan)
        panels.data[5].y, panels.data[6].y = p, np.abs(np.gradient(-np.log(p + 1e-300), T))

panels_step(30)
under(panels_step, panels)
"""

DIALS = {
    "ArcFace": 'loss="arcface"',
    "SV-Softmax": 'loss="sv_softmax", base="arcface"',
    "ElasticFace": 'loss="elasticface"',
    "SphereFace2": 'loss="sphereface2"',
}
DRAWN, GRAPH = "canvas[data-shown]", ".js-plotly-plot .main-svg"

ENTRIES = {
    **{
        f"dial {title}": Entry(
            f"dial, {title}", f"facelab.MarginDial({said}, scale=16)", SLIDER, FACELAB, DRAWN, 40
        )
        for title, said in DIALS.items()
    },
    "dial plotly": Entry(
        "plotly FigureWidget, ArcFace's panels", PLOTLY_DIAL, HANDLE, PLOTLY, GRAPH, fed="panels"
    ),
    "sphere margin": Entry(
        "sphere, 2,000 points, margin",
        "facelab.Sphere(turned(0)[0], labels, turned(0)[1])",
        *(SLIDER, FACELAB, DRAWN, 40),
    ),
    "sphere": Entry(
        "sphere, 2,000 points from the kernel", SPHERE, HANDLE, FACELAB, DRAWN, 80, "sphere"
    ),
    "sphere ipympl": Entry(
        "ipympl, the same in 3-D",
        IPYMPL_3D,
        HANDLE,
        IPYMPL,
        ".jupyter-matplotlib canvas",
        None,
        "drawing",
    ),
    "sphere plotly": Entry(
        "plotly FigureWidget, the same in 3-D",
        PLOTLY_3D,
        HANDLE,
        PLOTLY_GL,
        ".js-plotly-plot",
        None,
        "cloud",
    ),
}
