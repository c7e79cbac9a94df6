// The controls of the loss that is chosen: which there are, what they say, where they start.

import { degrees } from "./view.js";

const GREEK = { alpha: "α", beta: "β", gamma: "γ", lambda: "λ", sigma: "σ", theta: "θ", xi: "ξ" };
const BELOW = { 0: "₀", 1: "₁", 2: "₂", 3: "₃", a: "ₐ", i: "ᵢ", m: "ₘ", n: "ₙ", s: "ₛ" };

// A symbol as the losses write it, in LaTeX, for a line of text: m_1 is m₁, \lambda_{min} is λₘᵢₙ.
export const symbol = (latex) =>
  latex.replace(/\\(\w+?)(?=_|$)/, (_, name) => GREEK[name] ?? name)
    .replace(/_\{?(\w+)\}?$/, (_, below) => Array.from(below, (sign) => BELOW[sign] ?? sign).join(""));

// A value as it stands beside its slider, to the digits of the slider's step; nothing for a word,
// which a loss just chosen may find under the name of one of its numbers.
export function shown({ unit, step = 0.01 }, value) {
  if (typeof value !== "number") return "";
  if (unit === "radians") return step < 0.01 ? `${value.toFixed(3)} rad (${degrees(value, 1)})` : `${value.toFixed(2)} rad (${degrees(value)})`;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return digits < 2 && Number.isInteger(value) ? String(value) : value.toFixed(digits);
}

// The settings of a loss that matter with the words now chosen, [[name, spec], ...]; a unit and a
// range that depend on a word are those in force.
export const mattering = (settings, value) =>
  Object.entries(settings).filter(([, { only }]) => !only || only[1].includes(value(only[0]))).map(([name, spec]) => [name, inForce(spec, value)]);

// A setting as the words chosen beside it have it: unit, low and high.
export function inForce(spec, value) {
  const form = Object.entries(spec.forms ?? {}).find(([is]) => is === said(is, value));
  return form ? { ...spec, ...form[1] } : spec;
}
const said = (is, value) => [is.split("=")[0], value(is.split("=")[0])].join("=");

// Values of the settings of the loss that is chosen.
export function chosen(model) {
  const loss = model.get("loss");
  const names = Object.keys(model.get("losses")[loss].settings);
  return [loss, Object.fromEntries(names.map((name) => [name, model.get(name)]))];
}

// Where a setting starts, given the words of the choices beside it: a margin depends on its base.
export function start(spec, words) {
  if (spec.kind === "switch") return spec.default;
  if (spec.kind === "choice") return spec.teaching || spec.default;
  const moved = Object.entries(spec.cases ?? {}).find(([is]) => words.includes(is));
  return moved ? moved[1][1] : spec.teaching;
}

// A loss that is chosen keeps a word that it knows and a number whose unit and range it shares; else
// it takes its own.
export function choose(model, loss) {
  const losses = model.get("losses");
  const before = losses[model.get("loss")].settings;
  const now = (name) => values[name] ?? model.get(name);
  const keeps = (name, spec) => {
    const [value, was] = [model.get(name), before[name] && inForce(before[name], (other) => model.get(other))];
    if (!was || was.unit !== spec.unit || was.kind !== spec.kind || was.own || spec.own) return false;
    if (spec.kind === "slider") return value >= spec.low && value <= spec.high;
    return spec.kind === "switch" || value in spec.options;
  };
  const values = { loss };
  const specs = Object.entries(losses[loss].settings);
  for (const [name, spec] of specs) if (spec.kind !== "slider" && !keeps(name, spec)) values[name] = start(spec, []);
  const words = specs.map(([name]) => `${name}=${now(name)}`);
  for (const [name, spec] of specs) if (spec.kind === "slider" && !keeps(name, inForce(spec, now))) values[name] = start(spec, words);
  return values;
}

// A word that is chosen moves the settings whose unit depends on it.
function reword(settings, name, word) {
  const moved = Object.entries(settings).filter(([, { cases }]) => Object.keys(cases ?? {}).some((is) => is.startsWith(`${name}=`)));
  return { [name]: word, ...Object.fromEntries(moved.map(([other, spec]) => [other, start(spec, [`${name}=${word}`])])) };
}

// A setting that is moved pushes the one it must not cross.
function push(frame, model, [low, high, apart], moved) {
  const { pairs = [], settings } = model.get("losses")[model.get("loss")];
  if (!pairs.some(([one]) => one === low)) return;
  const [least, most] = [model.get(low), model.get(high)];
  if (most >= least + apart) return;
  if (moved === low) frame.set({ [high]: Math.min(least + apart, settings[high].high) });
  else frame.set({ [low]: Math.max(most - apart, settings[low].low) });
}

// One slider for each form that a setting can have, [[word it goes with, spec], ...].
const forms = (spec) => (spec.forms ? Object.entries(spec.forms).map(([is, form]) => [is, { ...spec, ...form }]) : [["", spec]]);

// The choices and switches of a loss in the row of the chooser, its sliders below; made
// when the loss is first chosen, hidden while it is not, or while they do not matter. `then` may add
// to the values that a chosen word brings.
export function controls(frame, model, then = (values) => values) {
  const made = {};
  const value = (name) => model.get(name);
  const add = (settings) => ([name, spec]) => {
    const words = { label: spec.label ?? name.replaceAll("_", " "), hint: spec.meaning, into: frame.row };
    if (spec.kind === "switch") return [[name, "", frame.toggle(name, words)]];
    if (spec.kind === "choice") {
      const options = Object.entries(spec.options).map(([key, does]) => [key, spec.words?.[key] ?? key.replaceAll("_", " "), does]);
      const pick = (word) => then(reword(settings, name, word));
      return [[name, "", frame.chooser(name, { ...words, options, choose: pick })]];
    }
    const label = `${spec.meaning} ${symbol(spec.symbol)}`;
    const reset = () => start(spec, Object.keys(settings).map((other) => `${other}=${value(other)}`));
    return forms(spec).map(([is, form]) => [name, is, frame.slider(name, { ...form, label, reset, show: (now) => shown(form, now), order: 1 })]);
  };
  const update = () => {
    const loss = model.get("loss");
    const { settings, note } = model.get("losses")[loss];
    made[loss] ??= Object.entries(settings).flatMap(add(settings));
    const now = new Set(mattering(settings, value).map(([name]) => name));
    for (const [key, boxes] of Object.entries(made))
      for (const [name, is, box] of boxes) box.hidden = key !== loss || !now.has(name) || (is && is !== said(is, value));
    frame.note(note ? frame.phrase(note) : "");
  };
  const every = Object.values(model.get("losses"));
  const words = every.flatMap(({ settings }) =>
    Object.values(settings).flatMap(({ only, forms: has }) => [...(only ? [only[0]] : []), ...Object.keys(has ?? {}).map((is) => is.split("=")[0])]),
  );
  for (const name of new Set(["loss", ...words])) frame.listen(`change:${name}`, update);
  for (const pair of every.flatMap(({ pairs = [] }) => pairs))
    for (const name of pair.slice(0, 2)) frame.listen(`change:${name}`, () => push(frame, model, pair, name));
  update();
}
