// The embedding explorer: maps of one run or of two, a person followed from one to the other.

import { OWN_KEYS, button, make } from "./dom.js";
import { FONT } from "./draw.js";
import { drawCard, look, sheet } from "./crowd.js";
import { follow } from "./follow.js";
import { arranged, drawNames, drawRamp } from "./legend.js";
import { placeOf, show } from "./maps.js";
import { library } from "./plotly.js";
import { COLORS, KINDS, PEOPLE, cardOf, opened, panels, seen, words } from "./tables.js";
import { Frame, degrees } from "./view.js";

const { PI, max, min, round } = Math;
const CHOSEN = ["kind", "left", "right", "color", "people", "person", "yaw", "pitch"];

class Explorer {
  constructor(model, el) {
    const frame = (this.frame = new Frame(model, el, "explorer"));
    Object.assign(this, { model, say: (key, values) => frame.phrase(key, values), names: model.get("names") });
    Object.assign(this, { tables: opened(model), hand: { panel: -1, index: -1, told: false }, drawn: "", busy: null, panels: [], legend: [] });
    const faces = sheet(new Uint8Array(model.get("_pixels").buffer.slice(0)), model.get("_pixel_size"));
    this.faces = faces.count ? faces : null;
    this.controls();
    frame.stage.style.position = "relative";
    this.div = make("div", "facelab-maps", frame.stage, { "aria-hidden": "true", style: "position: absolute; inset: 0 0 auto 0" });
    Object.assign(frame.canvas.style, { position: "relative", zIndex: 1, pointerEvents: "none" });
    frame.canvas.tabIndex = 0;
    for (const name of ["yaw", "pitch"]) frame.listen(`change:${name}`, () => frame.redraw());
    frame.listen("msg:custom", (message, buffers) => this.heard(message, buffers));
    frame.listen("change:_places", () => this.placed());
    frame.listen("change:notes", () => frame.redraw());
  }

  controls() {
    const { frame, say, model } = this;
    const choose = (name, keys, label, hint) => {
      const options = Object.entries(keys).map(([key, words]) => [key, say(words)]);
      frame.chooser(name, { label: say(label), hint: say(hint), options, into: frame.row });
    };
    frame.addRow();
    choose("kind", KINDS, "explorer.kind", "explorer.kind_hint");
    const runs = this.tables.map(({ title }) => [title, title]);
    if (runs.length > 1) {
      frame.chooser("left", { label: say("explorer.left"), options: runs, into: frame.row });
      frame.chooser("right", { label: say("explorer.right"), options: [["", say("explorer.nothing")], ...runs], into: frame.row });
    }
    choose("color", COLORS, "explorer.color", "explorer.color_hint");
    if (this.tables.some(({ mixed }) => mixed)) choose("people", PEOPLE, "explorer.people", "explorer.people_hint");
    const everyone = [[-1, say("explorer.everyone")], ...this.names.map((name, i) => [i, name])];
    frame.chooser("person", { label: say("explorer.highlight"), options: everyone, into: frame.row });
    this.work = make("div", "facelab-row", frame.root);
    frame.controls.before(this.work);
    this.begin = button(this.work, "", () => this.compute());
    this.bar = make("progress", "", this.work, { max: 1, "aria-label": say("explorer.progress") });
    this.stop = button(this.work, say("explorer.stop"), () => frame.send({ ask: "stop" }), OWN_KEYS);
    this.doing = make("span", "facelab-label", this.work);
    this.paged = Boolean(model.get("_library"));
  }

  get shown() {
    const titles = [this.model.get("left"), this.model.get("right")];
    return this.tables.filter((_, i) => i === this.tables.findIndex(({ title }) => title === titles[0]))
      .concat(titles[1] ? this.tables.filter(({ title }) => title === titles[1]) : []);
  }

  compute() {
    this.busy = { part: 0, begun: false };
    this.frame.fail("");
    this.frame.send({ ask: "compute" });
    this.frame.redraw();
  }

  // What the kernel says while it computes.
  heard(message, buffers) {
    if ("progress" in message) this.busy = { part: message.progress, begun: message.begun };
    if (message.made) {
      this.model.set("_places", { ...this.model.get("_places"), [message.made]: buffers[0] });
      this.placed();
    }
    if (message.ended || message.failed) this.busy = null;
    if (message.failed) this.frame.fail(message.failed);
    this.frame.redraw();
  }

  placed() {
    this.drawn = "";
    this.frame.redraw();
  }

  // The row that computes: what is missing, and how far it is.
  showWork(lacking) {
    const { say, busy } = this;
    const kind = say(KINDS[this.model.get("kind")]);
    this.work.hidden = !lacking && !busy;
    this.begin.textContent = say("explorer.compute", { kind });
    this.begin.hidden = Boolean(busy) || this.paged;
    for (const part of [this.bar, this.stop]) part.hidden = !busy;
    if (busy?.begun) this.bar.value = busy.part;
    else this.bar.removeAttribute("value");
    const percent = busy && round(100 * busy.part);
    if (this.paged) this.doing.textContent = say("explorer.no_kernel");
    else this.doing.textContent = !busy ? say("explorer.on_demand") : busy.begun ? say("explorer.part", { percent }) : say("explorer.starting");
  }

