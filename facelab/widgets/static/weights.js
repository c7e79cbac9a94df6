// Sample weights: which faces a loss listens to, in order, while its sliders move.

import { drawCard, look, sheet } from "./crowd.js";
import { button, make } from "./dom.js";
import { gallery, pointer, times } from "./weights_faces.js";
import { margins, scatter, why } from "./weights_plots.js";
import { choose, chosen, controls, mattering, shown, symbol } from "./settings.js";
import { Frame, degrees } from "./view.js";
import { half, lengthsOf, qualityOf, shares, weigh } from "./weighing.js";

const { max, min } = Math;

// Numbers of a buffer; copied, because a view into it may not start at a multiple of four bytes.
const numbers = (Kind, data) => new Kind(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));

// The faces, which do not change: {angles, apart, lengths, labels, nearest, faces, names}.
function cast(model) {
  const [all, columns] = [numbers(Float32Array, model.get("_angles")), numbers(Uint16Array, model.get("_columns"))];
  const [apart, lengths] = [numbers(Float32Array, model.get("_apart")), numbers(Float32Array, model.get("_lengths"))];
  const [count, names] = [lengths.length, model.get("names")];
  const wide = count ? all.length / count : 0;
  const angles = Array.from({ length: count }, (_, i) => all.subarray(i * wide, (i + 1) * wide));
  const pairs = (wide * (wide - 1)) / 2;
  const below = (i, j, k) => apart[i * pairs + (j * (j - 1)) / 2 + k]; // j > k
  const all2 = (i, j, k) => apart[columns[i * wide + j] * names.length + columns[i * wide + k]];
  const faces = sheet(numbers(Uint8Array, model.get("_pixels")), model.get("_pixel_size"));
  return {
    count, names, angles, lengths, faces: faces.count ? faces : null, apart: model.get("_whole") ? all2 : below,
    labels: angles.map((_, i) => columns[i * wide]), theta: angles.map((row) => row[0]),
    nearest: angles.map((row) => (wide > 1 ? row[1] : Infinity)), other: angles.map((_, i) => (wide > 1 ? columns[i * wide + 1] : -1)),
  };
}

