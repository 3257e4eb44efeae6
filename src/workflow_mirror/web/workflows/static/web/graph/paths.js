// The way of an edge as Cytoscape has drawn it.

import { onCurve } from "./routes.js";

const CURVE_STEPS = 12;

/** `points` are corners, or the control points of a curve where `curved`. */
export function drawnWay(edge) {
  const corners = edge.segmentPoints();
  return { start: edge.sourceEndpoint(), points: corners ?? edge.controlPoints() ?? [], end: edge.targetEndpoint(), curved: !corners };
}

/** Control point and end of each piece of a curve: it goes from the middle between two control points to the next such middle. */
export function pieces({ points, end }) {
  return points.map((control, index) => ({ control, end: index + 1 < points.length ? middle(control, points[index + 1]) : end }));
}

/** As a line of straight pieces. */
export function flattened({ start, points, end, curved }) {
  if (!curved || !points.length) return [start, ...points, end];
  const flat = [start];
  for (const piece of pieces({ points, end })) {
    const from = flat.at(-1);
    for (let step = 1; step <= CURVE_STEPS; step++) flat.push(onCurve(from, piece.control, piece.end, step / CURVE_STEPS));
  }
  return flat;
}

function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
