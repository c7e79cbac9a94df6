// The panels of the margin dial. Each draws into a box, from {loss, v, theta, between}.

import { CURVES, asks, sizeOf } from "./curves.js";
import { boundary, caps, gap, reach, runs, second, stretches } from "./regions.js";
import { FONT, axes, curve, dot, rule, text, ticks } from "./draw.js";
import { degrees } from "./view.js";

const { PI, cos, sin } = Math;
export const HALF = Array.from({ length: 181 }, (_, i) => (i * PI) / 180);
const in_degrees = { range: [0, PI], ticks: [0, PI / 4, PI / 2, (3 * PI) / 4, PI], label: (v) => degrees(v) };

// Where an embedding at angle phi from center 1 stands on the page: person 1 left, person 2 right.
export const turn = (phi, between) => -PI / 2 - between / 2 + phi;

function place(box, phi, between, far = 1) {
  const a = turn(phi, between);
  return [box.cx + box.r * far * cos(a), box.cy + box.r * far * sin(a)];
}

function hatched(ctx, colors) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  Object.assign(pen, { strokeStyle: colors.band, lineWidth: 1.6 });
  for (const x of [-4, 4, 12]) {
    pen.moveTo(x - 4, 12);
    pen.lineTo(x + 8, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, "repeat");
}

// The circle: who owns which stretch, the band that the margin keeps empty, centers, embedding.
export function circle({ ctx, colors, size }, box, say, state) {
  const { loss, v, theta, between } = state;
  const fills = [hatched(ctx, colors), colors.one, colors.two];
  for (const { from, to, owner } of runs(loss, between, v)) {
    ctx.beginPath();
    ctx.moveTo(box.cx, box.cy);
    ctx.arc(box.cx, box.cy, box.r, turn(from, between), turn(to, between));
    ctx.closePath();
    ctx.globalAlpha = owner ? 0.16 : 0.4;
    ctx.fillStyle = fills[owner];
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.arc(box.cx, box.cy, box.r, turn(from, between), turn(to, between));
    Object.assign(ctx, { strokeStyle: owner ? fills[owner] : colors.line, lineWidth: owner ? size * 0.4 : 2 });
    ctx.stroke();
  }
  const [half, limit, apart] = [between / 2, reach(loss, between, v), asks(loss, v)];
  drawBand({ ctx, colors }, box, state);
  rule(ctx, box.cx, box.cy, ...place(box, half, between), colors.soft, 1.5, [5, 5]);
  if (limit >= 0) rule(ctx, box.cx, box.cy, ...place(box, limit, between), colors.one, 3);
  if (apart) drawCaps({ ctx, colors, size }, box, state);
  const ends = [[0, colors.one, "circle", "dial.one"], [between, colors.two, "square", "dial.two"]];
  for (const [phi, color, shape, key] of ends) {
    rule(ctx, box.cx, box.cy, ...place(box, phi, between), color, 2);
    dot(ctx, shape, ...place(box, phi, between), size * 0.72, colors.paper, color, 4);
    const beside = Math.abs(place(box, phi, between)[0] - box.cx) > box.r * 0.82; // no room at the sides
    const [x, y] = place(box, phi, between, beside ? 1 : 1 + (size * 1.7) / box.r);
    const align = beside || Math.abs(x - box.cx) < size ? "center" : x < box.cx ? "right" : "left";
    const label = { color, size: size * 1.05, weight: 600, align, base: "middle", halo: colors.paper };
    text(ctx, say(key), x, y - (beside ? size * 1.7 : 0), label);
  }
  if (!apart && limit >= 0 && limit < half - 0.005) {
    const [x, y] = place(box, half, between, 1 + (size * 1.5) / box.r);
    const angle = degrees(2 * (half - limit));
    text(ctx, say("dial.margin", { angle }), x, y, { color: colors.soft, size, align: "center", base: "middle", halo: colors.paper });
  }
  arrow({ ctx, colors, size }, box, say, state);
}

// Where the boundary of a single face may lie when its margin is drawn at random.
function drawBand({ ctx, colors }, box, { loss, v, between }) {
  const ends = CURVES[loss].band?.(v).map((drawn) => reach(loss, between, drawn));
  if (!ends) return;
  const [low, high] = [Math.min(...ends.map((end) => end || 0)), Math.max(...ends.map((end) => end || 0))];
  ctx.beginPath();
  ctx.moveTo(box.cx, box.cy);
  ctx.arc(box.cx, box.cy, box.r, turn(low, between), turn(high, between));
  ctx.closePath();
  ctx.globalAlpha = 0.45;
  ctx.fillStyle = colors.one;
  ctx.fill();
  ctx.globalAlpha = 1;
}

