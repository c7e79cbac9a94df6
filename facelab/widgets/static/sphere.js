// The sphere: embeddings of people, their centers, the caps a margin leaves them, and boundaries.

import { CAPPED, card, described, drawBody, interact, numbers, place, spun, turn } from "./ball.js";
import { drawLabels, sheet } from "./crowd.js";
import { edges, spokes } from "./edges.js";
import { nearest } from "./globe.js";
import { Frame, degrees } from "./view.js";

const LABELED = 14; // people whose faces fit beside the sphere
const FAITHFUL = 0.9; // of the squared length: with less, caps and boundaries would mislead
const LETTERS = 40; // of a name

const short = (name) => ([...name].length > LETTERS ? `${[...name].slice(0, LETTERS - 1).join("")}…` : name);

// What does not change while the same images are drawn elsewhere.
function cast(model) {
  const labels = numbers(Uint16Array, model.get("_labels"));
  const faces = sheet(numbers(Uint8Array, model.get("_pixels")), model.get("_pixel_size"));
  const first = [];
  labels.forEach((person, i) => (first[person] ??= i));
  const held = numbers(Uint8Array, model.get("_held_out"));
  return { labels, held, first, faces: faces.count ? faces : null, names: model.get("names").map(short) };
}

// What a new frame from the kernel changes. `near` is of the picture, `neighbors` of all numbers.
function scene(model) {
  const [points, centers, all, pairs] = ["_points", "_centers", "_angles", "_neighbors"].map((name) =>
    numbers(Float32Array, model.get(name)),
  );
  const angles = (i) => ({ own: all[3 * i], wrong: all[3 * i + 1], other: all[3 * i + 2] });
  const neighbors = Array.from({ length: pairs.length / 2 }, (_, i) => ({ angle: pairs[2 * i], other: pairs[2 * i + 1] }));
  return { points, centers, angles, neighbors, near: nearest(centers), faithful: model.get("_share") >= FAITHFUL };
}

const radius = (angle, margin) => (angle - margin) / 2;

// The boundaries, found again when centers or the highlighted person change; of a crowd only those
// of the person.
function boundaries() {
  let [from, of, found] = [null, -1, []];
  return ({ centers, flat, person }) => {
    const only = centers.length / 3 > CAPPED ? person : -1;
    if (from !== centers || of !== only)
      found = centers.length / 3 > CAPPED && person < 0 ? [] : (flat ? spokes : edges)(centers, only);
    [from, of] = [centers, only];
    return found;
  };
}

// Trained and held-out images: how many, how many of them nearest to their own center, how many by
// the margin, and the sum of their angles to it.
function groups({ labels, held }, { angles }, margin) {
  const found = [0, 1].map(() => ({ count: 0, right: 0, sure: 0, angle: 0 }));
  labels.forEach((_, i) => {
    const { own, wrong, other } = angles(i);
    if (!Number.isFinite(own)) return;
    const group = found[held[i]];
    group.count += 1;
    group.angle += own;
    group.right += other < 0 || own < wrong;
    group.sure += other < 0 || own + margin < wrong;
  });
  return found;
}

function words(model, say, people, seen, hover) {
  const { names } = people;
  const [margin, person] = [model.get("margin"), model.get("person")];
  const m = { m: margin.toFixed(2), angle: degrees(margin) };
  const found = groups(people, seen, margin);
  const count = found.reduce((sum, group) => sum + group.count, 0);
  const said = [say(names.length === 1 ? "sphere.one" : "sphere.many", { people: names.length, count })];
  if (model.get("step") >= 0) said.push(say("sphere.step", { step: model.get("step") }));
  for (const [key, group] of [["sphere.trained", found[0]], ["sphere.held", found[1]]]) {
    const part = (n) => `${Math.round((100 * n) / group.count)} %`;
    if (group.count) said.push(say(key, { ...m, part: part(group.right), sure: part(group.sure), mean: degrees(group.angle / group.count) }));
  }
  said.push(...room(seen.neighbors, names, margin, m, say));
  const { other, angle } = seen.neighbors[person] ?? { other: -1 };
  if (other >= 0) said.push(say("sphere.person", { name: names[person], other: names[other], angle: degrees(angle) }));
  if (hover >= 0) said.push(say("sphere.sentence", { words: described(say, { ...people, ...seen, margin }, hover).join(say("sphere.between")) }));
  return said.join(" ");
}

