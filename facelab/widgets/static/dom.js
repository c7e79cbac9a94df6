// Elements of a page.

// Inputs inside a notebook's output lose their arrow keys to the notebook without this.
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

export function make(tag, className, parent, attributes = {}) {
  const node = document.createElement(tag);
  node.className = className;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

// A button that does something when it is pressed.
export function button(parent, words, press, attributes = {}) {
  const node = make("button", "facelab-option", parent, { type: "button", ...OWN_KEYS, ...attributes });
  node.textContent = words;
  node.addEventListener("click", press);
  return node;
}
