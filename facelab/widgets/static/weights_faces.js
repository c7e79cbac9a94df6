// The gallery: faces in the order of their weights, each with its weight, its bar, its person.

import { look } from "./crowd.js";
import { FONT, dot, rule, text } from "./draw.js";
import { degrees } from "./view.js";

const { floor, max, min, round } = Math;
const SMALL = 0.86; // of the type of the view: the lines under a face

export const times = (x) => (x >= 99.5 ? x.toFixed(0) : x >= 9.95 ? x.toFixed(1) : x.toFixed(2));

// How many faces fit, and how large they are.
export function grid({ x, y, w, h }, size, ratio) {
  const top = size * 1.9;
  const rows = max(1, round((h - top) / (size * 8.6)));
  const tall = (h - top) / rows - size * 3.7;
  const cell = max(tall * ratio, size * 5) + size * 0.7;
  const columns = max(1, floor(w / cell));
  return { x, y: y + top, columns, rows, tall, wide: tall * ratio, cell: w / columns, line: tall + size * 3.7, page: columns * rows };
}

function shortened(ctx, words, room) {
  let short = words;
  while (short.length > 2 && ctx.measureText(short).width > room) short = `${short.slice(0, -2)}…`;
  return short;
}

// The face, or where there are no images the mark of its person.
function portrait(room, now, i, { x, y, w, h }) {
  const { ctx, colors, size } = room;
  const { color, edge, shape } = look(colors, now.labels[i]);
  if (now.faces) now.faces.draw(ctx, i, x, y, w, h);
  else dot(ctx, shape, x + w / 2, y + h / 2, h * 0.22, color, edge);
  Object.assign(ctx, { strokeStyle: edge, lineWidth: now.person === now.labels[i] ? size * 0.3 : size * 0.15 });
  ctx.strokeRect(x, y, w, h);
  const small = { size: size * SMALL, halo: colors.paper, color: colors.ink };
  text(ctx, degrees(now.theta[i]), x + size * 0.3, y + h - size * 0.4, small);
  if (!now.found.counts[i]) {
    rule(ctx, x, y, x + w, y + h, colors.ink, 2);
    rule(ctx, x, y + h, x + w, y, colors.ink, 2);
  }
  if (!now.found.hard[i]) return;
  dot(ctx, "circle", x + w, y + size * 0.25, size * 0.55, colors.ink, colors.paper, 1.5);
  text(ctx, String(now.found.hard[i]), x + w, y + size * 0.28, { color: colors.paper, size: size * 0.75, weight: 700, align: "center", base: "middle" });
}

// A bar as long as the weight; under it a thin one as long as that under NormFace.
function bars({ ctx, colors, size }, now, i, { x, y, w }) {
  ctx.fillStyle = colors.grid;
  ctx.fillRect(x, y, w, size * 0.42);
  ctx.fillStyle = colors.one;
  ctx.fillRect(x, y, (w * now.parts[i]) / now.top, size * 0.42);
  if (!now.compare) return;
  ctx.fillStyle = colors.line;
  ctx.fillRect(x, y + size * 0.5, min(1, now.plain[i] / now.top) * w, size * 0.22);
}

// Ranks gained or lost against NormFace.
const change = (by) => (by > 0 ? `▲${by}` : by < 0 ? `▼${-by}` : "＝");

function cell(room, now, i, box) {
  const { ctx, colors, size } = room;
  const { tall, wide } = box;
  const x = box.x + (box.cell - size * 0.7 - wide) / 2;
  const left = box.x;
  const w = box.cell - size * 0.7;
  ctx.globalAlpha = now.person < 0 || now.labels[i] === now.person ? 1 : 0.5;
  portrait(room, now, i, { x, y: box.y, w: wide, h: tall });
  bars(room, now, i, { x: left, y: box.y + tall + size * 0.45, w });
  const [first, second] = [box.y + tall + size * 2.05, box.y + tall + size * 3.05];
  const small = { size: size * SMALL, color: colors.soft };
  text(ctx, `${times(now.parts[i] * now.count)}×`, left, first, { ...small, color: colors.ink, weight: 700 });
  if (now.compare) text(ctx, change(now.plainRank[i] - now.rank[i]), left + w, first, { ...small, align: "right" });
  const { color, edge, shape } = look(colors, now.labels[i]);
  dot(ctx, shape, left + size * 0.35, second - size * 0.3, size * 0.3, color, edge, 1);
  ctx.font = `${size * SMALL}px ${FONT}`;
  text(ctx, shortened(ctx, now.names[now.labels[i]], w - size), left + size * 0.9, second, small);
  ctx.globalAlpha = 1;
  return { i, x: left, y: box.y, w, h: box.line - size * 0.3 };
}

// One page of faces from rank `first` on; gives back where each stands, for pointing.
export function gallery(room, now, box, say) {
  const { ctx, colors, size } = room;
  const laid = grid(box, size, now.faces ? now.faces.ratio : 0.82);
  const shown = now.order.slice(now.first, now.first + laid.page);
  const head = say("weights.page", { from: now.first + 1, to: now.first + shown.length, count: now.count });
  text(ctx, shown.length ? head : "", box.x, box.y + size * 1.15, { color: colors.ink, size: size * 1.05, weight: 600 });
  const placed = shown.map((i, at) => {
    const place = { x: laid.x + (at % laid.columns) * laid.cell, y: laid.y + floor(at / laid.columns) * laid.line };
    return cell(room, now, i, { ...laid, ...place });
  });
  return { placed, columns: laid.columns, page: laid.page };
}

// A frame around the face that the arrow keys have reached, or the pointer.
export function pointer({ ctx, colors, size }, { x, y, w, h }) {
  ctx.beginPath();
  ctx.roundRect(x - size * 0.25, y - size * 0.3, w + size * 0.5, h + size * 0.35, 6);
  Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: 2 });
  ctx.stroke();
}
