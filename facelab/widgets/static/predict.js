// A question that is asked before something is shown: a choice or a number, then the truth.

import { button, make } from "./dom.js";
import { curve, dot, rule, text } from "./draw.js";
import { Frame } from "./view.js";

const written = (model, value) => `${Number(value.toPrecision(3))}${model.get("unit")}`;

// The options as buttons; once the truth is out the right one is marked, and a wrong guess too.
function choices(frame, model) {
  const list = make("div", "facelab-options", frame.controls);
  const buttons = model.get("options").map((words, i) => button(list, words, () => frame.set({ guess: i })));
  const show = () => {
    const [guess, truth, out] = [model.get("guess"), model.get("answer"), model.get("revealed")];
    buttons.forEach((node, i) => {
      node.setAttribute("aria-pressed", String(guess === i));
      node.classList.toggle("facelab-right", out && i === truth);
      node.classList.toggle("facelab-wrong", out && i === guess && i !== truth);
      node.disabled = out;
    });
  };
  for (const name of ["guess", "revealed"]) frame.follow(name, show, list);
}

// The guess and the truth on a line, with the distance between them.
function line({ ctx, width, size, colors }, model, say) {
  const [low, high] = [model.get("low"), model.get("high")];
  const [left, right, y] = [size * 3, width - size * 3, size * 2.6];
  const x = (value) => left + ((value - low) / (high - low)) * (right - left);
  rule(ctx, left, y, right, y, colors.line, 2);
  const ends = { color: colors.soft, size: size * 0.9, align: "center", base: "top" };
  for (const end of [low, high]) text(ctx, written(model, end), x(end), y + size * 0.8, ends);
  const [guess, truth] = [model.get("guess"), model.get("answer")];
  if (model.get("revealed")) {
    if (guess !== null) curve(ctx, [[x(guess), y], [x(truth), y]], { color: colors.two, width: 5 });
    dot(ctx, "diamond", x(truth), y, size * 0.55, colors.two, colors.paper);
    const above = { color: colors.two, size, align: "center", weight: 650 };
    text(ctx, `${say("predict.truth")} ${written(model, truth)}`, x(truth), y - size * 1.2, above);
  }
  if (guess !== null) dot(ctx, "circle", x(guess), y, size * 0.5, colors.paper, colors.one, 3);
}

function words(model, say) {
  const [guess, truth] = [model.get("guess"), model.get("answer")];
  if (guess === null) return say("predict.think");
  const options = model.get("options");
  const shown = (value) => (options.length ? options[value] : written(model, value));
  if (!model.get("revealed")) return say("predict.guess", { guess: shown(guess) });
  const right = options.length ? guess === truth : Math.abs(guess - truth) <= 0.05 * (model.get("high") - model.get("low"));
  const key = right ? "predict.right" : "predict.wrong";
  return `${say(key, { guess: shown(guess), truth: shown(truth) })} ${model.get("why")}`;
}

function render({ model, el }) {
  const frame = new Frame(model, el, "predict");
  const say = (key, values) => frame.phrase(key, values);
  const question = make("p", "facelab-question", frame.root);
  question.textContent = model.get("question");
  frame.root.prepend(question);
  const numeric = model.get("options").length === 0;
  if (numeric) {
    const [low, high] = [model.get("low"), model.get("high")];
    const show = (value) => (value === null ? "?" : written(model, value));
    const spec = { label: say("predict.yours"), low, high, step: (high - low) / 100, reset: (low + high) / 2, show };
    frame.slider("guess", spec);
  } else choices(frame, model);
  const reveal = button(frame.controls, say("predict.reveal"), () => frame.set({ revealed: true }));
  reveal.classList.add("facelab-reveal");
  const ready = () => (reveal.disabled = model.get("guess") === null || model.get("revealed"));
  for (const name of ["guess", "revealed"]) frame.follow(name, ready, reveal);
  frame.start(
    (width) => (numeric ? Math.max(12, Math.min(19, width / 78)) * 5 : 1),
    (room) => {
      if (numeric) line(room, model, say);
      return words(model, say);
    },
  );
  return () => frame.close();
}

export default { render };
