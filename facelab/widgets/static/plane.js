// The plane of both angles, cut by the boundaries where logits tie: of one loss, of two, of all.

import { CURVES, asks } from "./curves.js";
import { axes, curve, dot, rule, text } from "./draw.js";
import { HALF } from "./lines.js";
import { in_degrees, ribbon } from "./panels.js";
import { boundary, caps, gap, second, stretches } from "./regions.js";

const { PI, abs, max, min } = Math;
const SAME = Math.PI / 120; // boundaries nowhere farther apart than this are drawn and named as one

// The boundary of a loss in the plane: lines of [theta_1, theta_2]. Asked apart, the corner of those
// that are person 1's by both answers.
export function boundaries(loss, v, mine = HALF.map((t) => stretches(loss, t, v))) {
  if (asks(loss, v)) {
    const [yes, no] = caps(loss, v);
    return Number.isNaN(yes + no) ? [] : [[[0, no], [yes, no], [yes, PI]]];
  }
  const low = mine.map((found, i) => [HALF[i], found.find(([from]) => from > 0)?.[0] ?? NaN]);
  const high = mine.map(([first], i) => [HALF[i], first?.[1] < PI ? first[1] : NaN]);
  return [low, high].filter((line) => line.some(([, y]) => y >= 0));
}

// The boundaries of all losses, those that lie on each other as one: [{titles, line}].
export function atlas(all) {
  const groups = [];
  for (const { loss, v, title } of all) {
    const [line = []] = boundaries(loss, v);
    const twin = groups.find((group) => asks(group.loss, group.v) === asks(loss, v) && apart(group.line, line) < SAME);
    if (twin) twin.titles.push(title);
    else if (line.length) groups.push({ loss, v, line, titles: [title] });
  }
  return groups;
}

// The largest distance of two lines over the same angles.
function apart(one, two) {
  if (one.length !== two.length) return Infinity;
  return max(...one.map(([x, y], i) => (Number.isNaN(y + two[i][1]) ? 0 : max(abs(x - two[i][0]), abs(y - two[i][1])))));
}

// Where a line leaves the square: its last point.
const end = (line) => line.filter(([, y]) => y >= 0).at(-1);

// Where person 1 wins, column by column of theta_1.
function won(ctx, mine, px, py, color) {
  ctx.beginPath();
  mine.forEach((found, i) => {
    const [left, right] = [px(max(0, HALF[i] - HALF[1] / 2)), px(min(PI, HALF[i] + HALF[1] / 2))];
    for (const [low, high] of found) ctx.rect(left, py(high), right - left, py(low) - py(high));
  });
  ctx.globalAlpha = 0.14;
  ctx.fillStyle = color;
  ctx.fill();
  ctx.globalAlpha = 1;
}

// The boundaries of all losses, faint, their names turned at their ends above the square.
function drawAll({ ctx, colors, size }, px, py, groups, sides) {
  const top = py(PI);
  for (const { line } of groups) curve(ctx, line.map(([x, y]) => [px(x), py(y)]), { color: colors.line, width: 1.5 });
  const ends = groups.map((group) => [px(end(group.line)[0]), group]).sort(([a], [b]) => a - b);
  const step = size * 1.15;
  const places = [];
  for (const [x] of ends) places.push(max(x, (places.at(-1) ?? -Infinity) + step));
  for (let i = places.length - 1; i >= 0; i--) places[i] = min(places[i], px(PI) - size * 0.4 - (places.length - 1 - i) * step);
  ends.forEach(([x, { titles }], i) => {
    const named = sides.find(({ title }) => titles.includes(title));
    const color = named?.color ?? colors.soft;
    curve(ctx, [[x, top], [places[i], top - size * 0.8]], { color: colors.line, width: 1 });
    ctx.save();
    ctx.translate(places[i], top - size * 0.9);
    ctx.rotate(-PI / 4);
    text(ctx, titles.length > 1 ? `${titles[0]} +${titles.length - 1}` : titles[0], 0, size * 0.3, { color, size: size * 0.85, weight: named ? 600 : 400 });
    ctx.restore();
  });
}

// The first loss in full: what person 1 wins, its band, its boundary, its second curve.
function drawFirst({ ctx, colors }, px, py, inner, { loss, v }) {
  const mine = HALF.map((t) => stretches(loss, t, v));
  won(ctx, mine, px, py, colors.one);
  const tie = (t, drawn) => {
    const at = boundary(loss, t, drawn);
    return Number.isNaN(at) ? PI : at;
  };
  const ends = CURVES[loss].band?.(v).map((drawn) => HALF.map((t) => [px(t), py(tie(t, drawn))]));
  if (ends) ribbon(ctx, ends, colors.one);
  rule(ctx, px(0), py(0), px(PI), py(PI), colors.soft, 2, [6, 5]);
  if (asks(loss, v)) {
    const [yes, no] = caps(loss, v);
    if (yes < PI) rule(ctx, px(yes), inner.y, px(yes), inner.y + inner.h, colors.one, 3);
    if (no > 0) rule(ctx, inner.x, py(no), inner.x + inner.w, py(no), colors.two, 2.5, [8, 4]);
    return;
  }
  drawSecond(ctx, px, py, loss, v, colors.two);
  for (const line of boundaries(loss, v, mine)) curve(ctx, line.map(([x, y]) => [px(x), py(y)]), { color: colors.one, width: 3.5 });
}

const drawSecond = (ctx, px, py, loss, v, color) =>
  CURVES[loss].hard && curve(ctx, HALF.map((t) => [px(t), py(second(loss, t, v))]), { color, width: 2.5, dash: [2, 5] });

// The plane. `groups` are the boundaries of all losses, or null.
export function plane(room, box, say, state, sides, groups) {
  const { ctx, colors, size } = room;
  const { loss, v, theta, between } = state;
  const x = { ...in_degrees, name: say("dial.theta_1") };
  const y = { ...in_degrees, name: "" };
  const names = groups ? size * 6.2 : 0;
  const inside = { ...box, y: box.y + names, h: box.h - names };
  const title = groups ? "" : say(asks(loss, v) ? "dial.plane_apart" : "dial.plane");
  const { px, py, inner } = axes(ctx, inside, { x, y, title, size }, colors);
  if (groups) {
    text(ctx, say("dial.plane_all"), box.x + size * 0.3, box.y + size * 1.15, { color: colors.ink, size: size * 1.05, weight: 600 });
    drawAll(room, px, py, groups, sides);
  }
  drawFirst(room, px, py, inner, state);
  const { other } = state;
  if (other) {
    drawSecond(ctx, px, py, other.loss, other.v, other.color);
    for (const line of boundaries(other.loss, other.v)) curve(ctx, line.map(([a, b]) => [px(a), py(b)]), other);
  }
  dot(ctx, "circle", px(theta), py(gap(theta, between)), size * 0.5, colors.ink, colors.paper);
  const named = { color: colors.one, size, weight: 600, base: "middle", halo: colors.paper };
  const free = asks(loss, v) ? px(caps(loss, v)[0]) - inner.x : inner.w;
  if (free > size * 6) text(ctx, say("dial.one"), inner.x + size * 0.6, inner.y + size * 1.1, named);
}
