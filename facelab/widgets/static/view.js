// What all views share: sliders, choosers, switches, a canvas, a line of words, an error line.
//
// State lives in the model (the traits of the Python class). A control sets a trait; any change of
// a trait asks for one redraw in the next frame; what was set is then sent to the kernel. After
// each drawing `canvas.dataset.shown` counts up: tests wait for it.

import { OWN_KEYS, make } from "./dom.js";
import { isDark, palette } from "./draw.js";
import { footer } from "./footer.js";
import { linked } from "./linked.js";

export const degrees = (radians, digits = 0) => `${((radians * 180) / Math.PI).toFixed(digits)}°`;

// A phrase of the catalog with its {blanks} filled.
export function phrase(model, key, values = {}) {
  const found = model.get("_phrases")[key];
  if (found === undefined) throw new Error(`the catalog has no phrase "${key}"`);
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export class Frame {
  constructor(model, el, name) {
    this.model = model;
    this.count = 0;
    this.pending = 0;
    this.undo = [];
    this.root = make("div", `facelab facelab-${name}`, el, { role: "group" });
    this.root.setAttribute("aria-label", this.phrase(`${name}.title`));
    this.root.lang = model.get("_about").lang; // chooses the font too, on the canvas as well
    this.controls = make("div", "facelab-controls", this.root);
    this.stage = make("div", "facelab-stage", this.root);
    this.canvas = make("canvas", "facelab-canvas", this.stage, { ...OWN_KEYS, role: "img" });
    this.wordsLine = make("p", "facelab-words", this.root, { "aria-live": "polite" });
    this.notesLine = make("p", "facelab-notes", this.root);
    this.errorLine = make("p", "facelab-error", this.root, { role: "alert" });
    this.listen("comm_live_update", () => this.fail(this.phrase("view.gone")));
    this.listen("change:error", () => this.fail(model.get("error")));
    this.fail(model.get("error"));
    this.watch();
    linked(this);
    const twins = document.querySelectorAll(`[id="facelab-twin-${model.get("_twin")}"]`);
    for (const twin of twins) twin.style.display = "none";
  }

  phrase(key, values) {
    return phrase(this.model, key, values);
  }

  listen(event, call) {
    this.model.on(event, call);
    this.undo.push(() => this.model.off(event, call));
  }

  // Redraw when the room, the theme or the resolution changes.
  watch() {
    const again = () => this.redraw();
    const size = new ResizeObserver(again);
    size.observe(this.root);
    const theme = new MutationObserver(again);
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", again);
    this.undo.push(() => size.disconnect(), () => theme.disconnect());
    this.undo.push(() => scheme.removeEventListener("change", again));
    const left = () => this.large && document.fullscreenElement !== this.root && this.present(false);
    document.addEventListener("fullscreenchange", left);
    this.undo.push(() => document.removeEventListener("fullscreenchange", left));
  }

  // Draw with `draw({ctx, width, height, colors, size})`; `height(width)` gives the canvas height.
  // `draw` returns the words. `chosen` names the traits that the reader can choose, or is a function
  // that does; with it the view can be copied, kept and shown large.
  start(height, draw, chosen) {
    Object.assign(this, { height, draw });
    const names = () => (typeof chosen === "function" ? chosen() : chosen);
    const values = () => Object.fromEntries(names().map((name) => [name, this.model.get(name)]));
    if (chosen) this.pressed = footer(this, values);
    this.redraw();
  }

  redraw() {
    if (!this.pending) this.pending = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.pending = 0;
    const width = Math.floor(this.stage.clientWidth) || this.width; // 0 while a theme is loading
    if (!this.draw || !width) return;
    this.width = width;
    const dark = isDark();
    this.root.classList.toggle("facelab-dark", dark);
    const [height, ratio] = [Math.round(this.large ? this.room() : this.height(width)), window.devicePixelRatio || 1];
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      Object.assign(this.canvas, { width: w, height: h });
      this.canvas.style.height = `${height}px`;
    }
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const size = Math.max(12, Math.min(this.large ? 26 : 19, width / 78));
    try {
      this.say(this.draw({ ctx, width, height, size, colors: palette(dark) }));
    } catch (error) {
      this.fail(this.phrase("view.failed", { what: error.message }));
      throw error;
    }
    this.canvas.dataset.shown = String(++this.count);
    this.save();
  }

  // Full width and large type, for a room; the whole screen where the page may have it.
  present(on) {
    this.large = on;
    this.root.classList.toggle("facelab-large", on);
    this.pressed(on);
    if (on) this.root.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
    this.redraw();
  }

  // The height that the canvas can have when the view fills the screen.
  room() {
    const [root, last] = [this.root, this.root.lastElementChild].map((node) => node.getBoundingClientRect());
    const rest = last.bottom + this.root.scrollTop - root.top - this.canvas.clientHeight;
    return Math.max(320, window.innerHeight - rest - 16);
  }

  say(words) {
    if (words === this.wordsLine.textContent) return;
    this.wordsLine.textContent = words;
    this.canvas.setAttribute("aria-label", words);
    this.model.set("words", words);
    this.dirty = true;
  }

  note(words) {
    this.notesLine.textContent = words;
  }

  fail(words) {
    this.errorLine.textContent = words;
  }

  // Saved at once: until a value is on its way, the kernel's echo of an older one would replace it.
  set(values) {
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.dirty = true;
    this.save();
    this.redraw();
  }

  // Send what was set to the kernel; a kernel that was restarted no longer knows this view.
  save() {
    if (!this.dirty) return;
    this.dirty = false;
    try {
      this.model.save_changes();
    } catch {
      this.fail(this.phrase("view.gone"));
    }
  }

  send(content) {
    try {
      this.model.send(content);
    } catch {
      this.fail(this.phrase("view.gone"));
    }
  }

  // A compact row above the sliders, for choices and switches; a control goes there with `into`.
  addRow() {
    this.row = make("div", "facelab-row", this.root);
    this.controls.before(this.row);
  }

  control(name, { label, hint = "", order = 0, into = this.controls, symbol = "" }) {
    const box = make("div", "facelab-control", into, { "data-name": name, "data-symbol": symbol.replaceAll("\\", "") });
    Object.assign(box, { title: hint }).style.order = order;
    const head = make("div", "facelab-head", box);
    make("span", "facelab-label", head).textContent = label;
    return { box, head };
  }

  // A slider for the trait `name`. `spec` is {label, low, high, step, reset, show}; `show(value)`
  // is the number beside it. A double click, or the button, goes back to `reset`, a value or a
  // function that gives one.
  slider(name, spec) {
    const { box, head } = this.control(name, spec);
    const value = make("output", "facelab-value", head);
    const back = make("button", "facelab-reset", head, { type: "button", ...OWN_KEYS });
    const start = () => (typeof spec.reset === "function" ? spec.reset() : spec.reset);
    back.textContent = "↺";
    const steps = Math.round((spec.high - spec.low) / spec.step);
    const input = make("input", "facelab-slider", box, { type: "range", min: 0, max: steps, step: 1, ...OWN_KEYS });
    input.setAttribute("aria-label", spec.label);
    const show = () => {
      const now = this.model.get(name);
      input.value = String(Math.round((now - spec.low) / spec.step));
      input.style.setProperty("--facelab-part", `${(100 * Number(input.value)) / steps}%`);
      value.textContent = spec.show(now);
      input.setAttribute("aria-valuetext", spec.show(now));
      back.title = this.phrase("view.reset", { label: spec.label, value: spec.show(start()) });
      back.setAttribute("aria-label", back.title);
    };
    const at = (i) => (i >= steps ? spec.high : Number((spec.low + i * spec.step).toPrecision(12)));
    input.addEventListener("input", () => this.set({ [name]: at(Number(input.value)) }));
    const reset = () => this.set({ [name]: start() });
    input.addEventListener("dblclick", reset);
    back.addEventListener("click", reset);
    return this.follow(name, show, box);
  }

  // A list to choose from for the trait `name`: options [[value, words, explanation], ...].
  chooser(name, { label, hint, options, order, into, choose = (value) => ({ [name]: value }) }) {
    const { box } = this.control(name, { label, hint, order, into });
    box.classList.add("facelab-choose");
    const select = make("select", "facelab-chooser", box, { "aria-label": label, ...OWN_KEYS });
    for (const [i, [, words, title = ""]] of options.entries())
      make("option", "", select, { value: i, title }).textContent = words;
    select.addEventListener("change", () => this.set(choose(options[select.selectedIndex][0])));
    const show = () => (select.selectedIndex = options.findIndex(([value]) => value === this.model.get(name)));
    return this.follow(name, show, box);
  }

  // A yes or no for the trait `name`.
  toggle(name, { label, hint = "", order = 0, into = this.controls }) {
    const box = make("label", "facelab-control facelab-toggle", into, { "data-name": name });
    const input = make("input", "", box, { type: "checkbox", ...OWN_KEYS });
    make("span", "facelab-label", box).textContent = label;
    Object.assign(box, { title: hint }).style.order = order;
    input.addEventListener("change", () => this.set({ [name]: input.checked }));
    return this.follow(name, () => (input.checked = this.model.get(name)), box);
  }

  follow(name, show, box) {
    const call = () => {
      show();
      this.redraw();
    };
    this.listen(`change:${name}`, call);
    show();
    return box;
  }

  // Where a pointer is on the canvas, in CSS pixels.
  where(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  close() {
    cancelAnimationFrame(this.pending);
    for (const call of this.undo) call();
  }
}
