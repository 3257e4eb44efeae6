// Zuora's own positions, spread as far as our boxes need: Zuora's are smaller.

import { Boxes, boxAround } from "./boxes.js";
import { TASK } from "./sizes.js";

/** Pixels between two boxes at least. */
export const GAP = 40;
/** Tasks that would have to be spread further are moved one by one. */
const MOST = 3;
/** Room for a label between two boxes: its margins, and the arrowhead. */
const LABEL_MARGIN = 36;
/** Room for a usual label between a task that was moved and the one that it would have covered. */
const SIDE_GAP = 90;

/** The centre of each node that has a position, by its id. `room` is the width of an edge's label. */
export function layOutAsInZuora(nodes, edges, room) {
  const placed = nodes.filter((node) => node.position).map((node) => ({
    ...node,
    // Zuora's boxes are all of one size: its rows and columns are aligned by the corner.
    x: node.position.x + TASK.width / 2,
    y: node.position.y + TASK.height / 2,
  }));
  const { across, down } = stretch(placed, edges, room);
  const stretched = placed.map((node) => ({ ...node, x: node.x * across, y: node.y * down }));
  return moveApart(stretched);
}

/** How much wider and higher the whole has to become. */
function stretch(nodes, edges, room) {
  const factors = { across: 1, down: 1 };
  const widen = (need) => (need <= MOST ? (factors.across = Math.max(factors.across, need)) : null);
  const heighten = (need) => (need <= MOST ? (factors.down = Math.max(factors.down, need)) : null);
  for (const [a, b] of nearPairs(nodes)) {
    const across = ((a.width + b.width) / 2 + GAP) / Math.abs(a.x - b.x);
    const down = ((a.height + b.height) / 2 + GAP) / Math.abs(a.y - b.y);
    if (across <= down) widen(across);
    else heighten(down);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const edge of edges) {
    const [a, b] = [byId.get(edge.source), byId.get(edge.target)];
    if (a && b && a !== b && Math.abs(a.y - b.y) < (a.height + b.height) / 2) {
      widen(((a.width + b.width) / 2 + room(edge) + LABEL_MARGIN) / Math.abs(a.x - b.x));
    }
  }
  return factors;
}

function* nearPairs(nodes) {
  const boxes = new Boxes();
  for (const node of nodes) {
    for (const { node: other } of boxes.overlapping(boxAround(node, GAP))) yield [node, other];
    boxes.add({ ...boxAround(node), node });
  }
}

/** From the upper left on, each to the right of what it would cover. */
function moveApart(nodes) {
  const boxes = new Boxes();
  const places = new Map();
  for (const node of nodes.toSorted((a, b) => a.y - b.y || a.x - b.x)) {
    const moved = { ...node };
    for (const covered of overlaps(boxes, moved)) moved.x = covered.x2 + SIDE_GAP + moved.width / 2;
    boxes.add(boxAround(moved));
    places.set(node.id, { x: moved.x, y: moved.y });
  }
  return places;
}

/** As long as there is one, wherever the node has been moved meanwhile. */
function* overlaps(boxes, node) {
  for (;;) {
    // A little less than the gap, which rounding must not turn into an overlap.
    const { value, done } = boxes.overlapping(boxAround(node, GAP - 1)).next();
    if (done) return;
    yield value;
  }
}
