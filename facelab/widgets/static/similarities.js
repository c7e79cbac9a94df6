// Similarity histograms: cosines of one person and of two people, on easy faces and on hard ones.

import { BINS, above, binOf, branch, chosen, compared, edge, inBar, mean, unpack } from "./similar_sets.js";
import { drawColumn, drawNumbers, drawTitles, layout, lowestOf, number, percent, scales, topOf } from "./similar_panels.js";
import { drawCard, sheet } from "./crowd.js";
import { drawStrip } from "./similar_faces.js";
import { Frame } from "./view.js";

const KEPT = 8; // states whose pairs are remembered; what the kernel sent is remembered for good
const STEPS = 10; // of the level

const KINDS = {
  resolution: "similarities.resolution", blur: "similarities.blur", noise: "similarities.noise",
  occlusion: "similarities.occlusion", light: "similarities.light", rotation: "similarities.rotation",
};
const PAIRS = { all: "similarities.all", hardest: "similarities.hardest" };

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

// Everything that came from the kernel: states by key, and their pairs.
class States {
  constructor(model) {
    this.model = model;
    this.labels = new Uint16Array(bytesOf(model.get("_labels")).slice().buffer);
    this.widths = model.get("_widths");
    this.shots = new Map([["easy", bytesOf(model.get("_easy"))]]);
    this.made = new Map();
    const [store, size] = [bytesOf(model.get("_store")), this.shots.get("easy").byteLength];
    model.get("_keys").forEach((key, i) => this.shots.set(key, store.subarray(i * size, (i + 1) * size)));
    this.take();
  }

  take() {
    this.last = this.model.get("_key");
    if (this.last !== "easy") this.shots.set(this.last, bytesOf(this.model.get("_shot")));
  }

  remembered(name, make) {
    const found = this.made.get(name) ?? make();
    this.made.delete(name);
    this.made.set(name, found);
    while (this.made.size > KEPT * (this.widths.length + 1)) this.made.delete(this.made.keys().next().value);
    return found;
  }

  // The sets of a network in a state.
  branch(key, network, pairs) {
    return this.remembered(`${key} ${network} ${pairs}`, () => {
      const before = this.widths.slice(0, network).reduce((a, b) => a + b, 0);
      const points = unpack(this.shots.get(key), 2 * before * this.labels.length, this.labels.length, this.widths[network]);
      return branch(points, this.labels, pairs);
    });
  }

  // The small copies of the faces in a state.
  faces(key) {
    return this.remembered(`${key} faces`, () => {
      const used = 2 * this.widths.reduce((a, b) => a + b, 0) * this.labels.length;
      return sheet(this.shots.get(key).subarray(used), this.model.get("_pixel_size"));
    });
  }
}

const asked = (model) => {
  const step = Math.round(model.get("level") * STEPS);
  return step === 0 ? "easy" : `${model.get("kind")} ${step}`;
};

// What a key stands for, in words.
function told(say, key) {
  if (key === "given") return say("similarities.given");
  if (key === "easy") return say("similarities.unchanged");
  const [kind, step] = key.split(" ");
  return say("similarities.hard_at", { kind: say(KINDS[kind]), level: number(step / STEPS, 1) });
}

function numbersOf({ easy, hard, threshold }, say) {
  const row = (name, { high, low, margin, overlap }) => ({
    name: say(name),
    values: [number(margin), percent(overlap), percent(above(high.values, threshold)), percent(above(low.values, threshold))],
  });
  const apart = compared(easy, hard);
  const kl = { high: number(apart.high), low: number(apart.low), order: number(apart.order) };
  return { rows: [row("similarities.easy_row", easy), row("similarities.hard_row", hard)], apart: say("similarities.kl", kl), kl };
}

function wordsOf(say, scene) {
  const { states, key, threshold, person, names, columns, bar, waiting } = scene;
  const said = [waiting];
  said.push(key === "easy" ? say("similarities.words_as_they_are", { threshold: number(threshold) }) : say("similarities.words_hard", { what: told(say, key), threshold: number(threshold) }));
  const [first] = columns;
  if (!first.easy.high.values.length) said.push(say("similarities.no_positive"));
  if (!first.easy.low.values.length) said.push(say("similarities.no_negative"));
  for (const { title, numbers, easy, hard } of columns) {
    const [[e, o, t, f], [eh, oh, th, fh]] = numbers.rows.map(({ values }) => values);
    said.push(say("similarities.words", { title, easy: e, hard: eh, share: o, hard_share: oh, tar: t, far: f, hard_tar: th, hard_far: fh, ...numbers.kl }));
    if (person < 0) continue;
    const own = ({ pairs }) => mean(chosen(pairs, 1, states.labels, person)) - mean(chosen(pairs, 0, states.labels, person));
    if (!states.labels.includes(person)) said.push(say("similarities.nobody_shown", { name: names[person] }));
    else said.push(say("similarities.words_person", { name: names[person], easy: number(own(easy)), hard: number(own(hard)) }));
  }
  if (bar) said.push(`${bar}.`);
  return said.filter(Boolean).join(" ");
}

