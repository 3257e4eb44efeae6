// Tells which of many boxes a box overlaps. They are sorted into cells, so that a search looks at
// its neighbourhood only.

const CELL = 256;
const COLUMN = 2 ** 20;

export class Boxes {
  #cells = new Map();

  /** A box has `x1`, `y1`, `x2`, `y2`, and what else the caller wants back. */
  add(box) {
    for (const key of cellsOf(box)) {
      if (!this.#cells.has(key)) this.#cells.set(key, []);
      this.#cells.get(key).push(box);
    }
  }

  /** May give a box more than once. */
  *overlapping({ x1, y1, x2, y2 }) {
    for (const key of cellsOf({ x1, y1, x2, y2 })) {
      for (const other of this.#cells.get(key) ?? []) {
        if (other.x1 < x2 && other.x2 > x1 && other.y1 < y2 && other.y2 > y1) yield other;
      }
    }
  }

  isFree(box) {
    return this.overlapping(box).next().done;
  }
}

/** The box of a size around a centre, larger by a margin on each side. */
export function boxAround({ x, y, width, height }, margin = 0) {
  const [halfWidth, halfHeight] = [width / 2 + margin, height / 2 + margin];
  return { x1: x - halfWidth, y1: y - halfHeight, x2: x + halfWidth, y2: y + halfHeight };
}

function* cellsOf({ x1, y1, x2, y2 }) {
  for (let column = Math.floor(x1 / CELL); column <= Math.floor(x2 / CELL); column++) {
    for (let row = Math.floor(y1 / CELL); row <= Math.floor(y2 / CELL); row++) yield column * COLUMN + row;
  }
}
