// The unit sphere on a canvas: turning, circles on it, and what lies in front and behind.
//
// x points right, y up, z at the reader; the projection drops z.

const { PI, acos, cos, hypot, min, sin } = Math;

// Points (x y z after x y z) turned by yaw about the upright axis, then by pitch.
export function rotate(points, yaw, pitch) {
  const [cy, sy, cp, sp] = [cos(yaw), sin(yaw), cos(pitch), sin(pitch)];
  const turned = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 3) {
    const x = points[i] * cy + points[i + 2] * sy;
    const z = points[i + 2] * cy - points[i] * sy;
    turned[i] = x;
    turned[i + 1] = points[i + 1] * cp - z * sp;
    turned[i + 2] = points[i + 1] * sp + z * cp;
  }
  return turned;
}

export const at = (points, i) => [points[3 * i], points[3 * i + 1], points[3 * i + 2]];

export const angle = ([a, b, c], [d, e, f]) => acos(Math.max(-1, min(1, a * d + b * e + c * f)));

// For each center the angle to the nearest other one and whose that is; none for a single center.
export function nearest(centers) {
  const count = centers.length / 3;
  return Array.from({ length: count }, (_, i) => {
    let [best, other] = [-2, -1];
    for (let j = 0; j < count; j++) {
      const dot = centers[3 * i] * centers[3 * j] + centers[3 * i + 1] * centers[3 * j + 1] + centers[3 * i + 2] * centers[3 * j + 2];
      if (j !== i && dot > best) [best, other] = [dot, j];
    }
    return { angle: other < 0 ? NaN : acos(Math.max(-1, min(1, best))), other };
  });
}

// The circle at an angle from a center, as n points.
export function circleAround([x, y, z], radius, n = 72) {
  const flat = hypot(x, y) > 0.1 ? [-y, x, 0] : [0, -z, y];
  const e = flat.map((v) => v / hypot(...flat));
  const f = [y * e[2] - z * e[1], z * e[0] - x * e[2], x * e[1] - y * e[0]];
  return Array.from({ length: n + 1 }, (_, i) => {
    const [c, s] = [sin(radius) * cos((2 * PI * i) / n), sin(radius) * sin((2 * PI * i) / n)];
    return [0, 1, 2].map((k) => cos(radius) * [x, y, z][k] + c * e[k] + s * f[k]);
  });
}

// Fill and outline of a circle on the sphere, on the side (1 in front, -1 behind) asked for. What
// lies on the other side is pushed to the rim, so that a cap that crosses the rim is filled to it.
export function drawCap(ctx, globe, rim, side, { color, fill, width, dash = [] }) {
  const here = ([, , z]) => z * side >= 0;
  if (!rim.some(here)) return;
  ctx.beginPath();
  for (const point of rim) {
    const [x, y] = point;
    const far = here(point) ? 1 : 1 / Math.max(1e-6, hypot(x, y));
    ctx.lineTo(globe.cx + globe.r * x * far, globe.cy - globe.r * y * far);
  }
  ctx.closePath();
  ctx.globalAlpha = fill;
  ctx.fillStyle = color;
  ctx.fill();
  ctx.globalAlpha = 1;
  drawWay(ctx, globe, rim.flat(), side, { color, width, dash });
}

// A line on the sphere (x y z after x y z), where it lies on the side asked for.
export function drawWay(ctx, globe, way, side, { color, width, dash = [] }) {
  ctx.beginPath();
  traced(ctx, globe, way, side);
  Object.assign(ctx, { strokeStyle: color, lineWidth: width });
  ctx.setLineDash(dash);
  ctx.stroke();
  ctx.setLineDash([]);
}

function traced(ctx, globe, way, side) {
  let drawing = false;
  for (let i = 0; i < way.length; i += 3) {
    const seen = way[i + 2] * side >= 0;
    if (seen) ctx[drawing ? "lineTo" : "moveTo"](globe.cx + globe.r * way[i], globe.cy - globe.r * way[i + 1]);
    drawing = seen;
  }
}

// The slice of the circle that a cap is when all embeddings lie in the plane.
export function drawSlice(ctx, globe, [x, y], radius, { color, fill, width }) {
  const middle = Math.atan2(-y, x);
  ctx.beginPath();
  ctx.moveTo(globe.cx, globe.cy);
  ctx.arc(globe.cx, globe.cy, globe.r, middle - radius, middle + radius);
  ctx.closePath();
  ctx.globalAlpha = fill;
  ctx.fillStyle = color;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.beginPath();
  ctx.arc(globe.cx, globe.cy, globe.r, middle - radius, middle + radius);
  Object.assign(ctx, { strokeStyle: color, lineWidth: width * 3 });
  ctx.stroke();
}

function disc(ctx, { cx, cy, r }, fill) {
  ctx.beginPath();
  ctx.arc(cx, cy, r, 0, 2 * PI);
  ctx.fillStyle = fill;
  ctx.fill();
}

// A ball of paper with soft shading; `veil` below 1 lets what was drawn behind shine through.
export function drawBall(ctx, globe, colors, veil) {
  const { cx, cy, r } = globe;
  const shade = ctx.createRadialGradient(cx - 0.35 * r, cy - 0.4 * r, 0.1 * r, cx, cy, r);
  [0, 0.7, 1].forEach((stop, i) => shade.addColorStop(stop, colors.glow[i]));
  ctx.globalAlpha = veil;
  disc(ctx, globe, shade);
  ctx.globalAlpha = 1;
}

export function drawRim(ctx, { cx, cy, r }, colors) {
  ctx.beginPath();
  ctx.arc(cx, cy, r, 0, 2 * PI);
  Object.assign(ctx, { strokeStyle: colors.rim, lineWidth: 1.5 });
  ctx.stroke();
}

export function drawShadow(ctx, { cx, cy, r }, colors) {
  ctx.save();
  ctx.translate(cx, cy + r * 1.035);
  ctx.scale(1, 0.075);
  const soft = ctx.createRadialGradient(0, 0, 0, 0, 0, r * 0.75);
  soft.addColorStop(0, colors.dark ? "rgba(0,0,0,0.6)" : "rgba(40,50,70,0.28)");
  soft.addColorStop(1, "rgba(40,50,70,0)");
  disc(ctx, { cx: 0, cy: 0, r: r * 0.75 }, soft);
  ctx.restore();
}

// Meridians and parallels every 30 degrees, the half in front.
const NET = [
  ...[-60, -30, 0, 30, 60].map((up) => [[0, 1, 0], PI / 2 - (up * PI) / 180]),
  ...[0, 30, 60, 90, 120, 150].map((t) => [[cos((t * PI) / 180), 0, sin((t * PI) / 180)], PI / 2]),
].map(([axis, radius]) => new Float32Array(circleAround(axis, radius, 60).flat()));

export function drawNet(ctx, globe, yaw, pitch, colors) {
  ctx.beginPath();
  for (const line of NET) traced(ctx, globe, rotate(line, yaw, pitch), 1);
  Object.assign(ctx, { strokeStyle: colors.net, lineWidth: 1 });
  ctx.stroke();
}
