// Center margins: how far every person stands from the nearest other, and which pairs M pushes.

import { columnAt, drawArcs, drawBars, drawCard, drawFaces, drawHistogram, drawLine, layout } from "./barchart.js";
import { numbers } from "./ball.js";
import { sheet } from "./crowd.js";
import { text, ticks } from "./draw.js";
import { judged, nearest, pairAt, sorted } from "./margins.js";
import { Frame, degrees } from "./view.js";

const { PI } = Math;

// A squared distance with three digits, without an exponent where that is short.
export const amount = (value) => {
  if (!Number.isFinite(value)) return "–";
  const short = Number(value.toPrecision(3));
  return Math.abs(short) >= 1e6 || (short !== 0 && Math.abs(short) < 1e-4) ? short.toExponential() : String(short);
};

const MEASURES = {
  squared: { show: amount, trait: "margin", marks: (top) => ticks([0, top], 5), mark: amount },
  angle: { show: (value) => degrees(value, 1), trait: "angle", marks: (top) => ticks([0, (top * 180) / PI], 5).map((v) => (v * PI) / 180), mark: degrees },
};

// What never changes: who is drawn, and the pairs of every title by both measures.
function cast(model) {
  const order = model.get("_order");
  const [n, titles] = [order.length, model.get("titles")];
  const each = (n * (n - 1)) / 2;
  const part = (all, k) => all.subarray(k * each, (k + 1) * each);
  const sides = {};
  for (const [measure, trait] of [["squared", "_squares"], ["angle", "_angles"]]) {
    const all = numbers(Float32Array, model.get(trait));
    sides[measure] = titles.map((_, k) => {
      const gaps = part(all, k);
      return { gaps, near: nearest(gaps, n), pairs: sorted(gaps, n) };
    });
  }
  const all = model.get("counts");
  const counts = all.length ? order.map((person) => all[person]) : [];
  const fewest = Math.min(...counts);
  const faces = sheet(numbers(Uint8Array, model.get("_pixels")), model.get("_pixel_size"));
  const names = model.get("names");
  return {
    order, n, titles, sides, counts, fewest, faces: faces.count ? faces : null, names: order.map((person) => names[person]),
    rare: order.map((_, i) => i).filter((i) => counts[i] === fewest),
  };
}

// What the choices make of it: the two losses compared, under the threshold.
function scene(model, people, hover) {
  const measure = model.get("measure");
  const { trait } = MEASURES[measure];
  const threshold = model.get(trait);
  const of = (title) => {
    const side = people.sides[measure][people.titles.indexOf(title)];
    return { ...judged(side, threshold, people.rare), gaps: side.gaps, closest: side.pairs[0] };
  };
  const [was, now] = [model.get("before"), model.get("after")];
  const before = was && was !== now ? of(was) : null;
  const after = of(now);
  const column = hover >= 0 ? hover : people.order.indexOf(model.get("person"));
  const held = column >= 0 ? [column, after.near.other[column]].filter((i) => i >= 0) : [];
  return { ...MEASURES[measure], measure, threshold, before, after, held, column, titles: { before: before ? was : "", after: now } };
}

// The axis ends above every bar, mark and line.
function topOf(model, { measure, before, after, threshold }) {
  const known = [...after.near.gap, ...(before?.near.gap ?? [])].filter(Number.isFinite);
  const tallest = Math.max(0, ...known) * 1.1;
  const most = measure === "angle" ? model.get("_most") : model.get("normalized") ? 2 - 2 * Math.cos(model.get("_most")) : 0;
  const seen = Math.max(tallest, threshold * 1.08, most * 1.1);
  return { top: seen || 1, most };
}

