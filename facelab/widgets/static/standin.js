// Stands in for the notebook's model where there is no kernel: a state, and who listens to it.

const bytesOf = (text) => new DataView(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer);

// A state written as JSON; bytes travel as base64.
const readState = (text) => JSON.parse(text, (_, value) => (value?.$bytes === undefined ? value : bytesOf(value.$bytes)));

function standIn(state) {
  const calls = {};
  return {
    get: (name) => state[name],
    set(name, value) {
      if (Object.is(state[name], value)) return;
      state[name] = value;
      for (const call of calls[`change:${name}`] ?? []) call();
    },
    on: (event, call) => (calls[event] ??= new Set()).add(call),
    off: (event, call) => calls[event]?.delete(call),
    save_changes() {},
    send() {},
  };
}
