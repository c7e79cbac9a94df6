// The maps, drawn by plotly.js: one panel a run, in the plane or on a ball that can be turned.
//
// A panel is {title, missing, ball, points}: each point {index, x, y, behind, color, edge, shape,
// hollow, faint}; `missing` is said in place of the points.

import { circleAround, rotate } from "./globe.js";

const SYMBOLS = {
  circle: "circle", square: "square", up: "triangle-up", diamond: "diamond", down: "triangle-down", plus: "cross",
  star: "star", hexagon: "hexagon", cross: "x", burst: "star-diamond",
};
const GAP = 0.012; // between two panels, as a part of the width
const REACH = 1.06; // half the room of a ball, in radii
const plain = (words) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;");

export const axis = (panel) => (panel ? String(panel + 1) : "");

function scattered(panel, points, width, names) {
  const shape = ({ shape, hollow }) => SYMBOLS[shape] + (hollow ? "-open" : "");
  return {
    ...names, meta: panel, type: "scatter", mode: "markers", hoverinfo: "none", cliponaxis: false,
    x: points.map((p) => p.x), y: points.map((p) => p.y), customdata: points.map((p) => p.index),
    marker: {
      size: points.map((p) => (p.shape === "circle" || p.shape === "square" ? width : width * 1.15)),
      symbol: points.map(shape), color: points.map((p) => (p.hollow ? p.edge : p.color)),
      opacity: points.map((p) => (p.faint ? 0.18 : 1) * (p.behind ? 0.3 : 1)),
      line: { width: points.map((p) => (p.hollow ? width / 5 : width / 14)), color: points.map((p) => p.edge) },
    },
  };
}

// Meridians and parallels of the ball, the half in front.
function net(names, { yaw, pitch }, colors) {
  const [x, y] = [[], []];
  for (const up of [-60, -30, 0, 30, 60]) add([0, 1, 0], Math.PI / 2 - (up * Math.PI) / 180);
  for (const a of [0, 30, 60, 90, 120, 150].map((d) => (d * Math.PI) / 180)) add([Math.cos(a), 0, Math.sin(a)], Math.PI / 2);
  return { ...names, type: "scatter", mode: "lines", x, y, hoverinfo: "skip", line: { color: colors.net, width: 1 } };

  function add(center, radius) {
    const turned = rotate(new Float32Array(circleAround(center, radius, 60).flat()), yaw, pitch);
    for (let i = 0; i < turned.length; i += 3) {
      const seen = turned[i + 2] >= 0;
      x.push(seen ? turned[i] : null);
      y.push(seen ? turned[i + 1] : null);
    }
    x.push(null);
    y.push(null);
  }
}

function traces(panel, index, room) {
  const names = { xaxis: `x${axis(index)}`, yaxis: `y${axis(index)}` };
  const order = (p) => 2 * !p.faint + !p.behind; // what counts lies on top
  const points = [...panel.points].sort((a, b) => order(a) - order(b));
  const found = panel.ball && !panel.missing ? [net(names, panel.ball, room.colors)] : [];
  return [...found, scattered(index, points, room.mark, names)];
}

function axes(panel, index, count, { colors }) {
  const domain = count === 1 ? [0, 1] : index ? [0.5 + GAP / 2, 1] : [0, 0.5 - GAP / 2];
  const still = Boolean(panel.ball || panel.missing);
  const both = {
    showgrid: false, zeroline: false, showticklabels: false, ticks: "", fixedrange: still,
    showline: !panel.ball, mirror: true, linecolor: colors.rim,
    ...(panel.ball ? { range: [-REACH, REACH] } : panel.missing ? { range: [0, 1] } : {}),
  };
  return {
    [`xaxis${axis(index)}`]: { ...both, domain, anchor: `y${axis(index)}` },
    [`yaxis${axis(index)}`]: { ...both, domain: [0, 1], anchor: `x${axis(index)}`, scaleanchor: `x${axis(index)}` },
  };
}

function annotations(panel, index, count, { colors, size }) {
  const middle = count === 1 ? 0.5 : index ? 0.75 + GAP / 4 : 0.25 - GAP / 4;
  const words = (text, y, yanchor, color) => ({
    text, x: middle, y, xref: "paper", yref: "paper", xanchor: "center", yanchor, showarrow: false, font: { size, color },
  });
  const title = words(`<b>${plain(panel.title)}</b>`, 1, "bottom", colors.ink);
  return panel.missing ? [title, words(plain(panel.missing), 0.5, "middle", colors.soft)] : [title];
}

function ball(panel, index, colors) {
  if (!panel.ball || panel.missing) return [];
  const place = { xref: `x${axis(index)}`, yref: `y${axis(index)}`, x0: -1, x1: 1, y0: -1, y1: 1 };
  return [{ type: "circle", ...place, layer: "below", fillcolor: colors.glow[1], line: { color: colors.rim, width: 1.5 } }];
}

// Draw the panels into a `div` as wide and high as `room`; `room.view` changes where a zoom ends.
export function show(plotly, div, panels, room) {
  const { colors, size, width, height } = room;
  const layout = {
    width, height, showlegend: false, hovermode: "closest", hoverdistance: 14, dragmode: panels.some((p) => p.ball) ? false : "zoom",
    margin: { l: 1, r: 1, t: Math.round(size * 1.7), b: 2 }, uirevision: room.view,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: room.font, size, color: colors.ink },
    annotations: panels.flatMap((panel, i) => annotations(panel, i, panels.length, room)),
    shapes: panels.flatMap((panel, i) => ball(panel, i, colors)),
  };
  panels.forEach((panel, i) => Object.assign(layout, axes(panel, i, panels.length, room)));
  const data = panels.flatMap((panel, i) => traces(panel, i, room));
  return plotly.react(div, data, layout, { displayModeBar: false, doubleClick: "reset", showTips: false });
}

// Where a point of a panel lies, in pixels; null while it is outside.
export function placeOf(div, panel, { x, y }) {
  const { [`xaxis${axis(panel)}`]: across, [`yaxis${axis(panel)}`]: up } = div._fullLayout ?? {};
  if (!across) return null;
  const [px, py] = [across.l2p(x), up.l2p(y)];
  const inside = px >= 0 && px <= across._length && py >= 0 && py <= up._length;
  return inside ? [px + across._offset, py + up._offset] : null;
}
