// The margin dial: two people on a circle, and what one loss, or two, ask of an embedding of person 1.

import { beside, besideControls, ownSlider, renewed } from "./beside.js";
import { circle, turn } from "./circle.js";
import { CURVES, asks, probability, pull } from "./curves.js";
import { HALF, levelOf, sidesOf, slopeLines, targetLines } from "./lines.js";
import { along, over, spread } from "./panels.js";
import { atlas, plane } from "./plane.js";
import { gap } from "./regions.js";
import { choose, chosen, controls, shown, start } from "./settings.js";
import { words } from "./spoken.js";
import { Frame } from "./view.js";

// Where along the circle a center starts or stops to count more: there the loss has a step.
function steps(loss, v, between) {
  const { hard, beats } = CURVES[loss];
  if (!hard) return [];
  const counts = (t) => beats(gap(t, between), t, v);
  return HALF.slice(1).filter((t) => counts(t) !== counts(t - HALF[1])).map((t) => t - HALF[1] / 2);
}

// Panels side by side: the circle first, curves above, the plane and what follows from it below.
function layout(width, height, size, { all, g }) {
  const left = Math.min(width * 0.4, height * 1.02);
  const right = width - left;
  const r = Math.min(left / 2 - size * 4.6, height / 2 - size * 2.6);
  const found = { circle: { cx: left / 2, cy: height / 2 + size * 0.6, r } };
  if (all) {
    const square = Math.min(height - size * 3, right * 0.62);
    const [x, w] = [left + square + size * 3.2, right - square - size * 3.2];
    const high = height / 3;
    return { ...found, plane: { x: left, y: 0, w: square + size * 2, h: height }, targets: { x, y: 0, w, h: high }, p: { x, y: high, w, h: high }, pull: { x, y: 2 * high, w, h: high } };
  }
  const top = height * 0.47;
  const low = height - top;
  const part = right * 0.56;
  const square = Math.min(low + size, right * (g ? 0.32 : 0.36));
  Object.assign(found, { targets: { x: left, y: 0, w: part, h: top }, slope: { x: left + part, y: 0, w: right - part, h: top }, plane: { x: left, y: top, w: square, h: low } });
  if (!g) {
    const w = (right - square) / 2;
    return { ...found, p: { x: left + square, y: top, w, h: low }, pull: { x: left + square + w, y: top, w, h: low } };
  }
  const [x, w] = [left + 2 * square, right - 2 * square];
  const half = (low - size * 7.7) / 2; // one axis of angles for both
  const h = half + size * 5;
  return { ...found, g: { x: left + square, y: top, w: square, h: low }, p: { x, y: top, w, h, bare: true }, pull: { x, y: top + low - h, w, h } };
}

// Probability and pull along the circle, for each side.
function follow(room, boxes, say, state, sides) {
  const { between } = state;
  const name = say("dial.theta_axis");
  const alone = sides.length === 1;
  const line = (f) => ({ loss, v, color, dash }) => ({ f: (t) => f(loss, t, v), color: alone ? room.colors.ink : color, width: 3, dash, breaks: steps(loss, v, between) });
  const p = sides.map(line((loss, t, v) => probability(loss, t, gap(t, between), v)));
  const asked = sides.every(({ loss, v }) => asks(loss, v));
  const short = !alone && boxes.p.w < room.size * 14.5; // no room for long titles and two values
  along(room, boxes.p, { title: say(short ? "dial.p_short" : asked ? "dial.p_yes" : "dial.p"), name, sides: p, top: 1, digits: 1, bare: boxes.p.bare }, state);
  const force = sides.map(line((loss, t, v) => Math.abs(pull(loss, t, between, v))));
  const top = 1.08 * Math.max(0.1, ...force.flatMap(({ f }) => HALF.map(f)));
  along(room, boxes.pull, { title: say(short ? "dial.pull_short" : "dial.pull"), name, sides: force, top, digits: top < 0.3 ? 2 : top < 3 ? 1 : 0 }, state);
}

function stateOf(model, colors) {
  const [loss, v] = chosen(model);
  const [theta, between] = [model.get("theta"), model.get("between")];
  const state = { loss, v, title: model.get("losses")[loss].title, theta, between, gapped: gap(theta, between), other: beside(model, loss, v) };
  const sides = sidesOf(colors, state);
  return [{ ...state, other: sides[1] }, sides];
}

