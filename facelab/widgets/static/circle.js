// The circle of the margin dial: whose each stretch is, centers, embedding. Angles count from
// center 1 towards center 2; the state is {loss, v, theta, between, other}.

import { CURVES, asks } from "./curves.js";
import { dot, rule, text } from "./draw.js";
import { caps, reach, runs } from "./regions.js";
import { degrees } from "./view.js";

const { PI, cos, sin } = Math;
const SLIVER = 0.02; // radians; a dot of an arc says nothing

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
    const align = beside ? "center" : phi ? "left" : "right";
    const label = { color, size: size * 1.05, weight: 600, align, base: "middle", halo: colors.paper };
    text(ctx, say(key), x, y - (beside ? size * 1.7 : 0), label);
  }
  if (!apart && limit >= 0 && limit < half - 0.005) {
    const narrow = box.r * sin(half) < size * 4; // the names of both people stand there
    const [x, y] = place(box, half, between, 1 + (size * (narrow ? 2.9 : 1.5)) / box.r);
    const angle = degrees(2 * (half - limit));
    text(ctx, say("dial.margin", { angle }), x, y, { color: colors.soft, size, align: "center", base: "middle", halo: colors.paper });
  }
  if (state.other) drawBeside({ ctx, colors, size }, box, state);
  arrow({ ctx, colors, size }, box, say, state);
}

// The second loss: inside the rim, an arc along what it grants each person, and how far person 1
// reaches under it.
function drawBeside({ ctx, colors, size }, box, { other, between }) {
  const { loss, v, color, dash } = other;
  Object.assign(ctx, { strokeStyle: color, lineWidth: size * 0.2 });
  for (const { from, to, owner: whose } of runs(loss, between, v)) {
    if (!whose || to - from < SLIVER) continue;
    ctx.beginPath();
    ctx.arc(box.cx, box.cy, box.r - size * 0.6, turn(from, between), turn(to, between));
    ctx.stroke();
  }
  const limit = asks(loss, v) ? caps(loss, v)[0] : reach(loss, between, v);
  if (limit >= 0) rule(ctx, box.cx, box.cy, ...place(box, limit, between), color, 2.5, dash);
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
