// The way of each edge that the layout has not routed itself: around the boxes that it can avoid.

import { Boxes, boxAround } from "./boxes.js";
import { Lanes } from "./lanes.js";

/** An edge stays this far away from boxes that are not its ends. */
const MARGIN = 8;
const STEP = 16;
const ROOM_FOR_A_TURN = 24;
const BOWS = [60, 110, 160, 240, 360, 500];
/** Between edges that join the same two nodes. */
const PARALLEL_BOW = 40;
const SPARE_BOWS = 4;
/** What an edge needs that leaves a box and comes back to it; see the style of loops. */
const LOOP_SIZE = { width: 76, height: 84 };

/**
 * `nodes` have a centre and a size. Gives by the edge's id `{points, curved}`, the points between
 * the centres of both ends, or `{loop}`, the side on which it leaves and comes back.
 */
export function routesOf(nodes, edges) {
  const boxes = new Boxes();
  for (const node of nodes) boxes.add({ ...boxAround(node, MARGIN), id: node.id });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const routes = new Map(lanesOf(edges, byId, boxes));
  const bundles = Map.groupBy(edges.filter(({ id }) => !routes.has(id)), ends);
  for (const bundle of bundles.values()) {
    const [a, b] = [byId.get(bundle[0].source), byId.get(bundle[0].target)];
    if (a === b) bundle.forEach((edge) => routes.set(edge.id, loopAt(a, boxes)));
    else if (bundle.length === 1) routes.set(bundle[0].id, best(candidates(a, b), a, b, boxes));
    else routeBundle(bundle, a, b, boxes, routes);
  }
  return routes;
}

/** Of the edges of failures, as far as there are free lanes: the shortest first, so that they cross least. */
function* lanesOf(edges, byId, boxes) {
  const lanes = new Lanes(boxes);
  const ends = ({ source, target }) => [byId.get(source), byId.get(target)];
  const height = (edge) => Math.abs(ends(edge)[0].y - ends(edge)[1].y);
  const failures = edges.filter(({ isFailure, source, target }) => isFailure && source !== target);
  for (const edge of failures.sort((one, two) => height(one) - height(two))) {
    const points = lanes.take(...ends(edge));
    if (points) yield [edge.id, { points, curved: false }];
  }
}

/** Each edge on a bow of its own, seen from the same end. */
function routeBundle(bundle, a, b, boxes, routes) {
  const free = bowsOf(a, b, Array.from({ length: bundle.length + SPARE_BOWS }, (_, index) => PARALLEL_BOW * (index + 1)));
  for (const edge of bundle) {
    const chosen = best(free, a, b, boxes);
    free.splice(free.indexOf(chosen), 1);
    routes.set(edge.id, edge.source === a.id ? chosen : { ...chosen, points: chosen.points.toReversed() });
  }
}

/** From the way that looks best to those that go furthest around. */
function* candidates(a, b) {
  const below = b.y - a.y - (a.height + b.height) / 2;
  const beside = Math.abs(b.x - a.x) - (a.width + b.width) / 2;
  if (below >= ROOM_FOR_A_TURN && Math.abs(b.x - a.x) >= 1) yield* downward(a, b);
  yield { points: [], curved: false };
  if (beside >= ROOM_FOR_A_TURN && Math.abs(b.y - a.y) >= 1) yield* sideways(a, b);
  yield* bowsOf(a, b, BOWS);
}

function* downward(a, b) {
  const [first, last] = [a.y + a.height / 2 + ROOM_FOR_A_TURN / 2, b.y - b.height / 2 - ROOM_FOR_A_TURN / 2];
  for (const turn of [(first + last) / 2, last, first]) yield { points: [{ x: a.x, y: turn }, { x: b.x, y: turn }], curved: false };
}

function* sideways(a, b) {
  const turn = (a.x + b.x + (Math.sign(b.x - a.x) * (a.width - b.width)) / 2) / 2;
  yield { points: [{ x: turn, y: a.y }, { x: turn, y: b.y }], curved: false };
}

function bowsOf(a, b, distances) {
  return distances.flatMap((distance) => [bow(a, b, distance), bow(a, b, -distance)]);
}

function bow(a, b, distance) {
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const [x, y] = [(a.x + b.x) / 2 - ((b.y - a.y) / length) * distance, (a.y + b.y) / 2 + ((b.x - a.x) / length) * distance];
  return { points: [{ x, y }], curved: true };
}

/** The first that meets no box, or else the one that meets the least. */
function best(ways, a, b, boxes) {
  let chosen = null;
  let fewest = Infinity;
  for (const way of ways) {
    const met = boxesMet(way, a, b, boxes, fewest);
    if (met < fewest) [chosen, fewest] = [way, met];
    if (!met) break;
  }
  return chosen;
}

function boxesMet({ points, curved }, a, b, boxes, limit) {
  let met = 0;
  for (const { x, y } of alongWay([a, ...points, b], curved)) {
    for (const box of boxes.overlapping({ x1: x, y1: y, x2: x, y2: y })) {
      if (box.id !== a.id && box.id !== b.id && ++met >= limit) return met;
    }
  }
  return met;
}

function* alongWay(points, curved) {
  if (curved) {
    const [start, control, end] = points;
    const steps = Math.ceil((distance(start, control) + distance(control, end)) / STEP);
    for (let step = 1; step < steps; step++) yield onCurve(start, control, end, step / steps);
    return;
  }
  for (let index = 1; index < points.length; index++) {
    const [start, end] = [points[index - 1], points[index]];
    const steps = Math.ceil(distance(start, end) / STEP);
    for (let step = 1; step <= steps; step++) {
      yield { x: start.x + ((end.x - start.x) * step) / steps, y: start.y + ((end.y - start.y) * step) / steps };
    }
  }
}

function loopAt(node, boxes) {
  const [across, down] = [(node.width + LOOP_SIZE.width) / 2 + MARGIN, (node.height + LOOP_SIZE.height) / 2 + MARGIN];
  const sides = { right: [across, 0], left: [-across, 0], up: [0, -down], down: [0, down] };
  const isFree = ([x, y]) => boxes.isFree(boxAround({ x: node.x + x, y: node.y + y, ...LOOP_SIZE }));
  return { loop: Object.keys(sides).find((side) => isFree(sides[side])) ?? "right" };
}

function ends({ source, target }) {
  return JSON.stringify([source, target].sort());
}

export function onCurve(start, control, end, t) {
  const mixed = (axis) => (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * control[axis] + t ** 2 * end[axis];
  return { x: mixed("x"), y: mixed("y") };
}

export function distance(a, b) {
  return Math.hypot(b.x - a.x, b.y - a.y);
}
