// Four curves beside the ball: the loss, the angle to the own center, the two closest centers, and
// verification on held-out images.

import { axes, curve, dot, numeral, rule, text, ticks } from "./draw.js";
import { SCALARS } from "./live.js";
import { degrees } from "./view.js";

const column = (name) => 1 + SCALARS.indexOf(name);
const whole = (v) => String(Math.round(v));

// What is drawn: where it stands in a row, what it is called, its range and its ticks.
const CHARTS = [
  { name: "loss", key: "playground.chart_loss", color: "ink", show: (v) => v.toPrecision(2) },
  { name: "angle", key: "playground.chart_angle", color: "one", top: Math.PI / 2, show: (v) => degrees(v) },
  { name: "gap", key: "playground.chart_gap", color: "two", top: Math.PI / 2, show: (v) => degrees(v) },
  { name: "auc", key: "playground.chart_auc", color: "ink", low: 0.5, top: 1, show: (v) => v.toFixed(2) },
];

function range({ name, low = 0, top }, history) {
  const values = history.map((row) => row[column(name)]).filter(Number.isFinite);
  const most = values.length ? Math.max(...values) : 1;
  if (top === undefined) return [low, most > 0 ? 1.05 * most : 1];
  return [low, name === "auc" ? top : Math.min(Math.PI, Math.max(top / 3, 1.1 * most))];
}

const inDegrees = ([low, high]) => ticks([(low * 180) / Math.PI, (high * 180) / Math.PI], 3).map((v) => (v * Math.PI) / 180);

// One chart in its box; `changes` are the steps at which something was chosen.
function chart({ ctx, colors, size }, box, say, about, history, changes) {
  const last = history.at(-1);
  const ends = [history[0]?.[0] ?? 0, Math.max(10, last?.[0] ?? 10)];
  const bounds = range(about, history);
  const angles = about.name === "angle" || about.name === "gap";
  const y = { range: bounds, ticks: angles ? inDegrees(bounds) : ticks(bounds, 3), label: angles ? (v) => degrees(v) : numeral };
  const x = { range: ends, ticks: ticks(ends, 3), label: whole, name: say("playground.steps") };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say(about.key), size }, colors);
  for (const step of changes)
    if (step >= ends[0]) rule(ctx, px(step), inner.y, px(step), inner.y + inner.h, colors.band, 1, [2, 4]);
  const points = history.map((row) => [px(row[0]), row[column(about.name)] === null ? NaN : py(row[column(about.name)])]);
  curve(ctx, points, { color: colors[about.color], width: 2.5 });
  const now = last?.[column(about.name)];
  if (!Number.isFinite(now)) return;
  dot(ctx, "circle", px(last[0]), py(now), size * 0.36, colors[about.color], colors.paper);
  const corner = { color: colors[about.color], size: size * 1.05, weight: 650, align: "right" };
  text(ctx, about.show(now), inner.x + inner.w, box.y + size * 1.15, corner);
}

// The charts on a canvas of their own, drawn again only when there is something new.
export function charts() {
  const canvas = document.createElement("canvas");
  let drawn = "";
  return (room, box, say, history, changes, version) => {
    const ratio = window.devicePixelRatio || 1;
    const key = [version, box.w, box.h, room.size, room.colors.dark, ratio, changes.length].join();
    if (key !== drawn) {
      drawn = key;
      Object.assign(canvas, { width: Math.round(box.w * ratio), height: Math.round(box.h * ratio) });
      const ctx = canvas.getContext("2d");
      ctx.scale(ratio, ratio);
      const [w, h] = [box.w / 2, box.h / 2];
      CHARTS.forEach((about, i) => {
        const place = { x: (i % 2) * w, y: Math.floor(i / 2) * h, w, h };
        chart({ ...room, ctx, size: room.size * 0.92 }, place, say, about, history, changes);
      });
    }
    room.ctx.drawImage(canvas, box.x, box.y, box.w, box.h);
  };
}
