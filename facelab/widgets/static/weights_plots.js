// Beside the gallery: weight against angle, and what makes the loss weigh as it does.

import { look } from "./crowd.js";
import { CURVES, lengthMargin } from "./curves.js";
import { axes, curve, dot, mark, rule, text, ticks } from "./draw.js";
import { degrees } from "./view.js";
import { lengthsOf, qualityOf } from "./weighing.js";

const { PI, max, min, round } = Math;
const BINS = 20;
const short = (value) => String(Number(value.toFixed(2)));

// An axis of angles that holds all of these, and ticks at round degrees.
function angleAxis(values, name, least = 0.1) {
  const [first, last] = [max(0, min(...values)), min(PI, max(...values))];
  const air = max(least - (last - first), 0.08 * (last - first)) / 2;
  const range = [max(0, first - air), min(PI, last + air)];
  const wide = ((range[1] - range[0]) * 180) / PI;
  const step = (([2, 5, 10, 15, 30].find((d) => wide / d <= 6) ?? 45) * PI) / 180;
  const from = Math.ceil(range[0] / step - 1e-9);
  const count = Math.floor(range[1] / step + 1e-9) - from + 1;
  return { range, ticks: Array.from({ length: count }, (_, k) => (from + k) * step), label: (t) => degrees(t), name };
}

function spot({ ctx, colors, size }, now, i, x, y) {
  const { color, edge, shape } = look(colors, now.labels[i]);
  ctx.globalAlpha = now.person < 0 || now.labels[i] === now.person ? 1 : 0.15;
  dot(ctx, shape, x, y, size * 0.27, color, edge === color ? colors.paper : edge, 0.8);
  ctx.globalAlpha = 1;
}

// What the reader points at, on top of all.
function ring({ ctx, colors, size }, x, y) {
  mark(ctx, "circle", x, y, size * 0.5);
  Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: 2 });
  ctx.stroke();
}

// All faces as marks at place(i), [x, y]; gives it back, for pointing.
function spots(room, now, place) {
  for (let i = 0; i < now.count; i++) if (now.labels[i] !== now.person) spot(room, now, i, ...place(i));
  for (let i = 0; i < now.count; i++) if (now.labels[i] === now.person) spot(room, now, i, ...place(i));
  if (now.at >= 0) ring(room, ...place(now.at));
  return place;
}

function scatter(room, box, say, now) {
  const { ctx, colors, size } = room;
  const tall = 1.08 * max(1, ...[...now.parts, ...(now.compare ? now.plain : [])].map((part) => part * now.count));
  const y = { range: [-0.05 * tall, tall], ticks: ticks([0, tall]), label: short };
  const { px, py, inner } = axes(ctx, box, { x: angleAxis(now.theta, say("weights.theta_axis")), y, title: say("weights.weight_plot"), size }, colors);
  rule(ctx, inner.x, py(1), inner.x + inner.w, py(1), colors.soft, 1, [3, 4]);
  if (now.compare) {
    Object.assign(ctx, { strokeStyle: colors.band, lineWidth: 1.2 });
    for (let i = 0; i < now.count; i++) {
      mark(ctx, "circle", px(now.theta[i]), py(now.plain[i] * now.count), size * 0.2);
      ctx.stroke();
    }
    const words = text(ctx, say("weights.plain", { s: short(now.s) }), inner.x + inner.w, box.y + size * 1.15, { color: colors.soft, size: size * 0.9, align: "right" });
    mark(ctx, "circle", inner.x + inner.w - words - size * 0.6, box.y + size * 0.85, size * 0.25);
    ctx.stroke();
  }
  return spots(room, now, (i) => [px(now.theta[i]), py(now.parts[i] * now.count)]);
}

// Share of the pull that the first faces carry.
function summed(parts) {
  let sum = 0;
  return [0, ...[...parts].sort((a, b) => b - a).map((part) => (sum += part))];
}

