// Pointing at the similarities: bars are clicked, the threshold is dragged, arrows go from bar to bar.

import { BINS, binOf } from "./similar_sets.js";

// What the canvas shows under a place: {threshold} near its line, or {network, row, bin}.
function pointed({ boxes, places, threshold }, [x, y]) {
  const network = boxes.findIndex((box) => x >= box.x - 6 && x <= box.x + box.w + 6 && y >= box.y - 16 && y <= box.y + box.h);
  if (network < 0) return null;
  const place = places[network];
  if (Math.abs(place.px(threshold) - x) < 7) return { network, grip: true };
  return { network, row: y > place.middle ? 1 : 0, bin: binOf(place.cosine(x)) };
}

export function interact(frame, now, hand) {
  const { canvas, model } = frame;
  let dragging = -1;
  const drag = (x) => {
    const cosine = now().places[dragging].cosine(x);
    frame.set({ threshold: Math.round(100 * Math.max(-1, Math.min(1, cosine))) / 100 });
  };
  canvas.addEventListener("pointerdown", (event) => {
    const found = pointed(now(), frame.where(event));
    if (!found) return;
    if (found.grip) {
      dragging = found.network;
      canvas.setPointerCapture(event.pointerId);
      return;
    }
    const bar = [found.network, found.row, found.bin];
    frame.set({ bar: String(bar) === String(model.get("bar")) ? [] : bar });
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = frame.where(event);
    if (dragging >= 0) return drag(x);
    const found = pointed(now(), [x, y]);
    canvas.style.cursor = found?.grip ? "ew-resize" : found ? "pointer" : "default";
    if (JSON.stringify(found) !== JSON.stringify(hand.over)) frame.redraw();
    Object.assign(hand, { over: found, x, y });
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (dragging = -1));
  canvas.addEventListener("pointerleave", () => {
    hand.over = null;
    frame.redraw();
  });
  canvas.addEventListener("keydown", (event) => {
    const moved = move(now(), model.get("bar"), event.key);
    if (!moved) return;
    event.preventDefault();
    frame.set({ bar: moved });
  });
}

// The next bar that holds pairs: left and right within a row and on to the other network, up to easy
// faces, down to hard ones; Escape for none. null for a key that does nothing.
function move({ columns, threshold }, bar, key) {
  if (key === "Escape") return [];
  if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(key)) return null;
  const [network, row, bin] = bar.length ? bar : [0, 0, binOf(threshold)];
  if (key === "ArrowUp" || key === "ArrowDown") return [network, key === "ArrowUp" ? 0 : 1, bin];
  const filled = columns.flatMap(({ easy, hard }, k) => {
    const { high, low } = row ? hard : easy;
    return Array.from({ length: BINS }, (_, b) => b).filter((b) => high.bars[b] + low.bars[b] > 0).map((b) => k * BINS + b);
  });
  const at = network * BINS + bin;
  const next = key === "ArrowRight" ? (filled.find((b) => b > at) ?? filled[0]) : (filled.findLast((b) => b < at) ?? filled.at(-1));
  return next === undefined ? [network, row, bin] : [Math.floor(next / BINS), row, next % BINS];
}
