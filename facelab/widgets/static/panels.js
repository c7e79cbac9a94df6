// The panels of the margin dial. Each draws into a box, from {loss, v, theta, between}.

import { boundary, gap, logits, reach, runs } from "./curves.js";
import { axes, curve, dot, rule, text, ticks } from "./draw.js";
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
  const [half, limit] = [between / 2, reach(loss, between, v)];
  rule(ctx, box.cx, box.cy, ...place(box, half, between), colors.soft, 1.5, [5, 5]);
  if (limit >= 0) rule(ctx, box.cx, box.cy, ...place(box, limit, between), colors.one, 3);
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
  if (limit >= 0 && limit < half - 0.005) {
    const [x, y] = place(box, half, between, 1 + (size * 1.5) / box.r);
    const angle = degrees(2 * (half - limit));
    text(ctx, say("dial.margin", { angle }), x, y, { color: colors.soft, size, align: "center", base: "middle", halo: colors.paper });
  }
  arrow({ ctx, colors, size }, box, say, state);
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

// Target logit s psi(theta) beside s cos(theta).
export function targets({ ctx, colors, size }, box, say, { loss, v, theta }) {
  const values = HALF.map((t) => logits(loss, t, t, v));
  const all = values.flat().filter(Number.isFinite);
  const range = [Math.min(...all), Math.max(...all)];
  const y = { range, ticks: ticks(range, 4), label: (z) => String(Math.round(z * 10) / 10) };
  const x = { ...in_degrees, name: say("dial.theta_axis") };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say("dial.curves"), size }, colors);
  curve(ctx, HALF.map((t, i) => [px(t), py(values[i][1])]), { color: colors.soft, width: 2, dash: [6, 5] });
  curve(ctx, HALF.map((t, i) => [px(t), py(values[i][0])]), { color: colors.one, width: 3.5 });
  const now = logits(loss, theta, theta, v);
  rule(ctx, px(theta), py(now[0]), px(theta), py(now[1]), colors.ink, 1.5, [3, 3]);
  dot(ctx, "circle", px(theta), py(now[0]), size * 0.45, colors.one, colors.paper);
  const right = inner.x + inner.w - size * 0.3;
  text(ctx, say("dial.with"), right, inner.y + size * 0.9, { color: colors.one, size, weight: 600, align: "right", halo: colors.paper });
  text(ctx, say("dial.without"), right, inner.y + size * 2.2, { color: colors.soft, size, align: "right", halo: colors.paper });
}

// The plane of both angles, cut by the boundary where the logits tie.
export function plane({ ctx, colors, size }, box, say, { loss, v, theta, between }) {
  const x = { ...in_degrees, name: say("dial.theta_1") };
  const y = { ...in_degrees, name: "" };
  const { px, py, inner } = axes(ctx, box, { x, y, title: say("dial.plane"), size }, colors);
  const mine = HALF.map((t) => [t, boundary(loss, t, v)]).filter(([, b]) => Number.isFinite(b));
  ctx.globalAlpha = 0.14;
  ctx.beginPath();
  ctx.moveTo(inner.x, inner.y);
  for (const [t, b] of mine) ctx.lineTo(px(t), py(b));
  if (mine.length) ctx.lineTo(px(mine.at(-1)[0]), inner.y);
  ctx.closePath();
  ctx.fillStyle = colors.one;
  ctx.fill();
  ctx.globalAlpha = 1;
  rule(ctx, px(0), py(0), px(PI), py(PI), colors.soft, 2, [6, 5]);
  curve(ctx, mine.map(([t, b]) => [px(t), py(b)]), { color: colors.one, width: 3.5 });
  dot(ctx, "circle", px(theta), py(gap(theta, between)), size * 0.5, colors.ink, colors.paper);
  const named = { color: colors.one, size, weight: 600, base: "middle", halo: colors.paper };
  text(ctx, say("dial.one"), inner.x + size * 0.6, inner.y + size * 1.1, named);
}

// One quantity along the circle from center 1 to its antipode.
export function along({ ctx, colors, size }, box, say, title, value, top, digits, { theta, between }) {
  const y = { range: [0, top], ticks: ticks([0, top], 2), label: (v) => v.toFixed(digits) };
  const x = { ...in_degrees, name: say("dial.theta_axis") };
  const { px, py, inner } = axes(ctx, box, { x, y, title, size }, colors);
  rule(ctx, px(between), inner.y, px(between), inner.y + inner.h, colors.two, 1.5, [5, 5]);
  curve(ctx, HALF.map((t) => [px(t), py(Math.min(top, value(t)))]), { color: colors.ink, width: 3 });
  const now = value(theta);
  dot(ctx, "circle", px(theta), py(Math.min(top, now)), size * 0.5, colors.ink, colors.paper);
  const corner = { color: colors.ink, size: size * 1.05, weight: 600, align: "right" };
  text(ctx, now.toFixed(2), inner.x + inner.w, box.y + size * 1.15, corner);
}
