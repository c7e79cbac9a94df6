// The controls of the loss that is chosen: which there are, what they say, where they start.

import { degrees } from "./view.js";

const GREEK = { alpha: "α", gamma: "γ", lambda: "λ", sigma: "σ" };
const BELOW = { 0: "₀", 1: "₁", 2: "₂", 3: "₃", a: "ₐ", m: "ₘ", s: "ₛ" };

// A symbol as the losses write it, in LaTeX, for a line of text: m_1 is m₁.
export const symbol = (latex) =>
  latex.replace(/\\(\w+?)(?=_|$)/, (_, name) => GREEK[name] ?? name).replace(/_(\w)$/, (_, below) => BELOW[below] ?? below);

// A value as it stands beside its slider, to the digits of the slider's step.
export function shown({ unit, step }, value) {
  if (unit === "radians") return `${value.toFixed(2)} rad (${degrees(value)})`;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return digits < 2 && Number.isInteger(value) ? String(value) : value.toFixed(digits);
}

// The settings of a loss that matter with the words now chosen, [[name, spec], ...].
export const mattering = (settings, value) =>
  Object.entries(settings).filter(([, { only }]) => !only || only[1].includes(value(only[0])));

// Values of the settings of the loss that is chosen.
export function chosen(model) {
  const loss = model.get("loss");
  const names = Object.keys(model.get("losses")[loss].settings);
  return [loss, Object.fromEntries(names.map((name) => [name, model.get(name)]))];
}

// Where a setting starts, given the words of the choices beside it: a margin depends on its base.
function start(spec, words) {
  if (spec.kind === "switch") return spec.default;
  if (spec.kind === "choice") return spec.teaching || spec.default;
  const moved = Object.entries(spec.cases ?? {}).find(([is]) => words.includes(is));
  return moved ? moved[1][1] : spec.teaching;
}

// A loss that is chosen keeps a value whose unit and range it shares; else it takes its own.
export function choose(model, loss) {
  const losses = model.get("losses");
  const before = losses[model.get("loss")].settings;
  const specs = Object.entries(losses[loss].settings);
  const keeps = (name, spec) => {
    const [value, was] = [model.get(name), before[name]];
    if (!was || was.unit !== spec.unit || was.kind !== spec.kind) return false;
    if (spec.kind === "slider") return value >= spec.low && value <= spec.high;
    return spec.kind === "switch" || value in spec.options;
  };
  const values = { loss };
  for (const [name, spec] of specs) if (!keeps(name, spec) && spec.kind !== "slider") values[name] = start(spec, []);
  const words = specs.map(([name]) => `${name}=${values[name] ?? model.get(name)}`);
  for (const [name, spec] of specs) if (!keeps(name, spec) && spec.kind === "slider") values[name] = start(spec, words);
  return values;
}

// A word that is chosen moves the settings whose unit depends on it.
function reword(settings, name, word) {
  const moved = Object.entries(settings).filter(([, { cases }]) => Object.keys(cases ?? {}).some((is) => is.startsWith(`${name}=`)));
  return { [name]: word, ...Object.fromEntries(moved.map(([other, spec]) => [other, start(spec, [`${name}=${word}`])])) };
}

// The choices and switches of a loss in the row of the chooser, its sliders below; made
// when the loss is first chosen, hidden while it is not, or while they do not matter.
export function controls(frame, model) {
  const made = {};
  const add = (settings) => ([name, spec]) => {
    const words = { label: name.replaceAll("_", " "), hint: spec.meaning, into: frame.row };
    if (spec.kind === "switch") return [name, frame.toggle(name, words)];
    if (spec.kind === "choice") {
      const options = Object.entries(spec.options).map(([key, does]) => [key, key.replaceAll("_", " "), does]);
      const pick = (word) => reword(settings, name, word);
      return [name, frame.chooser(name, { ...words, options, choose: pick })];
    }
    const label = `${spec.meaning} ${symbol(spec.symbol)}`;
    const reset = () => start(spec, settled(settings));
    return [name, frame.slider(name, { ...spec, label, reset, show: (value) => shown(spec, value), order: 1 })];
  };
  const settled = (settings) => Object.keys(settings).map((name) => `${name}=${model.get(name)}`);
  const update = () => {
    const loss = model.get("loss");
    const { settings, note } = model.get("losses")[loss];
    made[loss] ??= Object.entries(settings).map(add(settings));
    const now = new Set(mattering(settings, (name) => model.get(name)).map(([name]) => name));
    for (const [key, boxes] of Object.entries(made)) for (const [name, box] of boxes) box.hidden = key !== loss || !now.has(name);
    frame.note(note ? frame.phrase(note) : "");
  };
  const words = Object.values(model.get("losses")).flatMap(({ settings }) =>
    Object.values(settings).flatMap(({ only }) => (only ? [only[0]] : [])),
  );
  for (const name of new Set(["loss", ...words])) frame.listen(`change:${name}`, update);
  update();
}
