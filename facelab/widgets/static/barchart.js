// Bars in the order of class size, their histogram lying beside them on the same axis, faces below,
// arcs between people who are too close, and a card of two faces.

import { bins } from "./margins.js";
import { FONT, axes, curve, dot, rule, text, ticks } from "./draw.js";

const BINS = 24;
const MOST_ARCS = 60; // more are not told apart
const FACE = 17; // pixels: a narrower bar has no face below it

// Where everything stands. The axis of distances is shared by bars and histogram.
export function layout({ width, height, size }, { count, faces }) {
  const right = Math.max(width * 0.24, Math.min(width * 0.32, size * 22));
  const left = width - right;
  const slot = (left - size * 4.4) / Math.max(1, count);
  const wide = Math.min(slot - 2, size * 2.6);
  const tall = faces && slot >= FACE ? wide / faces.ratio : 0;
  const low = Math.max(size * 9.4, tall + size * 7);
  const top = height - low;
  return {
    bars: { x: 0, y: 0, w: left, h: top }, histogram: { x: left, y: 0, w: right, h: top },
    wide, tall, below: top - size * 2.5, bottom: height,
    card: { x: left + size * 2.4, y: top + size * 0.2, w: right - size * 2.6, h: low - size * 0.4 },
  };
}

// The column of a person is the place in the order of the bars.
export const columnAt = ({ px, slot, count }, x) => {
  const column = Math.floor((x - px(0)) / slot);
  return column >= 0 && column < count ? column : -1;
};

function shortened(ctx, words, room) {
  let short = words;
  while (short.length > 2 && ctx.measureText(short).width > room) short = `${short.slice(0, -2)}…`;
  return short;
}

// One bar a person for `after`: full where it is too close, pale where it is far enough; a diamond
// for `before`, filled where it was too close.
function drawBar(ctx, { colors, size }, { x, wide, floor, py, gap, was, threshold, faint }) {
  ctx.globalAlpha = faint ? 0.3 : 1;
  const y = py(gap);
  ctx.fillStyle = colors.one;
  ctx.globalAlpha *= gap < threshold ? 1 : 0.28;
  ctx.fillRect(x - wide / 2, y, wide, floor - y);
  ctx.globalAlpha = faint ? 0.3 : 1;
  Object.assign(ctx, { strokeStyle: colors.one, lineWidth: 1.2 });
  ctx.strokeRect(x - wide / 2, y, wide, floor - y);
  if (was !== undefined) {
    const r = Math.max(2.2, Math.min(wide * 0.32, size * 0.36));
    dot(ctx, "diamond", x, py(was), r, was < threshold ? colors.two : colors.paper, was < threshold ? colors.paper : colors.two, was < threshold ? 1 : 1.8);
  }
  ctx.globalAlpha = 1;
}

export function drawBars(room, box, state) {
  const { ctx, size, colors } = room;
  const { after, before, top, threshold, count, marks, mark, held } = state;
  const none = { range: [0, count], ticks: [], label: String, name: "" };
  const y = { range: [0, top], ticks: marks(top), label: (value) => mark(value) };
  const { px, py, inner } = axes(ctx, box, { x: none, y, title: state.title, size }, colors);
  const slot = inner.w / Math.max(1, count);
  const wide = Math.max(1, Math.min(slot * 0.72, slot - 2));
  for (let i = 0; i < count; i++) {
    const [gap, was] = [after.near.gap[i], before?.near.gap[i]];
    if (!Number.isFinite(gap)) continue;
    drawBar(ctx, room, { x: px(i + 0.5), wide, floor: py(0), py, gap, was, threshold, faint: held.length && !held.includes(i) });
  }
  return { px, py, slot, inner, count };
}

// The outline of a histogram that lies on its side; nothing where nobody is.
function outlined(counts, px, at) {
  return counts.flatMap((people, k) => {
    if (!people) return [[NaN, NaN]];
    const sides = [[px(people), at(k)], [px(people), at(k + 1)]];
    return [...(counts[k - 1] ? [] : [[px(0), at(k)]]), ...sides, ...(counts[k + 1] ? [] : [[px(0), at(k + 1)]])];
  });
}

// The histogram lies on its side: distance upward as in the bars, people to the right.
export function drawHistogram(room, box, { py }, say, state) {
  const { ctx, size, colors } = room;
  const { after, before, top, names } = state;
  const known = (side) => bins(side.near.gap.filter(Number.isFinite), top, BINS);
  const [now, was] = [known(after), before && known(before)];
  const most = Math.max(1, ...now, ...(was ?? []));
  const whole = ticks([0, most], 3).filter(Number.isInteger);
  const x = { range: [0, most * 1.06], ticks: whole, label: String, name: say("centers.people") };
  const { px, inner } = axes(ctx, box, { x, y: { range: [0, top], ticks: [], label: String }, title: "", size }, colors);
  const step = top / BINS;
  now.forEach((people, k) => {
    if (!people) return;
    ctx.globalAlpha = (k + 1) * step <= state.threshold ? 0.9 : 0.34;
    ctx.fillStyle = colors.one;
    ctx.fillRect(px(0), py((k + 1) * step) + 0.5, px(people) - px(0), py(k * step) - py((k + 1) * step) - 1);
  });
  ctx.globalAlpha = 1;
  if (was) {
    curve(ctx, outlined(was, px, (k) => py(k * step)), { color: colors.two, width: 2 });
  }
  const means = [[before, "diamond", colors.two], [after, "square", colors.one]].filter(([side]) => side);
  for (const [side, shape, color] of means)
    if (Number.isFinite(side.mean)) dot(ctx, shape, px(0), py(side.mean), size * 0.42, color, colors.paper, 1.5);
  ctx.font = `600 ${size * 1.05}px ${FONT}`;
  drawKey(room, names, ctx.measureText(state.title).width + size * 1.5);
  return inner;
}

