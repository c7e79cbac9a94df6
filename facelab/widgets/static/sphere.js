// The sphere: embeddings of people, their centers, and the caps a margin leaves them.

import { drawCard, drawCenters, drawLabels, drawPoints, look, sheet } from "./crowd.js";
import { angle, at, circleAround, drawBall, drawCap, drawNet, drawRim, drawShadow, drawSlice, nearest, rotate } from "./globe.js";
import { Frame, degrees } from "./view.js";

const { PI } = Math;
const LABELED = 14; // people whose faces fit beside the sphere
const CAPPED = 60; // people whose caps can be told apart

// Numbers of a buffer; copied, because a view into it may not start at a multiple of four bytes.
const numbers = (Kind, data) => new Kind(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));

// What does not change while the same images are drawn elsewhere.
function cast(model) {
  const labels = numbers(Uint16Array, model.get("_labels"));
  const faces = sheet(numbers(Uint8Array, model.get("_pixels")), model.get("_pixel_size"));
  const first = [];
  labels.forEach((person, i) => (first[person] ??= i));
  const held = numbers(Uint8Array, model.get("_held_out"));
  return { labels, held, first, faces: faces.count ? faces : null, names: model.get("names") };
}

// What a new frame from the kernel changes.
function scene(model, { labels, held }) {
  const points = numbers(Float32Array, model.get("_points"));
  const centers = numbers(Float32Array, model.get("_centers"));
  const groups = [0, 1].map(() => ({ count: 0, right: 0, angle: 0 }));
  labels.forEach((person, i) => {
    const point = at(points, i);
    const own = angle(point, at(centers, person));
    if (!Number.isFinite(own)) return;
    const group = groups[held[i]];
    group.count += 1;
    group.angle += own;
    group.right += closest(centers, point).person === person;
  });
  return { points, centers, near: nearest(centers), groups };
}

function closest(centers, [x, y, z], but = -1) {
  let [best, person] = [-2, -1];
  for (let i = 0; i < centers.length / 3; i++) {
    const dot = centers[3 * i] * x + centers[3 * i + 1] * y + centers[3 * i + 2] * z;
    if (dot > best && i !== but) [best, person] = [dot, i];
  }
  return { person, angle: Math.acos(Math.max(-1, Math.min(1, best))) };
}

const radius = (angle, margin) => (angle - margin) / 2;

function words(model, say, { labels, names }, { groups, near }) {
  const [trained, held] = groups;
  const margin = model.get("margin");
  const part = ({ right, count }) => `${Math.round((100 * right) / count)} %`;
  const mean = ({ angle: sum, count }) => degrees(sum / count);
  const shown = groups.filter(({ count }) => count);
  const count = shown.reduce((sum, group) => sum + group.count, 0);
  const said = [say(names.length === 1 ? "sphere.one" : "sphere.many", { people: names.length, count })];
  if (model.get("step") >= 0) said.push(say("sphere.step", { step: model.get("step") }));
  if (trained.count) said.push(say("sphere.trained", { part: part(trained), mean: mean(trained) }));
  if (held.count) said.push(say("sphere.held", { part: part(held), mean: mean(held) }));
  const known = near.map((n) => radius(n.angle, margin)).filter(Number.isFinite);
  const m = { m: margin.toFixed(2), angle: degrees(margin) };
  const room = known.filter((r) => r > 0);
  if (!known.length) said.push(say("sphere.alone", m));
  else if (!room.length) said.push(say("sphere.no_caps", m));
  else said.push(say("sphere.caps", { ...m, low: degrees(Math.min(...room), 1), high: degrees(Math.max(...room), 1) }));
  const without = near.flatMap((n, i) => (radius(n.angle, margin) <= 0 ? [names[i]] : []));
  if (room.length && without.length) {
    const list = without.length > 4 ? `${without.slice(0, 4).join(", ")}, …` : without.join(", ");
    said.push(say("sphere.without", { count: without.length, list }));
  }
  const person = model.get("person");
  if (person >= 0 && near[person].other >= 0)
    said.push(say("sphere.person", { name: names[person], other: names[near[person].other], angle: degrees(near[person].angle) }));
  return said.join(" ");
}

function drawCaps({ ctx, colors }, globe, centers, near, { margin, person, flat }, side) {
  if (near.length > CAPPED && person < 0) return;
  near.forEach((n, i) => {
    const r = radius(n.angle, margin);
    if (!(r > 0) || (near.length > CAPPED && person !== i)) return;
    const faint = person >= 0 && person !== i ? 0.35 : 1;
    const style = { color: look(colors, i).edge, fill: 0.2 * faint, width: faint < 1 ? 1 : 2, dash: side < 0 ? [4, 4] : [] };
    if (flat) drawSlice(ctx, globe, at(centers, i), r, style);
    else drawCap(ctx, globe, circleAround(at(centers, i), r), side, style);
  });
}

