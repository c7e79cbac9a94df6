// The margin dial: two people on a circle, and what a loss asks of an embedding of person 1.

import { CURVES, asks, lengthMargin, logits, onCircle, probability, pull, quality } from "./curves.js";
import { HALF, along, circle, plane, targets, turn } from "./panels.js";
import { caps, gap, reach } from "./regions.js";
import { choose, chosen, controls, mattering, shown, symbol } from "./settings.js";
import { Frame, degrees } from "./view.js";

// The two answers of a loss that asks about each person apart.
function answers(say, { loss, v, theta, other }) {
  const [yes, no] = caps(loss, v);
  const [z1, z2] = logits(loss, theta, other, v);
  const one = { angle: degrees(yes) };
  const two = { angle: degrees(no) };
  const first = Number.isNaN(yes) ? say("dial.never_yes") : z1 > 0 ? say("dial.yes", one) : say("dial.no_yes", one);
  const last = Number.isNaN(no) ? say("dial.never_no") : z2 < 0 ? say("dial.no", two) : say("dial.no_no", two);
  return `${first}, ${last}`;
}

function verdict(say, { loss, v, theta, other, between }) {
  if (asks(loss, v)) return answers(say, { loss, v, theta, other });
  const limit = reach(loss, between, v);
  const angle = degrees(limit);
  if (!(limit > 0)) return say("dial.no_room");
  if (theta <= limit) return say("dial.inside", { angle });
  if (theta < between / 2) return say("dial.band", { angle });
  return say("dial.wrong", { angle });
}

// What only some losses have to say: a winner that counts more, a band, what a length comes to.
function more(say, { loss, v, theta, other, between }) {
  const { hard, beats, band } = CURVES[loss];
  const two = (x) => x.toFixed(2);
  const said = [];
  if (hard && beats(other, theta, v))
    said.push(say("dial.hard", { hard: two(v.scale * hard(other, v)), plain: two(v.scale * Math.cos(other)) }));
  if (band) {
    const [low, high] = band(v).map((drawn) => reach(loss, between, drawn) || 0).sort((a, b) => a - b);
    said.push(say("dial.draws", { low: degrees(low, 1), high: degrees(high, 1) }));
  }
  if (loss === "adaface") said.push(say("dial.quality", { z: two(quality(v)) }));
  if (loss === "magface") said.push(say("dial.own_margin", { m: shown({ unit: "radians" }, lengthMargin(v)) }));
  if (loss === "sphereface2" && v.kind === "M" && v.margin < 1) said.push(say("dial.factor"));
  return said.map((words) => ` ${words}`).join("");
}

function words(model, say, state) {
  const { loss, v, theta, between, other } = state;
  const { title, settings } = model.get("losses")[loss];
  const values = mattering(settings, (name) => v[name]).filter(([, spec]) => spec.kind === "slider");
  const list = values.map(([name, spec]) => `${symbol(spec.symbol)} ${shown(spec, v[name])}`).join(", ");
  const [value, force] = onCircle(loss, theta, between, v);
  const main = say("dial.words", {
    loss: title, list, theta: degrees(theta), other: degrees(other), verdict: verdict(say, state),
    p: probability(loss, theta, other, v).toFixed(2), value: value.toFixed(2), pull: Math.abs(force).toFixed(2),
  });
  return main + more(say, state);
}

// Where along the circle a center starts or stops to count more: there the loss has a step.
function steps({ loss, v, between }) {
  const { hard, beats } = CURVES[loss];
  if (!hard) return [];
  const counts = (t) => beats(gap(t, between), t, v);
  return HALF.slice(1).filter((t) => counts(t) !== counts(t - HALF[1])).map((t) => t - HALF[1] / 2);
}

// Panels side by side; the circle first and largest.
function layout(width, height, size) {
  const left = Math.min(width * 0.44, height * 1.02);
  const [right, top] = [width - left, height * 0.46];
  const r = Math.min(left / 2 - size * 4.6, height / 2 - size * 2.6);
  const low = height - top;
  const square = Math.min(low + size, right * 0.5);
  return {
    circle: { cx: left / 2, cy: height / 2 + size * 0.6, r },
    targets: { x: left, y: 0, w: right, h: top },
    plane: { x: left, y: top, w: square, h: low },
    p: { x: left + square, y: top, w: right - square, h: low / 2 },
    pull: { x: left + square, y: top + low / 2, w: right - square, h: low / 2 },
  };
}

function draw(model, say, room, boxes) {
  const [loss, v] = chosen(model);
  const [theta, between] = [model.get("theta"), model.get("between")];
  const state = { loss, v, theta, between, other: gap(theta, between) };
  circle(room, boxes.circle, say, state);
  targets(room, boxes.targets, say, state);
  plane(room, boxes.plane, say, state);
  const p = (t) => probability(loss, t, gap(t, between), v);
  const force = (t) => Math.abs(pull(loss, t, between, v));
  const marks = { ...state, breaks: steps(state) };
  along(room, boxes.p, say, say(asks(loss, v) ? "dial.p_yes" : "dial.p"), p, 1, 1, marks);
  const top = 1.08 * Math.max(0.1, ...HALF.map(force));
  along(room, boxes.pull, say, say("dial.pull"), force, top, top < 0.3 ? 2 : top < 3 ? 1 : 0, marks);
  return words(model, say, state);
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

function render({ model, el }) {
  const frame = new Frame(model, el, "dial");
  const say = (key, values) => frame.phrase(key, values);
  const options = Object.entries(model.get("losses")).map(([key, { title }]) => [key, title]);
  frame.addRow();
  frame.chooser("loss", { into: frame.row, label: say("dial.loss"), options, choose: (loss) => choose(model, loss) });
  const angle = { low: 0, high: Math.PI, step: Math.PI / 180, order: 2, show: (v) => shown({ unit: "radians" }, v) };
  frame.slider("theta", { ...angle, label: say("dial.theta"), reset: (2 * Math.PI) / 9 });
  frame.slider("between", { ...angle, low: Math.PI / 18, label: say("dial.between"), reset: Math.PI / 2 });
  controls(frame, model);
  let boxes;
  frame.start(
    (width) => Math.max(400, Math.min(600, width * 0.42)),
    (room) => {
      boxes = layout(room.width, room.height, room.size);
      return draw(model, say, room, boxes);
    },
    () => ["loss", ...Object.keys(model.get("losses")[model.get("loss")].settings), "theta", "between"],
  );
  drag(frame, () => boxes.circle);
  return () => frame.close();
}

export default { render };
