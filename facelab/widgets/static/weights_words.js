// What the view says in words: who is heard, how many carry half of the pull, whom the loss spares.

import { mattering, shown, symbol } from "./settings.js";
import { degrees } from "./view.js";
import { lengthsOf, places, qualityOf, ranked } from "./weighing.js";
import { times } from "./weights_faces.js";
import { margins } from "./weights_plots.js";

const { max, min } = Math;
const percent = (part) => (100 * part).toPrecision(part >= 0.1 ? 3 : 2);
const ends = (values, show) => ({ low: show(min(...values)), high: show(max(...values)) });
const two = (x) => x.toFixed(2);

// What only some losses have to say.
const MORE = {
  f_softmax: (now, say) => say("weights.focal", ends(now.found.p.map((p) => (1 - p) ** now.v.gamma), two)),
  hard_mining: (now, say) => say("weights.dropped_faces", { kept: now.found.counts.filter((c) => c > 0).length, count: now.count }),
  elasticface: (now, say) => drawn(now, say),
  adaface(now, say) {
    const spread = lengthsOf(now.lengths);
    const z = [...now.lengths].map((a) => qualityOf(spread, a, now.v));
    return say("weights.quality", { mean: spread.mean.toFixed(1), deviation: spread.deviation.toFixed(1), ...ends(z, two) });
  },
  magface(now, say) {
    const [{ at }] = margins(now);
    const length = ends(now.lengths, (a) => a.toFixed(1));
    return say("weights.by_length", { short: length.low, long: length.high, ...ends([...now.lengths].map(at), (m) => shown({ unit: "radians" }, m)) });
  },
};
for (const loss of ["sv_softmax", "mv_softmax", "curricularface"]) MORE[loss] = beaten;

function beaten(now, say) {
  const hard = now.found.hard.filter((n) => n > 0).length;
  const share = now.parts.reduce((sum, part, i) => sum + (now.found.hard[i] ? part : 0), 0);
  return hard ? say("weights.hard", { hard, count: now.count, share: percent(share) }) : say("weights.unbeaten");
}

// Drawn margins, and with `plus` how well they follow the rank of the angle.
function drawn(now, say) {
  const margin = now.found.each.map((v) => v.margin);
  const said = say("weights.drawn", ends(margin, two));
  if (!now.v.plus || now.count < 2) return said;
  const rank = places(ranked(now.theta.map((t) => -t)));
  const centered = (values) => values.map((x) => x - values.reduce((sum, y) => sum + y, 0) / values.length);
  const [a, b] = [centered(margin), centered(places(ranked(margin.map((m) => -m))))];
  const [c, dot] = [centered(rank), (p, q) => p.reduce((sum, x, i) => sum + x * q[i], 0)];
  const r = dot(a, a) > 0 ? dot(b, c) / Math.sqrt(dot(b, b) * dot(c, c)) : 0;
  return `${said} ${say("weights.handed", { r: two(r) })}`;
}

function highlighted(now, say) {
  const own = [...now.labels.keys()].filter((i) => now.labels[i] === now.person);
  if (!own.length) return [];
  const faces = own.length === 1 ? say("weights.person_one") : say("weights.person_many", { count: own.length });
  const ranks = own.map((i) => now.rank[i] + 1);
  const share = percent(own.reduce((sum, i) => sum + now.parts[i], 0));
  return [say("weights.person", { name: now.names[now.person], faces, share, best: min(...ranks), worst: max(...ranks) })];
}

export function words(model, now, say) {
  if (!now.count) return say("weights.nobody");
  const { title, settings } = model.get("losses")[now.loss];
  const sliders = mattering(settings, (name) => now.v[name]).filter(([, spec]) => spec.kind === "slider");
  const list = [title, ...sliders.map(([name, spec]) => `${symbol(spec.symbol)} ${shown(spec, now.v[name])}`)].join(say("view.comma"));
  if (!(now.half > 0)) return say("weights.silent", { list, count: now.count });
  const said = [say("weights.words", { list, half: now.half, count: now.count })];
  if (now.compare && Number.isFinite(now.ratio)) said.push(say("weights.plain_half", { half: now.plainHalf, times: times(now.ratio) }));
  const most = now.rank.indexOf(0);
  said.push(say("weights.most", {
    name: now.names[now.labels[most]], angle: degrees(now.theta[most]), share: percent(now.parts[most]), times: times(now.parts[most] * now.count),
  }));
  if (MORE[now.loss]) said.push(MORE[now.loss](now, say));
  return [...said, ...highlighted(now, say)].join(" ");
}

// What the card of a face says.
export function lines(now, i, say) {
  const told = [
    now.names[now.labels[i]], say("weights.card_weight", { times: times(now.parts[i] * now.count), share: percent(now.parts[i]) }),
    say("weights.rank", { rank: now.rank[i] + 1, count: now.count }),
    say("weights.card_plain", { times: times(now.plain[i] * now.count), rank: now.plainRank[i] + 1 }),
    say("weights.card_own", { angle: degrees(now.theta[i], 1) }),
  ];
  if (now.other[i] >= 0) told.push(say("weights.card_other", { angle: degrees(now.nearest[i], 1), name: now.names[now.other[i]] }));
  told.push(say("weights.card_more", { p: now.found.p[i].toPrecision(2), length: now.lengths[i].toFixed(1) }));
  if (now.loss === "elasticface") told.push(say("weights.card_margin", { m: two(now.found.each[i].margin) }));
  if (now.loss === "magface" || now.loss === "adaface") told.push(say("weights.card_margin", { m: two(margins(now)[0].at(now.lengths[i])) }));
  if (now.found.hard[i]) told.push(say("weights.card_hard", { count: now.found.hard[i] }));
  if (!now.found.counts[i]) told.push(say("weights.card_dropped"));
  return told;
}
