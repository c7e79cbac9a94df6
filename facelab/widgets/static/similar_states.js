// States of the faces, easy or hard in one way, as they came from the kernel, and what follows from
// each: the pairs of a network, and a sheet of small faces.

import { branch, unpack } from "./similar_sets.js";
import { sheet } from "./crowd.js";

const KEPT = 8; // states whose pairs are remembered; what the kernel sent is remembered for good

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

// Everything that came from the kernel: states by key, and their pairs.
export class States {
  constructor(model) {
    this.model = model;
    this.labels = new Uint16Array(bytesOf(model.get("_labels")).slice().buffer);
    this.widths = model.get("_widths");
    this.shots = new Map([["easy", bytesOf(model.get("_easy"))]]);
    this.made = new Map();
    const [store, size] = [bytesOf(model.get("_store")), this.shots.get("easy").byteLength];
    model.get("_keys").forEach((key, i) => this.shots.set(key, store.subarray(i * size, (i + 1) * size)));
    this.take();
  }

  take() {
    this.last = this.model.get("_key");
    if (this.last !== "easy") this.shots.set(this.last, bytesOf(this.model.get("_shot")));
  }

  remembered(name, make) {
    const found = this.made.get(name) ?? make();
    this.made.delete(name);
    this.made.set(name, found);
    while (this.made.size > KEPT * (this.widths.length + 1)) this.made.delete(this.made.keys().next().value);
    return found;
  }

  // The sets of a network in a state.
  branch(key, network, pairs) {
    return this.remembered(`${key} ${network} ${pairs}`, () => {
      const before = this.widths.slice(0, network).reduce((a, b) => a + b, 0);
      const points = unpack(this.shots.get(key), 2 * before * this.labels.length, this.labels.length, this.widths[network]);
      return branch(points, this.labels, pairs);
    });
  }

  // The small copies of the faces in a state.
  faces(key) {
    return this.remembered(`${key} faces`, () => {
      const used = 2 * this.widths.reduce((a, b) => a + b, 0) * this.labels.length;
      return sheet(this.shots.get(key).subarray(used), this.model.get("_pixel_size"));
    });
  }
}