// The first image of each person.
const leads = (labels) => Array.from(labels.keys()).filter((i) => labels.indexOf(labels[i]) === i);

// The faces of the chosen bar, or the same faces easy and hard.
function strip(room, say, scene) {
  const { states, names, columns, chosenBar, key, person } = scene;
  const { colors } = room;
  const [easy, hard] = [states.faces("easy"), key === "given" ? states.faces("easy") : states.faces(key)];
  const cut = (faces, i) => (ctx, ...box) => faces.draw(ctx, i, ...box);
  if (!chosenBar.length) {
    const group = key === "given" ? [] : leads(states.labels).map((i) => ({ faces: [cut(easy, i), cut(hard, i)], sign: "→", color: colors.line, caption: names[states.labels[i]] }));
    return { title: group.length && easy.count ? say("similarities.examples") : "", aside: say("similarities.hint"), groups: [easy.count ? group : []], ratio: easy.ratio };
  }
  const [network, row, bin] = chosenBar;
  const found = inBar(columns[network][row ? "hard" : "easy"].pairs, bin, states.labels, person);
  const faces = row ? hard : easy;
  const group = (kind) => found.filter(([, , , same]) => same === kind).map(([c, i, j]) => ({
    faces: [cut(faces, i), cut(faces, j)], sign: kind ? "=" : "≠", color: kind ? colors.one : colors.two,
    caption: `${number(c)}  ${[...new Set([names[states.labels[i]], names[states.labels[j]]])].join(" · ")}`,
  }));
  const groups = [group(1), group(0)];
  const where = { row: `${scene.titles.length > 1 ? `${scene.titles[network]}, ` : ""}${say(row ? "similarities.hard" : "similarities.easy")}`, from: number(edge(bin)), to: number(edge(bin + 1)) };
  const title = found.length ? say("similarities.bar", { ...where, one: groups[0].length, two: groups[1].length }) : say("similarities.bar_empty", where);
  return { title, groups: faces.count ? groups : [[], []], ratio: faces.ratio };
}

// What the canvas shows under a place: {threshold} near its line, or {network, row, bin}.
function pointed({ boxes, places, threshold }, [x, y]) {
  const network = boxes.findIndex((box) => x >= box.x - 6 && x <= box.x + box.w + 6 && y >= box.y - 16 && y <= box.y + box.h);
  if (network < 0) return null;
  const place = places[network];
  if (Math.abs(place.px(threshold) - x) < 7) return { network, grip: true };
  return { network, row: y > place.middle ? 1 : 0, bin: binOf(place.cosine(x)) };
}

function interact(frame, now, hand) {
  const { canvas, model } = frame;
  let dragging = -1;
  const drag = (x) => {
    const cosine = now().places[dragging].cosine(x);
    frame.set({ threshold: Math.round(100 * Math.max(-1, Math.min(1, cosine))) / 100 });
  };
  canvas.addEventListener("pointerdown", (event) => {
    const found = pointed(now(), frame.where(event));
    if (!found) return;
    if (found.grip) {
      dragging = found.network;
      canvas.setPointerCapture(event.pointerId);
      return;
    }
    const bar = [found.network, found.row, found.bin];
    frame.set({ bar: String(bar) === String(model.get("bar")) ? [] : bar });
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = frame.where(event);
    if (dragging >= 0) return drag(x);
    const found = pointed(now(), [x, y]);
    canvas.style.cursor = found?.grip ? "ew-resize" : found ? "pointer" : "default";
    if (JSON.stringify(found) !== JSON.stringify(hand.over)) frame.redraw();
    Object.assign(hand, { over: found, x, y });
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (dragging = -1));
  canvas.addEventListener("pointerleave", () => {
    hand.over = null;
    frame.redraw();
  });
  canvas.addEventListener("keydown", (event) => {
    const moved = move(now(), model.get("bar"), event.key);
    if (!moved) return;
    event.preventDefault();
    frame.set({ bar: moved });
  });
}

// The next bar that holds pairs: left and right within a row and on to the other network, up to easy
// faces, down to hard ones; Escape for none. null for a key that does nothing.
function move({ columns, threshold }, bar, key) {
  if (key === "Escape") return [];
  if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(key)) return null;
  const [network, row, bin] = bar.length ? bar : [0, 0, binOf(threshold)];
  if (key === "ArrowUp" || key === "ArrowDown") return [network, key === "ArrowUp" ? 0 : 1, bin];
  const filled = columns.flatMap(({ easy, hard }, k) => {
    const { high, low } = row ? hard : easy;
    return Array.from({ length: BINS }, (_, b) => b).filter((b) => high.bars[b] + low.bars[b] > 0).map((b) => k * BINS + b);
  });
  const at = network * BINS + bin;
  const next = key === "ArrowRight" ? (filled.find((b) => b > at) ?? filled[0]) : (filled.findLast((b) => b < at) ?? filled.at(-1));
  return next === undefined ? [network, row, bin] : [Math.floor(next / BINS), row, next % BINS];
}

