// The curves over an angle that the dial draws for one loss or for two: target logits and slopes.
//
// A side is one of the two losses: {loss, v, title, color, dash}. A line is {f, color, dash, width,
// words, at, ends}: `at` is the angle of the embedding on it, `ends` are the edges of a band.

import { CURVES, asks, sizeOf, slopes } from "./curves.js";
import { gap } from "./regions.js";

const { PI, abs, cos, max, sin } = Math;
export const HALF = Array.from({ length: 181 }, (_, i) => (i * PI) / 180);
const DOTTED = [2, 5];
const LEAST = 1e-6; // two slopes that differ by no more are one

// Both losses as sides; the first blue, as person 1 is, the second green and dashed.
export function sidesOf(colors, { loss, v, title, other }) {
  const [one, two] = other?.apart ?? [];
  const first = { loss, v, title, legend: one ?? title, color: colors.one, dash: [], width: 3.5 };
  return other ? [first, { ...other, legend: two ?? other.title, color: colors.people[2], dash: [9, 5], width: 3 }] : [first];
}

// What turns psi into what is drawn: the logit, or alone and asked apart the similarity itself.
function drawn({ loss, v }, alone) {
  const apart = asks(loss, v);
  if (apart && alone) return (y) => y;
  const s = sizeOf(loss, v);
  return (y) => s * (y - (apart ? v.threshold : 0));
}

// The lines of the target panel, the most important last.
export function targetLines(colors, say, sides, { theta, between }) {
  const alone = sides.length === 1;
  return [...beneath(colors, say, sides[0], alone, gap(theta, between)), ...sides.flatMap((side) => hardened(colors, say, side, alone)), ...sides.map((side) => target(say, side, alone, theta)).reverse()];
}

// What the first loss is measured by: the cosine without a margin, and what is asked of others.
function beneath(colors, say, side, alone, other) {
  const { loss, v } = side;
  const { negative = cos, spread } = CURVES[loss];
  const plain = { color: colors.soft, width: 2, dash: [6, 5] };
  const map = drawn(side, alone);
  if (!asks(loss, v)) return [{ ...plain, f: (t) => map(negative(t, v)), words: say(negative === cos ? "dial.without" : "dial.others") }];
  const no = { color: colors.two, width: 2.5, dash: [], f: (t) => map(negative(t, v)), at: other, words: alone ? say("dial.no_curve") : "" };
  return alone ? [{ ...plain, f: (t) => map((spread ?? cos)(t, v)), words: spread ? "" : say("dial.cosine") }, no] : [no];
}

function hardened(colors, say, side, alone) {
  const { loss, v, title, color } = side;
  const { hard } = CURVES[loss];
  if (!hard) return [];
  const tint = alone ? colors.two : color;
  return [{ color: tint, width: 2.5, dash: DOTTED, f: (t) => drawn(side, alone)(hard(t, v)), words: alone ? say("dial.hardened") : say("dial.hardened_of", { title }) }];
}

function target(say, side, alone, theta) {
  const { loss, v, legend, color, dash, width } = side;
  const map = drawn(side, alone);
  const ends = CURVES[loss].band?.(v).map((one) => (t) => map(CURVES[loss].target(t, one)));
  const words = alone ? say(asks(loss, v) ? "dial.yes_curve" : "dial.with") : legend;
  return { f: (t) => map(CURVES[loss].target(t, v)), color, dash, width, ends, at: theta, words };
}

// The level at which a yes begins: {y, words}; null where logits are compared instead.
export function levelOf(say, sides) {
  const asked = sides.find(({ loss, v }) => asks(loss, v));
  if (!asked) return null;
  const titles = sides.filter(({ loss, v }) => asks(loss, v)).map(({ title }) => title);
  if (sides.length > 1) return { y: 0, words: say("dial.level_of", { title: [...new Set(titles)].join(", ") }) };
  return { y: asked.v.threshold, words: say("dial.level", { level: asked.v.threshold.toFixed(2) }) };
}

// The slope of the target logit; dotted what training takes where that is another.
export function slopeLines(colors, say, sides, { theta }) {
  const [{ loss, v }] = sides;
  const s = sizeOf(loss, v);
  const plain = { f: (t) => -s * sin(t), color: colors.soft, width: 2, dash: [6, 5], words: say("dial.plain_slope") };
  const taken = sides.filter((side) => HALF.some((t) => differs(...slopes(side.loss, t, side.v))));
  const dotted = taken.map((side) => ({ f: (t) => slopes(side.loss, t, side.v)[1], color: colors.ink, width: 2, dash: DOTTED, words: say("dial.taken") }));
  const own = sides.map((side) => ({ f: (t) => slopes(side.loss, t, side.v)[0], color: side.color, width: side.width, dash: side.dash, at: theta, words: "" }));
  return [plain, ...own.reverse(), ...dotted];
}

const differs = (one, two) => abs(one - two) > LEAST * max(1, abs(one));
