// Where the nearest center changes: the edges between the regions of the sphere, and ways on it.
//
// An edge of i and j is a piece of the great circle square to c_i - c_j. Going round it at the angle
// t from the middle between the two, another center k is farther where a cos(t) + b sin(t) >= 0:
// half the circle, around atan2(b, a). What all halves share is one piece, or nothing.

const { PI, atan2, cos, hypot, max, min, sin } = Math;
const SHORTEST = 1e-6; // radians: a shorter edge is where four regions meet, up to rounding
const STEP = PI / 60; // radians between two points of a drawn way

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const minus = (a, b) => a.map((v, k) => v - b[k]);
const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];

function unit(v) {
  const length = hypot(...v);
  return v.map((x) => x / length);
}

// A direction square to one.
function square([x, y, z]) {
  return unit(hypot(x, y) > 0.1 ? [-y, x, 0] : [0, -z, y]);
}

// cos(t) a + sin(t) b for t from low to high, as x y z after x y z.
function around(a, b, low, high) {
  const steps = max(2, Math.ceil((high - low) / STEP));
  const way = new Float32Array(3 * (steps + 1));
  for (let i = 0; i <= steps; i++) {
    const t = low + ((high - low) * i) / steps;
    for (let k = 0; k < 3; k++) way[3 * i + k] = cos(t) * a[k] + sin(t) * b[k];
  }
  return way;
}

// The shortest way between two directions; between opposite ones, one of them.
export function wayBetween(a, b) {
  const normal = cross(a, b);
  const side = hypot(...normal) > SHORTEST ? cross(unit(normal), a) : square(a);
  return around(a, side, 0, atan2(hypot(...normal), dot(a, b)));
}

function edge(rows, i, j) {
  const apart = minus(rows[i], rows[j]);
  if (hypot(...apart) < SHORTEST) return null;
  const normal = unit(apart);
  const middle = rows[i].map((v, k) => v + rows[j][k]);
  const a = hypot(...middle) > SHORTEST ? unit(middle) : square(normal);
  const b = cross(normal, a);
  let [start, low, high] = [NaN, -PI / 2, PI / 2];
  for (let k = 0; k < rows.length; k++) {
    if (k === i || k === j) continue;
    const ahead = minus(rows[i], rows[k]);
    const [across, up] = [dot(a, ahead), dot(b, ahead)];
    if (!(hypot(across, up) > SHORTEST)) continue; // it coincides with i
    const half = atan2(up, across);
    if (Number.isNaN(start)) start = half;
    const off = atan2(sin(half - start), cos(half - start));
    [low, high] = [max(low, off - PI / 2), min(high, off + PI / 2)];
  }
  if (Number.isNaN(start)) return around(a, b, 0, 2 * PI);
  return high - low > SHORTEST ? around(a, b, start + low, start + high) : null;
}

function listed(centers) {
  const rows = Array.from({ length: centers.length / 3 }, (_, i) => [...centers.slice(3 * i, 3 * i + 3)]);
  return rows.map((row, person) => ({ row, person })).filter(({ row }) => row.every(Number.isFinite));
}

// The edges [{i, j, way}, ...]; of the person `only` alone if that is not -1.
export function edges(centers, only = -1) {
  const there = listed(centers);
  const rows = there.map(({ row }) => row);
  const found = [];
  there.forEach(({ person: i }, m) =>
    there.forEach(({ person: j }, n) => {
      if (n <= m || (only >= 0 && i !== only && j !== only)) return;
      const way = edge(rows, m, n);
      if (way) found.push({ i, j, way });
    }),
  );
  return found;
}

// On the circle: lines from the middle to halfway between neighboring centers.
export function spokes(centers, only = -1) {
  const there = listed(centers).map(({ row, person }) => ({ person, angle: atan2(row[1], row[0]) }));
  there.sort((p, q) => p.angle - q.angle);
  return there.flatMap(({ person: i, angle }, k) => {
    const last = k + 1 === there.length;
    const { person: j, angle: next } = there[(k + 1) % there.length];
    const gap = next - angle + (last ? 2 * PI : 0);
    if (gap < SHORTEST || gap > 2 * PI - SHORTEST || (only >= 0 && i !== only && j !== only)) return [];
    return [{ i, j, way: new Float32Array([0, 0, 0, cos(angle + gap / 2), sin(angle + gap / 2), 0]) }];
  });
}
