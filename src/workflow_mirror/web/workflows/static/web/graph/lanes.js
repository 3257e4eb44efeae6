// Lanes for edges of failures, apart from the other edges: out of a box at its side, along a lane that
// no box is in, into the side of the other box. Edges that lead to the same box may share a lane.

import { Boxes } from "./boxes.js";

const OUT = 14;
const LANE = 12;
const MOST_LANES = 60;
/** Between a horizontal piece and the row of boxes that it passes. */
const ROW = 16;
const HALF = 4;

export class Lanes {
  #boxes;
  #taken = { across: new Boxes(), down: new Boxes() };

  /** `boxes` have the `id` of their node. */
  constructor(boxes) {
    this.#boxes = boxes;
  }

  /** The points between the centres of `a` and `b`; null where no lane near by is free. */
  take(a, b) {
    for (const points of waysOf(a, b)) {
      const pieces = piecesOf([a, ...points, b]);
      if (!pieces.every((piece) => this.#isFree(piece, a, b))) continue;
      for (const piece of pieces) this.#taken[piece.direction].add({ ...piece, target: b.id });
      return points;
    }
    return null;
  }

  #isFree(piece, a, b) {
    for (const box of this.#boxes.overlapping(piece)) {
      const isEnd = (box.id === a.id && piece.isFirst) || (box.id === b.id && piece.isLast);
      if (!isEnd) return false;
    }
    for (const other of this.#taken[piece.direction].overlapping(piece)) if (other.target !== b.id) return false;
    return true;
  }
}

/** From the nearest lane outwards; straight into it, or around what stands beside a box. */
function* waysOf(a, b) {
  for (let lane = 0; lane < MOST_LANES; lane++) {
    for (const side of [1, -1]) {
      const edge = Math.max(side * a.x + a.width / 2, side * b.x + b.width / 2);
      const x = side * (edge + OUT + lane * LANE);
      yield [{ x, y: a.y }, { x, y: b.y }];
      yield aroundRows(a, b, x, side);
    }
  }
}

function aroundRows(a, b, x, side) {
  const down = Math.sign(b.y - a.y) || 1;
  const leaving = { x: a.x + side * (a.width / 2 + OUT), y: a.y + down * (a.height / 2 + ROW) };
  const arriving = { x: b.x + side * (b.width / 2 + OUT), y: b.y - down * (b.height / 2 + ROW) };
  return [
    { x: leaving.x, y: a.y }, leaving, { x, y: leaving.y }, { x, y: arriving.y }, arriving, { x: arriving.x, y: b.y },
  ];
}

/** Each piece as a narrow box. */
function piecesOf(points) {
  return points.slice(1).map((end, index) => {
    const start = points[index];
    return {
      x1: Math.min(start.x, end.x) - HALF,
      x2: Math.max(start.x, end.x) + HALF,
      y1: Math.min(start.y, end.y) - HALF,
      y2: Math.max(start.y, end.y) + HALF,
      direction: start.y === end.y ? "across" : "down",
      isFirst: index === 0,
      isLast: index === points.length - 2,
    };
  });
}