// What a bar holds, beside the pointer.
function card(room, say, { boxes, columns }, { over, x, y }) {
  const { high, low } = columns[over.network][over.row ? "hard" : "easy"];
  const [one, two] = [high, low].map(({ bars, values }) => ({ share: percent(bars[over.bin]), count: Math.round(bars[over.bin] * values.length) || 0 }));
  const lines = [
    say("similarities.card", { from: number(edge(over.bin)), to: number(edge(over.bin + 1)) }),
    say("similarities.card_one", one),
    say("similarities.card_two", two),
  ];
  const box = boxes[over.network];
  drawCard(room.ctx, { cx: box.x + box.w / 2 }, { ...room, x, y, lines, face: null, faces: null, color: room.colors.line }, room.colors);
}

// Everything that is to be drawn, from the state of the model.
function sceneOf(model, say, states) {
  const wanted = model.get("_kinds").length ? asked(model) : "given";
  const key = states.shots.has(wanted) ? wanted : states.last;
  const [pairs, threshold, titles] = [model.get("pairs"), model.get("threshold"), model.get("_titles")];
  const columns = titles.map((title, i) => {
    const [easy, hard] = ["easy", key].map((name) => states.branch(name, i, pairs));
    return { title, easy, hard, numbers: numbersOf({ easy, hard, threshold }, say) };
  });
  const late = key === wanted ? "" : model.widget_manager ? "similarities.waiting" : "similarities.missing";
  const waiting = late && say(late, { what: told(say, wanted), shown: told(say, key) });
  return { states, key, columns, titles, threshold, waiting, person: model.get("person"), names: model.get("names"), chosenBar: model.get("bar") };
}

function drawScene(room, say, scene) {
  const { columns, states, person, threshold, chosenBar, key } = scene;
  const plan = layout(room, columns.length, states.faces("easy").count);
  states.lowest = Math.min(states.lowest ?? 0, lowestOf(columns.flatMap(({ easy, hard }) => [easy, hard]))); // never jumps back
  const { lowest } = states;
  const top = topOf(columns.map(({ easy }) => easy), columns.map(({ hard }) => hard));
  const places = plan.boxes.map((box) => scales(box, lowest, top, room.size));
  columns.forEach((column, i) => {
    const bar = chosenBar.length && chosenBar[0] === i ? chosenBar : null;
    const state = { ...column, top, lowest, threshold, say, person, labels: states.labels, row: told(say, key), bar };
    drawColumn(room, plan.boxes[i], places[i], state);
    drawNumbers(room, plan.boxes[i], plan.below, { ...column.numbers, say });
  });
  drawTitles(room, plan.boxes, scene.titles, say);
  const shown = strip(room, say, scene);
  drawStrip(room, plan.strip, shown);
  return { ...plan, ...scene, places, lowest, bar: chosenBar.length ? shown.title : "" };
}

function controls(frame, model, say, states) {
  frame.addRow();
  const kinds = model.get("_kinds").map((kind) => [kind, say(KINDS[kind])]);
  if (kinds.length) frame.chooser("kind", { label: say("similarities.kind"), options: kinds, into: frame.row });
  const pairs = Object.entries(PAIRS).map(([name, key]) => [name, say(key)]);
  frame.chooser("pairs", { label: say("similarities.pairs"), hint: say("similarities.pairs_hint"), options: pairs, into: frame.row });
  const people = [...new Set(states.labels)].sort((a, b) => a - b).map((i) => [i, model.get("names")[i]]);
  const options = [[-1, say("similarities.everyone")], ...people];
  frame.chooser("person", { label: say("similarities.person"), options, into: frame.row });
  const level = { low: 0, high: 1, step: 1 / STEPS, reset: 0.5, show: (v) => number(v, 1) };
  if (kinds.length) frame.slider("level", { ...level, label: say("similarities.level"), hint: say("similarities.level_hint") });
  const threshold = { low: -1, high: 1, step: 0.01, reset: model.get("threshold"), show: (v) => number(v) };
  frame.slider("threshold", { ...threshold, label: say("similarities.threshold"), hint: say("similarities.threshold_hint") });
}

function render({ model, el }) {
  const frame = new Frame(model, el, "similarities");
  const say = (key, values) => frame.phrase(key, values);
  const states = new States(model);
  const hand = { over: null, x: 0, y: 0 };
  let now = null;
  controls(frame, model, say, states);
  frame.listen("change:bar", () => frame.redraw());
  frame.listen("change:_frame", () => {
    states.take();
    frame.redraw();
  });
  frame.listen("change:notes", () => frame.note(model.get("notes")));
  frame.note(model.get("notes"));
  frame.canvas.tabIndex = 0;
  const draw = (room) => {
    now = drawScene(room, say, sceneOf(model, say, states));
    Object.assign(frame.canvas.dataset, { key: now.key, lowest: now.lowest }); // tests point with it
    if (hand.over && !hand.over.grip) card(room, say, now, hand);
    return wordsOf(say, now);
  };
  const own = model.get("_kinds").length ? ["kind", "level"] : [];
  frame.start((width) => Math.max(440, Math.min(660, width * 0.39)), draw, [...own, "threshold", "pairs", "person", "bar"]);
  interact(frame, () => now, hand);
  return () => frame.close();
}

export default { render };
