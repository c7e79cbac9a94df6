// Target curves: what each loss puts in place of cos(theta) at the true class.
//
//   z_1 = s psi(theta_1)      logit of the true person; theta_1 is the angle to its center
//   z_2 = s n(theta_2)        logit of another person;  n is cos(theta_2) unless a loss says so
//
// Angles are radians. `v` holds the settings of the loss under their Python names. To add a loss,
// add one line to CURVES: `target` is psi(theta, v); `negative`, where there is one, is
// n(theta_2, theta_1, v). Boundary, probability and gradient follow from these two.

const { cos, sin, PI } = Math;

// cos(theta + m), and what public codes put in its place where theta + m > pi
const BEYOND_PI = {
  linear: (theta, m) => cos(theta) - m * sin(m),
  none: (theta, m) => cos(theta + m),
  clip: () => -1,
  keep: (theta) => cos(theta),
  shift: (theta, m) => cos(theta) - (1 - cos(m)),
};

function turned(theta, { margin: m, beyond_pi: beyond = "linear" }) {
  if (beyond === "easy") return theta < PI / 2 ? cos(theta + m) : cos(theta);
  return theta < PI - m ? cos(theta + m) : BEYOND_PI[beyond](theta, m);
}

export const CURVES = {
  normface: { target: (theta) => cos(theta) },
  cosface: { target: (theta, v) => cos(theta) - (v.easy_margin && theta >= PI / 2 ? 0 : v.margin) },
  arcface: { target: turned },
};

const negative = (loss, theta2, theta1, v) =>
  CURVES[loss].negative ? CURVES[loss].negative(theta2, theta1, v) : cos(theta2);

// The two logits [z_1, z_2] of an embedding of person 1.
export function logits(loss, theta1, theta2, v) {
  return [v.scale * CURVES[loss].target(theta1, v), v.scale * negative(loss, theta2, theta1, v)];
}

// Probability of the true person, exp(z_1) / (exp(z_1) + exp(z_2)).
export function probability(loss, theta1, theta2, v) {
  const [z1, z2] = logits(loss, theta1, theta2, v);
  return 1 / (1 + Math.exp(z2 - z1));
}

// The angle theta_2 at which the two logits tie, for a given theta_1: the level line z_1 = z_2,
// found by halving. NaN where there is none between 0 and pi.
export function boundary(loss, theta1, v) {
  const lead = (theta2) => {
    const [z1, z2] = logits(loss, theta1, theta2, v);
    return (z1 - z2) / v.scale;
  };
  let [low, high] = [0, PI];
  if (lead(low) > 1e-12 || lead(high) < -1e-12) return NaN;
  for (let i = 0; i < 48; i++) {
    const middle = (low + high) / 2;
    if (lead(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const STEP = 1e-5; // half width of the central differences, radians

// psi'(theta), or the slope of the plain cosine where the loss passes the gradient straight through
export function slope(loss, theta, v) {
  if (v.gradient === "straight_through") return -sin(theta);
  const psi = (at) => CURVES[loss].target(at, v);
  const [before, after] = [psi(theta) - psi(theta - STEP), psi(theta + STEP) - psi(theta)];
  if (Math.abs(after - before) < STEP) return (after + before) / (2 * STEP);
  return (Math.abs(after) < Math.abs(before) ? after : before) / STEP; // beside a jump of psi
}

// dL/dtheta_1 of L = log(1 + exp(z_2 - z_1)) for an embedding that moves along the circle through
// both centers, `between` radians apart: theta_2 = |between - theta_1|.
export function pull(loss, theta, between, v) {
  const theta2 = Math.abs(between - theta);
  const away = theta < between ? -1 : 1; // d theta_2 / d theta_1
  const wrong = 1 - probability(loss, theta, theta2, v);
  const other =
    (negative(loss, theta2 + STEP, theta, v) - negative(loss, theta2 - STEP, theta, v)) / (2 * STEP);
  return wrong * v.scale * (other * away - slope(loss, theta, v));
}

// Angle between two places on a circle, 0 to pi.
export function gap(a, b) {
  const turn = Math.abs(a - b) % (2 * PI);
  return turn > PI ? 2 * PI - turn : turn;
}

// Whose an embedding at angle phi is, with centers at 0 and `between`: 1, 2, or 0 where the loss
// grants neither (the margin band).
export function owner(loss, phi, between, v) {
  const [one, two] = [gap(phi, 0), gap(phi, between)];
  const wins = (own, other) => {
    const [z1, z2] = logits(loss, own, other, v);
    return z1 > z2;
  };
  if (wins(one, two)) return 1;
  return wins(two, one) ? 2 : 0;
}

// The circle cut into runs of one owner: [{from, to, owner}], angles from 0 to 2 pi.
export function runs(loss, between, v, steps = 720) {
  const at = (phi) => owner(loss, phi, between, v);
  const found = [];
  let [from, held] = [0, at(0)];
  for (let i = 1; i <= steps; i++) {
    const phi = (2 * PI * i) / steps;
    const now = i === steps ? null : at(phi);
    if (now === held) continue;
    let [low, high] = [phi - (2 * PI) / steps, phi];
    for (let k = 0; k < 24 && now !== null; k++) {
      const middle = (low + high) / 2;
      if (at(middle) === held) low = middle;
      else high = middle;
    }
    found.push({ from, to: now === null ? phi : high, owner: held });
    [from, held] = [high, now];
  }
  return found;
}

// The angle from center 1 towards center 2 up to which an embedding counts as person 1; NaN if
// it never does.
export function reach(loss, between, v) {
  const first = runs(loss, between, v)[0];
  return first.owner === 1 ? first.to : NaN;
}
