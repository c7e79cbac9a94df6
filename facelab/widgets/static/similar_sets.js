// Sets of cosines in the browser: which pairs there are, their histograms, what follows from them.
// The same facts stand in NumPy in geometry/similarities.py; a test makes the two meet.

export const BINS = 40; // bars over -1..1
export const NODES = 200; // R, over -1..1: where the soft histogram is counted
export const SIGMA = 0.1; // width of its bell, cosine units
const TINY = 1e-9; // added to a histogram before its logarithm, as in the loss
const STEPS = 100; // a cosine counts at the nearest of so many places between two nodes:
const FINE = STEPS * (NODES - 1); // a bell's center is off by 5e-5 at most
const BELL = Float64Array.from({ length: FINE + 1 }, (_, i) => Math.exp(-(((2 * i) / FINE / SIGMA) ** 2) / 2));

export const node = (r) => -1 + (2 * r) / (NODES - 1);
export const edge = (bin) => -1 + (2 * bin) / BINS;
export const binOf = (cosine) => Math.max(0, Math.min(BINS - 1, Math.floor(((cosine + 1) / 2) * BINS)));

// Embeddings as they come, int16 (N, width), as rows of length 1; a row of zeros has no direction.
export function unpack(bytes, from, count, width) {
  const rows = new Float32Array(count * width);
  const view = new DataView(bytes.buffer, bytes.byteOffset + from, 2 * count * width);
  const there = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let length = 0;
    for (let k = i * width; k < (i + 1) * width; k++) {
      rows[k] = view.getInt16(2 * k, true);
      length += rows[k] ** 2;
    }
    there[i] = length > 0;
    for (let k = i * width; k < (i + 1) * width; k++) rows[k] /= Math.sqrt(length) || 1;
  }
  return { rows, there, count, width };
}

function cosine({ rows, width }, i, j) {
  let sum = 0;
  for (let a = i * width, b = j * width, end = a + width; a < end; a++, b++) sum += rows[a] * rows[b];
  return Math.max(-1, Math.min(1, sum));
}

// All pairs of images that have a direction: {cosines, first, second, same}.
function allPairs(points, labels) {
  const seen = Array.from(points.there.keys()).filter((i) => points.there[i]);
  const total = (seen.length * (seen.length - 1)) / 2;
  const found = { cosines: new Float32Array(total), first: new Uint16Array(total), second: new Uint16Array(total), same: new Uint8Array(total) };
  let k = 0;
  for (let a = 0; a < seen.length; a++)
    for (let b = a + 1; b < seen.length; b++, k++) {
      const [i, j] = [seen[a], seen[b]];
      found.cosines[k] = cosine(points, i, j);
      found.first[k] = i;
      found.second[k] = j;
      found.same[k] = labels[i] === labels[j];
    }
  return found;
}

// Pairs of two people as DDL has them: of each person the first image, with the other first image
// that is most alike.
function hardest(points, labels) {
  const lead = new Map();
  labels.forEach((person, i) => points.there[i] && !lead.has(person) && lead.set(person, i));
  const images = [...lead.values()];
  if (images.length < 2) return [];
  return images.map((i) => {
    const all = images.filter((j) => j !== i).map((j) => [cosine(points, i, j), i, j]);
    return all.reduce((best, next) => (next[0] > best[0] ? next : best));
  });
}

export function pairsOf(points, labels, kind) {
  const all = allPairs(points, labels);
  if (kind === "all") return all;
  const kept = Array.from(all.same.keys()).filter((k) => all.same[k]);
  const others = hardest(points, labels);
  return {
    cosines: Float32Array.from([...kept.map((k) => all.cosines[k]), ...others.map(([c]) => c)]),
    first: Uint16Array.from([...kept.map((k) => all.first[k]), ...others.map(([, i]) => i)]),
    second: Uint16Array.from([...kept.map((k) => all.second[k]), ...others.map(([, , j]) => j)]),
    same: Uint8Array.from([...kept.map(() => 1), ...others.map(() => 0)]),
  };
}

// The cosines of one kind, 1 for one person and 0 for two, perhaps only those of one person's images.
export function chosen({ cosines, first, second, same }, kind, labels, person = -1) {
  return cosines.filter((_, k) => same[k] === kind && (person < 0 || labels[first[k]] === person || labels[second[k]] === person));
}

export const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
export const above = (values, threshold) => values.reduce((n, v) => n + (v >= threshold), 0) / values.length;

// The share of the cosines in each bar.
export function bars(values) {
  const shares = new Float64Array(BINS);
  for (const v of values) shares[binOf(v)] += 1 / values.length;
  return shares;
}

// h_r = sum_s exp(-(s - t_r)^2 / (2 sigma^2)), divided by its sum; a row of NaN without cosines.
export function soft(values) {
  const fine = new Float64Array(FINE + 1);
  for (const v of values) fine[Math.round(((v + 1) / 2) * FINE)]++;
  const heights = new Float64Array(NODES);
  fine.forEach((count, i) => {
    if (count) for (let r = 0; r < NODES; r++) heights[r] += count * BELL[Math.abs(i - STEPS * r)];
  });
  const sum = heights.reduce((a, b) => a + b, 0);
  return heights.map((h) => h / sum);
}

export const divergence = (p, q) => p.reduce((sum, _, r) => sum + (p[r] + TINY) * Math.log((p[r] + TINY) / (q[r] + TINY)), 0);
export const overlap = (p, q) => p.reduce((sum, _, r) => sum + Math.min(p[r], q[r]), 0);

// Sum over all branches a, b of mean S-_a - mean S+_b.
export const order = (highs, lows) => lows.reduce((sum, low) => sum + highs.reduce((part, high) => part + low - high, 0), 0);

// One branch, easy or hard: its sets, their histograms, and how far they are apart.
export function branch(points, labels, kind) {
  const pairs = pairsOf(points, labels, kind);
  const [low, high] = [0, 1].map((same) => {
    const values = chosen(pairs, same, labels);
    return { values, mean: mean(values), bars: bars(values), soft: soft(values) };
  });
  return { pairs, high, low, margin: high.mean - low.mean, overlap: overlap(high.soft, low.soft) };
}

// What the loss compares in two branches.
export function compared(easy, hard) {
  return {
    high: divergence(easy.high.soft, hard.high.soft),
    low: divergence(easy.low.soft, hard.low.soft),
    order: order([easy.high.mean, hard.high.mean], [easy.low.mean, hard.low.mean]),
  };
}

// A few of the pairs in a bar, in an order that depends on the pair alone: [cosine, i, j, same].
export function inBar({ cosines, first, second, same }, bin, labels, person) {
  const found = [];
  cosines.forEach((c, k) => {
    const asked = person < 0 || labels[first[k]] === person || labels[second[k]] === person;
    if (binOf(c) === bin && asked) found.push([c, first[k], second[k], same[k]]);
  });
  const mixed = ([, i, j]) => Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(j + 1, 0x85ebca6b), 0xc2b2ae35) >>> 0;
  return found.sort((a, b) => mixed(a) - mixed(b));
}