  state(colors) {
    const state = Object.fromEntries(CHOSEN.map((name) => [name, this.model.get(name)]));
    return { ...state, colors };
  }

  draw(room) {
    const { width, height, colors, ctx } = room;
    const { say, names, hand } = this;
    const size = (room.size = max(13.5, room.size));
    const [state, tables] = [this.state(colors), this.shown];
    const view = [state.kind, state.left, state.right, state.people].join("\n");
    const lacking = tables.some((table) => !table.places(state.kind));
    this.showWork(lacking);
    const people = [...new Set(tables.flatMap((table) => seen(table, state).map((i) => table.labels[i])))].sort((a, b) => a - b);
    const legend = arranged(ctx, names, people, { width, size });
    const below = state.color === "person" ? legend.height : size * 1.6;
    const tall = round(height - below - size * 0.4);
    const turned = state.kind === "umap sphere" ? [state.yaw, state.pitch] : [];
    const key = JSON.stringify([view, state.color, state.person, width, tall, size, colors.dark, turned]);
    if (key !== this.drawn) {
      this.panels = panels(state, tables, say);
      const most = max(0, ...this.panels.map(({ points }) => points.length));
      const mark = size * (most <= 200 ? 0.68 : most <= 800 ? 0.52 : 0.38);
      show(this.plotly, this.div, this.panels, { ...room, height: tall, mark, view, font: FONT });
      this.drawn = key;
    }
    const top = height - below;
    if (state.color === "person") {
      this.legend = legend.boxes.map((box) => ({ ...box, y: box.y + top }));
      drawNames(ctx, names, legend, { top, size, colors, person: state.person, more: (count) => say("explorer.more", { count }) });
    } else {
      this.legend = [];
      this.ramps(room, state, top);
    }
    const hollow = this.panels.some(({ points }) => points.some((point) => point.hollow));
    this.frame.note([this.model.get("notes"), hollow ? say("explorer.hollow") : ""].filter(Boolean).join(" "));
    this.point(room, tables);
    const told = hand.told ? cardOf(say, tables[hand.panel], hand.index, names) : null;
    return words(say, names, tables, state, told);
  }

  ramps({ ctx, width, size, colors }, { color }, top) {
    const label = (value) => (color === "hardness" ? degrees(value) : value.toPrecision(3));
    const name = this.say(color === "hardness" ? "explorer.hardness_ramp" : "explorer.norm_ramp");
    const shown = this.panels.filter(({ points }) => points.length);
    const one = color === "hardness" ? shown.slice(0, 1) : shown;
    for (const panel of one) {
      const [w, i] = [width / this.panels.length, color === "hardness" ? 0 : this.panels.indexOf(panel)];
      drawRamp(ctx, panel.range, { x: i * w + size * 0.4, w, top, size, colors, name, label });
    }
  }

  // A ring around the image that is pointed at, in both panels, and its card.
  point({ ctx, width, height, size, colors }, tables) {
    const { hand, names, say, faces } = this;
    const table = tables[hand.panel];
    if (!table || !this.find(hand.panel, hand.index)) return Object.assign(hand, { panel: -1, index: -1, told: false });
    const id = table.ids[hand.index];
    const person = table.labels[hand.index];
    for (const [panel, other] of tables.entries()) {
      const place = this.find(panel, panel === hand.panel ? hand.index : other.byId.get(id));
      const at = place && placeOf(this.div, panel, place);
      if (!at) continue;
      ctx.beginPath();
      ctx.arc(...at, size * 0.75, 0, 2 * PI);
      Object.assign(ctx, { strokeStyle: colors.ink, lineWidth: 2 });
      ctx.stroke();
      if (panel !== hand.panel) continue;
      const room = { x: at[0], y: at[1], size, width, height, color: look(colors, person).edge };
      drawCard(ctx, { cx: width / 2 }, { ...room, lines: cardOf(say, table, hand.index, names), face: faces ? id : null, faces }, colors);
    }
    return null;
  }

  find(panel, index) {
    return this.panels[panel]?.points.find((point) => point.index === index);
  }
}

function render({ model, el }) {
  const view = new Explorer(model, el);
  const { frame, say } = view;
  frame.wordsLine.textContent = say("explorer.loading");
  const begin = (plotly) => {
    view.plotly = plotly;
    plotly.newPlot(view.div, [], {}, { displayModeBar: false });
    follow(view);
    frame.start((width) => max(360, min(600, width * 0.4)), (room) => view.draw(room), CHOSEN);
  };
  library(frame).then(begin).catch(({ message }) => frame.fail(say("explorer.no_library", { what: message })));
  return () => {
    frame.close();
    view.plotly?.purge(view.div);
  };
}

export default { render };
