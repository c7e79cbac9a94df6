// The people on the sphere: marks, centers, faces outside the rim, and the card of a pointed face.

import { FONT, SHAPES, curve, dot, text } from "./draw.js";
import { at } from "./globe.js";

export const look = (colors, person) => {
  const count = colors.people.length;
  const [i, round] = [person % count, Math.floor(person / count)];
  return { color: colors.people[i], edge: colors.edges[i], shape: SHAPES[(person + round) % SHAPES.length] };
};

const LOOKS = 100; // after so many people color and shape come again

// All small gray faces as one canvas a face can be cut from.
export function sheet(pixels, [h, w]) {
  const count = h * w ? pixels.length / (h * w) : 0;
  const across = Math.max(1, Math.min(count, Math.floor(4096 / Math.max(1, w))));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: Math.max(1, across * w), height: Math.max(1, Math.ceil(count / across) * h) });
  const ctx = canvas.getContext("2d");
  for (let i = 0; i < count; i++) {
    const image = new ImageData(w, h);
    for (let k = 0; k < h * w; k++) {
      image.data.fill(pixels[i * h * w + k], 4 * k, 4 * k + 3);
      image.data[4 * k + 3] = 255;
    }
    ctx.putImageData(image, (i % across) * w, Math.floor(i / across) * h);
  }
  const draw = (pen, i, x, y, width, height) =>
    pen.drawImage(canvas, (i % across) * w, Math.floor(i / across) * h, w, h, x, y, width, height);
  return { count, ratio: h ? w / h : 1, draw };
}

// Marks are drawn once each and stamped: thousands of points stay quick.
function stamps(colors, r, scale) {
  const made = new Map();
  return (person, hollow) => {
    const key = 2 * (person % LOOKS) + hollow;
    if (!made.has(key)) {
      const [canvas, half] = [document.createElement("canvas"), Math.ceil(r * 2 + 2)];
      canvas.width = canvas.height = 2 * half * scale;
      const pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      const { color, edge, shape } = look(colors, person);
      if (hollow) dot(pen, shape, half, half, r, colors.paper, edge, Math.max(1.2, r / 2.6));
      else dot(pen, shape, half, half, r, color, edge === color ? colors.paper : edge, Math.max(0.5, r / 7));
      made.set(key, { canvas, half });
    }
    return made.get(key);
  };
}

let last = { key: "", stamp: null };

// The points in front (side 1) or behind (-1); `faint` for those of people not highlighted.
export function drawPoints(ctx, globe, { turned, labels, held, person, r }, side, colors) {
  const key = `${colors.dark} ${r} ${devicePixelRatio}`;
  if (last.key !== key) last = { key, stamp: stamps(colors, r, devicePixelRatio) };
  for (let i = 0; i < labels.length; i++) {
    if (!(turned[3 * i + 2] * side >= 0)) continue;
    const { canvas, half } = last.stamp(labels[i], held[i]);
    ctx.globalAlpha = person < 0 || labels[i] === person ? 1 : 0.16;
    const [x, y] = [globe.cx + globe.r * turned[3 * i], globe.cy - globe.r * turned[3 * i + 1]];
    ctx.drawImage(canvas, x - half, y - half, 2 * half, 2 * half);
  }
  ctx.globalAlpha = 1;
}

export function drawCenters(ctx, globe, centers, side, colors, person, r) {
  for (let i = 0; i < centers.length / 3; i++) {
    const [x, y, z] = at(centers, i);
    if (!(z * side >= 0)) continue;
    ctx.globalAlpha = person < 0 || person === i ? 1 : 0.3;
    const place = [globe.cx + globe.r * x, globe.cy - globe.r * y];
    const { edge } = look(colors, i);
    if (person < 0 || person === i) dot(ctx, "circle", ...place, r * 1.25, colors.ink, colors.ink, 0.5);
    dot(ctx, "circle", ...place, r, colors.paper, edge, r * 0.55);
  }
  ctx.globalAlpha = 1;
}

// Spread wanted heights so that neighbors keep a distance, within low..high.
function spread(wanted, distance, low, high) {
  const y = wanted.map((v) => Math.min(high, Math.max(low, v)));
  for (let i = 1; i < y.length; i++) y[i] = Math.max(y[i], y[i - 1] + distance);
  if (y.length && y.at(-1) > high) y[y.length - 1] = high;
  for (let i = y.length - 2; i >= 0; i--) y[i] = Math.min(y[i], y[i + 1] - distance);
  return y;
}

