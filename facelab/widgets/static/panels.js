// The panels of the margin dial in which a curve runs over one quantity.

import { CURVES, g } from "./curves.js";
import { FONT, axes, curve, dot, numeral, rule, text, ticks } from "./draw.js";
import { HALF } from "./lines.js";
import { degrees } from "./view.js";

const { PI, cos } = Math;
export const in_degrees = { range: [0, PI], ticks: [0, PI / 4, PI / 2, (3 * PI) / 4, PI], label: (v) => degrees(v) };
const SHORT = { ...in_degrees, ticks: [0, PI / 2, PI] };
const degreesIn = (room, box) => (box.w < room.size * 19 ? SHORT : in_degrees);

// Lines over an angle with a legend; `level` is a threshold {y, words}.
export function over(room, box, { title, name, lines, level, legendAt = "right" }) {
  const { ctx, colors, size } = room;
  const all = lines.flatMap(({ f, ends = [] }) => [f, ...ends]).flatMap((f) => HALF.map(f)).concat(level ? level.y : []);
  const range = [Math.min(...all), Math.max(...all)];
  if (range[1] - range[0] < 0.1) range[1] = range[0] + 0.1;
  const y = { range, ticks: ticks(range, 4), label: numeral };
  const { px, py, inner } = axes(ctx, box, { x: { ...degreesIn(room, box), name }, y, title, size }, colors);
  if (level) rule(ctx, inner.x, py(level.y), inner.x + inner.w, py(level.y), colors.ink, 1.5, [3, 4]);
  const points = (f) => HALF.map((t) => [px(t), py(f(t))]);
  for (const { f, ends, ...style } of lines) {
    if (ends) ribbon(ctx, ends.map(points), style.color);
    curve(ctx, points(f), style);
  }
  for (const { f, at, color } of lines) if (at >= 0) dot(ctx, "circle", px(at), py(f(at)), size * 0.45, color, colors.paper);
  const named = lines.filter(({ words }) => words).map(({ color, words, at }) => [color, words, at >= 0 ? 600 : 400]).reverse();
  if (level) named.push([colors.ink, level.words, 400]);
  legend(room, inner, named, legendAt);
}

// Words in the colors of their curves, on paper, where a falling curve leaves room: two in the upper
// right corner, the rest in the lower left; or all of them above the valley of a slope.
function legend(room, inner, named, at) {
  const small = room.size * 0.92;
  if (at === "middle") return block(room, named, inner.x + inner.w / 2, inner.y - small * 0.3, "center");
  block(room, named.slice(0, 2), inner.x + inner.w, inner.y - small * 0.5, "right");
  const rest = named.slice(2);
  block(room, rest, inner.x + small * 0.4, inner.y + inner.h - small * (1.25 * rest.length + 0.3), "left");
}

function block({ ctx, colors, size }, named, x, top, align) {
  if (!named.length) return;
  const small = size * 0.92;
  ctx.font = `600 ${small}px ${FONT}`;
  const wide = Math.max(...named.map(([, words]) => ctx.measureText(words).width)) + small * 0.4;
  const left = { right: x - wide + small * 0.2, center: x - wide / 2, left: x - small * 0.2 }[align];
  ctx.globalAlpha = 0.85;
  ctx.fillStyle = colors.panel;
  ctx.fillRect(left, top, wide, small * (1.25 * named.length + 0.2));
  ctx.globalAlpha = 1;
  named.forEach(([color, words, weight], i) => text(ctx, words, x, top + small * (1.05 + 1.25 * i), { color, size: small, weight, align }));
}

// The room between two lines of points.
export function ribbon(ctx, [one, two], color) {
  ctx.beginPath();
  for (const [x, y] of [...one, ...[...two].reverse()]) if (Number.isFinite(y)) ctx.lineTo(x, y);
  ctx.closePath();
  ctx.globalAlpha = 0.3;
  ctx.fillStyle = color;
  ctx.fill();
  ctx.globalAlpha = 1;
}

// The values at the embedding beside the title, the first loss leftmost; two of them are written shorter.
function values({ ctx, size }, box, inner, found) {
  let right = inner.x + inner.w;
  for (const [value, color] of found) {
    const digits = found.length > 1 && value >= 9.95 ? 1 : 2;
    right -= size * 0.6 + text(ctx, value.toFixed(digits), right, box.y + size * 1.15, { color, size: size * 1.05, weight: 600, align: "right" });
  }
}

// One quantity along the circle from center 1 to its antipode, for each side: {title, sides: [{f,
// color, dash, breaks}], top, digits}. `bare` leaves the words of the angle to the panel below.
export function along(room, box, { title, name, sides, top, digits, bare }, { theta, between }) {
  const { ctx, colors, size } = room;
  const y = { range: [0, top], ticks: ticks([0, top], 2), label: (v) => v.toFixed(digits) };
  const x = { ...degreesIn(room, box), name: bare ? "" : name, ...(bare ? { label: () => "" } : {}) };
  const { px, py, inner } = axes(ctx, box, { x, y, title, size }, colors);
  rule(ctx, px(between), inner.y, px(between), inner.y + inner.h, colors.two, 1.5, [5, 5]);
  for (const { f, breaks, ...style } of [...sides].reverse()) {
    for (const t of breaks) rule(ctx, px(t), inner.y, px(t), inner.y + inner.h, colors.soft, 1.5, [2, 3]);
    const points = HALF.flatMap((t) => {
      const here = [px(t), py(Math.min(top, f(t)))];
      return breaks.some((at) => at > t - HALF[1] && at <= t) ? [[NaN, NaN], here] : [here];
    });
    curve(ctx, points, style);
    dot(ctx, "circle", px(theta), py(Math.min(top, f(theta))), size * 0.5, style.color, colors.paper);
  }
  values(room, box, inner, [...sides].reverse().map(({ f, color }) => [f(theta), color]));
}

// SphereFace2: g(z) that spreads the cosines out, the threshold both answers are judged by, and what
// the margin takes from the own cosine and adds to that of the other.
export function spread(room, box, say, { loss, v, theta, other }) {
  const { ctx, colors, size } = room;
  const { target, negative } = CURVES[loss];
  const range = [-1, 1];
  const x = { range, ticks: [-1, 0, 1], label: numeral, name: say("dial.z") };
  const low = Math.min(-1, target(theta, v), -1.05);
  const y = { range: [low, Math.max(1.05, negative(other, v))], ticks: [-1, 0, 1], label: numeral };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say("dial.g", { t: v.sharpness.toFixed(1) }), size }, colors);
  rule(ctx, px(-1), py(-1), px(1), py(1), colors.soft, 2, [6, 5]);
  curve(ctx, HALF.map((t) => [px(cos(t)), py(g(cos(t), v))]), { color: colors.ink, width: 3 });
  rule(ctx, inner.x, py(v.threshold), inner.x + inner.w, py(v.threshold), colors.ink, 1.5, [3, 4]);
  const high = v.threshold > 0.6;
  const level = { color: colors.ink, size: size * 0.9, halo: colors.paper };
  text(ctx, `−b/r ${v.threshold.toFixed(2)}`, inner.x + size * 0.3, py(v.threshold) + (high ? size : -size * 0.35), level);
  const judged = [[theta, target(theta, v), colors.one, "circle"], [other, negative(other, v), colors.two, "square"]];
  for (const [angle, value, color, shape] of judged) {
    const z = px(cos(angle));
    rule(ctx, z, py(g(cos(angle), v)), z, py(value), color, 2);
    dot(ctx, shape, z, py(value), size * 0.45, color, colors.paper);
  }
}
