// Who owns what: boundaries, runs of the circle, caps. All of it follows from the logits.

import { CURVES, asks, logits } from "./curves.js";

const { PI, min } = Math;
const SCAN = 48; // steps in which a change of owner is looked for, each then halved
const HALVINGS = 32;
const TIE = 1e-12;

// Between low and high, where `same` stops to hold.
function halve(low, high, same) {
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (same(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

// The angles between 0 and pi at which a lead turns into a deficit or back: [[angle, ahead after]].
function crossings(lead) {
  const found = [];
  let [from, ahead] = [0, lead(0) > TIE];
  for (let i = 1; i <= SCAN; i++) {
    const at = (PI * i) / SCAN;
    const now = lead(at) >= -TIE;
    if (now !== ahead) {
      const before = ahead;
      found.push([halve(from, at, (angle) => lead(angle) > 0 === before), now]);
    }
    [from, ahead] = [at, now];
  }
  return found;
}

// How far person 1 is ahead in the logits; asked apart, in the worse of the two answers.
function lead(loss, theta1, theta2, v) {
  const [z1, z2] = logits(loss, theta1, theta2, v);
  return asks(loss, v) ? min(z1, -z2) : z1 - z2;
}

// The stretches [from, to] of theta_2 in which an embedding at theta_1 is person 1's.
export function stretches(loss, theta1, v) {
  const at = (theta2) => lead(loss, theta1, theta2, v);
  const edges = crossings(at).map(([angle]) => angle);
  if (at(0) > TIE) edges.unshift(0);
  if (edges.length % 2) edges.push(PI);
  return Array.from({ length: edges.length / 2 }, (_, i) => edges.slice(2 * i, 2 * i + 2));
}

const firstWin = (found) => found.find(([, ahead]) => ahead)?.[0] ?? NaN;

// The angle theta_2 at which the two logits tie, for a given theta_1: the level line z_1 = z_2.
// NaN where person 1 wins at none, or at all of them.
export const boundary = (loss, theta1, v) => firstWin(crossings((theta2) => lead(loss, theta1, theta2, v)));

// The same line if every other center counted as one that wins: up to there the loss of those that
// do is above that of the base. NaN where a loss does not tell winners apart.
export function second(loss, theta1, v) {
  const { target, hard } = CURVES[loss];
  return hard ? firstWin(crossings((theta2) => target(theta1, v) - hard(theta2, v))) : NaN;
}

// Asked apart: up to which angle a person says yes to its own, from which on no to others. A cap
// around each center; NaN where it never does.
export function caps(loss, v) {
  const [one, two] = [(t) => logits(loss, t, t, v)[0], (t) => -logits(loss, t, t, v)[1]];
  const yes = crossings(one).find(([, ahead]) => !ahead)?.[0] ?? PI;
  const last = crossings(two).at(-1) ?? [0, two(0) > TIE];
  return [one(0) > TIE ? yes : NaN, last[1] ? last[0] : NaN];
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
  if (lead(loss, one, two, v) > 0) return 1;
  return lead(loss, two, one, v) > 0 ? 2 : 0;
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
    const here = held;
    const edge = now === null ? phi : halve(phi - (2 * PI) / steps, phi, (angle) => at(angle) === here);
    found.push({ from, to: edge, owner: held });
    [from, held] = [edge, now];
  }
  return found;
}

// The angle from center 1 towards center 2 up to which an embedding counts as person 1; NaN if
// it never does.
export function reach(loss, between, v) {
  if (owner(loss, 0, between, v) !== 1) return NaN;
  for (let i = 1; i <= 180; i++) {
    const [low, high] = [(between * (i - 1)) / 180, (between * i) / 180];
    if (owner(loss, high, between, v) !== 1) return halve(low, high, (phi) => owner(loss, phi, between, v) === 1);
  }
  return between;
}