// Faces and names in a column on either side, in the order of their centers, with leader lines.
// Gives back where each face stands, for pointing.
export function drawLabels(ctx, globe, { centers, people, names, first, faces, person, size, height, width, spare = 7 }, colors) {
  const tall = faces ? size * 3.4 : size * 1.5;
  const room = Math.max(1, Math.floor((height - size) / (tall * 1.14)));
  const seen = people.filter((i) => Number.isFinite(centers[3 * i])).sort((a, b) => centers[3 * a] - centers[3 * b]);
  const half = Math.min(room, Math.max(seen.length - room, seen.filter((i) => centers[3 * i] < 0).length));
  const placed = [];
  for (const [side, column] of [[-1, seen.slice(0, half)], [1, seen.slice(half, half + room)]]) {
    column.sort((a, b) => centers[3 * b + 1] - centers[3 * a + 1]);
    const wanted = column.map((i) => globe.cy - globe.r * centers[3 * i + 1]);
    const y = spread(wanted, tall * 1.14, tall / 2 + 2, height - tall / 2 - 2);
    column.forEach((i, k) => placed.push(drawLabel(i, side, y[k])));
  }
  return placed;

  function drawLabel(i, side, y) {
    const { color, edge: rim, shape } = look(colors, i);
    const wide = faces ? tall * faces.ratio : 0;
    const edge = globe.cx + side * Math.min(globe.r * 1.1 + size, width / 2 - wide - size * spare);
    const [x, z] = [globe.cx + globe.r * centers[3 * i], centers[3 * i + 2]];
    ctx.globalAlpha = person < 0 || person === i ? 1 : 0.25;
    const ends = [[x, globe.cy - globe.r * centers[3 * i + 1]], [edge - side * size * 0.8, y], [edge, y]];
    curve(ctx, ends, { color: rim, width: person === i ? 2 : 1, dash: z < 0 ? [2, 4] : [] });
    const left = side > 0 ? edge : edge - wide;
    if (faces) {
      faces.draw(ctx, first[i], left, y - tall / 2, wide, tall);
      Object.assign(ctx, { strokeStyle: rim, lineWidth: person === i ? 4 : 2.5 });
      ctx.strokeRect(left, y - tall / 2, wide, tall);
    }
    const from = (side > 0 ? left + wide : left) + side * size * 0.9;
    dot(ctx, shape, from, y, size * 0.36, color, rim, 1);
    const name = shortened(ctx, names[i], size, width / 2 - Math.abs(from - globe.cx) - size);
    text(ctx, name, from + side * size * 0.8, y, { color: colors.ink, size: size * 0.95, align: side > 0 ? "left" : "right", base: "middle" });
    ctx.globalAlpha = 1;
    return { person: i, x: side > 0 ? left : left - size * 6, y: y - tall / 2, w: wide + size * 6, h: tall };
  }
}

function shortened(ctx, name, size, room) {
  ctx.font = `${size * 0.95}px ${FONT}`;
  const letters = [...name];
  while (letters.length > 2 && ctx.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return letters.length === [...name].length ? name : `${letters.join("")}…`;
}

// The card of the embedding that is pointed at: its face, whose it is, how far from which center.
// It stands where it covers least of the places [x, y] to `avoid`.
export function drawCard(ctx, globe, { x, y, lines, face, faces, color, size, width, height, avoid = [] }, colors) {
  const tall = face === null ? 0 : size * 7;
  const wide = face === null ? 0 : tall * faces.ratio;
  ctx.font = `600 ${size}px ${FONT}`;
  const letters = Math.max(...lines.map((line) => ctx.measureText(line).width));
  const [w, h] = [wide + letters + size * (face === null ? 1.6 : 2.4), Math.max(tall, lines.length * size * 1.5) + size * 1.2];
  const gap = size * 1.4;
  const sides = x > globe.cx ? [x - w - gap, x + gap] : [x + gap, x - w - gap];
  const free = [...sides.map((side) => [side, y - h / 2]), ...[y - h - gap, y + gap].map((above) => [x - w / 2, above])].map(
    ([a, b]) => [Math.max(2, Math.min(width - w - 2, a)), Math.max(2, Math.min(height - h - 2, b))],
  );
  const covered = ([a, b]) => avoid.filter(([p, q]) => p > a && p < a + w && q > b && q < b + h).length;
  const [left, top] = free.reduce((best, place) => (covered(place) < covered(best) ? place : best));
  ctx.beginPath();
  ctx.roundRect(left, top, w, h, 8);
  ctx.fillStyle = colors.paper;
  ctx.fill();
  Object.assign(ctx, { strokeStyle: color, lineWidth: 2.5 });
  ctx.stroke();
  if (face !== null) faces.draw(ctx, face, left + size * 0.6, top + size * 0.6, wide, tall);
  const start = left + wide + size * (face === null ? 0.8 : 1.4);
  lines.forEach((line, i) =>
    text(ctx, line, start, top + size * 1.6 + i * size * 1.5, { color: i ? colors.soft : colors.ink, size, weight: i ? 400 : 600 }),
  );
}
