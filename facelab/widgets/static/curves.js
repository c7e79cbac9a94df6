// Target curves: what each loss puts in place of cos(theta) at the true class.
//
//   z_1 = s psi(theta_1)      logit of the true person; theta_1 is the angle to its center
//   z_2 = s n(theta_2)        logit of another person;  n is cos(theta_2) unless a loss says so
//   L   = log(1 + exp(z_2 - z_1))
//
// Angles are radians. `v` holds the settings of the loss under their Python names, and what is no
// setting but moves while training (see dial.py). To add a loss, add one line to CURVES:
//
//   target(theta_1, v)        psi
//   negative(theta_2, v)      n
//   hard(theta_2, v)          n of a center that wins; beats(theta_2, theta_1, v): whether it does
//   slope, otherSlope         d/d theta of psi and n where training takes another than theirs
//   size(v)                   what stands in for the scale s
//   gather(l, v)              [L, dL/dl], l being the softmax loss, where L is not l itself
//   asks(v)                   [w_1, w_2] of a loss that asks about each person apart; then
//                             z = s (psi - threshold), L = w_1 softplus(-z_1) + w_2 softplus(z_2)
//   also(v)                   another line whose loss is added
//   spread(theta, v)          the cosine before the margin, where it is not the cosine itself
//   band(v)                   the settings at both ends of what is drawn at random
//
// Probability, loss and gradient follow from these, and in regions.js who owns what.

const { abs, acos, cos, exp, log1p, max, min, sign, sin, PI } = Math;

const clip = (x, low, high) => max(low, min(high, x));
const plain = (theta) => cos(theta);
const bare = (theta) => -sin(theta); // slope of the plain cosine

// cos(phi), and what public codes put in its place where phi > pi; phi is `ahead` of theta there
const BEYOND_PI = {
  linear: (theta, ahead) => cos(theta) - ahead * sin(ahead),
  clip: () => -1,
  keep: (theta) => cos(theta),
  shift: (theta, ahead) => cos(theta) - (1 - cos(ahead)),
};

function past(theta, phi, ahead, beyond) {
  if (beyond === "easy") return theta < PI / 2 ? cos(phi) : cos(theta);
  return beyond === "none" || phi < PI ? cos(phi) : BEYOND_PI[beyond](theta, ahead);
}

const turned = (theta, v) => past(theta, theta + v.margin, v.margin, v.beyond_pi ?? "linear");

// (-1)^k cos(phi) - 2k, k = floor(phi / pi): falls for ever
function falling(phi) {
  const k = Math.floor(phi / PI);
  return (k % 2 ? -1 : 1) * cos(phi) - 2 * k;
}

function combined(theta, v) {
  const phi = v.m1 * theta + v.m2;
  if (v.beyond_pi === "fold") return falling(phi) - v.m3;
  return past(theta, phi, PI - (PI - v.m2) / v.m1, v.beyond_pi) - v.m3;
}

const lowered = (theta, v) => cos(theta) - v.margin;
const BASES = { softmax: plain, cosface: lowered, arcface: turned };
const based = (theta, v) => BASES[v.base](theta, v);
const beaten = (theta2, theta1, v) => cos(theta2) > based(theta1, v);

// SV and MV: `spared` is the angle from which the margin is left out of psi
const eased = (theta, v, spared) => (theta < spared ? based(theta, v) : cos(theta));
const spared = (v) => (v.easy !== "threshold" ? Infinity : v.base === "arcface" ? PI / 2 : acos(clip(v.margin, -1, 1)));

// SphereFace2: g(z) = 2 ((z + 1) / 2)^t - 1 and its slope along theta
const half = (z) => (z + 1) / 2;
export const g = (z, v) => 2 * sign(half(z)) * abs(half(z)) ** v.sharpness - 1;
const gSlope = (theta, v) => v.sharpness * half(cos(theta)) ** (v.sharpness - 1) * bare(theta);
const yes = {
  C: (theta, v) => g(cos(theta), v) - v.margin,
  A: (theta, v) => g(turned(theta, v), v),
  M: (theta, v) => g(cos(min(PI, v.margin * theta)), v),
};
const no = {
  C: (theta, v) => g(cos(theta), v) + v.margin,
  A: (theta, v) => g(v.turned === "both" ? cos(theta - v.margin) : cos(theta), v),
  M: (theta, v) => g(cos(theta), v),
};
const dropped = (v) => ({ code: bare, paper: gSlope })[v.detach]; // for kind C gSlope is no less than all

