// Where the nodes stand, and which way the edges go.

import { layOutAutomatically, simply } from "./automatic_layout.js";
import { boxAround } from "./boxes.js";
import { routesOf } from "./routes.js";
import { round } from "./shapes.js";
import { GAP, layOutAsInZuora } from "./zuora_layout.js";

const SMALLEST_READABLE = 0.6;
const READING_ZOOM = 0.85;
const ROOM_ABOVE = 110;

/**
 * Zuora's positions where every task has one of its own; else they would hide tasks. A task that
 * was removed often stood where another one is now.
 */
export function defaultLayout(graph) {
  const places = graph.nodes.filter((node) => node.role === "task" && node.change !== "removed").map((node) => node.position && `${node.position.x} ${node.position.y}`);
  return places.every(Boolean) && new Set(places).size === places.length ? "zuora" : "automatic";
}

/**
 * Gives `fallback`: "large" or "failed" where the plain layout had to do, else "". The picture stays
 * as it is until the layout is known; if the signal is aborted, it stays so, and this rejects.
 */
export async function arrange(cy, layout, widthOfLabel, signal) {
  const nodes = cy.nodes().map((node) => ({ ...node.data() }));
  const edges = cy.edges().map((edge) => ({ ...edge.data() }));
  const { places, ways, fallback } = layout === "zuora" ? asInZuora(nodes, edges, widthOfLabel) : await automatically(nodes, edges, signal);
  signal.throwIfAborted();
  placeOthers(nodes, edges, places);
  apply(cy, nodes.map((node) => ({ ...node, ...places[node.id] })), edges, ways);
  return { fallback };
}

/** All of it, or its beginning where all of it would be too small to read. */
export function showStart(cy) {
  cy.fit(undefined, 24);
  if (cy.zoom() > 1) cy.zoom(1);
  if (cy.zoom() >= SMALLEST_READABLE) {
    cy.center();
    return;
  }
  const first = startNode(cy);
  cy.zoom(READING_ZOOM);
  cy.center(first);
  cy.panBy({ x: 0, y: ROOM_ABOVE - first.renderedBoundingBox().y1 });
}

export function startNode(cy) {
  return [cy.nodes("[?is_entry]"), cy.nodes("[role = 'workflow']"), cy.nodes()].find((nodes) => nodes.nonempty()).first();
}

function asInZuora(nodes, edges, widthOfLabel) {
  try {
    const places = layOutAsInZuora(nodes, edges, (edge) => widthOfLabel(edge.label));
    return { places: Object.fromEntries(places), ways: {}, fallback: "" };
  } catch (error) {
    console.info(error);
    return simply(nodes, edges, "failed");
  }
}

/** Nodes without an edge do not take part. */
async function automatically(nodes, edges, signal) {
  const linked = new Set(edges.flatMap(({ source, target }) => [source, target]));
  if (!linked.size) return { places: {}, ways: {}, fallback: "" };
  return layOutAutomatically(nodes.filter(({ id }) => linked.has(id)), edges, signal);
}

/** The workflow above its first task, all others below. */
function placeOthers(nodes, edges, places) {
  const workflow = nodes.find(({ id, role }) => role === "workflow" && !places[id]);
  if (workflow) {
    const entry = edges.find(({ source, target }) => source === workflow.id && places[target]);
    const { x1, y1 } = extent(nodes, places);
    places[workflow.id] = { x: entry ? places[entry.target].x : x1, y: y1 - GAP - workflow.height };
  }
  placeInRows(nodes.filter(({ id }) => !places[id]), extent(nodes, places), places);
}

/** In as many columns as make the whole about as wide as high. */
function placeInRows(nodes, box, places) {
  if (!nodes.length) return;
  const [width, height] = [nodes[0].width + GAP, nodes[0].height + GAP];
  const columns = Math.max(Math.ceil(Math.sqrt(nodes.length)), Math.min(nodes.length, Math.floor((box.x2 - box.x1) / width)));
  nodes.forEach(({ id }, index) => {
    places[id] = {
      x: round(box.x1 + width / 2 + (index % columns) * width),
      y: round(box.y2 + GAP + height / 2 + Math.floor(index / columns) * height),
    };
  });
}

function extent(nodes, places) {
  const boxes = nodes.filter(({ id }) => places[id]).map((node) => boxAround({ ...node, ...places[node.id] }));
  if (!boxes.length) return { x1: 0, y1: 0, x2: 0, y2: 0 };
  const [first, ...others] = boxes;
  return others.reduce((all, box) => ({
    x1: Math.min(all.x1, box.x1), y1: Math.min(all.y1, box.y1), x2: Math.max(all.x2, box.x2), y2: Math.max(all.y2, box.y2),
  }), first);
}

function apply(cy, nodes, edges, ways) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const routes = routesOf(nodes, edges.filter(({ id }) => !ways[id]));
  cy.batch(() => {
    cy.nodes().positions((node) => ({ x: byId.get(node.id()).x, y: byId.get(node.id()).y }));
    cy.edges().forEach((edge) => {
      const { points, curved, loop } = routes.get(edge.id()) ?? { points: ways[edge.id()], curved: true };
      const [source, target] = [byId.get(edge.data("source")), byId.get(edge.data("target"))];
      edge.removeClass("straight angled curved loop-right loop-left loop-up loop-down");
      if (loop) edge.addClass(`loop-${loop}`);
      else edge.data(relative(points, source, target)).addClass(points.length ? (curved ? "curved" : "angled") : "straight");
    });
  });
}

/** As Cytoscape wants it: how far along the line between both centres, and how far beside it. */
function relative(points, source, target) {
  const [x, y] = [target.x - source.x, target.y - source.y];
  const length = Math.hypot(x, y);
  return {
    weights: points.map((point) => ((point.x - source.x) * x + (point.y - source.y) * y) / length ** 2),
    distances: points.map((point) => ((point.y - source.y) * x - (point.x - source.x) * y) / length),
  };
}