function drawBody(room, globe, turned, state) {
  const { ctx, colors, size } = room;
  const { labels, held, near } = state;
  const r = size * (labels.length <= 200 ? 0.42 : labels.length <= 800 ? 0.32 : 0.2);
  const side = (where) => {
    drawCaps(room, globe, turned.centers, near, state, where);
    drawPoints(ctx, globe, { turned: turned.points, labels, held, person: state.person, r }, where, colors);
    drawCenters(ctx, globe, turned.centers, where, colors, state.person, size * 0.5);
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
function pointed({ globe, turned, labels }, [x, y], within = 16) {
  let [found, best] = [-1, within ** 2];
  for (let i = 0; i < labels.length; i++) {
    if (!(turned.points[3 * i + 2] >= 0)) continue;
    const far = (globe.cx + globe.r * turned.points[3 * i] - x) ** 2 + (globe.cy - globe.r * turned.points[3 * i + 1] - y) ** 2;
    if (far < best) [found, best] = [i, far];
  }
  return found;
}

function card(room, say, now, hover) {
  const { labels, names, points, centers, faces, held, globe, turned } = now;
  const person = labels[hover];
  const point = at(points, hover);
  const other = closest(centers, point, person);
  const lines = [names[person], say("sphere.own", { angle: degrees(angle(point, at(centers, person))) })];
  if (other.person >= 0) lines.push(say("sphere.other", { name: names[other.person], angle: degrees(other.angle) }));
  if (held[hover]) lines.push(say("sphere.held_out"));
  const [x, y] = [globe.cx + globe.r * turned.points[3 * hover], globe.cy - globe.r * turned.points[3 * hover + 1]];
  const { edge: color } = look(room.colors, person);
  drawCard(room.ctx, globe, { ...room, x, y, lines, face: faces ? hover : null, faces, color }, room.colors);
}

function interact(frame, now, hand) {
  const { canvas, model } = frame;
  const wrap = (yaw) => ((((yaw + PI) % (2 * PI)) + 2 * PI) % (2 * PI)) - PI;
  const turn = (dx, dy) => {
    if (model.get("flat")) return;
    frame.set({ yaw: wrap(model.get("yaw") + dx), pitch: Math.max(-PI / 2, Math.min(PI / 2, model.get("pitch") + dy)) });
  };
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY, moved: 0 };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) {
      const hover = pointed(now(), frame.where(event));
      if (hover !== hand.hover) frame.redraw();
      hand.hover = hover;
      return;
    }
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    from = { x: event.clientX, y: event.clientY, moved: from.moved + Math.hypot(dx, dy) };
    hand.hover = -1;
    turn(dx / now().globe.r, dy / now().globe.r);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (from && from.moved < 4) pick(frame, now(), frame.where(event));
    from = null;
  });
  canvas.addEventListener("pointercancel", () => (from = null));
  canvas.addEventListener("pointerleave", () => {
    hand.hover = -1;
    frame.redraw();
  });
  const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    turn(...keys[event.key].map((k) => (k * PI) / 36));
  });
}

// A click on an embedding or a face highlights its person; once more, or beside, nobody.
function pick(frame, { labels, placed, ...rest }, [x, y]) {
  const face = placed.find((box) => x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h);
  const point = pointed({ labels, ...rest }, [x, y]);
  const person = face ? face.person : point >= 0 ? labels[point] : -1;
  frame.set({ person: person === frame.model.get("person") ? -1 : person });
}

function render({ model, el }) {
  const frame = new Frame(model, el, "sphere");
  const say = (key, values) => frame.phrase(key, values);
  const people = cast(model);
  const hand = { hover: -1 };
  let [seen, now] = [scene(model, people), null];
  frame.slider("margin", {
    label: say("sphere.margin"), low: 0, high: 1.5, step: 0.01, reset: 0.3,
    show: (v) => `${v.toFixed(2)} rad (${degrees(v)})`,
  });
  const options = [[-1, say("sphere.everyone")], ...people.names.map((name, i) => [i, name])];
  frame.chooser("person", { label: say("sphere.highlight"), options });
  if (people.faces) frame.toggle("faces", { label: say("sphere.faces") });
  if (!model.get("flat")) frame.toggle("spin", { label: say("sphere.spin") });
  frame.listen("change:_frame", () => {
    seen = scene(model, people);
    frame.redraw();
  });
  for (const name of ["yaw", "pitch", "names"]) frame.listen(`change:${name}`, () => frame.redraw());
  frame.listen("change:notes", () => frame.note(model.get("notes")));
  frame.note(model.get("notes"));
  frame.canvas.tabIndex = 0;
  frame.canvas.style.touchAction = "none";

  const draw = (room) => {
    const { width, height, size } = room;
    if (model.get("spin")) spin(frame);
    const state = { ...people, ...seen, flat: model.get("flat") };
    for (const name of ["margin", "person", "yaw", "pitch"]) state[name] = model.get(name);
    if (state.flat) Object.assign(state, { yaw: 0, pitch: 0 });
    const turned = { points: rotate(seen.points, state.yaw, state.pitch), centers: rotate(seen.centers, state.yaw, state.pitch) };
    const globe = { cx: width / 2, cy: height / 2 - 4, r: Math.min(height / 2 - size * 1.4, width / 2 - size * 11) };
    drawBody(room, globe, turned, state);
    const labeled = people.names.length <= LABELED ? people.names.map((_, i) => i) : state.person < 0 ? [] : [state.person];
    const faces = model.get("faces") ? people.faces : null;
    const placed = drawLabels(room.ctx, globe, { ...people, ...room, faces, centers: turned.centers, people: labeled, person: state.person }, room.colors);
    now = { ...state, globe, turned, placed };
    if (hand.hover >= 0) card(room, say, now, hand.hover);
    return words(model, say, people, seen);
  };
  frame.start((width) => Math.max(380, Math.min(700, width * 0.46)), draw, ["margin", "yaw", "pitch", "person"]);
  interact(frame, () => now, hand);
  return () => frame.close();
}

// A slow turn, so that everybody comes to the front; the kernel is not told of every frame.
function spin(frame) {
  const yaw = frame.model.get("yaw") + 0.004;
  frame.model.set("yaw", yaw > PI ? yaw - 2 * PI : yaw);
}

export default { render };