function draw(model, say, room, boxes, groups) {
  const [state, sides] = stateOf(model, room.colors);
  circle(room, boxes.circle, say, state);
  const apart = asks(state.loss, state.v);
  const logits = say(apart && sides.length === 1 ? "dial.answers" : "dial.curves");
  const name = say(apart ? "dial.any_axis" : "dial.theta_axis");
  over(room, boxes.targets, { title: logits, name, lines: targetLines(room.colors, say, sides, state), level: levelOf(say, sides) });
  if (boxes.slope) over(room, boxes.slope, { title: say("dial.slope"), name: say("dial.theta_axis"), lines: slopeLines(room.colors, say, sides, state), legendAt: "middle" });
  plane(room, boxes.plane, say, state, sides, groups);
  if (boxes.g) spread(room, boxes.g, say, { ...state, other: state.gapped });
  follow(room, boxes, say, state, sides);
  return words(model, say, state);
}

// All losses as they suit small sets.
function everyLoss(losses) {
  return Object.entries(losses).map(([loss, { title, settings }]) => {
    const words = Object.entries(settings).filter(([, { kind }]) => kind !== "slider").map(([name, spec]) => `${name}=${start(spec, [])}`);
    return { loss, title, v: Object.fromEntries(Object.entries(settings).map(([name, spec]) => [name, start(spec, words)])) };
  });
}

// The embedding follows the pointer along the circle.
function drag(frame, circleNow) {
  const move = (event) => {
    const { cx, cy } = circleNow();
    const [x, y] = frame.where(event);
    const between = frame.model.get("between");
    const phi = Math.atan2(y - cy, x - cx) - turn(0, between);
    const theta = ((((phi + Math.PI / 2) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) - Math.PI / 2;
    frame.set({ theta: Math.max(0, Math.min(Math.PI, theta)) });
  };
  const { canvas } = frame;
  canvas.addEventListener("pointerdown", (event) => {
    const { cx, cy, r } = circleNow();
    const [x, y] = frame.where(event);
    if (Math.hypot(x - cx, y - cy) > r * 1.15) return;
    canvas.setPointerCapture(event.pointerId);
    move(event);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) move(event);
  });
}

// Below the words: what was assumed of one loss (two say enough), or which boundaries lie on one line.
function noted(model, say, groups) {
  const { note } = model.get("losses")[model.get("loss")];
  if (!groups) return note && !model.get("beside") ? say(note) : "";
  const one = groups.filter(({ titles }) => titles.length > 1).map(({ titles }) => titles.join(say("view.comma")));
  return say("dial.one_line", { list: one.join(say("view.semicolon")) });
}

// The canvas takes what the controls leave of a page that need not be scrolled.
function height(frame, width) {
  const rest = frame.row.offsetHeight + frame.controls.offsetHeight + frame.notesLine.offsetHeight;
  const lines = frame.model.get("beside") ? 92 : 48;
  return Math.max(380, Math.min(width * 0.42, width * 0.575 - rest - lines - 74, 620));
}

function render({ model, el }) {
  const frame = new Frame(model, el, "dial");
  const say = (key, values) => frame.phrase(key, values);
  const options = Object.entries(model.get("losses")).map(([key, { title }]) => [key, title]);
  frame.addRow();
  frame.chooser("loss", { into: frame.row, label: say("dial.loss"), options, choose: (loss) => renewed(model, choose(model, loss)) });
  const angle = { low: 0, high: Math.PI, step: Math.PI / 180, order: 3, show: (v) => shown({ unit: "radians" }, v) };
  frame.slider("theta", { ...angle, label: say("dial.theta"), reset: (2 * Math.PI) / 9 });
  frame.slider("between", { ...angle, low: Math.PI / 18, label: say("dial.between"), reset: Math.PI / 2 });
  besideControls(frame, model, say);
  frame.toggle("all_losses", { into: frame.row, label: say("dial.all_losses"), hint: say("dial.all_losses_hint") });
  controls(frame, model, (values) => renewed(model, values));
  let [boxes, groups] = [null, null];
  frame.start(
    (width) => height(frame, width),
    (room) => {
      const all = model.get("all_losses");
      if (all) groups ??= atlas(everyLoss(model.get("losses")));
      frame.note(noted(model, say, all && groups));
      boxes = layout(room.width, room.height, room.size, { all, g: model.get("loss") === "sphereface2" });
      return draw(model, say, room, boxes, all ? groups : null);
    },
    () => names(model),
  );
  drag(frame, () => boxes.circle);
  return () => frame.close();
}

// The traits that the reader can choose.
function names(model) {
  const [loss, v] = chosen(model);
  const own = ownSlider(model.get("losses"), loss, v, model.get("beside"));
  return ["loss", ...Object.keys(v), "beside", ...(own ? [own.trait] : []), "all_losses", "theta", "between"];
}

export default { render };
