// A second loss beside the first: what both share, and the one slider that it has of its own.
// `_beside.py` says the same in Python, and why.

import { inForce, mattering, shown, start, symbol } from "./settings.js";

const SIZES = ["scale", "embedding_length"];

// The setting that multiplies the cosines.
const sizeIn = (settings, value) => SIZES.find((size) => mattering(settings, value).some(([name]) => name === size)) ?? "";

// The choices of the second: those of the first, the first as base, or what suits small sets.
function wordsOf(mine, its, loss, v) {
  const word = ([name, spec]) => {
    const shared = mine[name]?.kind === spec.kind;
    if (shared && (spec.kind === "switch" || v[name] in spec.options)) return [name, v[name]];
    return [name, spec.options && loss in spec.options ? loss : start(spec, [])];
  };
  return Object.fromEntries(Object.entries(its).filter(([, spec]) => spec.kind !== "slider").map(word));
}

// Whether a setting of the first means the same as one of the second.
function same(mine, its, value, bothSizes) {
  if (its.own || (mine.only && !mine.only[1].includes(value(mine.only[0])))) return false;
  if (bothSizes) return true;
  const named = mine.meaning === its.meaning || [mine.name, its.name].includes("margin");
  return mine.kind === its.kind && !mine.own && named && inForce(mine, value).unit === its.unit;
}

// [settings of the second loss, the name of the one with a slider of its own or ""].
export function second(losses, loss, v, beside) {
  const [mine, its] = [losses[loss].settings, losses[beside].settings];
  const found = wordsOf(mine, its, loss, v);
  const [value, theirs] = [(name) => v[name], (name) => found[name]];
  const words = Object.entries(found).map(([name, word]) => `${name}=${word}`);
  const matters = new Set(mattering(its, theirs).map(([name]) => name));
  const [size, plays] = [sizeIn(mine, value), sizeIn(its, theirs)];
  let own = "";
  for (const [name, plain] of Object.entries(its)) {
    if (plain.kind !== "slider") continue;
    const spec = inForce(plain, theirs);
    const first = name === plays ? size : name;
    let shares = first in mine && same(mine[first], spec, value, name === plays);
    if (!own && matters.has(name) && (!shares || loss === beside)) {
      own = name;
      shares = false;
    }
    found[name] = shares ? Math.min(spec.high, Math.max(spec.low, v[first])) : start(spec, words);
  }
  return [found, own];
}

// The slider of its own: {name, trait, spec, start}; null where there is none.
export function ownSlider(losses, loss, v, beside) {
  if (!beside) return null;
  const [found, name] = second(losses, loss, v, beside);
  if (!name) return null;
  const words = Object.entries(found).map(([other, word]) => `${other}=${word}`);
  const spec = inForce(losses[beside].settings[name], (other) => found[other]);
  return { name, trait: `beside_${name}`, spec, start: start(spec, words) };
}

// What a choice brings about in the slider of the second loss: it starts anew when it comes to stand
// for something else. `values` are set besides.
export function renewed(model, values) {
  const losses = model.get("losses");
  const before = ownSlider(losses, ...asked(model, (name) => model.get(name)));
  const now = ownSlider(losses, ...asked(model, (name) => values[name] ?? model.get(name)));
  const stays = before && now && model.get("beside") === (values.beside ?? model.get("beside"));
  if (!now || (stays && before.name === now.name && before.spec.unit === now.spec.unit)) return values;
  return { ...values, [now.trait]: now.start };
}

function asked(model, value) {
  const names = Object.keys(model.get("losses")[value("loss")].settings);
  return [value("loss"), Object.fromEntries(names.map((name) => [name, value(name)])), value("beside")];
}

// The second loss as it now is: {loss, v, own, apart, title, list}, or null; `apart` tells a loss from
// itself: the values of its own slider.
export function beside(model, loss, v) {
  const [key, losses] = [model.get("beside"), model.get("losses")];
  if (!key) return null;
  const own = ownSlider(losses, loss, v, key);
  const [found] = second(losses, loss, v, key);
  const settled = own ? { ...found, [own.name]: model.get(own.trait) } : found;
  const sliders = mattering(losses[key].settings, (name) => settled[name]).filter(([, spec]) => spec.kind === "slider");
  const named = ([name, spec], values = settled) => `${symbol(spec.symbol)} ${shown(spec, values[name])}`;
  const apart = own && key === loss ? [named([own.name, own.spec], v), named([own.name, own.spec])] : [];
  return { loss: key, v: settled, own, apart, title: losses[key].title, list: sliders.map((one) => named(one)) };
}

// The chooser of the second loss and its slider, made when it is first needed.
export function besideControls(frame, model, say) {
  const losses = model.get("losses");
  const titles = Object.entries(losses).map(([key, { title }]) => [key, title]);
  const options = [["", say("dial.nobody")], ...titles];
  frame.chooser("beside", { into: frame.row, label: say("dial.beside"), hint: say("dial.beside_hint"), options, choose: (key) => renewed(model, { beside: key }) });
  const made = {};
  const update = () => {
    const key = model.get("beside");
    const own = ownSlider(losses, ...asked(model, (name) => model.get(name)));
    const id = own && `${key} ${own.name} ${own.spec.unit}`;
    if (own && !made[id]) {
      const label = `${losses[key].title}: ${own.spec.meaning} ${symbol(own.spec.symbol)}`;
      made[id] = frame.slider(own.trait, { ...own.spec, symbol: "", label, reset: own.start, show: (now) => shown(own.spec, now), order: 2 });
      made[id].classList.add("facelab-beside");
    }
    for (const [name, box] of Object.entries(made)) box.hidden = name !== id;
  };
  const words = Object.values(losses).flatMap(({ settings }) => Object.values(settings).filter(({ kind }) => kind !== "slider").map(({ name }) => name));
  for (const name of new Set(["loss", "beside", ...words])) frame.listen(`change:${name}`, update);
  update();
}