// AdaFace: cosines stop at 1 - eps; lengths as in a run that has settled
const ADAFACE = { eps: 1e-3, mean: 20, deviation: 6 };
export const quality = (v) => clip((v.h * (v.embedding_length - ADAFACE.mean)) / (ADAFACE.deviation + ADAFACE.eps), -1, 1);
const stopped = (theta) => clip(theta, acos(1 - ADAFACE.eps), acos(ADAFACE.eps - 1));
function adapted(theta, v) {
  const turn = v.margin * quality(v);
  return cos(clip(stopped(theta) - turn, ADAFACE.eps, PI - ADAFACE.eps)) - (v.margin + turn);
}

// MagFace: the margin that goes with a length
export function lengthMargin({ shortest, longest, least_margin: least, most_margin: most, embedding_length: a }) {
  const part = longest > shortest ? (clip(a, shortest, longest) - shortest) / (longest - shortest) : 0;
  return least + (most - least) * part;
}

// Circle loss: the weights a_p and a_n are constants for the gradient
const near = (theta, m) => max(0, 1 + m - cos(theta));
const far = (theta, m) => max(0, cos(theta) + m);

const LEAST_DOUBT = 1e-12; // (1 - p)^gamma has an infinite slope at p = 1 when gamma < 1
function focal(l, { gamma }) {
  const doubt = max(LEAST_DOUBT, -Math.expm1(-l));
  const inner = doubt > LEAST_DOUBT ? gamma * doubt ** (gamma - 1) * exp(-l) * l : 0;
  return [doubt ** gamma * l, doubt ** gamma + inner];
}

const asked = (v) => (v.form === "softmax" ? null : [1, v.negative_weight ?? 1]);
const samples = { target: (theta, v) => cos(theta) - v.sample_margin, asks: asked };

export const CURVES = {
  softmax: { target: plain, size: (v) => v.embedding_length },
  normface: { target: plain },
  sphereface: { target: (theta, v) => (v.lam * cos(theta) + falling(v.margin * theta)) / (1 + v.lam), size: (v) => (v.length === "kept" ? v.embedding_length : v.scale) },
  sphereface_r: { target: (theta, v) => ({ v0: falling(v.margin * theta), v1: cos(min(PI, v.margin * theta)), v2: cos(theta) })[v.version], negative: (theta, v) => cos(v.version === "v2" ? theta / v.margin : theta), slope: () => bare, otherSlope: () => bare, gather: (l, v) => [(v.loss_weight / v.scale) * l, v.loss_weight / v.scale] },
  cosface: { target: (theta, v) => cos(theta) - (v.easy_margin && theta >= PI / 2 ? 0 : v.margin) },
  arcface: { target: turned },
  combined_margin: { target: combined, negative: (theta, v) => (v.filter_above < 1 && cos(theta) > v.filter_above ? 0 : cos(theta)) },
  f_softmax: { target: plain, gather: focal },
  hard_mining: { target: plain },
  sv_softmax: { target: (theta, v) => eased(theta, v, spared(v)), hard: (theta, v) => v.t * cos(theta) + v.t - 1, beats: beaten },
  mv_softmax: { target: (theta, v) => eased(theta, v, v.easy_margin ? PI / 2 : Infinity), hard: (theta, v) => (v.form === "adaptive" ? 1 + v.extra : 1) * cos(theta) + v.extra, beats: beaten },
  elasticface: { target: based, band: (v) => [-2, 2].map((k) => ({ ...v, margin: v.margin + k * v.sigma })) },
  sphereface2: { target: (theta, v) => yes[v.kind](theta, v), negative: (theta, v) => no[v.kind](theta, v), spread: (theta, v) => g(cos(theta), v), slope: dropped, otherSlope: dropped, asks: (v) => [v.balance / v.scale, (1 - v.balance) / v.scale] },
  subcenter_arcface: { target: turned },
  curricularface: { target: turned, hard: (theta, v) => cos(theta) * (v.t + cos(theta)), beats: (theta2, theta1, v) => cos(theta2) > cos(theta1 + v.margin) },
  adacos: { target: plain },
  adaface: { target: adapted, negative: (theta) => cos(stopped(theta)) },
  magface: { target: (theta, v) => turned(theta, { ...v, margin: lengthMargin(v) }) },
  circle: { target: (theta, v) => near(theta, v.relaxation) * (cos(theta) - 1 + v.relaxation), negative: (theta, v) => far(theta, v.relaxation) * (cos(theta) - v.relaxation), slope: (v) => (theta) => near(theta, v.relaxation) * bare(theta), otherSlope: (v) => (theta) => far(theta, v.relaxation) * bare(theta) },
  uniface: { target: lowered, asks: asked },
  unitsface: { target: (theta, v) => (v.terms === "both" ? lowered : samples.target)(theta, v), asks: (v) => (v.terms === "both" ? null : asked(v)), also: (v) => (v.terms === "both" ? samples : null) },
};

