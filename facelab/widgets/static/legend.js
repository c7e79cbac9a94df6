// Below the maps: who has which mark, or which color stands for which number.

import { FONT, dot, text } from "./draw.js";
import { look } from "./crowd.js";

const ROWS = 3;
// Viridis (Smith and van der Walt, 2015) at nine places: equal steps look equal, also in gray.
const RAMP = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];

// The color of a number between low and high.
export function shade(value, [low, high]) {
  const at = Math.max(0, Math.min(1, high > low ? (value - low) / (high - low) : 0)) * (RAMP.length - 1);
  const i = Math.min(RAMP.length - 2, Math.floor(at));
  const mixed = RAMP[i].map((from, k) => Math.round(from + (at - i) * (RAMP[i + 1][k] - from)));
  return `rgb(${mixed.join(",")})`;
}

// Where each name goes: rows of marks, as many as fit; gives {boxes, rows, rest}.
export function arranged(ctx, names, people, { width, size }) {
  ctx.font = `${size * 0.9}px ${FONT}`;
  const [boxes, line, gap] = [[], size * 1.5, size * 1.1];
  let [x, row] = [0, 0];
  for (const person of people) {
    const wide = size * 1.3 + ctx.measureText(names[person]).width;
    if (x > 0 && x + wide > width - (row === ROWS - 1 ? size * 5 : 0)) [x, row] = [0, row + 1];
    if (row === ROWS) break;
    boxes.push({ person, x, y: row * line, w: wide, h: line });
    x += wide + gap;
  }
  return { boxes, height: (Math.min(ROWS - 1, row) + 1) * line, end: x, rest: people.length - boxes.length };
}

export function drawNames(ctx, names, { boxes, rest, end, height }, { top, size, colors, person, more }) {
  for (const box of boxes) {
    const { color, edge, shape } = look(colors, box.person);
    ctx.globalAlpha = person < 0 || person === box.person ? 1 : 0.4;
    const y = top + box.y + box.h / 2;
    dot(ctx, shape, box.x + size * 0.5, y, size * 0.34, color, edge, 1);
    const weight = person === box.person ? 650 : 400;
    text(ctx, names[box.person], box.x + size * 1.3, y, { color: colors.ink, size: size * 0.9, base: "middle", weight });
  }
  ctx.globalAlpha = 1;
  if (rest > 0) {
    const place = { color: colors.soft, size: size * 0.9, base: "middle" };
    text(ctx, more(rest), end, top + height - size * 0.75, place);
  }
}

// A bar of colors with its ends and its name, in a box {x, w, top}.
export function drawRamp(ctx, [low, high], { x, w, top, size, colors, name, label }) {
  const wide = Math.min(w * 0.5, size * 18);
  const style = { color: colors.soft, size: size * 0.9, base: "middle" };
  const y = top + size * 0.8;
  const start = x + text(ctx, `${name}  ${label(low)}`, x, y, style) + size * 0.6;
  const fill = ctx.createLinearGradient(start, 0, start + wide, 0);
  RAMP.forEach((_, i) => fill.addColorStop(i / (RAMP.length - 1), shade(i, [0, RAMP.length - 1])));
  ctx.fillStyle = fill;
  ctx.fillRect(start, y - size * 0.45, wide, size * 0.9);
  text(ctx, label(high), start + wide + size * 0.6, y, style);
}