function words(model, say, people, { measure, show, threshold, before, after, titles, column }) {
  if (people.n === 0) return say("centers.nobody");
  if (people.n === 1) return say("centers.alone");
  const unit = measure === "angle" ? "" : model.get("normalized") ? say("centers.unit_length") : say("centers.squared_unit");
  const values = {
    title: titles.after || say("centers.these"), first: titles.before, people: people.n, unit, all: after.gaps.length, everyone: people.n,
    value: show(threshold), count: after.close.length, fewest: people.fewest, some: people.rare.length,
  };
  const of = (side, end) => ({ [`low${end}`]: show(side.low), [`mean${end}`]: show(side.mean), [`rare${end}`]: show(side.rare) });
  const close = (side, end) => ({ [`count${end}`]: side.close.length, [`people${end}`]: side.people, [`sum${end}`]: amount(side.sum) });
  const all = { ...values, ...of(after, ""), ...(before ? of(before, "_was") : {}) };
  const said = [say(before ? "centers.words_two" : "centers.words_one", all)];
  if (people.rare.length < people.counts.length) said.push(say(before ? "centers.rare_two" : "centers.rare_one", all));
  const pairs = { ...all, ...close(after, ""), ...(before ? close(before, "_was") : {}) };
  if (measure === "angle") said.push(say(before ? "centers.pairs_angle_two" : "centers.pairs_angle_one", pairs));
  else said.push(say(before ? "centers.pairs_two" : "centers.pairs_one", pairs));
  if (column >= 0) {
    const other = after.near.other[column];
    said.push(say("centers.chosen", { name: named(say, people, column), other: named(say, people, other), value: show(after.near.gap[column]) }));
  }
  return said.join(" ");
}

function named(say, { names, counts }, i) {
  if (!counts.length) return names[i];
  return say(counts[i] === 1 ? "centers.image" : "centers.of_images", { name: names[i], count: counts[i] });
}

// The card: the person pointed at or highlighted and the nearest other, or the closest two of all.
function card(say, people, { measure, show, threshold, before, after, titles, column }) {
  const [i, j] = column >= 0 ? [column, after.near.other[column]] : [after.closest.i, after.closest.j];
  const gap = after.gaps[pairAt(i, j, people.n)];
  const near = say(gap < threshold ? "centers.too_close" : "centers.far_enough");
  const lines = [measure === "angle" ? say(gap < threshold ? "centers.too_close_angle" : "centers.far_enough_angle", { value: show(threshold) }) : near];
  if (before && column >= 0) {
    const was = before.near.other[i];
    lines.push(say("centers.was", { title: titles.before }), say("centers.was_near", { name: people.names[was], value: show(before.near.gap[i]) }));
  }
  const heading = say(column < 0 ? "centers.closest_two" : "centers.nearest_other");
  return { two: [i, j], faces: people.faces, names: [named(say, people, i), named(say, people, j)], heading, value: show(gap), lines };
}

function links(say, people, { measure, show, threshold, after, titles, column }, drawn) {
  const count = after.close.length;
  if (!drawn) return say("centers.no_links");
  const values = { drawn, count, title: titles.after || say("centers.these"), value: show(threshold), name: people.names[column] };
  const keys = measure === "angle" ? ["centers.links_angle_of", "centers.links_angle_some", "centers.links_angle"] : ["centers.links_of", "centers.links_some", "centers.links"];
  return say(keys[column >= 0 ? 0 : drawn < count ? 1 : 2], values);
}