function lorenz(room, box, say, now) {
  const { ctx, colors, size } = room;
  const percent = (v) => `${round(100 * v)} %`;
  const all = { range: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], label: percent };
  const { px, py } = axes(ctx, box, { x: { ...all, name: say("weights.share_axis") }, y: all, title: say("weights.share_plot"), size }, colors);
  const line = (parts, style) => curve(ctx, summed(parts).map((sum, k) => [px(k / now.count), py(sum)]), style);
  if (now.compare) line(now.plain, { color: colors.soft, width: 2, dash: [6, 5] });
  line(now.parts, { color: colors.one, width: 3 });
  const at = now.half / now.count;
  rule(ctx, px(0), py(0.5), px(at), py(0.5), colors.two, 1.5, [4, 4]);
  rule(ctx, px(at), py(0), px(at), py(0.5), colors.two, 1.5, [4, 4]);
  dot(ctx, "circle", px(at), py(0.5), size * 0.36, colors.two, colors.paper);
}

// F-Softmax: what is left of the loss of a face that is certain.
function focal(room, box, say, now) {
  const { ctx, colors, size } = room;
  const all = { range: [0, 1], ticks: [0, 0.5, 1], label: short };
  const { px, py } = axes(ctx, box, { x: { ...all, name: say("weights.p_axis") }, y: all, title: say("weights.focal_plot"), size }, colors);
  const factor = (p) => (1 - p) ** now.v.gamma;
  curve(ctx, Array.from({ length: 101 }, (_, k) => [px(k / 100), py(factor(k / 100))]), { color: colors.one, width: 2.5 });
  return spots(room, now, (i) => [px(now.found.p[i]), py(factor(now.found.p[i]))]);
}

// The margins of a loss that looks at lengths, at a length: [{key, at, dash}].
export function margins({ loss, v, lengths }) {
  if (loss === "magface") return [{ key: "", at: (a) => lengthMargin({ ...v, embedding_length: a }), dash: [] }];
  const spread = lengthsOf(lengths);
  return [
    { key: "weights.cosine_margin", at: (a) => v.margin * (1 + qualityOf(spread, a, v)), dash: [] },
    { key: "weights.angle_margin", at: (a) => -v.margin * qualityOf(spread, a, v), dash: [6, 5] },
  ];
}

function byLength(room, box, say, now) {
  const { ctx, colors, size } = room;
  const [low, high] = [0.95 * min(...now.lengths), 1.05 * max(...now.lengths)];
  const lines = margins(now);
  const steps = Array.from({ length: 81 }, (_, k) => low + ((high - low) * k) / 80);
  const seen = lines.flatMap(({ at }) => steps.map(at));
  const [bottom, top] = [min(0, ...seen) * 1.7, max(0.1, ...seen) * 1.35];
  const x = { range: [low, high], ticks: ticks([low, high]), label: short, name: say("weights.length_axis") };
  const y = { range: [bottom, top], ticks: ticks([bottom, top], 3), label: short };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say(now.loss === "magface" ? "weights.radians_plot" : "weights.margin_plot"), size }, colors);
  const bins = Array(BINS).fill(0);
  for (const a of now.lengths) bins[min(BINS - 1, Math.floor(((a - low) / (high - low)) * BINS))] += 1;
  ctx.fillStyle = colors.grid;
  bins.forEach((n, k) => {
    const tall = (0.5 * inner.h * n) / max(...bins);
    ctx.fillRect(inner.x + (inner.w * k) / BINS + 1, inner.y + inner.h - tall, inner.w / BINS - 2, tall);
  });
  lines.forEach(({ key, at, dash }, n) => {
    curve(ctx, steps.map((a) => [px(a), py(at(a))]), { color: n ? colors.two : colors.one, width: 2.5, dash });
    if (!key) return;
    text(ctx, say(key), px(high) - 2, py(at(high)) + size * (n ? 1.1 : -0.6), { color: colors.ink, size: size * 0.85, align: "right", halo: colors.paper });
  });
  return spots(room, now, (i) => [px(now.lengths[i]), py(lines[0].at(now.lengths[i]))]);
}