// What a margin leaves around the centers, in words.
function room(neighbors, names, margin, m, say) {
  const all = neighbors.map(({ angle }) => radius(angle, margin));
  const left = all.filter((r) => r > 0);
  const without = names.filter((_, i) => all[i] <= 0);
  if (!all.some(Number.isFinite)) return [say("sphere.alone")];
  if (!left.length) return [say("sphere.no_caps", m)];
  const said = [say("sphere.caps", { ...m, low: degrees(Math.min(...left), 1), high: degrees(Math.max(...left), 1) })];
  const list = [...without.slice(0, 4), ...(without.length > 4 ? ["…"] : [])].join(say("view.comma"));
  return without.length ? [...said, say("sphere.without", { count: without.length, list })] : said;
}

// What the reader holds: how the ball is turned, the margin, who is highlighted.
function hold(model, people, { faithful }) {
  const [margin, flat, person] = [model.get("margin"), model.get("flat"), model.get("person")];
  const [yaw, pitch] = flat ? [0, 0] : [model.get("yaw"), model.get("pitch")];
  const cap = (angle) => (faithful ? radius(angle, margin) : 0);
  return { margin, flat, yaw, pitch, person: person < people.names.length ? person : -1, radius: cap };
}

function render({ model, el }) {
  const frame = new Frame(model, el, "sphere");
  const say = (key, values) => frame.phrase(key, values);
  const people = cast(model);
  const hand = { hover: -1 };
  let [seen, now] = [scene(model), null];
  frame.slider("margin", {
    symbol: "m", label: say("sphere.margin"), low: 0, high: 1.5, step: 0.01, reset: 0.3,
    show: (v) => `${v.toFixed(2)} rad (${degrees(v)})`,
  });
  const options = [[-1, say("sphere.everyone")], ...people.names.map((name, i) => [i, name])];
  frame.chooser("person", { label: say("sphere.highlight"), options });
  if (seen.faithful && people.names.length > 1) frame.toggle("boundaries", { label: say("sphere.boundaries") });
  if (people.faces) frame.toggle("faces", { label: say("sphere.faces") });
  if (!model.get("flat")) frame.toggle("spin", { label: say("sphere.spin") });
  frame.listen("change:_frame", () => {
    seen = scene(model);
    frame.redraw();
  });
  for (const name of ["yaw", "pitch"]) frame.listen(`change:${name}`, () => frame.redraw());
  frame.listen("change:notes", () => frame.note(model.get("notes")));
  frame.note(model.get("notes"));

  const holds = () => hold(model, people, seen);
  const bounds = boundaries();
  const draw = (room) => {
    if (model.get("spin")) model.set("yaw", spun(model.get("yaw"))); // the kernel is not told of every frame
    const state = { ...people, ...seen, ...holds() };
    if (model.get("boundaries") && seen.faithful) state.edges = bounds(state);
    const [turned, globe] = [turn(seen, state.yaw, state.pitch), place(room)];
    drawBody(room, globe, turned, state);
    const labeled = people.names.length <= LABELED ? people.names.map((_, i) => i) : state.person < 0 ? [] : [state.person];
    const faces = model.get("faces") ? people.faces : null;
    const placed = drawLabels(room.ctx, globe, { ...people, ...room, faces, centers: turned.centers, people: labeled, person: state.person }, room.colors);
    now = { ...state, globe, turned, placed };
    if (hand.hover >= 0) card(room, say, now, hand.hover);
    return words(model, say, people, seen, hand.hover);
  };
  const part = model.get("notes").length > 100 ? 0.4 : 0.44; // a long note takes room below
  frame.start((width) => Math.max(380, Math.min(700, width * part)), draw, ["margin", "yaw", "pitch", "person", "boundaries"]);
  interact(frame, { now: () => now, hand, get: holds, set: (values) => frame.set(values) });
  return () => frame.close();
}

export default { render };
