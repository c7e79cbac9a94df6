// Which faces a loss listens to: how hard the loss of a batch pulls at the direction of each.
//
//   u_i = x_i / |x_i|          direction of face i;  L the loss of a batch of N faces
//   w_i = N |dL / du_i|        length of the gradient, tangent to the sphere
//   dL / du_i = - sum_j b_ij e_ij,   b_ij = dL / dtheta_ij,   e_ij points from u_i to center j
//   e_ij . e_ik = (c_j . c_k - cos theta_ij cos theta_ik) / (sin theta_ij sin theta_ik)
//
// So angles to centers, and the cosines among these, are all it takes. A batch is
//   {angles: [[own, other, ...], ...], apart(i, j, k), lengths}
// apart(i, j, k) is the cosine between the centers in places j and k of row i; angles are radians.

import { CURVES, other, psiSlope, quality, sigmoid, sizeOf, slopeOf, softplus } from "./curves.js";

const { abs, cos, exp, max, min, sign, sin, sqrt } = Math;
const LEAST_SINE = 1e-6; // closer to a center, or opposite it, there is no direction to it

// Standard normal numbers, the same ones for the same seed: Marsaglia's xorshift (2003), then the
// transformation of Box and Muller (1958).
export function normals(count, seed) {
  let state = Math.imul(seed + 1, 2654435769) >>> 0;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  for (let i = 0; i < 16; i++) uniform();
  return Array.from({ length: count }, () => sqrt(-2 * Math.log(uniform())) * cos(2 * Math.PI * uniform()));
}

const order = (values, before) => values.map((_, i) => i).sort((a, b) => before(values[a], values[b]) || a - b);

// ElasticFace: the margin of each face. With `plus` the draws are handed out by difficulty, or, as
// in the authors' code, by the inverse of that permutation.
export function elastic(own, { margin, sigma, plus, assignment, seed }) {
  const drawn = normals(own.length, seed).map((e) => margin + sigma * e);
  if (!plus) return drawn;
  const closestFirst = order(own, (a, b) => a - b);
  const smallestFirst = Float64Array.from(drawn).sort();
  if (assignment === "official") return closestFirst.map((i) => smallestFirst[i]);
  closestFirst.forEach((i, rank) => (drawn[i] = smallestFirst[rank]));
  return drawn;
}

// AdaFace compares a length with mean and spread of the batch; curves.js has those of a settled run.
const [SETTLED, EPS, LENGTHS] = [{ mean: 20, deviation: 6 }, 1e-3, [1e-3, 100]];
export function lengthsOf(lengths) {
  const cut = [...lengths].map((a) => min(LENGTHS[1], max(LENGTHS[0], a)));
  const mean = cut.reduce((sum, a) => sum + a, 0) / cut.length;
  const squares = cut.reduce((sum, a) => sum + (a - mean) ** 2, 0);
  const deviation = cut.length > 1 ? sqrt(squares / (cut.length - 1)) : 0;
  const z = (a) => (min(LENGTHS[1], max(LENGTHS[0], a)) - mean) / (deviation + EPS);
  return { mean, deviation, settled: (a) => SETTLED.mean + z(a) * (SETTLED.deviation + EPS) };
}

// AdaFace: the quality z of a face of this length, -1 to 1.
export const qualityOf = (spread, a, v) => quality({ ...v, embedding_length: spread.settled(a) });

// The settings of a loss as each face meets them: its own draw, its own length.
export function met(loss, { angles, lengths }, v) {
  if (loss === "elasticface") return elastic(angles.map(([own]) => own), v).map((margin) => ({ ...v, margin }));
  const settled = loss === "adaface" ? lengthsOf(lengths).settled : (a) => a;
  return Array.from(lengths, (a) => ({ ...v, embedding_length: settled(a) }));
}

// Loss of one face under one line of CURVES, p of its person, and b: dL/dtheta for every center.
function lean(curve, s, angles, v) {
  const own = angles[0];
  const weights = curve.asks?.(v);
  const level = weights ? v.threshold : 0;
  const cut = (z) => Boolean(weights && v.clamp && abs(z) > s);
  const judged = (value, slope) => {
    const z = s * (value - level);
    return cut(z) ? { z: s * sign(z), run: 0 } : { z, run: s * slope() };
  };
  const taken = curve.otherSlope?.(v);
  const yes = judged(curve.target(own, v), () => psiSlope(curve, own, v));
  const noes = [];
  for (let j = 1; j < angles.length; j++) {
    const n = other(curve, angles[j], own, v);
    noes.push(judged(n(angles[j]), () => (taken ? taken(angles[j], v) : slopeOf(n, angles[j]))));
  }
  return weights ? apart(yes, noes, weights) : compared(yes, noes);
}

