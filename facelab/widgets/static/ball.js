// People on the ball: what draws them, and what a hand can do with it. Knows no view's traits.
//
// A view gives `state`: labels, held, near (from globe.js), person (highlighted, or -1), flat, yaw,
// pitch, and radius(angle, person): radians, the cap of a person whose nearest other center is so
// far away (0 or less: no cap). `turned` holds points and centers as they lie on the canvas. If it
// has `edges` (from edges.js), they are drawn; if it has `margin`, cards say whether it holds.

import { drawCard, drawCenters, drawPoints, look } from "./crowd.js";
import { dot } from "./draw.js";
import { wayBetween } from "./edges.js";
import { angle, at, circleAround, drawBall, drawCap, drawNet, drawRim, drawShadow, drawSlice, drawWay, rotate } from "./globe.js";

const { PI } = Math;
export const CAPPED = 60; // people whose caps and boundaries can be told apart

// Numbers of a buffer; copied, because a view into it may not start at a multiple of four bytes.
export const numbers = (Kind, data) => new Kind(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));

// The center nearest to a point, and its angle; `but` is left out.
export function closest(centers, [x, y, z], but = -1) {
  let [best, person] = [-2, -1];
  for (let i = 0; i < centers.length / 3; i++) {
    const dot = centers[3 * i] * x + centers[3 * i + 1] * y + centers[3 * i + 2] * z;
    if (dot > best && i !== but) [best, person] = [dot, i];
  }
  return { person, angle: Math.acos(Math.max(-1, Math.min(1, best))) };
}

// Where the ball stands in a room: space for faces on either side.
export const place = ({ width, height, size }) => ({
  cx: width / 2, cy: height / 2 - 4, r: Math.min(height / 2 - size * 1.4, width / 2 - size * 11),
});

export const turn = ({ points, centers }, yaw, pitch) => ({
  points: rotate(points, yaw, pitch), centers: rotate(centers, yaw, pitch),
});

function drawCaps({ ctx, colors }, globe, centers, { near, radius, person, flat }, side) {
  if (near.length > CAPPED && person < 0) return;
  near.forEach((n, i) => {
    const r = radius(n.angle, i);
    if (!(r > 0) || (near.length > CAPPED && person !== i)) return;
    const faint = person >= 0 && person !== i ? 0.35 : 1;
    const style = { color: look(colors, i).edge, fill: 0.2 * faint, width: faint < 1 ? 1 : 2, dash: side < 0 ? [4, 4] : [] };
    if (flat) drawSlice(ctx, globe, at(centers, i), r, style);
    else drawCap(ctx, globe, circleAround(at(centers, i), r), side, style);
  });
}

// The boundaries: of one highlighted person, those of the others are faint.
function drawEdges({ ctx, colors, size }, globe, { edges = [], person, yaw, pitch }, side) {
  for (const { i, j, way } of edges) {
    ctx.globalAlpha = side < 0 ? 0.4 : person < 0 || i === person || j === person ? 1 : 0.3;
    const style = { color: colors.soft, width: Math.max(1.2, size * 0.1) };
    drawWay(ctx, globe, rotate(way, yaw, pitch), side, style);
  }
  ctx.globalAlpha = 1;
}

export function drawBody(room, globe, turned, state) {
  const { ctx, colors, size } = room;
  const { labels, held, person } = state;
  const r = size * (labels.length <= 200 ? 0.42 : labels.length <= 800 ? 0.32 : 0.2);
  const side = (where) => {
    drawCaps(room, globe, turned.centers, state, where);
    drawEdges(room, globe, state, where);
    drawPoints(ctx, globe, { turned: turned.points, labels, held, person, r }, where, colors);
    drawCenters(ctx, globe, turned.centers, where, colors, person, size * 0.5);
  };
  if (state.flat) {
    drawRim(ctx, globe, colors);
    return side(1);
  }
  drawShadow(ctx, globe, colors);
  drawBall(ctx, globe, colors, 1);
  side(-1);
  drawBall(ctx, globe, colors, 0.74);
  drawNet(ctx, globe, state.yaw, state.pitch, colors);
  drawRim(ctx, globe, colors);
  return side(1);
}

// The embedding in front that lies nearest to a place on the canvas.
export function pointed({ globe, turned, labels }, [x, y], within = 16) {
  let [found, best] = [-1, within ** 2];
  for (let i = 0; i < labels.length; i++) {
    if (!(turned.points[3 * i + 2] >= 0)) continue;
    const far = (globe.cx + globe.r * turned.points[3 * i] - x) ** 2 + (globe.cy - globe.r * turned.points[3 * i + 1] - y) ** 2;
    if (far < best) [found, best] = [i, far];
  }
  return found;
}

// The embedding that comes after one, of the highlighted person if there is one.
function next({ labels, points, person }, from, by) {
  const count = labels.length;
  for (let k = 1; k <= count; k++) {
    const i = (((from < 0 && by < 0 ? 0 : from) + k * by) % count + count) % count;
    if (Number.isFinite(points[3 * i]) && (person < 0 || labels[i] === person)) return i;
  }
  return -1;
}

