// The tables of the explorer: for each run whose each image is, and its numbers; and what they say.

import { numbers } from "./ball.js";
import { rotate } from "./globe.js";
import { look } from "./crowd.js";
import { shade } from "./legend.js";
import { degrees } from "./view.js";

// The runs as the kernel sent them. A number of an image is found under the name of its color.
export function opened(model) {
  return model.get("_data").map(({ title, spread, labels, held, ids, numbers: four }, number) => {
    const all = numbers(Float32Array, four);
    const column = (k) => Array.from({ length: all.length / 4 }, (_, i) => all[4 * i + k]);
    const table = { title, labels: numbers(Uint16Array, labels), held: numbers(Uint8Array, held), ids: numbers(Uint32Array, ids) };
    const byId = new Map([...table.ids].map((id, i) => [id, i]));
    const [norm, hardness, other, whose] = [0, 1, 2, 3].map(column);
    const known = {};
    const places = (kind) => {
      const data = model.get("_places")[`${number} ${kind}`];
      if (!data) return null;
      if (known[kind]?.data !== data) known[kind] = { data, points: numbers(Float32Array, data) };
      return known[kind].points;
    };
    const mixed = new Set(table.held).size > 1;
    return { ...table, spread, byId, norm, hardness, other, whose, places, mixed };
  });
}

// The images of a table that are drawn: of the people asked for, and with a direction.
export function seen(table, { people }) {
  const held = { "held-out": 1, trained: 0 }[people];
  const asked = (i) => held === undefined || !table.mixed || table.held[i] === held;
  return [...table.labels.keys()].filter((i) => Number.isFinite(table.hardness[i]) && asked(i));
}

// What the choices are called.
export const KINDS = { pca: "explorer.pca", umap: "explorer.umap", "umap sphere": "explorer.umap_sphere" };
export const COLORS = { person: "explorer.person", hardness: "explorer.hardness", norm: "explorer.norm" };
export const PEOPLE = { all: "explorer.all", "held-out": "explorer.held_out", trained: "explorer.trained" };

// The share of the variance of all its embeddings, of length 1, that the places of PCA hold.
function share(table) {
  const places = table.places("pca").filter(Number.isFinite);
  return places.reduce((sum, value) => sum + value * value, 0) / (places.length / 2) / table.spread;
}

// What a panel draws of a run.
function panelOf(state, table, range, say) {
  const { kind, color, person, people, colors } = state;
  const places = table.places(kind);
  const kindly = say(KINDS[kind]);
  const named = table.title ? say("explorer.panel", { run: table.title, kind: kindly }) : kindly;
  const title = kind === "pca" && table.spread > 0 ? named + say("explorer.share", { percent: Math.round(100 * share(table)) }) : named;
  if (!places) return { title, missing: say("explorer.missing"), points: [], ball: null, range };
  const ball = kind === "umap sphere" ? { yaw: state.yaw, pitch: state.pitch } : null;
  const [wide, at] = ball ? [3, rotate(places, state.yaw, state.pitch)] : [2, places];
  const points = seen(table, state).map((index) => {
    const own = look(colors, table.labels[index]);
    const number = color === "person" ? null : shade(table[color][index], range);
    return {
      index, x: at[wide * index], y: at[wide * index + 1], behind: Boolean(ball) && at[wide * index + 2] < 0,
      color: number ?? own.color, edge: number ? colors.paper : own.edge, shape: number ? "circle" : own.shape,
      hollow: !number && people === "all" && table.mixed && Boolean(table.held[index]),
      faint: person >= 0 && table.labels[index] !== person,
    };
  });
  return { title, points, ball, range };
}

function rangeOf(tables, state) {
  let [low, high] = [state.color === "hardness" ? 0 : Infinity, 0];
  for (const table of tables)
    for (const i of seen(table, state)) [low, high] = [Math.min(low, table[state.color][i]), Math.max(high, table[state.color][i])];
  return [Math.min(low, high), high];
}

// Hardness is compared between runs, so both share a range; lengths are a run's own.
export function panels(state, tables, say) {
  const shared = state.color === "norm" ? null : rangeOf(state.color === "person" ? [] : tables, state);
  return tables.map((table) => panelOf(state, table, shared ?? rangeOf([table], state), say));
}

// The lines of the card of an image.
export function cardOf(say, table, index, names) {
  const [person, other] = [table.labels[index], table.whose[index]];
  const lines = [names[person], say("explorer.own", { angle: degrees(table.hardness[index]) })];
  if (other >= 0) lines.push(say("explorer.other", { name: names[other], angle: degrees(table.other[index]) }));
  lines.push(say("explorer.length", { length: table.norm[index].toPrecision(3) }));
  if (table.mixed) lines.push(say(table.held[index] ? "explorer.held_out_image" : "explorer.trained_image"));
  return lines;
}

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;

// How many images of a run are drawn, and how close they keep to their people.
function summed(say, table, state) {
  const rows = seen(table, state);
  const people = new Set(rows.map((i) => table.labels[i])).size;
  const titled = (words) => (table.title ? say("explorer.titled", { title: table.title, words }) : words);
  if (!rows.length) return titled(say("explorer.nobody"));
  const counted = say(people === 1 ? "explorer.one" : "explorer.many", { people, count: rows.length });
  const hard = say("explorer.hard", { angle: degrees(mean(rows.map((i) => table.hardness[i]))) });
  const compared = rows.filter((i) => table.whose[i] >= 0);
  const right = compared.filter((i) => table.hardness[i] <= table.other[i]).length;
  const nearest = compared.length ? say("explorer.nearest", { percent: Math.round((100 * right) / compared.length) }) : "";
  return titled(say("explorer.sentence", { words: `${counted}${hard}${nearest}` }));
}

function oneSaid(say, names, table, state) {
  const rows = seen(table, state).filter((i) => table.labels[i] === state.person);
  if (!rows.length) return say("explorer.absent", { name: names[state.person] });
  const angle = degrees(mean(rows.map((i) => table.hardness[i])));
  return say("explorer.person_said", { name: names[state.person], count: rows.length, angle });
}

// What is seen, in words; `told` is the card of an image that was stepped to.
export function words(say, names, tables, state, told) {
  const said = tables.map((table) => summed(say, table, state));
  if (state.person >= 0) {
    const each = tables.map((table) => oneSaid(say, names, table, state));
    said.push(each.length > 1 && each[0] !== each[1] ? each.map((words, i) => say("explorer.titled", { title: tables[i].title, words })).join(" ") : each[0]);
  }
  if (told) said.push(say("explorer.pointed", { what: told.join(say("view.comma")) }));
  return said.join(" ");
}
