// The playground: a network learns, and every slider acts while it does.

import { card, drawBody, interact, spun, turn } from "./ball.js";
import { charts } from "./charts.js";
import { CURVES } from "./curves.js";
import { drawLabels } from "./crowd.js";
import { button, make } from "./dom.js";
import { Live, fromKernel, fromPage } from "./live.js";
import { reach } from "./regions.js";
import { choose, chosen, controls, mattering, shown, symbol } from "./settings.js";
import { Frame, degrees } from "./view.js";

const LABELED = 14; // people whose faces fit beside the ball
const STEP = Math.PI / 360; // angles between centers are told apart to half a degree for the caps

// How far a person's cap reaches, by the angle to the nearest other center: as far as the loss
// grants it everything. Without a curve of its own: halfway.
function radii(model) {
  let [known, found] = ["", new Map()];
  return (moving) => {
    const loss = model.get("loss");
    if (!CURVES[loss]) return (angle) => angle / 2;
    const names = Object.keys(model.get("losses")[loss].settings);
    const v = { ...moving, ...Object.fromEntries(names.map((name) => [name, model.get(name)])) };
    if (moving.scale !== undefined) v.scale = moving.scale;
    const key = loss + Object.values(v).map((x) => (typeof x === "number" ? x.toPrecision(3) : x)).join();
    if (key !== known) [known, found] = [key, new Map()];
    return (angle) => {
      const place = Math.max(1, Math.round(angle / STEP));
      if (!found.has(place)) found.set(place, reach(loss, place * STEP, v));
      return found.get(place);
    };
  };
}

function sentence(model, say, { frame, people, radius, scene, state }) {
  const loss = model.get("losses")[frame.loss ?? model.get("loss")];
  const used = frame.settings ?? Object.fromEntries(Object.keys(loss.settings).map((name) => [name, model.get(name)]));
  const list = mattering(loss.settings, (name) => used[name]).filter(([, spec]) => spec.kind === "slider")
    .slice(0, 4).map(([name, spec]) => `${symbol(spec.symbol)} ${shown(spec, used[name])}`).join(say("view.comma"));
  const { trained, held_out: held, angle, gap, auc } = frame.numbers;
  const part = (v) => `${Math.round(100 * v)} %`;
  const said = [say(`playground.${state}`, { rate: Math.round(frame.rate) })];
  said.push(say(list ? "playground.now" : "playground.now_plain", { step: frame.step, loss: loss.title, list }));
  said.push(say("playground.trained", { part: part(trained), angle: degrees(angle) }));
  if (held !== null) said.push(say("playground.held_out", { part: part(held), auc: auc === null ? "–" : auc.toFixed(2) }));
  said.push(say("playground.gap", { gap: degrees(gap) }));
  const caps = people.names.map((_, i) => radius(scene.near[i].angle)).filter((r) => r > 0);
  const ends = caps.length && { low: degrees(Math.min(...caps)), high: degrees(Math.max(...caps)) };
  said.push(CURVES[model.get("loss")] ? (caps.length ? say("playground.caps", ends) : say("playground.no_caps")) : say("playground.half"));
  return said.join(" ");
}

// Play, step, reset, how fast, which loss; below, in a row that unfolds, what is changed more rarely.
// Gives back what shows the state.
function transport(frame, ask, recorded) {
  const { model } = frame;
  const say = (key, values) => frame.phrase(`playground.${key}`, values);
  frame.addRow();
  const group = make("div", "facelab-transport", frame.row);
  let playing = false;
  const play = button(group, say("play"), () => ask({ play: !playing }), { title: say("play_hint") });
  play.classList.add("facelab-play");
  button(group, say("step"), () => ask({ step: true }), { title: say("step_hint") });
  button(group, say("reset"), () => ask({ reset: true }), { title: say("reset_hint") });
  const speeds = model.get("_speeds").map((steps) => [steps, steps ? say("a_second", { steps }) : say("full")]);
  frame.chooser("speed", { into: frame.row, label: say("speed"), options: speeds });
  if (recorded) frame.toggle("spin", { into: frame.row, label: say("spin") });
  else unfolding(frame, say);
  return (state) => {
    playing = state === "playing";
    play.textContent = say(playing ? "pause" : "play");
    play.setAttribute("aria-pressed", String(playing));
  };
}

function unfolding(frame, say) {
  const { model } = frame;
  const losses = Object.entries(model.get("losses")).map(([key, { title }]) => [key, title]);
  frame.chooser("loss", { into: frame.row, label: say("loss"), options: losses, choose: (loss) => choose(model, loss) });
  const more = button(frame.row, say("more"), () => fold(), { title: say("more_hint"), "aria-expanded": "false" });
  frame.addRow();
  const into = { into: frame.row };
  const fold = () => {
    into.into.hidden = !into.into.hidden;
    more.setAttribute("aria-expanded", String(!into.into.hidden));
  };
  fold();
  const [low, high] = model.get("_ends").learning_rate;
  const show = (rate) => rate.toFixed(4);
  frame.slider("learning_rate", { ...into, label: say("learning_rate"), low, high, step: 1e-4, reset: 3e-3, show });
  frame.chooser("dim", { ...into, label: say("dim"), options: [[3, say("sphere")], [2, say("circle")]] });
  frame.chooser("start", { ...into, label: say("start"), options: ["even", "random"].map((how) => [how, say(how)]) });
  frame.toggle("augment", { ...into, label: say("augment") });
  frame.toggle("spin", { ...into, label: say("spin") });
}

