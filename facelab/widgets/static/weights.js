// Sample weights: which faces a loss listens to, in order, while its sliders move.

import { drawCard, look, sheet } from "./crowd.js";
import { button, make } from "./dom.js";
import { gallery, pointer } from "./weights_faces.js";
import { beside } from "./weights_plots.js";
import { lines, words } from "./weights_words.js";
import { choose, chosen, controls } from "./settings.js";
import { Frame } from "./view.js";
import { half, places, ranked, shares, weigh } from "./weighing.js";

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

// The card of a face that is pointed at, its weight in numbers, beside the face.
function card(room, now, box, say) {
  const right = box.x + box.w / 2 <= room.width * 0.36;
  const place = { x: right ? box.x + box.w - room.size * 0.8 : box.x + room.size * 0.8, y: box.y + box.h / 2, cx: right ? Infinity : -Infinity };
  const { edge: color } = look(room.colors, now.labels[box.i]);
  drawCard(room.ctx, place, { ...room, ...place, lines: lines(now, box.i, say), face: now.faces ? box.i : null, faces: now.faces, color }, room.colors);
}

const KEYS = {
  ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: ({ columns }) => -columns, ArrowDown: ({ columns }) => columns,
  PageUp: ({ page }) => -page, PageDown: ({ page }) => page, Home: () => -Infinity, End: () => Infinity,
};

// The face, or its mark beside the gallery, at a place on the canvas.
function pointed({ placed, marks, count }, [x, y], within = 12) {
  const face = placed.find((b) => x >= b.x && x <= b.x + b.w && y >= b.y && y <= b.y + b.h);
  let [found, best] = [face, within];
  for (const place of face ? [] : marks)
    for (let i = 0; i < count; i++) {
      const [left, top] = place(i);
      const far = Math.hypot(left - x, top - y);
      if (far < best) [found, best] = [{ i, x: left, y: top, w: 0, h: 0 }, far];
    }
  return found;
}

function interact(frame, hand, now) {
  const { canvas, model } = frame;
  const last = () => max(0, now().count - 1);
  const toggle = (i) => frame.set({ person: now().labels[i] === model.get("person") ? -1 : now().labels[i] });
  const hover = (box) => {
    if (box?.i !== hand.hover?.i) frame.redraw();
    hand.hover = box;
  };
  const under = (event) => pointed(now(), frame.where(event));
  canvas.addEventListener("pointermove", (event) => hover(under(event)));
  canvas.addEventListener("pointerleave", () => hover());
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
    if (KEYS[event.key]) {
      const step = KEYS[event.key](now());
      const arrives = hand.reached < 0 && Math.abs(step) < page; // the first arrow reaches the first face
      hand.reached = max(0, min(last(), arrives ? first : (hand.reached < 0 ? first : hand.reached) + step));
      frame.set({ first: hand.reached - (hand.reached % page) });
    } else if ((event.key === "Enter" || event.key === " ") && hand.reached >= 0) toggle(order[hand.reached]);
    else return;
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
  const [batch, hand] = [cast(model), { hover: undefined, reached: -1 }];
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
    const at = hand.hover ? hand.hover.i : hand.reached >= 0 ? now.order[hand.reached] : -1;
    const right = { x: wide, w: room.width - wide, h: room.height / 2 };
    now.marks = batch.count ? beside(room, right, say, { ...now, at }) : [];
    const box = now.placed.find(({ i }) => i === at);
    if (box) pointer(room, box);
    pager.style.opacity = at >= 0 ? 0 : 1; // under the card
    if (at >= 0) card(room, now, box ?? hand.hover, say);
    return words(model, now, say);
  };
  const turn = interact(frame, hand, () => now);
  const pager = pages(frame, say, turn);
  const seed = () => frame.set({ seed: (model.get("seed") + 1) % 101 });
  const again = button(frame.row, say("weights.draw_again"), seed, { title: say("weights.draw_hint"), style: "padding: 2px 12px; border-width: 1px;" });
  const settings = () => Object.keys(model.get("losses")[model.get("loss")].settings);
  frame.start((width) => max(380, min(640, width * 0.325)), draw, () => ["loss", ...settings(), "order", "compare", "person", "first"]);
  return () => frame.close();
}

export default { render };
