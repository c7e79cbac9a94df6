// The floor of the loss: how low NormFace can go at a scale, however well the people are apart.

import { axes, curve, dot, rule, text, ticks } from "./draw.js";
import { Frame } from "./view.js";

// log(1 + (C - 1) exp(-s C / (C - 1))): every embedding on its center, the centers a simplex.
export const lowest = (s, people) => Math.log1p((people - 1) * Math.exp((-s * people) / (people - 1)));

// The probability of the right person that belongs to it.
export const surest = (s, people) => Math.exp(-lowest(s, people));

const MOST = 64;

function draw({ ctx, width, height, size, colors }, model, say) {
  const [s, people] = [model.get("scale"), model.get("people")];
  const top = Math.log(people) * 1.08;
  const whole = (value) => String(Number(value.toFixed(1)));
  const { px, py } = axes(ctx, { x: 0, y: 0, w: width, h: height }, {
    x: { range: [0, MOST], ticks: ticks([0, MOST], 8), name: say("floor.scale"), label: whole },
    y: { range: [0, top], ticks: ticks([0, top]), label: whole }, title: say("floor.curve"), size,
  }, colors);
  const points = Array.from({ length: 4 * MOST + 1 }, (_, i) => [px(i / 4), py(lowest(i / 4, people))]);
  rule(ctx, px(0), py(Math.log(people)), px(MOST), py(Math.log(people)), colors.soft, 1.5, [6, 5]);
  const label = { color: colors.soft, size: size * 0.95, align: "right" };
  text(ctx, say("floor.guessing", { people }), px(MOST), py(Math.log(people)) + size * 1.3, label);
  curve(ctx, points, { color: colors.one, width: 3 });
  rule(ctx, px(s), py(0), px(s), py(lowest(s, people)), colors.two, 1.5, [4, 4]);
  dot(ctx, "circle", px(s), py(lowest(s, people)), size * 0.5, colors.two, colors.paper);
  const p = surest(s, people);
  return say("floor.words", {
    s: whole(s), people, floor: lowest(s, people).toPrecision(3), sure: p > 0.9999 ? "> 99.99" : (100 * p).toFixed(2),
  });
}

function render({ model, el }) {
  const frame = new Frame(model, el, "floor");
  const say = (key, values) => frame.phrase(key, values);
  const spec = { low: 1, high: MOST, step: 0.5, reset: 1, show: (value) => value.toFixed(1) };
  frame.slider("scale", { ...spec, label: say("floor.s") });
  const many = { low: 2, high: 1000, step: 1, reset: 10, show: String };
  frame.slider("people", { ...many, label: say("floor.people") });
  frame.start((width) => Math.max(260, Math.min(420, width * 0.36)), (room) => draw(room, model, say), ["scale", "people"]);
  return () => frame.close();
}

export default { render };