// Asked apart: outside the rim, an arc over which each person says yes, and a dashed one outside of
// which it says no to others.
function drawCaps({ ctx, colors, size }, box, { loss, v, between }) {
  const [yes, no] = caps(loss, v);
  for (const [phi, color, step] of [[0, colors.one, 0], [between, colors.two, 0.35]]) {
    const arcs = [[yes, size * 0.42, 0.5, []], [no, size * 0.16, 1, [size * 0.5, size * 0.35]]];
    for (const [half, width, far, dash] of arcs) {
      if (!(half > 0)) continue;
      ctx.beginPath();
      ctx.arc(box.cx, box.cy, box.r + size * (far + step), turn(phi - half, between), turn(phi + half, between));
      Object.assign(ctx, { strokeStyle: color, lineWidth: width });
      ctx.setLineDash(dash);
      ctx.stroke();
      ctx.setLineDash([]);
    }
  }
}

function arrow({ ctx, colors, size }, box, say, { theta, between }) {
  const tip = place(box, theta, between);
  rule(ctx, box.cx, box.cy, ...tip, colors.ink, 3.5);
  ctx.beginPath();
  ctx.arc(box.cx, box.cy, box.r * 0.3, turn(0, between), turn(theta, between));
  Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: 2 });
  ctx.stroke();
  const [x, y] = place(box, theta / 2, between, 0.3 + (size * 1.4) / box.r);
  text(ctx, `θ ${degrees(theta)}`, x, y, { color: colors.ink, size, weight: 600, align: "center", base: "middle", halo: colors.paper });
  dot(ctx, "circle", ...tip, size * 0.62, colors.ink, colors.paper, 2.5);
}

// The curves of the target panel, the most important last: {f, color, dash, width, key, at}; `at` is
// the angle of the embedding on it.
function lines(colors, { loss, v, theta, between }) {
  const { target, negative = cos, hard, band, spread } = CURVES[loss];
  const psi = { color: colors.one, width: 3.5, at: theta };
  const other = { color: colors.two, width: 2.5, at: gap(theta, between) };
  const plain = { color: colors.soft, width: 2, dash: [6, 5] };
  if (asks(loss, v))
    return [
      { ...plain, f: (t) => (spread ?? cos)(t, v), key: spread ? "dial.spread" : "dial.cosine" },
      { ...other, f: (t) => negative(t, v), key: "dial.no_curve" },
      { ...psi, f: (t) => target(t, v), key: "dial.yes_curve" },
    ];
  const s = sizeOf(loss, v);
  const found = [{ ...plain, f: (t) => s * negative(t, v), at: theta, key: negative === cos ? "dial.without" : "dial.others" }];
  if (hard) found.push({ ...other, f: (t) => s * hard(t, v), dash: [2, 5], at: NaN, key: "dial.hardened" });
  const ends = band?.(v).map((drawn) => (t) => s * target(t, drawn));
  return [...found, { ...psi, f: (t) => s * target(t, v), ends, key: "dial.with" }];
}

// Target logit s psi(theta) beside s cos(theta); asked apart, the two answers and the threshold.
export function targets({ ctx, colors, size }, box, say, state) {
  const { loss, v } = state;
  const [found, apart] = [lines(colors, state), asks(loss, v)];
  const all = found.flatMap(({ f, ends = [] }) => [f, ...ends]).flatMap((f) => HALF.map(f)).concat(apart ? v.threshold : []);
  const range = [Math.min(...all), Math.max(...all)];
  const y = { range, ticks: ticks(range, 4), label: (z) => String(Math.round(z * 10) / 10) };
  const x = { ...in_degrees, name: say(apart ? "dial.any_axis" : "dial.theta_axis") };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say(apart ? "dial.answers" : "dial.curves"), size }, colors);
  const level = apart && py(v.threshold);
  if (apart) rule(ctx, inner.x, level, inner.x + inner.w, level, colors.ink, 1.5, [3, 4]);
  const points = (f) => HALF.map((t) => [px(t), py(f(t))]);
  for (const { f, ends, ...style } of found) {
    if (ends) ribbon(ctx, ends.map(points), style.color);
    curve(ctx, points(f), style);
  }
  const dots = found.filter(({ at }) => at >= 0).map(({ f, at, color }) => [px(at), py(f(at)), color]);
  if (!apart) rule(ctx, dots[0][0], dots[0][1], dots[1][0], dots[1][1], colors.ink, 1.5, [3, 3]);
  for (const [dx, dy, color] of apart ? dots : dots.slice(1)) dot(ctx, "circle", dx, dy, size * 0.45, color, colors.paper);
  const named = found.map(({ color, key }) => [color, say(key)]).reverse();
  if (apart) named.push([colors.ink, say("dial.level", { level: v.threshold.toFixed(2) })]);
  legend({ ctx, colors, size }, inner, named);
}

