// A training as it comes from the kernel, or from a recording: who is there, where everybody is now
// and is going, and the curves so far.

import { closest, numbers } from "./ball.js";
import { sheet } from "./crowd.js";
import { nearest } from "./globe.js";

export const SCALARS = ["loss", "trained", "held_out", "angle", "gap", "auc"];
const FINE = 32767;
const MOST = 1200; // places of a curve; when there are more, every other one goes
const FULL = 100; // steps a second at which a recording is played at full speed

// Who is on the images; `names` of all people there can be.
export function cast({ size }, [labels, held, pixels], names) {
  const whose = numbers(Uint16Array, labels);
  const faces = sheet(numbers(Uint8Array, pixels), size);
  const first = [];
  whose.forEach((person, i) => (first[person] ??= i));
  return { labels: whose, held: numbers(Uint8Array, held), first, faces, names: names.slice(0, first.length) };
}

// Unit vectors part of the way from some to others.
function between(from, to, part) {
  if (part >= 1 || from.length !== to.length) return to;
  const found = new Float32Array(to.length);
  for (let i = 0; i < to.length; i += 3) {
    const [x, y, z] = [0, 1, 2].map((k) => from[i + k] + part * (to[i + k] - from[i + k]));
    const length = Math.hypot(x, y, z) || 1;
    [found[i], found[i + 1], found[i + 2]] = [x / length, y / length, z / length];
  }
  return found;
}

// Pictures come now and then; `at(now)` is where everybody is in between.
export class Live {
  constructor() {
    Object.assign(this, { people: null, frame: null, from: null, history: [], every: 40, since: 0, count: 0 });
  }

  // A picture: {step, numbers, points, centers, ...}; it is reached after about the time that passed
  // since the last one.
  take(frame, now) {
    const here = this.frame && this.at(now);
    const gap = Math.max(20, Math.min(250, now - this.since));
    const same = here && here.points.length === frame.points.length && here.centers.length === frame.centers.length;
    this.every = 0.7 * this.every + 0.3 * gap;
    Object.assign(this, { from: same ? here : frame, frame, since: now, count: this.count + 1 });
    const last = this.history.at(-1);
    if (last && frame.step < last[0]) this.history = [];
    if (!last || frame.step !== last[0]) this.history.push([frame.step, ...SCALARS.map((name) => frame.numbers[name])]);
    if (this.history.length > MOST) this.history = this.history.filter((_, i) => i % 2 === 0);
  }

  moving(now) {
    return this.frame !== null && this.from !== this.frame && now - this.since < this.every;
  }

  at(now) {
    const part = this.from === this.frame ? 1 : Math.min(1, (now - this.since) / this.every);
    const [points, centers] = ["points", "centers"].map((name) => between(this.from[name], this.frame[name], part));
    return { points, centers, near: nearest(centers), closest };
  }
}

// What the kernel sends. `take(live, frame)` is called with every picture.
export function fromKernel(frame, live, names, take) {
  let coming = null; // who is on the next picture: until it is there, the last one is drawn
  frame.listen("msg:custom", (content, buffers) => {
    if (content.kind === "history") live.history = content.rows.map((row) => [...row]);
    if (content.kind === "cast") coming = cast(content, buffers, names());
    if (content.kind !== "frame") return;
    live.people = coming ?? live.people;
    coming = null;
    const [points, centers] = buffers.map((buffer) => numbers(Float32Array, buffer));
    take({ ...content, points, centers });
  });
  const ask = (content) => frame.send(content);
  ask({ hello: true });
  return { ask, drawn: () => live.frame.number && ask({ drawn: live.frame.number }), close() {} };
}

// A recording that is played here: play, pause, step and reset mean the same.
export function fromPage(model, live, take, speed) {
  const rows = model.get("_rows");
  const about = model.get("_people");
  live.people = cast(about, [about.labels, about.held, about.pixels], model.get("names"));
  const places = numbers(Int16Array, model.get("_places"));
  const count = places.length / rows.length; // numbers a picture
  const split = 3 * live.people.labels.length;
  let [place, state, timer] = [0, "paused", 0];
  const show = () => {
    const picture = Float32Array.from(places.subarray(place * count, (place + 1) * count), (v) => v / FINE);
    const [step, ...values] = rows[place];
    const moving = values[SCALARS.length];
    const found = Object.fromEntries(SCALARS.map((name, i) => [name, values[i]]));
    take({ step, state, rate: state === "playing" ? speed() || FULL : 0, problem: "", numbers: found, moving, points: picture.subarray(0, split), centers: picture.subarray(split) });
  };
  const wait = () => {
    clearTimeout(timer);
    if (state !== "playing") return;
    const steps = rows[place + 1] ? rows[place + 1][0] - rows[place][0] : 0;
    timer = setTimeout(() => go(1), Math.max(16, (1000 * steps) / (speed() || FULL)));
  };
  const go = (by) => {
    place = Math.min(rows.length - 1, place + by);
    if (place === rows.length - 1) state = "paused";
    show();
    wait();
  };
  const ask = ({ play, step, reset }) => {
    if (reset || (play && place === rows.length - 1)) place = 0;
    if (play !== undefined || step) state = play ? "playing" : "paused";
    if (step) return go(1);
    show();
    return wait();
  };
  show();
  return { ask, drawn() {}, close: () => clearTimeout(timer), steps: rows.at(-1)[0] };
}
