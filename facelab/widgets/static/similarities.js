// Similarity histograms: cosines of one person and of two people, on easy faces and on hard ones.

import { above, chosen, compared, edge, inBar, mean } from "./similar_sets.js";
import { drawColumn, drawNumbers, drawTitles, layout, lowestOf, number, percent, scales, topOf } from "./similar_panels.js";
import { drawCard } from "./crowd.js";
import { drawStrip } from "./similar_faces.js";
import { Frame } from "./view.js";
import { States } from "./similar_states.js";
import { interact } from "./similar_hand.js";

const STEPS = 10; // of the level

const KINDS = {
  resolution: "similarities.resolution", blur: "similarities.blur", noise: "similarities.noise",
  occlusion: "similarities.occlusion", light: "similarities.light", rotation: "similarities.rotation",
};
const PAIRS = { all: "similarities.all", hardest: "similarities.hardest" };

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