// Words in the colors of their curves in the upper right corner, on paper.
function legend({ ctx, colors, size }, inner, named) {
  const [right, top] = [inner.x + inner.w - size * 0.3, inner.y - size * 0.2];
  ctx.font = `600 ${size}px ${FONT}`;
  const wide = Math.max(...named.map(([, words]) => ctx.measureText(words).width));
  ctx.globalAlpha = 0.95;
  ctx.fillStyle = colors.panel;
  ctx.fillRect(right - wide - size * 0.4, top, wide + size * 0.7, size * (1.3 * named.length + 0.4));
  ctx.globalAlpha = 1;
  named.forEach(([color, words], i) =>
    text(ctx, words, right, top + size * (1.15 + 1.3 * i), { color, size, weight: i ? 400 : 600, align: "right" }),
  );
}

// The room between two lines of points.
function ribbon(ctx, [one, two], color) {
  ctx.beginPath();
  for (const [x, y] of [...one, ...[...two].reverse()]) if (Number.isFinite(y)) ctx.lineTo(x, y);
  ctx.closePath();
  ctx.globalAlpha = 0.3;
  ctx.fillStyle = color;
  ctx.fill();
  ctx.globalAlpha = 1;
}

// Where person 1 wins, column by column of theta_1.
function won(ctx, mine, px, py, color) {
  ctx.beginPath();
  mine.forEach((found, i) => {
    const [left, right] = [px(Math.max(0, HALF[i] - HALF[1] / 2)), px(Math.min(PI, HALF[i] + HALF[1] / 2))];
    for (const [low, high] of found) ctx.rect(left, py(high), right - left, py(low) - py(high));
  });
  ctx.globalAlpha = 0.14;
  ctx.fillStyle = color;
  ctx.fill();
  ctx.globalAlpha = 1;
}

// The plane of both angles, cut by the boundary where the logits tie.
export function plane({ ctx, colors, size }, box, say, { loss, v, theta, between }) {
  const x = { ...in_degrees, name: say("dial.theta_1") };
  const y = { ...in_degrees, name: "" };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say(asks(loss, v) ? "dial.plane_apart" : "dial.plane"), size }, colors);
  const mine = HALF.map((t) => stretches(loss, t, v));
  won(ctx, mine, px, py, colors.one);
  const line = (of) => HALF.map((t, i) => [px(t), py(of(t, mine[i]))]);
  const tie = (t, drawn) => {
    const at = boundary(loss, t, drawn);
    return Number.isNaN(at) ? PI : at;
  };
  const ends = CURVES[loss].band?.(v).map((drawn) => line((t) => tie(t, drawn)));
  if (ends) ribbon(ctx, ends, colors.one);
  rule(ctx, px(0), py(0), px(PI), py(PI), colors.soft, 2, [6, 5]);
  if (asks(loss, v)) {
    const [yes, no] = caps(loss, v);
    if (yes < PI) rule(ctx, px(yes), inner.y, px(yes), inner.y + inner.h, colors.one, 3);
    if (no > 0) rule(ctx, inner.x, py(no), inner.x + inner.w, py(no), colors.two, 2.5, [8, 4]);
  } else {
    curve(ctx, line((t) => second(loss, t, v)), { color: colors.two, width: 2.5, dash: [2, 5] });
    const [low, high] = [(t, found) => found.find(([from]) => from > 0)?.[0], (t, [first]) => (first?.[1] < PI ? first[1] : NaN)];
    for (const edge of [low, high]) curve(ctx, line(edge), { color: colors.one, width: 3.5 });
  }
  dot(ctx, "circle", px(theta), py(gap(theta, between)), size * 0.5, colors.ink, colors.paper);
  const named = { color: colors.one, size, weight: 600, base: "middle", halo: colors.paper };
  const room = asks(loss, v) ? px(caps(loss, v)[0]) - inner.x : inner.w;
  if (room > size * 6) text(ctx, say("dial.one"), inner.x + size * 0.6, inner.y + size * 1.1, named);
}

// One quantity along the circle from center 1 to its antipode.
export function along({ ctx, colors, size }, box, say, title, value, top, digits, { theta, between, breaks }) {
  const y = { range: [0, top], ticks: ticks([0, top], 2), label: (v) => v.toFixed(digits) };
  const x = { ...in_degrees, name: say("dial.theta_axis") };
  const { px, py, inner } = axes(ctx, box, { x, y, title, size }, colors);
  rule(ctx, px(between), inner.y, px(between), inner.y + inner.h, colors.two, 1.5, [5, 5]);
  for (const t of breaks) rule(ctx, px(t), inner.y, px(t), inner.y + inner.h, colors.soft, 1.5, [2, 3]);
  const points = HALF.flatMap((t) => {
    const here = [px(t), py(Math.min(top, value(t)))];
    return breaks.some((at) => at > t - HALF[1] && at <= t) ? [[NaN, NaN], here] : [here];
  });
  curve(ctx, points, { color: colors.ink, width: 3 });
  const now = value(theta);
  dot(ctx, "circle", px(theta), py(Math.min(top, now)), size * 0.5, colors.ink, colors.paper);
  const corner = { color: colors.ink, size: size * 1.05, weight: 600, align: "right" };
  text(ctx, now.toFixed(2), inner.x + inner.w, box.y + size * 1.15, corner);
}