// Which color and shape is which loss, from the right edge to the left, up to `room`.
function drawKey({ ctx, size, colors, width }, { after, before }, from) {
  const lines = [[before, "diamond", colors.two], [after, "square", colors.one]].filter(([name]) => name);
  const room = (width - from) / lines.length - size * 2.6;
  let right = width - size * 1.5;
  for (const [name, shape, color] of lines.reverse()) {
    ctx.font = `${size}px ${FONT}`;
    const words = shortened(ctx, name, room);
    const left = right - text(ctx, words, right, size * 1.15, { color: colors.ink, size, align: "right" });
    dot(ctx, shape, left - size * 0.9, size * 0.78, size * 0.42, color, colors.paper, 1);
    right = left - size * 2.6;
  }
}

// One line through both panels, its words where it leaves the bars, right-aligned at `at`.
export function drawLine({ ctx, size, colors }, { y, from, to, at, words, dash, color, lower, width = 2 }) {
  rule(ctx, from, y, to, y, color, width, dash);
  const base = lower ? y + size * 1.05 : y - size * 0.4;
  text(ctx, words, at, base, { color, size: size * 0.92, align: "right", weight: 600, halo: colors.panel });
}

export function drawFaces({ ctx, size, colors }, { px, slot }, { below: y, wide, tall }, say, { count, counts, faces, held }) {
  const step = Math.max(1, Math.ceil((size * 1.7) / slot));
  const label = { color: colors.soft, size: Math.max(10.5, size * 0.82), align: "center", base: "top" };
  const line = y + tall + size * 0.25;
  if (counts.length) text(ctx, say("centers.images"), px(count) + size * 0.3, line, { ...label, align: "left" });
  for (let i = 0; i < count; i++) {
    const x = px(i + 0.5);
    ctx.globalAlpha = held.length && !held.includes(i) ? 0.35 : 1;
    if (tall) faces.draw(ctx, i, x - wide / 2, y, wide, tall);
    if (held.includes(i)) {
      Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: 2.5 });
      ctx.strokeRect(x - Math.max(wide, 4) / 2, y, Math.max(wide, 4), Math.max(tall, 2));
    }
    if (counts.length && i % step === 0) text(ctx, String(counts[i]), x, line, label);
    ctx.globalAlpha = 1;
  }
}

// Arcs below: each joins two people who are too close; the thicker, the more they lack.
export function drawArcs({ ctx, size, colors }, { px }, { below: y, tall, bottom }, { after, threshold, column, counts }) {
  const top = y + tall + size * (counts.length ? 1.7 : 0.5);
  const deep = bottom - top - size * 1.6;
  const concerned = ({ i, j }) => column < 0 || i === column || j === column;
  const drawn = after.close.filter(concerned).slice(0, MOST_ARCS);
  const widest = Math.max(1, ...drawn.map(({ i, j }) => j - i));
  for (const { i, j, gap } of drawn.reverse()) {
    const [a, b] = [px(i + 0.5), px(j + 0.5)];
    const down = deep * (0.22 + 0.78 * Math.sqrt((j - i) / widest));
    ctx.beginPath();
    ctx.ellipse((a + b) / 2, top, (b - a) / 2, down, 0, 0, Math.PI);
    const part = threshold > 0 ? (threshold - gap) / threshold : 0;
    Object.assign(ctx, { strokeStyle: colors.one, lineWidth: 0.8 + 3.2 * part });
    ctx.globalAlpha = drawn.length > 25 && column < 0 ? 0.45 : 0.8;
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  return drawn.length;
}

// Two faces with their names, and between them how far they are apart.
export function drawCard({ ctx, size, colors }, { x, y, w, h }, { two, faces, names, heading, value, lines }) {
  ctx.beginPath();
  ctx.roundRect(x, y, w, h, 8);
  Object.assign(ctx, { fillStyle: colors.panel, strokeStyle: colors.line, lineWidth: 1 });
  ctx.fill();
  ctx.stroke();
  const write = (words, at, line, room, style) => {
    Object.assign(ctx, { font: `${style.weight ?? 400} ${style.size}px ${FONT}` });
    text(ctx, shortened(ctx, words, room), at, line, { align: "center", ...style });
  };
  const small = { size: size * 0.88, color: colors.soft };
  write(heading, x + w / 2, y + size * 1.3, w - size, { size: size * 0.95, color: colors.ink, weight: 600 });
  const [top, tall] = [y + size * 1.9, h - size * 3.6];
  const wide = faces ? Math.min(tall * faces.ratio, w * 0.3) : w * 0.24;
  const high = faces ? wide / faces.ratio : 0;
  [x + size * 0.6 + wide / 2, x + w - size * 0.6 - wide / 2].forEach((middle, k) => {
    if (faces) faces.draw(ctx, two[k], middle - wide / 2, top, wide, high);
    const edge = k ? x + w - size * 0.4 : x + size * 0.4;
    write(names[k], edge, y + h - size * 0.6, w / 2 - size, { ...small, color: colors.ink, align: k ? "right" : "left" });
  });
  const [left, right] = [x + wide + size * 1.2, x + w - wide - size * 1.2];
  const middle = top + tall / 2 - (lines.length * size) / 2;
  write(value, x + w / 2, middle, right - left, { size: size * 1.3, color: colors.ink, weight: 700 });
  rule(ctx, left, middle + size * 0.5, right, middle + size * 0.5, colors.line, 2);
  lines.forEach((line, k) => write(line, x + w / 2, middle + size * (1.6 + 1.2 * k), right - left, small));
}