// The faces: how many people, how many images of each, how hard to read.
function sliders(frame) {
  const ends = frame.model.get("_ends");
  const add = (name, step, reset, show) => {
    const [low, high] = ends[name];
    frame.slider(name, { label: frame.phrase(`playground.${name}`), low, high, step, reset, show, order: 2 });
  };
  add("people", 1, 10, String);
  add("images", 1, 7, String);
  add("tail", 0.05, 0, (v) => v.toFixed(2));
  add("hardness", 0.05, 0, (v) => `${Math.round(100 * v)} %`);
}

function render({ model, el }) {
  const frame = new Frame(model, el, "playground");
  const say = (key, values) => frame.phrase(key, values);
  const live = new Live();
  const recorded = model.get("_rows").length > 0;
  const [hand, radiusFor, drawCharts] = [{ hover: -1 }, radii(model), charts()];
  let [now, words, spoken, fresh, changes, source] = [null, say("playground.waiting"), 0, false, [], null];
  const showState = transport(frame, (asked) => source.ask(asked), recorded);
  controls(frame, model);
  if (!recorded) sliders(frame);

  const take = (picture) => {
    live.take(picture, performance.now());
    fresh = true;
    showState(picture.state);
    frame.canvas.dataset.frames = String(live.count);
    frame.canvas.dataset.state = picture.state;
    frame.canvas.dataset.curves = String(live.history.length);
    frame.canvas.dataset.numbers = JSON.stringify(picture.numbers);
    frame.canvas.dataset.answered = JSON.stringify([picture.loss, picture.settings]);
    if (picture.problem || !model.get("error")) frame.fail(picture.problem);
    frame.redraw();
  };
  const settings = Object.values(model.get("losses")).flatMap((entry) => Object.keys(entry.settings));
  for (const name of new Set([...settings, "loss", "people", "images", "tail", "hardness", "learning_rate", "augment"]))
    frame.listen(`change:${name}`, () => {
      if (live.frame && changes.at(-1) !== live.frame.step) changes = [...changes, live.frame.step].slice(-200);
      spoken = 0;
      frame.redraw();
    });
  for (const name of ["yaw", "pitch", "person"]) frame.listen(`change:${name}`, () => frame.redraw());

  let timer = 0;
  // Several that play take turns, so that the page has time for everything else.
  const again = () => {
    const playing = document.querySelectorAll("canvas[data-state=playing]").length;
    if (playing < 2) frame.redraw();
    else timer = setTimeout(() => frame.redraw(), (playing - 1) * 16);
  };
  const hold = () => Object.fromEntries(["person", "yaw", "pitch"].map((name) => [name, model.get(name)]));
  const draw = (room) => {
    const time = performance.now();
    if (!live.frame || !live.people) return words;
    if (model.get("spin")) model.set("yaw", spun(model.get("yaw")));
    const flat = live.frame.points.every((v, i) => i % 3 !== 2 || v === 0);
    const scene = live.at(time);
    const view = { ...hold(), ...(flat ? { yaw: 0, pitch: 0 } : {}), flat };
    if (view.person >= live.people.names.length) view.person = -1;
    const radius = radiusFor(live.frame.moving);
    const state = { ...live.people, ...scene, ...view, radius };
    const turned = turn(scene, view.yaw, view.pitch);
    const half = { ...room, width: Math.round(room.width * 0.61) };
    const globe = { cx: half.width / 2, cy: room.height / 2 - 4, r: Math.min(room.height / 2 - room.size * 1.4, half.width / 2 - room.size * 8.8) };
    drawBody(half, globe, turned, state);
    frame.canvas.dataset.asked = JSON.stringify(chosen(model));
    const labeled = state.names.length <= LABELED ? state.names.map((_, i) => i) : view.person < 0 ? [] : [view.person];
    const placed = drawLabels(room.ctx, globe, { ...state, ...half, centers: turned.centers, people: labeled, spare: 5.5 }, room.colors);
    const box = { x: half.width, y: 0, w: room.width - half.width, h: room.height };
    if (live.history.length && live.frame.step < changes.at(-1)) changes = [];
    drawCharts(room, box, say, live.history, changes, live.count);
    now = { ...state, globe, turned, placed };
    if (hand.hover >= live.people.labels.length) hand.hover = -1;
    if (hand.hover >= 0) card(half, say, now, hand.hover);
    if (fresh) source.drawn();
    fresh = false;
    if (live.moving(time) || model.get("spin")) again();
    if (live.frame.state !== "playing" || time - spoken > 1000) {
      spoken = time;
      words = sentence(model, say, { frame: live.frame, people: live.people, radius, scene, state: live.frame.state });
    }
    return words;
  };
  const named = () => ["loss", ...Object.keys(model.get("losses")[model.get("loss")].settings), "people", "images", "tail", "hardness", "learning_rate", "augment", "dim", "start", "seed", "speed", "person", "yaw", "pitch"];
  frame.start((width) => Math.max(330, Math.min(640, width * 0.4)), draw, named);
  interact(frame, { now: () => now, hand, get: () => ({ ...hold(), flat: now?.flat }), set: (values) => frame.set(values) });
  source = recorded ? fromPage(model, live, take, () => model.get("speed")) : fromKernel(frame, live, () => model.get("names"), take);
  if (recorded) frame.note(say("playground.recorded", { steps: source.steps }));
  return () => {
    clearTimeout(timer);
    source.close();
    frame.close();
  };
}

export default { render };
