// The faces behind a bar, in a strip: pairs side by side, = for one person, ≠ for two.

import { fitted } from "./similar_panels.js";
import { text } from "./draw.js";

// Two faces with a sign between them and a line below.
function drawPair({ ctx, colors, size }, { x, y, w, h, sign, color, caption }, draw) {
  const gap = size * 1.1;
  draw.forEach((face, k) => {
    const left = x + k * (w + gap);
    face(ctx, left, y, w, h);
    Object.assign(ctx, { strokeStyle: color, lineWidth: 2 });
    ctx.strokeRect(left, y, w, h);
  });
  text(ctx, sign, x + w + gap / 2, y + h / 2, { color: colors.ink, size, weight: 700, align: "center", base: "middle" });
  const words = fitted(ctx, caption, size * 0.8, 2 * w + gap + size * 0.8);
  text(ctx, words, x + w + gap / 2, y + h + size * 1.05, { color: colors.soft, size: size * 0.8, align: "center" });
}

// `groups` of pairs {faces, sign, color, caption}, as many of each as find room, under a title.
export function drawStrip(room, box, { title, aside, groups, ratio }) {
  const { ctx, colors, size } = room;
  const y = box.y + size * 1.5;
  const h = box.h - size * 2.9;
  const wide = 2 * h * ratio + size * 2.3;
  const asked = Math.floor(box.w / wide);
  const needs = groups.map((group) => group.length);
  const half = Math.floor(asked / 2);
  const shown = groups.length < 2 ? [asked] : [Math.max(half, asked - needs[1]), Math.max(asked - half, asked - needs[0])];
  text(ctx, title, box.x, box.y + size * 0.95, { color: colors.ink, size: size * 0.98, weight: 600 });
  if (aside) text(ctx, aside, box.x + box.w, box.y + size * 0.95, { color: colors.soft, size: size * 0.95, align: "right" });
  let x = box.x;
  groups.forEach((group, g) => {
    for (const { faces, ...pair } of group.slice(0, shown[g])) {
      drawPair(room, { x, y, w: h * ratio, h, ...pair }, faces);
      x += wide;
    }
  });
}
