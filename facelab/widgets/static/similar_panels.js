// The picture of the similarities: for each network easy faces above, hard ones mirrored below.

import { BINS, NODES, bars, chosen, edge, node } from "./similar_sets.js";
import { FONT, curve, dot, rule, text, ticks } from "./draw.js";

const PER_BAR = 2 / BINS / (2 / (NODES - 1)); // nodes in the width of a bar
const CLIP = 1.7; // hard bars higher than so many times the easy ones are cut and labeled

export const number = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1").replace("-", "−") : "–");
export const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %` : "–");

// Where everything stands: a column for each network, its plot, its numbers; the faces below all.
export function layout({ width, height, size }, columns, faces) {
  const [strip, numbers, head, axis] = [faces ? size * 6.1 : size * 1.6, size * 5.1, size * 1.8, size * 2.7];
  const gap = size * 1.2;
  const w = (width - gap * (columns - 1)) / columns;
  const h = height - strip - numbers - head - axis;
  const boxes = Array.from({ length: columns }, (_, i) => ({ x: i * (w + gap) + size * 0.9, y: head, w: w - size * 1.8, h }));
  return { boxes, below: head + h + axis, strip: { x: size * 0.9, y: height - strip, w: width - size * 1.8, h: strip } };
}

// The two mappings of a plot; `up` is 1 for the easy half and -1 for the hard one.
export function scales({ x, y, w, h }, lowest, top, size) {
  const half = h / 2 - size * 1.5; // brackets lie outside
  return {
    px: (cosine) => x + ((cosine - lowest) / (1 - lowest)) * w,
    py: (share, up) => y + h / 2 - (up * Math.min(share, top) * half) / top,
    cosine: (px) => lowest + ((px - x) / w) * (1 - lowest),
    half, middle: y + h / 2,
  };
}

export const lowestOf = (all) => {
  const least = Math.min(0, ...all.flatMap(({ high, low }) => [high, low]).map(({ values }) => values.reduce((a, b) => Math.min(a, b), 1)));
  return Math.max(-1, Math.min(-0.4, Math.floor(least * 5 + 1e-6) / 5));
};

// The highest share that is drawn in full.
export function topOf(easy, hard) {
  const peak = (all) => Math.max(0.02, ...all.flatMap(({ high, low }) => [high, low]).map(({ bars: b }) => b.reduce((p, q) => Math.max(p, q), 0)));
  const base = peak(easy);
  return 1.08 * Math.max(base, Math.min(peak(hard), CLIP * base));
}

function hatched(ctx, color) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 7;
  const pen = tile.getContext("2d");
  Object.assign(pen, { strokeStyle: color, lineWidth: 1.3 });
  for (const x of [-3.5, 3.5, 10.5]) {
    pen.moveTo(x - 3.5, 10.5);
    pen.lineTo(x + 7, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, "repeat");
}

function drawBars(ctx, shares, { px, py }, up, fill, color, alpha) {
  for (let bin = 0; bin < BINS; bin++) {
    if (!(shares[bin] > 0)) continue;
    const [left, right, y, zero] = [px(edge(bin)) + 0.5, px(edge(bin + 1)) - 0.5, py(shares[bin], up), py(0, up)];
    ctx.globalAlpha = alpha;
    ctx.fillStyle = fill;
    ctx.fillRect(left, Math.min(y, zero), right - left, Math.abs(zero - y));
    ctx.globalAlpha = Math.min(1, alpha * 2.2);
    rule(ctx, left, y, right, y, color, 1.5);
    ctx.globalAlpha = 1;
  }
}

const softLine = (soft, { px, py }, up) => Array.from(soft, (h, r) => [px(node(r)), py(h * PER_BAR, up)]).filter(([x]) => x >= px(-1) - 1);

// One half: bars of both kinds and their soft histograms.
function drawHalf(room, branch, place, up, { teacher, person, labels, top }) {
  const { ctx, colors, size } = room;
  const kinds = [["low", colors.two, 0], ["high", colors.one, 1]];
  for (const [name, color, same] of kinds) {
    const fill = same ? hatched(ctx, color) : color;
    drawBars(ctx, branch[name].bars, place, up, fill, color, person < 0 ? (same ? 0.75 : 0.3) : 0.12);
    if (person >= 0) drawBars(ctx, bars(chosen(branch.pairs, same, labels, person)), place, up, fill, color, same ? 0.9 : 0.4);
    if (teacher) curve(ctx, softLine(teacher[name].soft, place, up), { color, width: 1.8, dash: [2, 4] });
    curve(ctx, softLine(branch[name].soft, place, up), { color, width: 2.6 });
    for (let bin = 0; bin < BINS; bin++)
      if (branch[name].bars[bin] > top * 1.001) {
        const label = { color, size: size * 0.85, weight: 600, align: "right", base: up > 0 ? "top" : "bottom", halo: colors.panel };
        text(ctx, percent(branch[name].bars[bin]), place.px(edge(bin)) - 3, place.py(top, up) + up * 2, label);
      }
  }
}

// The means of both kinds, and how far they are apart.
function bracket({ ctx, colors, size }, { high, low, margin }, { px, middle, half }, up, say) {
  if (!Number.isFinite(margin)) return;
  const y = middle - up * (half + size * 0.85);
  const [a, b] = [px(low.mean), px(high.mean)];
  rule(ctx, a, y, b, y, colors.ink, 2);
  for (const [x, color, shape] of [[a, colors.two, "square"], [b, colors.one, "circle"]]) {
    rule(ctx, x, y, x, middle, color, 1, [2, 4]);
    dot(ctx, shape, x, y, size * 0.34, color, colors.panel, 1.5);
  }
  const [words, label] = [say("similarities.margin_of", { margin: number(margin) }), { color: colors.ink, size: size * 0.92, weight: 600 }];
  ctx.font = `600 ${size * 0.92}px ${FONT}`;
  const wide = ctx.measureText(words).width + size * 0.6;
  const left = Math.abs(b - a) > wide * 1.2 ? (a + b) / 2 : Math.min(a, b) - wide * 0.5 - size * 0.6;
  ctx.fillStyle = colors.panel;
  ctx.fillRect(left - wide / 2, y - size * 0.55, wide, size * 1.1);
  text(ctx, words, left, y, { ...label, align: "center", base: "middle" });
}

// The frame of a plot: grid, axis, shares, the accepted side, the names of its rows.
function drawFrame({ ctx, colors, size }, box, { px, py, middle }, { lowest, top, threshold, say, row }) {
  const floor = box.y + box.h;
  const step = box.w > size * 24 ? 0.2 : 0.4;
  for (let tick = Math.ceil(lowest / step - 1e-9) * step; tick < 1 + 1e-9; tick += step) {
    rule(ctx, px(tick), box.y, px(tick), floor, colors.grid);
    text(ctx, number(tick, 1), Math.max(px(tick), size * 1.15), floor + size * 0.35, { color: colors.soft, size: size * 0.9, align: "center", base: "top" });
  }
  for (const up of [1, -1])
    for (const share of ticks([0, top], 3).filter((t) => t > 0)) {
      rule(ctx, box.x, py(share, up), box.x + box.w, py(share, up), colors.grid);
      if (Math.abs(py(share, up) - middle) > box.h / 2 - size * 3.4) continue; // names of rows stand there
      text(ctx, percent(share), box.x, py(share, up), { color: colors.soft, size: size * 0.78, base: "middle", halo: colors.panel });
    }
  const named = { color: colors.soft, size: size * 0.9, align: "center", base: "top" };
  text(ctx, say("similarities.axis", { threshold: number(threshold) }), box.x + box.w / 2, floor + size * 1.5, named);
  ctx.globalAlpha = 0.07;
  ctx.fillStyle = colors.ink;
  const from = Math.max(box.x, px(threshold));
  ctx.fillRect(from, box.y, Math.max(0, box.x + box.w - from), box.h);
  ctx.globalAlpha = 1;
  rule(ctx, box.x, middle, box.x + box.w, middle, colors.line, 1.5);
  const label = { color: colors.ink, size: size * 0.98, weight: 600, halo: colors.panel };
  text(ctx, say("similarities.easy"), box.x, box.y + size * 2.3, label);
  text(ctx, row, box.x, floor - size * 1.6, label);
}

function drawThreshold({ ctx, colors, size }, box, { px }, { threshold, lowest }) {
  if (threshold < lowest) return;
  const x = px(threshold);
  rule(ctx, x, box.y - size * 0.1, x, box.y + box.h, colors.ink, 2.2);
  dot(ctx, "down", x, box.y, size * 0.45, colors.ink, colors.panel, 1);
}

function drawChosenBar({ ctx, colors }, { px, middle, half }, bar) {
  if (!bar) return;
  const [left, right] = [px(edge(bar[2])), px(edge(bar[2] + 1))];
  Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: 2.2 });
  ctx.setLineDash([]);
  ctx.strokeRect(left - 1, bar[1] ? middle : middle - half, right - left + 2, half);
}

// A whole column: title, both halves, threshold. `state` is {title, easy, hard, threshold, ...}.
export function drawColumn(room, box, place, state) {
  const { ctx } = room;
  drawFrame(room, box, place, state);
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x - 2, 0, box.w + 4, room.height);
  ctx.clip();
  drawHalf(room, state.easy, place, 1, { ...state, teacher: null });
  drawHalf(room, state.hard, place, -1, { ...state, teacher: state.easy });
  drawChosenBar(room, place, state.bar);
  ctx.restore();
  drawThreshold(room, box, place, state);
  bracket(room, state.easy, place, 1, state.say);
  bracket(room, state.hard, place, -1, state.say);
}

// The titles of the columns, and right of them what bars and lines mean.
export function drawTitles({ ctx, colors, size }, boxes, titles, say) {
  const kinds = [["similarities.two_people", colors.two], ["similarities.one_person", colors.one]];
  const named = boxes.map((_, i) => [...(i === boxes.length - 1 ? [["similarities.again", null]] : []), ...(i ? [] : kinds)]);
  boxes.forEach((box, i) => {
    let x = box.x + box.w;
    for (const [key, color] of named[i]) {
      x -= text(ctx, say(key), x, size * 1.05, { color: colors.ink, size: size * 0.95, align: "right" }) + size * 1.5;
      if (color) swatch(ctx, [x, size * 0.25, size * 1.2, size * 0.95], color, color === colors.one);
      else rule(ctx, x, size * 0.75, x + size * 1.2, size * 0.75, colors.ink, 1.8, [2, 4]);
      x -= size * 0.9;
    }
    const title = fitted(ctx, titles[i], size * 1.1, x - box.x - size);
    text(ctx, title, box.x, size * 1.05, { color: colors.ink, size: size * 1.1, weight: 700 });
  });
}

function swatch(ctx, box, color, lined) {
  ctx.globalAlpha = lined ? 0.9 : 0.4;
  ctx.fillStyle = lined ? hatched(ctx, color) : color;
  ctx.fillRect(...box);
  ctx.globalAlpha = 1;
  Object.assign(ctx, { strokeStyle: color, lineWidth: 1.5 });
  ctx.strokeRect(...box);
}

// Words cut until they fit.
export function fitted(ctx, words, size, room) {
  ctx.font = `700 ${size}px ${FONT}`;
  let short = words;
  while (short.length > 2 && ctx.measureText(short).width > room) short = `${short.slice(0, -2)}…`;
  return short;
}

// The numbers of a column: a row for easy and hard faces, and what the loss compares.
export function drawNumbers({ ctx, colors, size }, box, top, { rows, apart, say }) {
  const keys = ["similarities.margin", "similarities.overlap", "similarities.tar", "similarities.far"];
  const wide = Math.min(box.w, size * 40) - size * 3.2;
  const at = (i) => box.x + size * 3.2 + ((i + 0.78) * wide) / 4;
  keys.forEach((key, i) => text(ctx, say(key), at(i), top + size * 0.9, { color: colors.soft, size: size * 0.9, align: "right" }));
  rows.forEach(({ name, values }, r) => {
    const y = top + size * (2.05 + 1.2 * r);
    text(ctx, name, box.x, y, { color: colors.soft, size: size * 0.95 });
    values.forEach((value, i) => text(ctx, value, at(i), y, { color: colors.ink, size: size * 1.02, weight: 650, align: "right" }));
  });
  text(ctx, apart, box.x, top + size * 4.55, { color: colors.ink, size: size * 0.98 });
}
