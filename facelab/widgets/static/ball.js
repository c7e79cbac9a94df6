// People on the ball: what draws them, and what a hand can do with it. Knows no view's traits.
//
// A view gives `state`: labels, held, near (from globe.js), person (highlighted, or -1), flat, yaw,
// pitch, and radius(angle, person): radians, the cap of a person whose nearest other center is so
// far away (0 or less: no cap). `turned` holds points and centers as they lie on the canvas.

import { drawCard, drawCenters, drawPoints, look } from "./crowd.js";
import { angle, at, circleAround, drawBall, drawCap, drawNet, drawRim, drawShadow, drawSlice, rotate } from "./globe.js";

const { PI } = Math;
const CAPPED = 60; // people whose caps can be told apart

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

export function drawBody(room, globe, turned, state) {
  const { ctx, colors, size } = room;
  const { labels, held, person } = state;
  const r = size * (labels.length <= 200 ? 0.42 : labels.length <= 800 ? 0.32 : 0.2);
  const side = (where) => {
    drawCaps(room, globe, turned.centers, state, where);
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

// Whose point or face a place on the canvas is, or -1.
function whose({ placed = [], ...now }, [x, y]) {
  const face = placed.find((box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h);
  const point = face ? -1 : pointed(now, [x, y]);
  return face ? face.person : point >= 0 ? now.labels[point] : -1;
}

// The card of the embedding that is pointed at: its face, whose it is, how far from which center.
export function card(room, say, now, hover) {
  const { labels, names, points, centers, faces, held, globe, turned } = now;
  const person = labels[hover];
  const point = at(points, hover);
  const other = closest(centers, point, person);
  const own = angle(point, at(centers, person));
  const lines = [names[person], say("sphere.own", { angle: told(own) })];
  if (other.person >= 0) lines.push(say("sphere.other", { name: names[other.person], angle: told(other.angle) }));
  if (held[hover]) lines.push(say("sphere.held_out"));
  const [x, y] = [globe.cx + globe.r * turned.points[3 * hover], globe.cy - globe.r * turned.points[3 * hover + 1]];
  const { edge: color } = look(room.colors, person);
  drawCard(room.ctx, globe, { ...room, x, y, lines, face: faces ? hover : null, faces, color }, room.colors);
}

const told = (radians) => `${((radians * 180) / PI).toFixed(0)}°`;

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const wrap = (yaw) => ((((yaw + PI) % (2 * PI)) + 2 * PI) % (2 * PI)) - PI;

// Dragging and arrow keys turn the ball, pointing shows a card, a click on an embedding or a face
// picks its person (once more, or beside: nobody). `now()` is what was drawn last, with globe,
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
    if (!KEYS[event.key]) return;
    event.preventDefault();
    turned(...KEYS[event.key].map((k) => (k * PI) / 36));
  });
}

// A slow turn, so that everybody comes to the front.
export const spun = (yaw) => wrap(yaw + 0.004);