function compared(yes, noes) {
  const top = noes.reduce((most, { z }) => max(most, z), -Infinity);
  const sum = noes.reduce((all, { z }) => all + exp(z - top), 0);
  const lead = noes.length ? top + Math.log(sum) - yes.z : -Infinity; // how far the others are ahead
  const doubt = sigmoid(lead);
  const b = noes.map(({ z, run }) => ((doubt * exp(z - top)) / sum) * run);
  return { l: softplus(lead), p: sigmoid(-lead), b: [-doubt * yes.run, ...b] };
}

function apart(yes, noes, [one, two]) {
  const l = noes.reduce((all, { z }) => all + two * softplus(z), one * softplus(-yes.z));
  const b = noes.map(({ z, run }) => two * sigmoid(z) * run);
  return { l, p: sigmoid(yes.z), b: [-one * sigmoid(-yes.z) * yes.run, ...b] };
}

// |sum_j b_j e_j| at face i.
function length(b, angles, between) {
  const seen = b.map((value, j) => (sin(angles[j]) > LEAST_SINE ? value / sin(angles[j]) : 0));
  const c = Array.from(angles, cos);
  let squared = 0;
  for (let j = 0; j < seen.length; j++) {
    if (!seen[j]) continue;
    squared += b[j] * b[j];
    for (let k = 0; k < j; k++) squared += 2 * seen[j] * seen[k] * (between(j, k) - c[j] * c[k]);
  }
  return sqrt(max(0, squared));
}

// What a change of each face's loss counts in N L: 1 where L is the mean.
function counted(loss, losses, v) {
  const count = losses.length;
  if (loss === "hard_mining") {
    const kept = max(1, Math.floor(v.rate * count + 1e-9));
    const first = new Set(order(losses, (a, b) => b - a).slice(0, kept));
    return losses.map((_, i) => (first.has(i) ? count / kept : 0));
  }
  const { gather } = CURVES[loss];
  if (!gather) return losses.map(() => 1);
  const mean = losses.reduce((sum, l) => sum + l, 0) / count;
  return losses.map((l) => gather(v.focus === "batch" ? mean : l, v)[1]);
}

// How many wrong centers beat psi at a face: its support vectors, where a loss has them.
function beaten(curve, angles, v) {
  if (!curve.beats) return 0;
  let found = 0;
  for (let j = 1; j < angles.length; j++) found += curve.beats(angles[j], angles[0], v);
  return found;
}

// Every face of a batch: {pulls, p, losses, counts, hard, each}; pulls are w, each the settings met.
export function weigh(loss, batch, v) {
  const { angles } = batch;
  const [curve, each] = [CURVES[loss], met(loss, batch, v)];
  const faces = angles.map((row, i) => {
    const first = lean(curve, sizeOf(loss, each[i]), row, each[i]);
    const also = curve.also?.(v);
    if (!also) return first;
    const more = lean(also, sizeOf(loss, each[i]), row, each[i]);
    return { l: first.l + more.l, p: first.p, b: first.b.map((value, j) => value + more.b[j]) };
  });
  const losses = faces.map(({ l }) => l);
  const counts = counted(loss, losses, v);
  const pulls = faces.map(({ b }, i) => counts[i] && counts[i] * length(b, angles[i], (j, k) => batch.apart(i, j, k)));
  return { pulls, losses, counts, each, p: faces.map(({ p }) => p), hard: angles.map((row, i) => beaten(curve, row, each[i])) };
}

// Parts of a whole; zeros where nothing pulls.
export function shares(pulls) {
  const sum = pulls.reduce((all, w) => all + w, 0);
  return pulls.map((w) => (sum > 0 ? w / sum : 0));
}

// How few faces carry half of the pull; 0 where nothing pulls.
export function half(parts) {
  let [sum, count] = [0, 0];
  for (const part of [...parts].sort((a, b) => b - a)) {
    if (sum >= 0.5 - 1e-12 || !(part > 0)) break;
    sum += part;
    count += 1;
  }
  return count;
}

// Places of the values, the largest first; and from an order to the rank of each, from 0.
export const ranked = (values) => order([...values], (a, b) => b - a);
export function places(ordered) {
  const rank = [];
  ordered.forEach((i, at) => (rank[i] = at));
  return rank;
}
