// Where the label of each edge stands: on its line, or close to it where a box, an arrowhead or
// another label is in the way.

import { Boxes, boxAround } from "./boxes.js";
import { drawnWay, flattened } from "./paths.js";
import { distance } from "./routes.js";
import { LABEL_HEIGHT, LABEL_OFFSET } from "./sizes.js";

const MOST_STEPS = 40;
const STEP = 8;
/** Between a label and what it must not cover. */
const MARGIN = 3;
const ARROW = { width: 12, height: 12 };

/** Stores in each edge's data `shiftX` and `shiftY`, from the middle that Cytoscape knows. */
export function placeLabels(cy, widthOf) {
  const fixed = new Boxes();
  cy.nodes().forEach((node) => fixed.add(boxAround({ ...node.position(), width: node.data("width"), height: node.data("height") })));
  const ways = cy.edges().map((edge) => ({ edge, way: flattened(drawnWay(edge)), middle: edge.midpoint() }));
  for (const { way } of ways) fixed.add(boxAround({ ...way.at(-1), ...ARROW }));
  const labels = new Boxes();
  cy.batch(() => {
    for (const { edge, way, middle } of ways) {
      if (!edge.data("label")) continue;
      const size = { width: widthOf(edge.data("label")), height: LABEL_HEIGHT };
      const place = freePlace(placesOn(way, edge.data("place")), size, fixed, labels);
      labels.add(boxAround({ ...place, ...size }));
      edge.data({ shiftX: place.x - middle.x, shiftY: place.y - middle.y });
    }
  });
}

/** On the line, then beside it; if labels are everywhere, then at least not on a box. */
function freePlace(places, size, fixed, labels) {
  const isClear = (place, ...obstacles) => obstacles.every((boxes) => boxes.isFree(boxAround({ ...place, ...size }, MARGIN)));
  return (
    places.find((place) => isClear(place, fixed, labels)) ??
    beside(places, size).find((place) => isClear(place, fixed, labels)) ??
    places.find((place) => isClear(place, fixed)) ??
    beside(places, size).find((place) => isClear(place, fixed)) ??
    places[0]
  );
}

function beside(places, { width, height }) {
  const across = width / 2 + 6;
  const shifts = [[0, -height], [0, height], [across, 0], [-across, 0], [0, -3 * height], [0, 3 * height]];
  return shifts.flatMap(([x, y]) => places.map((place) => ({ x: place.x + x, y: place.y + y })));
}

/** Points of the line, the one that is liked best first. */
function placesOn(way, liked) {
  const lengths = way.slice(1).map((point, index) => distance(way[index], point));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const first = { target: total - LABEL_OFFSET, source: LABEL_OFFSET, middle: total / 2 }[liked];
  const step = Math.max(STEP, total / MOST_STEPS);
  const marks = Array.from({ length: Math.floor(total / step) }, (_, index) => (index + 0.5) * step);
  marks.sort((a, b) => Math.abs(a - first) - Math.abs(b - first));
  return [first, ...marks].map((mark) => pointAt(way, lengths, Math.min(Math.max(mark, 0), total)));
}

function pointAt(way, lengths, mark) {
  let passed = 0;
  const index = lengths.findIndex((length) => (passed += length) >= mark);
  if (index < 0) return way.at(-1);
  const [start, end] = [way[index], way[index + 1]];
  const share = lengths[index] ? 1 - (passed - mark) / lengths[index] : 0;
  return { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share };
}
