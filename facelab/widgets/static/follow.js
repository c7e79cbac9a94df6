// What a hand can do with the maps: point, click, zoom, turn the ball, step from image to image.

const { PI, asin, atan2, hypot, max, min } = Math;
const TURN = PI / 36;
const TURNS = { ArrowLeft: [-TURN, 0], ArrowRight: [TURN, 0], ArrowUp: [0, -TURN], ArrowDown: [0, TURN] };
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const wrap = (yaw) => ((((yaw + PI) % (2 * PI)) + 2 * PI) % (2 * PI)) - PI;
const tilt = (pitch) => max(-PI / 2, min(PI / 2, pitch));

// How a ball must be turned so that a point of it comes to the front.
export const facing = ([x, y, z]) => ({ yaw: wrap(-atan2(x, z)), pitch: tilt(asin(max(-1, min(1, y)))) });

// The place after a step through the images of a panel, or to the next person (`by` people).
export function stepped(points, labels, index, along, by) {
  const order = [...points].sort((a, b) => labels[a.index] - labels[b.index] || a.index - b.index).map((p) => p.index);
  const at = order.indexOf(index);
  if (at < 0) return order[0] ?? -1;
  if (along) return order[(at + along + order.length) % order.length];
  const people = [...new Set(order.map((i) => labels[i]))];
  const next = people[(people.indexOf(labels[index]) + by + people.length) % people.length];
  return order.find((i) => labels[i] === next);
}

// `view` gives {frame, div, hand, panels, legend, shown}; `view.pick(person)` highlights.
export function follow(view) {
  const { frame, div, hand, model } = view;
  const { canvas, stage } = frame;
  const ball = () => model.get("kind") === "umap sphere";
  const point = (panel, index, told) => {
    Object.assign(hand, { panel, index, told });
    frame.redraw();
  };
  const turn = (dx, dy) => frame.set({ yaw: wrap(model.get("yaw") + dx), pitch: tilt(model.get("pitch") + dy) });
  const pick = (person) => frame.set({ person: person === model.get("person") ? -1 : person });

  // A mouse that rests while keys are pressed points at nothing, though maps move below it.
  let [keyed, rest] = [false, ""];
  const moves = ({ clientX, clientY }) => {
    const now = `${clientX} ${clientY}`;
    if (now !== rest) [keyed, rest] = [false, now];
  };
  stage.addEventListener("pointermove", moves, true);
  div.on("plotly_hover", ({ points: [{ data, customdata }] }) => !keyed && data.meta !== undefined && point(data.meta, customdata, false));
  div.on("plotly_unhover", () => !keyed && point(-1, -1, false));
  div.on("plotly_relayout", () => frame.redraw());
  let from = null; // where a drag began
  let moved = 0;
  div.on("plotly_click", ({ points: [{ data, customdata }] }) => moved < 4 && pick(view.shown[data.meta].labels[customdata]));
  stage.addEventListener("pointerdown", (event) => {
    from = ball() ? [event.clientX, event.clientY] : null;
    moved = 0;
  });
  const drag = (event) => {
    if (!from) return;
    const [dx, dy] = [event.clientX - from[0], event.clientY - from[1]];
    from = [event.clientX, event.clientY];
    moved += hypot(dx, dy);
    turn((2.2 * dx) / div.clientHeight, (2.2 * dy) / div.clientHeight);
  };
  const drop = () => (from = null);
  for (const [name, call] of [["pointermove", drag], ["pointerup", drop], ["pointercancel", drop]]) {
    window.addEventListener(name, call);
    frame.undo.push(() => window.removeEventListener(name, call));
  }
  stage.addEventListener("click", (event) => {
    const [x, y] = frame.where(event);
    const box = view.legend.find((b) => x >= b.x && x <= b.x + b.w && y >= b.y && y <= b.y + b.h);
    if (box) pick(box.person);
  });

  const step = ([along, by]) => {
    const panel = max(0, hand.panel);
    const { points = [] } = view.panels[panel] ?? {};
    const table = view.shown[panel];
    const index = stepped(points, table.labels, hand.index, along, by);
    if (index < 0) return;
    const places = table.places(model.get("kind"));
    const found = points.find((p) => p.index === index);
    keyed = true;
    if (found.behind) frame.set(facing(places.slice(3 * index, 3 * index + 3)));
    point(panel, index, true);
  };
  canvas.addEventListener("blur", () => hand.told && point(-1, -1, false));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hand.panel >= 0) pick(view.shown[hand.panel].labels[hand.index]);
    else if (event.key === "Escape") frame.set({ person: -1 });
    else if (event.shiftKey && ball() && TURNS[event.key]) turn(...TURNS[event.key]);
    else if (STEPS[event.key]) step(STEPS[event.key]);
    else return;
    event.preventDefault();
  });
}
