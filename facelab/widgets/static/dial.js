// The margin dial: two people on a circle, and what a loss asks of an embedding of person 1.

import { CURVES, gap, probability, pull, reach } from "./curves.js";
import { HALF, along, circle, plane, targets, turn } from "./panels.js";
import { Frame, degrees } from "./view.js";

// How a setting is written beside its slider.
function shown(unit, value) {
  if (unit === "radians") return `${value.toFixed(2)} rad (${degrees(value)})`;
  return Number.isInteger(value) && !unit ? String(value) : value.toFixed(unit ? 2 : 1);
}

// Values of the settings of the loss that is chosen.
function chosen(model) {
  const loss = model.get("loss");
  const names = Object.keys(model.get("losses")[loss].settings);
  return [loss, Object.fromEntries(names.map((name) => [name, model.get(name)]))];
}

// A loss that is chosen keeps a value whose unit and range it shares; else it takes its own.
function choose(model, loss) {
  const losses = model.get("losses");
  const before = losses[model.get("loss")].settings;
  const values = { loss };
  for (const [name, spec] of Object.entries(losses[loss].settings)) {
    const value = model.get(name);
    const fits = spec.kind === "slider" ? value >= spec.low && value <= spec.high : spec.kind === "switch" || value in spec.options;
    const same = before[name] && before[name].unit === spec.unit && before[name].kind === spec.kind;
    if (!(same && fits)) values[name] = spec.kind === "slider" ? spec.teaching : spec.default;
  }
  return values;
}

function verdict(say, { theta, between, limit }) {
  const angle = degrees(limit);
  if (!(limit > 0)) return say("dial.no_room");
  if (theta <= limit) return say("dial.inside", { angle });
  if (theta < between / 2) return say("dial.band", { angle });
  return say("dial.wrong", { angle });
}

function words(model, say, { loss, v, theta, between }) {
  const { title, settings } = model.get("losses")[loss];
  const values = Object.entries(settings).filter(([, spec]) => spec.kind === "slider");
  const list = values.map(([name, spec]) => `${spec.symbol} ${shown(spec.unit, v[name])}`).join(", ");
  const other = gap(theta, between);
  return say("dial.words", {
    loss: title, list, theta: degrees(theta), other: degrees(other),
    verdict: verdict(say, { theta, between, limit: reach(loss, between, v) }),
    p: probability(loss, theta, other, v).toFixed(2), pull: Math.abs(pull(loss, theta, between, v)).toFixed(2),
  });
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
  const state = { loss, v, theta: model.get("theta"), between: model.get("between") };
  circle(room, boxes.circle, say, state);
  targets(room, boxes.targets, say, state);
  plane(room, boxes.plane, say, state);
  const p = (t) => probability(loss, t, gap(t, state.between), v);
  const force = (t) => Math.abs(pull(loss, t, state.between, v));
  along(room, boxes.p, say, say("dial.p"), p, 1, 1, state);
  const top = 1.08 * Math.max(0.1, ...HALF.map(force));
  along(room, boxes.pull, say, say("dial.pull"), force, top, top < 3 ? 1 : 0, state);
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

// The controls of the loss that is chosen; made when it is first chosen, hidden while it is not.
function controls(frame, model) {
  const made = {};
  const add = ([name, spec]) => {
    const hint = spec.meaning;
    const option = { label: name.replaceAll("_", " "), hint, order: 3 };
    if (spec.kind === "switch") return frame.toggle(name, option);
    if (spec.kind === "choice") {
      const options = Object.entries(spec.options).map(([key, does]) => [key, key.replaceAll("_", " "), does]);
      return frame.chooser(name, { ...option, options });
    }
    const show = (value) => shown(spec.unit, value);
    const label = `${spec.meaning} ${spec.symbol}`;
    return frame.slider(name, { ...spec, label, reset: spec.teaching, show, order: 1 });
  };
  const update = () => {
    const loss = model.get("loss");
    const { settings } = model.get("losses")[loss];
    made[loss] ??= Object.entries(settings).map(add);
    for (const [key, boxes] of Object.entries(made)) for (const box of boxes) box.hidden = key !== loss;
  };
  frame.listen("change:loss", update);
  update();
}

function render({ model, el }) {
  const frame = new Frame(model, el, "dial");
  const say = (key, values) => frame.phrase(key, values);
  const options = Object.entries(model.get("losses")).map(([key, { title }]) => [key, title]);
  frame.chooser("loss", { label: say("dial.loss"), options, choose: (loss) => choose(model, loss) });
  const angle = { low: 0, high: Math.PI, step: Math.PI / 180, order: 2, show: (v) => shown("radians", v) };
  frame.slider("theta", { ...angle, label: say("dial.theta"), reset: (2 * Math.PI) / 9 });
  frame.slider("between", { ...angle, low: Math.PI / 18, label: say("dial.between"), reset: Math.PI / 2 });
  controls(frame, model);
  let boxes;
  frame.start(
    (width) => Math.max(400, Math.min(600, width * 0.47)),
    (room) => {
      boxes = layout(room.width, room.height, room.size);
      return draw(model, say, room, boxes);
    },
  );
  drag(frame, () => boxes.circle);
  return () => frame.close();
}

export default { render };