const STEP = 1e-5; // half width of the central differences, radians

// d f / d theta; beside a step of f that of the smooth side
export function slopeOf(f, theta) {
  const [before, after] = [f(theta) - f(theta - STEP), f(theta + STEP) - f(theta)];
  if (abs(after - before) < STEP) return (after + before) / (2 * STEP);
  return (abs(after) < abs(before) ? after : before) / STEP;
}

// psi'(theta), or the slope of the plain cosine where the loss passes the gradient straight through
export const psiSlope = (curve, theta, v) => {
  const taken = v.gradient === "straight_through" ? bare : curve.slope?.(v);
  return taken ? taken(theta, v) : slopeOf((at) => curve.target(at, v), theta);
};

// [d z_1 / d theta_1, and what training takes in its place]: the slope of the target logit.
export function slopes(loss, theta, v) {
  const curve = CURVES[loss];
  const { s, cut: [stopped] } = judged(curve, theta, theta, v);
  const own = stopped ? 0 : s * slopeOf((at) => curve.target(at, v), theta);
  return [own, stopped ? 0 : s * psiSlope(curve, theta, v)];
}

// What counts of center 2, as a function of theta_2: n, hardened where it beats the true center.
export function other(curve, theta2, theta1, v) {
  if (curve.hard) return curve.beats(theta2, theta1, v) ? (theta) => curve.hard(theta, v) : plain;
  return curve.negative ? (theta) => curve.negative(theta, v) : plain;
}

// What multiplies psi and n.
export const sizeOf = (loss, v) => scaleOf(CURVES[loss], v);
const scaleOf = (curve, v) => (curve.size ? curve.size(v) : v.scale);

// z_1, z_2 of one line of CURVES, and whether the code behind the loss has cut them off
function judged(curve, theta1, theta2, v) {
  const s = scaleOf(curve, v);
  const asks = curve.asks?.(v);
  const level = asks ? v.threshold : 0;
  const z = [curve.target(theta1, v), other(curve, theta2, theta1, v)(theta2)].map((value) => s * (value - level));
  const cut = z.map((value) => Boolean(asks && v.clamp && abs(value) > s));
  return { z: z.map((value, i) => (cut[i] ? s * sign(value) : value)), cut, s, asks };
}

// The two logits [z_1, z_2] of an embedding of person 1.
export const logits = (loss, theta1, theta2, v) => judged(CURVES[loss], theta1, theta2, v).z;

export const sigmoid = (z) => 1 / (1 + exp(-z));
export const softplus = (z) => max(0, z) + log1p(exp(-abs(z)));

// Whether the loss asks about each person apart, under one threshold, instead of comparing.
export const asks = (loss, v) => Boolean(CURVES[loss].asks?.(v));

// Probability of the true person: its share of the softmax, or that of a yes.
export function probability(loss, theta1, theta2, v) {
  const [z1, z2] = logits(loss, theta1, theta2, v);
  return sigmoid(asks(loss, v) ? z1 : z1 - z2);
}

// Loss, and its gradient by theta_1 where theta_2 grows by `away` with it.
function judge(curve, theta1, theta2, away, v) {
  const { z: [z1, z2], cut, s, asks: weights } = judged(curve, theta1, theta2, v);
  const rise = cut[0] ? 0 : s * psiSlope(curve, theta1, v);
  const taken = curve.otherSlope?.(v);
  const n = other(curve, theta2, theta1, v);
  const run = cut[1] ? 0 : s * away * (taken ? taken(theta2, v) : slopeOf(n, theta2));
  if (weights) {
    const [one, two] = weights;
    return [one * softplus(-z1) + two * softplus(z2), two * sigmoid(z2) * run - one * sigmoid(-z1) * rise];
  }
  const l = softplus(z2 - z1);
  const [value, factor] = curve.gather ? curve.gather(l, v) : [l, 1];
  return [value, factor * sigmoid(z2 - z1) * (run - rise)];
}

// [L, dL/dtheta_1] for an embedding that moves along the circle through both centers, `between`
// radians apart: theta_2 = |between - theta_1|.
export function onCircle(loss, theta, between, v) {
  const curve = CURVES[loss];
  const sum = (line) => judge(line, theta, abs(between - theta), theta < between ? -1 : 1, v);
  const [first, more] = [sum(curve), curve.also?.(v)];
  const added = more ? sum(more) : [0, 0];
  return [first[0] + added[0], first[1] + added[1]];
}

export const pull = (loss, theta, between, v) => onCircle(loss, theta, between, v)[1];