// ElasticFace: who got which draw.
function draws(room, box, say, now) {
  const { ctx, colors, size } = room;
  const drawn = now.found.each.map(({ margin }) => margin);
  const rank = [];
  [...now.theta.keys()].sort((a, b) => now.theta[a] - now.theta[b]).forEach((i, k) => (rank[i] = k + 1));
  const reach = 1.1 * max(0.05, ...drawn.map((m) => Math.abs(m - now.v.margin)));
  const range = [now.v.margin - reach, now.v.margin + reach];
  const x = { range: [0, now.count + 1], ticks: ticks([0, now.count + 1]).map(round), label: String, name: say("weights.rank_axis") };
  const y = { range, ticks: ticks(range, 3), label: short };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say("weights.draws_plot"), size }, colors);
  rule(ctx, inner.x, py(now.v.margin), inner.x + inner.w, py(now.v.margin), colors.one, 2, [6, 5]);
  return spots(room, now, (i) => [px(rank[i]), py(drawn[i])]);
}

// SV, MV, CurricularFace: own angle against that to the nearest other center; where it beats psi.
function beaten(room, box, say, now) {
  const { ctx, colors, size } = room;
  const { beats } = CURVES[now.loss];
  const x = angleAxis(now.theta, say("weights.theta_axis"));
  const y = angleAxis(now.nearest, "");
  const edge = (own) => {
    let [low, high] = y.range;
    for (let k = 0; k < 24; k++) {
      const middle = (low + high) / 2;
      if (beats(middle, own, now.v)) low = middle;
      else high = middle;
    }
    return low;
  };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say("weights.nearest_plot"), size }, colors);
  const [from, to] = x.range;
  const line = Array.from({ length: 81 }, (_, k) => from + ((to - from) * k) / 80).map((own) => [px(own), py(edge(own))]);
  const floor = inner.y + inner.h;
  ctx.beginPath();
  for (const [a, b] of [[px(from), floor], ...line, [px(to), floor]]) ctx.lineTo(a, b);
  ctx.fillStyle = colors.grid;
  ctx.fill();
  curve(ctx, line, { color: colors.ink, width: 1.5 });
  const place = spots(room, now, (i) => [px(now.theta[i]), py(now.nearest[i])]);
  text(ctx, say("weights.beats"), px(to) - size * 0.4, floor - size * 0.5, { color: colors.ink, size: size * 0.9, align: "right", halo: colors.grid });
  return place;
}

// Hard mining: the losses from the largest on, and where it cuts.
function mined(room, box, say, now) {
  const { ctx, colors, size } = room;
  const { losses, counts } = now.found;
  const sorted = [...losses.keys()].sort((a, b) => losses[b] - losses[a]);
  const kept = counts.filter((c) => c > 0).length;
  const tall = 1.08 * max(0.01, ...losses);
  const x = { range: [0, now.count + 1], ticks: ticks([0, now.count + 1]).map(round), label: String, name: say("weights.faces_axis") };
  const { px, py, inner } = axes(ctx, box, { x, y: { range: [0, tall], ticks: ticks([0, tall]), label: short }, title: say("weights.kept_plot"), size }, colors);
  const rank = [];
  sorted.forEach((i, k) => (rank[i] = k + 1));
  ctx.fillStyle = colors.grid;
  ctx.fillRect(px(kept + 0.5), inner.y, inner.x + inner.w - px(kept + 0.5), inner.h);
  rule(ctx, px(kept + 0.5), inner.y, px(kept + 0.5), inner.y + inner.h, colors.ink, 1.5);
  text(ctx, say("weights.kept"), px(kept + 0.5) - size * 0.4, inner.y + size, { color: colors.ink, size: size * 0.9, align: "right", halo: colors.paper });
  if (kept < now.count * 0.85) text(ctx, say("weights.left"), px(kept + 0.5) + size * 0.4, inner.y + size, { color: colors.ink, size: size * 0.9 });
  return spots(room, now, (i) => [px(rank[i]), py(losses[i])]);
}

const OWN = {
  f_softmax: focal, adaface: byLength, magface: byLength, elasticface: draws,
  sv_softmax: beaten, mv_softmax: beaten, curricularface: beaten, hard_mining: mined,
};

// Both pictures; gives back where each face stands in them. The second is what makes this loss weigh
// as it does; where it has nothing of its own, how few carry how much.
export function beside(room, box, say, now) {
  const own = now.other[0] >= 0 || OWN[now.loss] !== beaten ? OWN[now.loss] : null; // alone nobody is beaten
  const [first, second] = [scatter, own ?? lorenz].map((draw, k) => draw(room, { ...box, y: k * box.h }, say, now));
  return second ? [first, second] : [first];
}