const ranked = (values) => [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
function places(order) {
  const rank = [];
  order.forEach((i, at) => (rank[i] = at));
  return rank;
}

// The weights under the loss that is chosen, and under NormFace with its scale.
function weighed(batch, loss, v) {
  const s = v.scale ?? batch.lengths.reduce((sum, a) => sum + a, 0) / max(1, batch.count);
  const [found, plainly] = [weigh(loss, batch, v), weigh("normface", batch, { scale: s })];
  const [parts, plain] = [shares(found.pulls), shares(plainly.pulls)];
  const [rank, plainRank] = [places(ranked(parts)), places(ranked(plain))];
  const sum = (pulls) => pulls.reduce((all, w) => all + w, 0);
  const ratio = sum(found.pulls) / sum(plainly.pulls);
  const gain = parts.map((part, i) => (plain[i] > 0 ? part / plain[i] : 0));
  return { loss, v, s, found, parts, plain, rank, plainRank, gain, ratio, half: half(parts), plainHalf: half(plain), top: max(1e-12, ...parts) };
}

const percent = (part) => (100 * part).toPrecision(part >= 0.1 ? 3 : 2);
const ends = (values, show) => ({ low: show(min(...values)), high: show(max(...values)) });
const two = (x) => x.toFixed(2);

// What only some losses have to say.
const MORE = {
  f_softmax: (now, say) => say("weights.focal", ends(now.found.p.map((p) => (1 - p) ** now.v.gamma), two)),
  hard_mining: (now, say) => say("weights.dropped_faces", { kept: now.found.counts.filter((c) => c > 0).length, count: now.count }),
  elasticface: (now, say) => drawn(now, say),
  adaface(now, say) {
    const spread = lengthsOf(now.lengths);
    const z = [...now.lengths].map((a) => qualityOf(spread, a, now.v));
    return say("weights.quality", { mean: spread.mean.toFixed(1), deviation: spread.deviation.toFixed(1), ...ends(z, two) });
  },
  magface(now, say) {
    const [{ at }] = margins(now);
    const length = ends(now.lengths, (a) => a.toFixed(1));
    return say("weights.by_length", { short: length.low, long: length.high, ...ends([...now.lengths].map(at), (m) => shown({ unit: "radians" }, m)) });
  },
};
for (const loss of ["sv_softmax", "mv_softmax", "curricularface"]) MORE[loss] = beaten;

function beaten(now, say) {
  const hard = now.found.hard.filter((n) => n > 0).length;
  const share = now.parts.reduce((sum, part, i) => sum + (now.found.hard[i] ? part : 0), 0);
  return hard ? say("weights.hard", { hard, count: now.count, share: percent(share) }) : say("weights.unbeaten");
}

// Drawn margins, and with `plus` how well they follow the rank of the angle.
function drawn(now, say) {
  const margin = now.found.each.map((v) => v.margin);
  const said = say("weights.drawn", ends(margin, two));
  if (!now.v.plus || now.count < 2) return said;
  const rank = places(ranked(now.theta.map((t) => -t)));
  const centered = (values) => values.map((x) => x - values.reduce((sum, y) => sum + y, 0) / values.length);
  const [a, b] = [centered(margin), centered(places(ranked(margin.map((m) => -m))))];
  const [c, dot] = [centered(rank), (p, q) => p.reduce((sum, x, i) => sum + x * q[i], 0)];
  const r = dot(a, a) > 0 ? dot(b, c) / Math.sqrt(dot(b, b) * dot(c, c)) : 0;
  return `${said} ${say("weights.handed", { r: two(r) })}`;
}

function highlighted(now, say) {
  const own = [...now.labels.keys()].filter((i) => now.labels[i] === now.person);
  if (!own.length) return [];
  const faces = own.length === 1 ? say("weights.person_one") : say("weights.person_many", { count: own.length });
  const ranks = own.map((i) => now.rank[i] + 1);
  const share = percent(own.reduce((sum, i) => sum + now.parts[i], 0));
  return [say("weights.person", { name: now.names[now.person], faces, share, best: min(...ranks), worst: max(...ranks) })];
}

function words(model, now, say) {
  if (!now.count) return say("weights.nobody");
  const { title, settings } = model.get("losses")[now.loss];
  const sliders = mattering(settings, (name) => now.v[name]).filter(([, spec]) => spec.kind === "slider");
  const list = [title, ...sliders.map(([name, spec]) => `${symbol(spec.symbol)} ${shown(spec, now.v[name])}`)].join(", ");
  if (!(now.half > 0)) return say("weights.silent", { list, count: now.count });
  const said = [say("weights.words", { list, half: now.half, count: now.count })];
  if (now.compare && Number.isFinite(now.ratio)) said.push(say("weights.plain_half", { half: now.plainHalf, times: times(now.ratio) }));
  const most = now.rank.indexOf(0);
  said.push(say("weights.most", {
    name: now.names[now.labels[most]], angle: degrees(now.theta[most]), share: percent(now.parts[most]), times: times(now.parts[most] * now.count),
  }));
  if (MORE[now.loss]) said.push(MORE[now.loss](now, say));
  return [...said, ...highlighted(now, say)].join(" ");
}

// The card of a face that is pointed at, its weight in numbers.
function card(room, now, box, say) {
  const { i } = box;
  const lines = [
    now.names[now.labels[i]], say("weights.card_weight", { times: times(now.parts[i] * now.count), share: percent(now.parts[i]) }),
    say("weights.rank", { rank: now.rank[i] + 1, count: now.count }),
    say("weights.card_plain", { times: times(now.plain[i] * now.count), rank: now.plainRank[i] + 1 }),
    say("weights.card_own", { angle: degrees(now.theta[i], 1) }),
  ];
  if (now.other[i] >= 0) lines.push(say("weights.card_other", { angle: degrees(now.nearest[i], 1), name: now.names[now.other[i]] }));
  lines.push(say("weights.card_more", { p: now.found.p[i].toPrecision(2), length: now.lengths[i].toFixed(1) }));
  if (now.loss === "elasticface") lines.push(say("weights.card_margin", { m: two(now.found.each[i].margin) }));
  if (now.loss === "magface" || now.loss === "adaface") lines.push(say("weights.card_margin", { m: two(margins(now)[0].at(now.lengths[i])) }));
  if (now.found.hard[i]) lines.push(say("weights.card_hard", { count: now.found.hard[i] }));
  if (!now.found.counts[i]) lines.push(say("weights.card_dropped"));
  const place = { x: box.x + box.w / 2, y: box.y + box.h / 2, cx: room.width / 2 };
  drawCard(room.ctx, place, { ...room, ...place, lines, face: now.faces ? i : null, faces: now.faces, color: look(room.colors, now.labels[i]).edge }, room.colors);
}

const KEYS = {
  ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: ({ columns }) => -columns, ArrowDown: ({ columns }) => columns,
  PageUp: ({ page }) => -page, PageDown: ({ page }) => page, Home: () => -Infinity, End: () => Infinity,
};

function interact(frame, hand, now) {
  const { canvas, model } = frame;
  const last = () => max(0, now().count - 1);
  const toggle = (i) => frame.set({ person: now().labels[i] === model.get("person") ? -1 : now().labels[i] });
  const under = (event) => {
    const [x, y] = frame.where(event);
    return now().placed.find((b) => x >= b.x && x <= b.x + b.w && y >= b.y && y <= b.y + b.h);
  };
  canvas.addEventListener("pointermove", (event) => {
    const found = under(event)?.i ?? -1;
    if (found !== hand.hover) frame.redraw();
    hand.hover = found;
  });
  canvas.addEventListener("pointerleave", () => {
    hand.hover = -1;
    frame.redraw();
  });
  canvas.addEventListener("click", (event) => {
    const face = under(event);
    if (face) toggle(face.i);
    else frame.set({ person: -1 });
  });
  canvas.addEventListener("blur", () => {
    hand.reached = -1;
    frame.redraw();
  });
  canvas.addEventListener("keydown", (event) => {
    const { order, page, first } = now();
    const paging = event.key.startsWith("Page");
    if (event.key === "Enter" || event.key === " ") hand.reached >= 0 && toggle(order[hand.reached]);
    else if (KEYS[event.key]) {
      const from = hand.reached < 0 ? first - (paging ? 0 : 1) : hand.reached;
      hand.reached = max(0, min(last(), hand.reached < 0 && !paging && Number.isFinite(KEYS[event.key](now())) ? first : from + KEYS[event.key](now())));
      frame.set({ first: hand.reached - (hand.reached % page) });
    } else return;
    event.preventDefault();
  });
  return (by) => {
    const { first, page, count } = now();
    hand.reached = -1;
    frame.set({ first: max(0, min(first + by * page, count - 1 - ((count - 1) % page))) });
  };
}

// A person who is chosen by name brings the page with the face of theirs that comes first.
function turnTo(person, { order, labels, page, first }) {
  const at = order.findIndex((i) => labels[i] === person);
  return { person, first: at < 0 ? first : at - (at % page) };
}

function top(frame, model, say, names, now) {
  frame.addRow();
  const options = Object.entries(model.get("losses")).map(([key, { title }]) => [key, title]);
  frame.chooser("loss", { into: frame.row, label: say("weights.loss"), options, choose: (loss) => choose(model, loss) });
  const orders = [["weight", say("weights.by_weight")], ["gain", say("weights.by_gain")]];
  frame.chooser("order", { into: frame.row, label: say("weights.order"), options: orders });
  const people = [[-1, say("weights.everyone")], ...names.map((name, i) => [i, name])];
  frame.chooser("person", { into: frame.row, label: say("weights.highlight"), options: people, choose: (person) => turnTo(person, now()) });
  frame.toggle("compare", { into: frame.row, label: say("weights.compare") });
}

// Back and forth beside the head of the gallery.
function pages(frame, say, turn) {
  const place = make("div", "", frame.stage);
  Object.assign(frame.stage.style, { position: "relative" });
  Object.assign(place.style, { position: "absolute", top: 0, display: "flex", gap: "6px", transform: "translateX(-100%)" });
  const style = "padding: 0 12px; font-size: 15px; border-width: 1px;";
  button(place, "‹", () => turn(-1), { title: say("weights.previous"), "aria-label": say("weights.previous"), style });
  button(place, "›", () => turn(1), { title: say("weights.next"), "aria-label": say("weights.next"), style });
  return place;
}

function render({ model, el }) {
  const frame = new Frame(model, el, "weights");
  const say = (key, values) => frame.phrase(key, values);
  const [batch, hand] = [cast(model), { hover: -1, reached: -1 }];
  let [now, key, held] = [null, "", null];
  top(frame, model, say, batch.names, () => now);
  controls(frame, model);
  for (const name of ["first", "notes"]) frame.listen(`change:${name}`, () => frame.redraw());
  frame.canvas.tabIndex = 0;

  const draw = (room) => {
    const [loss, v] = chosen(model);
    const asked = JSON.stringify([loss, v]);
    if (asked !== key) [key, held] = [asked, weighed(batch, loss, v)];
    const { remark } = model.get("losses")[loss];
    frame.note([model.get("notes"), remark ? say(remark) : ""].filter(Boolean).join(" "));
    again.hidden = loss !== "elasticface";
    const state = { ...batch, ...held, compare: model.get("compare"), person: model.get("person"), first: min(model.get("first"), max(0, batch.count - 1)) };
    state.order = ranked(model.get("order") === "gain" ? held.gain : held.parts);
    const wide = room.width * 0.6;
    pager.style.left = `${wide - room.size * 1.5}px`;
    now = { ...state, ...gallery(room, state, { x: room.size * 0.6, y: 0, w: wide - room.size * 1.5, h: room.height }, say) };
    const at = hand.hover >= 0 ? hand.hover : hand.reached >= 0 ? now.order[hand.reached] : -1;
    const right = { x: wide, w: room.width - wide, h: room.height / 2 };
    if (batch.count) {
      scatter(room, { ...right, y: 0 }, say, { ...now, at });
      why(room, { ...right, y: room.height / 2 }, say, { ...now, at });
    }
    const box = now.placed.find(({ i }) => i === at);
    if (box) {
      pointer(room, box);
      card(room, now, box, say);
    }
    return words(model, now, say);
  };
  const turn = interact(frame, hand, () => now);
  const pager = pages(frame, say, turn);
  const seed = () => frame.set({ seed: (model.get("seed") + 1) % 101 });
  const again = button(frame.row, say("weights.draw_again"), seed, { title: say("weights.draw_hint"), style: "padding: 2px 12px; border-width: 1px;" });
  const settings = () => Object.keys(model.get("losses")[model.get("loss")].settings);
  frame.start((width) => max(380, min(640, width * 0.34)), draw, () => ["loss", ...settings(), "order", "compare", "person", "first"]);
  return () => frame.close();
}

export default { render };