// Whose point or face a place on the canvas is, or -1.
function whose({ placed = [], ...now }, [x, y]) {
  const face = placed.find((box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h);
  const point = face ? -1 : pointed(now, [x, y]);
  return face ? face.person : point >= 0 ? now.labels[point] : -1;
}

// Angles of an embedding as they lie on the ball. A view that knows better gives `now.angles(i)`.
function seen({ labels, points, centers }, i) {
  const point = at(points, i);
  const { person: other, angle: wrong } = closest(centers, point, labels[i]);
  return { own: angle(point, at(centers, labels[i])), wrong, other };
}

const told = (radians, digits = 0) => `${((radians * 180) / PI).toFixed(digits)}°`;

// Of an embedding: whose it is, its angles to the own and to the nearest wrong center, and whether
// the margin holds, own + m < wrong; as lines of words.
export function described(say, now, i) {
  const { labels, names, held, margin } = now;
  const { own, wrong, other } = now.angles ? now.angles(i) : seen(now, i);
  const lines = [names[labels[i]]];
  if (held[i]) lines[0] += ` (${say("sphere.held_out")})`;
  if (Number.isFinite(own)) lines.push(say("sphere.own", { angle: told(own, 1) }));
  if (other >= 0) lines.push(say("sphere.other", { name: names[other], angle: told(wrong, 1) }));
  if (margin === undefined || !Number.isFinite(own + wrong)) return lines;
  const values = { own: told(own, 1), margin: told(margin, 1), wrong: told(wrong, 1) };
  return [...lines, say(own + margin < wrong ? "sphere.holds" : "sphere.fails", values)];
}

// Of the embedding pointed at: ways to its own and to the nearest wrong center, and a card.
export function card(room, say, now, hover) {
  const { ctx, colors, size } = room;
  const { labels, points, centers, faces, globe, turned, flat, yaw, pitch } = now;
  const [person, point] = [labels[hover], at(points, hover)];
  const { other } = now.angles ? now.angles(hover) : seen(now, hover);
  const avoid = [];
  for (const [k, whose] of [other, person].entries()) {
    const target = whose < 0 ? [NaN] : at(centers, whose);
    if (!target.every(Number.isFinite)) continue;
    const way = rotate(wayBetween(point, target), yaw, pitch);
    const beside = flat ? { ...globe, r: globe.r * (k ? 1.035 : 0.965) } : globe; // both lie on the rim
    const style = { color: look(colors, whose).edge, width: size * 0.22, dash: k ? [] : [size * 0.5, size * 0.35] };
    for (const side of flat ? [1] : [-1, 1]) {
      ctx.globalAlpha = side < 0 ? 0.35 : 1;
      drawWay(ctx, beside, way, side, { ...style, color: colors.paper, width: size * 0.42, dash: [] });
      drawWay(ctx, beside, way, side, style);
    }
    for (let i = 0; i < way.length; i += 3) avoid.push([globe.cx + globe.r * way[i], globe.cy - globe.r * way[i + 1]]);
  }
  ctx.globalAlpha = 1;
  const [x, y] = [globe.cx + globe.r * turned.points[3 * hover], globe.cy - globe.r * turned.points[3 * hover + 1]];
  const { color, edge, shape } = look(colors, person);
  dot(ctx, shape, x, y, size * 0.55, color, colors.ink, 2);
  const lines = described(say, now, hover);
  drawCard(ctx, globe, { ...room, x, y, lines, face: faces ? hover : null, faces, color: edge, avoid }, colors);
}

const PAGES = { PageDown: 1, PageUp: -1 };
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const wrap = (yaw) => ((((yaw + PI) % (2 * PI)) + 2 * PI) % (2 * PI)) - PI;

// Dragging and arrow keys turn the ball, pointing shows a card, page keys show the next one (of the
// highlighted person, if there is one), a click on an embedding or a face picks its person (once
// more, or beside: nobody). `now()` is what was drawn last, with globe,
// turned, labels and placed (from drawLabels); `hand.hover` becomes the embedding pointed at;
// `get()` gives {yaw, pitch, person, flat}, `set(values)` takes some of them.
export function interact(frame, { now, hand, get, set }) {
  const { canvas } = frame;
  Object.assign(canvas, { tabIndex: 0 }).style.touchAction = "none";
  const turned = (dx, dy) => {
    const { yaw, pitch, flat } = get();
    if (!flat) set({ yaw: wrap(yaw + dx), pitch: Math.max(-PI / 2, Math.min(PI / 2, pitch + dy)) });
  };
  const hover = (found) => {
    if (found !== hand.hover) frame.redraw();
    hand.hover = found;
  };
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY, moved: 0 };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!now()) return;
    if (!from) return hover(pointed(now(), frame.where(event)));
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    from = { x: event.clientX, y: event.clientY, moved: from.moved + Math.hypot(dx, dy) };
    hand.hover = -1;
    turned(dx / now().globe.r, dy / now().globe.r);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (from && from.moved < 4) {
      const person = whose(now(), frame.where(event));
      set({ person: person === get().person ? -1 : person });
    }
    from = null;
  });
  canvas.addEventListener("pointercancel", () => (from = null));
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("keydown", (event) => {
    if (!KEYS[event.key] && !PAGES[event.key]) return;
    event.preventDefault();
    if (PAGES[event.key]) return hover(next(now(), hand.hover, PAGES[event.key]));
    turned(...KEYS[event.key].map((k) => (k * PI) / 36));
  });
}

// A slow turn, so that everybody comes to the front.
export const spun = (yaw) => wrap(yaw + 0.004);
