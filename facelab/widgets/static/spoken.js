// What the margin dial says: one sentence a loss, with the numbers of the embedding.

import { CURVES, asks, lengthMargin, logits, onCircle, probability, quality } from "./curves.js";
import { caps, reach } from "./regions.js";
import { inForce, mattering, shown, symbol } from "./settings.js";
import { degrees } from "./view.js";

// The two answers of a loss that asks about each person apart.
function answers(say, { loss, v, theta, gapped }) {
  const [yes, no] = caps(loss, v);
  const [z1, z2] = logits(loss, theta, gapped, v);
  const one = { angle: degrees(yes) };
  const two = { angle: degrees(no) };
  const first = Number.isNaN(yes) ? say("dial.never_yes") : z1 > 0 ? say("dial.yes", one) : say("dial.no_yes", one);
  const last = Number.isNaN(no) ? say("dial.never_no") : z2 < 0 ? say("dial.no", two) : say("dial.no_no", two);
  return [first, last].join(say("view.comma"));
}

function verdict(say, { loss, v, theta, gapped, between }) {
  if (asks(loss, v)) return answers(say, { loss, v, theta, gapped });
  const limit = reach(loss, between, v);
  const angle = degrees(limit);
  if (!(limit > 0)) return say("dial.no_room");
  if (theta <= limit) return say("dial.inside", { angle });
  if (theta < between / 2) return say("dial.band", { angle });
  return say("dial.wrong", { angle });
}

// What only some losses have to say: a winner that counts more, a band, what a length comes to.
function more(say, { loss, v, theta, gapped, between }) {
  const { hard, beats, band } = CURVES[loss];
  const two = (x) => x.toFixed(2);
  const said = [];
  if (hard && beats(gapped, theta, v))
    said.push(say("dial.hard", { hard: two(v.scale * hard(gapped, v)), plain: two(v.scale * Math.cos(gapped)) }));
  if (band) {
    const [low, high] = band(v).map((drawn) => reach(loss, between, drawn) || 0).sort((a, b) => a - b);
    said.push(say("dial.draws", { low: degrees(low, 1), high: degrees(high, 1) }));
  }
  if (loss === "adaface") said.push(say("dial.quality", { z: two(quality(v)) }));
  if (loss === "magface") said.push(say("dial.own_margin", { m: shown({ unit: "radians" }, lengthMargin(v)) }));
  return said.map((words) => ` ${words}`).join("");
}

// The second loss in a sentence, and where its own slider has another unit than that of the first.
function secondly(say, state, settings) {
  const { other, theta, gapped } = state;
  const its = { ...state, loss: other.loss, v: other.v };
  const [value, force] = onCircle(other.loss, theta, state.between, other.v);
  const said = say("dial.secondly", {
    loss: other.title, list: other.list.join(say("view.comma")), verdict: verdict(say, its), p: probability(other.loss, theta, gapped, other.v).toFixed(2),
    value: value.toFixed(2), pull: Math.abs(force).toFixed(2),
  });
  const { own } = other;
  const first = own && settings[own.name];
  const unit = first && inForce(first, (name) => state.v[name]).unit;
  if (!first || state.loss === other.loss || unit === own.spec.unit) return ` ${said}`;
  return ` ${said} ${say("dial.other_unit", { loss: other.title, meaning: own.spec.meaning })}`;
}

// All that is seen, in words.
export function words(model, say, state) {
  const { loss, v, theta, between, gapped } = state;
  const { title, settings } = model.get("losses")[loss];
  const values = mattering(settings, (name) => v[name]).filter(([, spec]) => spec.kind === "slider");
  const list = values.map(([name, spec]) => `${symbol(spec.symbol)} ${shown(spec, v[name])}`).join(say("view.comma"));
  const [value, force] = onCircle(loss, theta, between, v);
  const main = say("dial.words", {
    loss: title, list, theta: degrees(theta), other: degrees(gapped), verdict: verdict(say, state),
    p: probability(loss, theta, gapped, v).toFixed(2), value: value.toFixed(2), pull: Math.abs(force).toFixed(2),
  });
  return main + more(say, state) + (state.other ? secondly(say, state, settings) : "");
}