function draw(model, say, people, hand, room) {
  const { ctx, size, colors } = room;
  const now = scene(model, people, hand.hover);
  const { top, most } = topOf(model, now);
  const place = layout(room, { count: people.n, faces: people.faces });
  const state = {
    ...now, ...people, count: people.n, top, names: { ...now.titles, after: now.titles.after || say("centers.these") },
    title: say(now.measure === "angle" ? "centers.bars_angle" : "centers.bars"),
  };
  const at = drawBars(room, place.bars, state);
  const inner = drawHistogram(room, place.histogram, at, say, state);
  const across = { from: at.inner.x, to: inner.x + inner.w, at: inner.x - size * 0.7 };
  const value = now.show(now.threshold);
  if (people.n > 1) {
    const limit = say("centers.most", { people: people.n, value: now.show(most) });
    if (most && most <= top) drawLine(room, { ...across, y: at.py(most), words: limit, dash: [2, 4], color: colors.soft, width: 1.6 });
    const words = say(now.measure === "angle" ? "centers.threshold_angle" : "centers.threshold", { value });
    drawLine(room, { ...across, y: at.py(now.threshold), words, dash: [8, 5], color: colors.ink, lower: now.threshold > top * 0.9 });
    drawFaces(room, at, place, say, state);
    const drawn = drawArcs(room, at, place, state);
    const label = { color: colors.soft, size: size * 0.9, align: "center" };
    text(ctx, links(say, people, now, drawn), at.inner.x + at.inner.w / 2, place.bottom - size * 0.35, label);
    drawCard(room, place.card, card(say, people, now));
  }
  hand.at = at;
  return words(model, say, people, now);
}

// A click on a bar, or a face, highlights its person; the arrow keys go from bar to bar.
function interact(frame, people, hand) {
  const { canvas, model } = frame;
  const column = (event) => (hand.at ? columnAt(hand.at, frame.where(event)[0]) : -1);
  const hover = (found) => {
    if (found !== hand.hover) frame.redraw();
    hand.hover = found;
  };
  canvas.addEventListener("pointermove", (event) => hover(column(event)));
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("click", (event) => {
    const found = people.order[column(event)] ?? -1;
    frame.set({ person: found === model.get("person") ? -1 : found });
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step && event.key !== "Escape") return;
    event.preventDefault();
    const now = people.order.indexOf(model.get("person"));
    const next = now < 0 ? (step > 0 ? 0 : people.n - 1) : now + step;
    frame.set({ person: step ? people.order[Math.max(0, Math.min(people.n - 1, next))] ?? -1 : -1 });
  });
}

function controls(frame, model, say, people) {
  const titles = people.titles.map((title) => [title, title]);
  frame.addRow();
  const into = frame.row;
  if (titles.length > 1) {
    frame.chooser("before", { into, label: say("centers.before"), options: [["", say("centers.none")], ...titles] });
    frame.chooser("after", { into, label: say("centers.after"), options: titles });
  }
  const measures = [
    ["squared", say("centers.squared"), say("centers.squared_hint")],
    ["angle", say("centers.angle"), say("centers.angle_hint")],
  ];
  frame.chooser("measure", { into, label: say("centers.measure"), options: measures });
  const options = people.order.map((person, i) => [person, named(say, people, i)]);
  frame.chooser("person", { into, label: say("centers.person"), options: [[-1, say("centers.closest_two")], ...options] });
  const high = model.get("_high");
  const start = { margin: model.get("margin"), angle: PI / 4 };
  const boxes = {
    margin: frame.slider("margin", { symbol: "M", label: say("centers.margin"), low: 0, high, step: high / 250, reset: start.margin, show: amount }),
    angle: frame.slider("angle", { label: say("centers.least_angle"), low: 0, high: PI, step: PI / 360, reset: start.angle, show: (v) => degrees(v, 1) }),
  };
  const show = () => {
    for (const [trait, box] of Object.entries(boxes)) box.hidden = MEASURES[model.get("measure")].trait !== trait;
  };
  frame.listen("change:measure", show);
  show();
}

function render({ model, el }) {
  const frame = new Frame(model, el, "centers");
  const say = (key, values) => frame.phrase(key, values);
  const people = cast(model);
  const hand = { hover: -1, at: null };
  controls(frame, model, say, people);
  frame.note(model.get("notes"));
  frame.canvas.tabIndex = 0;
  const chosen = ["before", "after", "measure", "margin", "angle", "person"];
  frame.start((width) => Math.max(400, Math.min(560, width * 0.4)), (room) => draw(model, say, people, hand, room), chosen);
  interact(frame, people, hand);
  return () => frame.close();
}

export default { render };
