// The sphere: embeddings of people, their centers, and the caps a margin leaves them.

import { card, closest, drawBody, interact, numbers, place, spun, turn } from "./ball.js";
import { drawLabels, sheet } from "./crowd.js";
import { angle, at, nearest } from "./globe.js";
import { Frame, degrees } from "./view.js";

const LABELED = 14; // people whose faces fit beside the sphere

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

  const hold = () => {
    const margin = model.get("margin");
    const values = { flat: model.get("flat"), radius: (angle) => radius(angle, margin) };
    for (const name of ["person", "yaw", "pitch"]) values[name] = model.get(name);
    return values;
  };
  const draw = (room) => {
    if (model.get("spin")) model.set("yaw", spun(model.get("yaw"))); // the kernel is not told of every frame
    const state = { ...people, ...seen, ...hold() };
    if (state.flat) Object.assign(state, { yaw: 0, pitch: 0 });
    const turned = turn(seen, state.yaw, state.pitch);
    const globe = place(room);
    drawBody(room, globe, turned, state);
    const labeled = people.names.length <= LABELED ? people.names.map((_, i) => i) : state.person < 0 ? [] : [state.person];
    const faces = model.get("faces") ? people.faces : null;
    const placed = drawLabels(room.ctx, globe, { ...people, ...room, faces, centers: turned.centers, people: labeled, person: state.person }, room.colors);
    now = { ...state, globe, turned, placed };
    if (hand.hover >= 0) card(room, say, now, hand.hover);
    return words(model, say, people, seen);
  };
  frame.start((width) => Math.max(380, Math.min(700, width * 0.46)), draw, ["margin", "yaw", "pitch", "person"]);
  interact(frame, { now: () => now, hand, get: hold, set: (values) => frame.set(values) });
  return () => frame.close();
}

export default { render };
