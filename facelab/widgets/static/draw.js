// Drawing on a canvas: colors of both themes, axes, curves, marks. Nothing here knows a loss.

// Ten colors that readers who do not see all colors tell apart too: Okabe and Ito's eight, brown and
// navy, as in the figures; on dark paper the same hues, moved until they stand out from it and from
// each other. A shape goes with each.
const PEOPLE = {
  light: ["#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000", "#F0E442", "#772200", "#000088"],
  dark: ["#3E88B4", "#DE6113", "#3CCE92", "#F59A00", "#C59EE7", "#C0D9FD", "#FFFFFF", "#FFD50F", "#A65761", "#9E5CFF"],
};
const YELLOW = ["#F0E442", "#A8981A"]; // too pale for thin lines on white: there it is darkened
const THEMES = {
  light: {
    paper: "#ffffff", panel: "#ffffff", ink: "#1d2430", soft: "#566070", line: "#9aa3b0", grid: "#e7eaef",
    band: "#8a93a3", rim: "#c3c9d2", net: "#dbe0e8", glow: ["#ffffff", "#f4f6f9", "#dfe4ec"],
  },
  dark: {
    paper: "#14171c", panel: "#14171c", ink: "#eef1f5", soft: "#aeb7c4", line: "#6d7787", grid: "#2a303a",
    band: "#98a2b3", rim: "#4a5362", net: "#343b47", glow: ["#2c323c", "#242932", "#191d23"],
  },
};

export function isDark() {
  const { jpThemeLight } = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === "false";
  if (document.body.classList.contains("vscode-dark")) return true;
  if (document.body.classList.contains("vscode-light")) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function palette(dark) {
  const name = dark ? "dark" : "light";
  const people = PEOPLE[name];
  const edges = people.map((color) => (color === YELLOW[0] ? YELLOW[1] : color));
  return { ...THEMES[name], dark, people, edges, one: people[0], two: people[1] };
}

// Letters that none of these have come from a font of the language that the view is marked with.
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

export function text(ctx, words, x, y, options = {}) {
  const { color, size = 13, align = "left", base = "alphabetic", weight = 400, halo } = options;
  ctx.font = `${weight} ${size}px ${FONT}`;
  ctx.textAlign = align;
  ctx.textBaseline = base;
  if (halo) {
    ctx.strokeStyle = halo;
    ctx.lineWidth = Math.max(3, size / 4);
    ctx.lineJoin = "round";
    ctx.strokeText(words, x, y);
  }
  if (color) ctx.fillStyle = color;
  ctx.fillText(words, x, y);
  return ctx.measureText(words).width;
}

const POLYGONS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  up: [[0, -1.25], [1.2, 0.9], [-1.2, 0.9]],
  diamond: [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]],
  down: [[0, 1.25], [1.2, -0.9], [-1.2, -0.9]],
  plus: [[-0.45, -1.3], [0.45, -1.3], [0.45, -0.45], [1.3, -0.45], [1.3, 0.45], [0.45, 0.45], [0.45, 1.3], [-0.45, 1.3], [-0.45, 0.45], [-1.3, 0.45], [-1.3, -0.45], [-0.45, -0.45]],
  star: starred(5, 1.45, 0.65),
  hexagon: starred(3, 1.2, 1.2),
  cross: [[-0.65, -1.3], [0, -0.65], [0.65, -1.3], [1.3, -0.65], [0.65, 0], [1.3, 0.65], [0.65, 1.3], [0, 0.65], [-0.65, 1.3], [-1.3, 0.65], [-0.65, 0], [-1.3, -0.65]],
  burst: starred(4, 1.5, 0.6),
};
export const SHAPES = ["circle", ...Object.keys(POLYGONS)];

function starred(points, outer, inner) {
  return Array.from({ length: 2 * points }, (_, i) => {
    const [angle, r] = [(Math.PI * i) / points - Math.PI / 2, i % 2 ? inner : outer];
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
}

export function mark(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === "circle") ctx.arc(x, y, r * 1.1, 0, 2 * Math.PI);
  else POLYGONS[shape].forEach(([a, b], i) => ctx[i ? "lineTo" : "moveTo"](x + a * r, y + b * r));
  ctx.closePath();
}

// A mark filled with `color` and set off by an outline.
export function dot(ctx, shape, x, y, r, color, outline, width = 2) {
  mark(ctx, shape, x, y, r);
  ctx.fillStyle = color;
  ctx.fill();
  ctx.strokeStyle = outline;
  ctx.lineWidth = width;
  ctx.stroke();
}

// Points [[x, y], ...] as one line, broken where a number is missing.
export function curve(ctx, points, { color, width = 2.5, dash = [] } = {}) {
  ctx.beginPath();
  let drawing = false;
  for (const [x, y] of points) {
    const seen = Number.isFinite(x) && Number.isFinite(y);
    if (seen) ctx[drawing ? "lineTo" : "moveTo"](x, y);
    drawing = seen;
  }
  Object.assign(ctx, { strokeStyle: color, lineWidth: width, lineJoin: "round", lineCap: "round" });
  ctx.setLineDash(dash);
  ctx.stroke();
  ctx.setLineDash([]);
}

// Axes in a rectangle. `x` and `y` are {range, ticks, name, label}; gives back the two mappings
// and the inner rectangle.
export function axes(ctx, box, { x, y, title, size }, colors) {
  const pad = { left: size * 2.9, right: size * 1.5, top: size * 2.1, bottom: size * 2.9 };
  const inner = {
    x: box.x + pad.left, y: box.y + pad.top,
    w: box.w - pad.left - pad.right, h: box.h - pad.top - pad.bottom,
  };
  const px = (v) => inner.x + ((v - x.range[0]) / (x.range[1] - x.range[0])) * inner.w;
  const py = (v) => inner.y + inner.h - ((v - y.range[0]) / (y.range[1] - y.range[0])) * inner.h;
  ctx.lineWidth = 1;
  for (const tick of x.ticks) rule(ctx, px(tick), inner.y, px(tick), inner.y + inner.h, colors.grid);
  for (const tick of y.ticks) rule(ctx, inner.x, py(tick), inner.x + inner.w, py(tick), colors.grid);
  rule(ctx, inner.x, inner.y + inner.h, inner.x + inner.w, inner.y + inner.h, colors.line);
  rule(ctx, inner.x, inner.y, inner.x, inner.y + inner.h, colors.line);
  const small = { color: colors.soft, size: size * 0.9 };
  const floor = inner.y + inner.h;
  for (const tick of x.ticks)
    text(ctx, x.label(tick), px(tick), floor + size * 0.35, { ...small, align: "center", base: "top" });
  for (const tick of y.ticks)
    text(ctx, y.label(tick), inner.x - size * 0.4, py(tick), { ...small, align: "right", base: "middle" });
  text(ctx, x.name, inner.x + inner.w / 2, floor + size * 1.55, { ...small, align: "center", base: "top" });
  text(ctx, title, box.x + size * 0.3, box.y + size * 1.15, { color: colors.ink, size: size * 1.05, weight: 600 });
  return { px, py, inner };
}

export function rule(ctx, x1, y1, x2, y2, color, width = 1, dash = []) {
  curve(ctx, [[x1, y1], [x2, y2]], { color, width, dash });
}

// Round tick values that cover a range, about `count` of them.
export function ticks([low, high], count = 4) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((k) => k >= raw * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

// The number of a tick; whole where the step is.
export const numeral = (tick) => String(Number(tick.toPrecision(6)));
