// Draws the views of a page of the site. Scripts are loaded as a page's own are, not fetched: that
// works from disk too.

const home = new URL(".", document.currentScript.src);
const loading = {};
globalThis.facelab = { modules: {}, words: {}, library: "" };

function load(name) {
  loading[name] ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: new URL(`${name}.js`, home).href, onload: done, onerror: failed });
    document.head.append(script);
  });
  return loading[name];
}

const addresses = {};
const address = (view) => (addresses[view] ??= URL.createObjectURL(new Blob([facelab.modules[view]], { type: "text/javascript" })));

async function draw(place) {
  const { view, twin } = place.dataset;
  const state = readState(place.querySelector("script").textContent);
  const { lang } = state._about;
  await Promise.all([load(view), load(`words-${lang}`), ...(view === "Explorer" ? [load("plotly")] : [])]);
  Object.assign(state, { _phrases: facelab.words[lang], _twin: twin });
  if (facelab.library) state._library = bytesOf(facelab.library);
  const { default: module } = await import(address(view));
  module.render({ model: standIn(state), el: place });
}

// The theme of the page is that of its views.
function follow() {
  const { theme } = document.body.dataset;
  const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.dataset.jpThemeLight = String(!dark);
}

async function start() {
  follow();
  new MutationObserver(follow).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
  for (const place of document.querySelectorAll(".facelab-mount")) await draw(place);
  document.body.dataset.views = "drawn";
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
