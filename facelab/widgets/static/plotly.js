// plotly.js itself: from the kernel, or from the page, once for all explorers that are open.

const PATIENCE = 20000; // milliseconds after which another kernel is asked

async function opened(data) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const before = globalThis.Plotly;
  const parts = ["const module = { exports: {} };\n", text, "\nexport default module.exports;"];
  const address = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  const { default: plotly } = await import(address);
  URL.revokeObjectURL(address);
  if (before === undefined) delete globalThis.Plotly;
  else globalThis.Plotly = before; // what others on this page use stays theirs
  return plotly;
}

// The text, which the kernel sends as the first buffer of an answer.
function asked(frame) {
  return new Promise((done) => {
    frame.listen("msg:custom", (message, buffers) => message.library && done(buffers[0]));
    frame.send({ ask: "library" });
  });
}

const late = () => new Promise((done) => setTimeout(() => done(null), PATIENCE));

export const library = async (frame) => {
  const held = frame.model.get("_library");
  const own = () => (globalThis.facelabPlotly = (held ? Promise.resolve(held) : asked(frame)).then(opened));
  if (!globalThis.facelabPlotly) return own();
  return (await Promise.race([globalThis.facelabPlotly, late()])) ?? own();
};
