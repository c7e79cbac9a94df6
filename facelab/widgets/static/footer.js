// The row below every view: copy it as code or as a state, keep what is chosen, show it large.

import { OWN_KEYS, button, make } from "./dom.js";

// A value as one would type it in Python; four significant digits are enough.
function written(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return `'${value.replace(/[\\']/g, "\\$&")}'`;
  if (value === null) return "None";
  return Array.isArray(value) ? `[${value.map(written).join(", ")}]` : String(Number(value.toPrecision(4)));
}

export const code = ({ call }, values) =>
  call.replace("{}", Object.entries(values).map(([name, value]) => `${name}=${written(value)}`).join(", "));

// The choices as the short string that `from_state` reads.
export function packed({ v, view }, values) {
  const ascii = JSON.stringify({ v, view, state: values }).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return btoa(ascii).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// What was copied is shown too: where the clipboard is closed, it can be marked there.
function copier(frame, shown) {
  return (words) => {
    Object.assign(shown, { value: words, hidden: false });
    shown.select();
    const done = (key) => shown.setAttribute("aria-label", frame.phrase(key));
    const copied = navigator.clipboard?.writeText(words) ?? Promise.reject(new Error());
    copied.then(() => done("view.copied"), () => done("view.copy_this"));
  };
}

// A click on what was kept brings all its values back at once.
function showKept(frame, place) {
  place.replaceChildren();
  for (const { name, values } of frame.model.get("kept"))
    button(place, name, () => frame.set(values), { title: frame.phrase("view.back_to", { name }), "data-kept": name });
}

// `chosen()` gives the choices, {trait: value}.
export function footer(frame, chosen) {
  const { model } = frame;
  const about = model.get("_about");
  const row = make("div", "facelab-footer", frame.root);
  const kept = make("span", "facelab-kept", row);
  const keep = () => {
    const name = String(model.get("kept").length + 1);
    frame.set({ kept: [...model.get("kept"), { name, values: chosen() }] });
  };
  button(row, frame.phrase("view.keep"), keep, { title: frame.phrase("view.keep_hint") });
  const shown = make("input", "facelab-copied", row, { readonly: "", ...OWN_KEYS });
  shown.hidden = true;
  const copy = copier(frame, shown);
  button(row, frame.phrase("view.code"), () => copy(code(about, chosen())), { title: frame.phrase("view.code_hint") });
  button(row, frame.phrase("view.state"), () => copy(packed(about, chosen())), { title: frame.phrase("view.state_hint") });
  const large = button(row, frame.phrase("view.present"), () => frame.present(!frame.large), {
    title: frame.phrase("view.present_hint"), "aria-pressed": "false",
  });
  frame.listen("change:kept", () => showKept(frame, kept));
  showKept(frame, kept);
  return (on) => large.setAttribute("aria-pressed", String(on));
}
