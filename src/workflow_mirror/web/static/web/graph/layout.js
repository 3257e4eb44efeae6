// Where the nodes stand: as in Zuora, or by themselves.

import { round } from "./shapes.js";

const GAP = 48;
const SMALLEST_READABLE = 0.6;
const READING_ZOOM = 0.85;
const ROOM_ABOVE = 110;

/** Zuora's positions where every task has one of its own; else they would hide tasks. */
export function defaultLayout(graph) {
  const places = graph.nodes.filter((node) => node.role === "task").map((node) => node.position && `${node.position.x} ${node.position.y}`);
  return places.every(Boolean) && new Set(places).size === places.length ? "zuora" : "automatic";
}

export function arrange(cy, layout) {
  cy.batch(() => cy.edges().removeClass("routed back"));
  if (layout === "zuora") asInZuora(cy);
  else automatically(cy);
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

function asInZuora(cy) {
  const placed = cy.nodes().filter((node) => node.data("position"));
  cy.batch(() => placed.forEach((node) => {
    const { x, y } = node.data("position");
    node.position({ x: x + node.data("width") / 2, y: y + node.data("height") / 2 });
  }));
  const others = cy.nodes().difference(placed);
  const workflow = others.filter("[role = 'workflow']");
  placeAbove(workflow, placed);
  placeInRows(others.difference(workflow), placed);
  cy.batch(() => cy.edges().filter((edge) => !edge.hasClass("bent") && drop(edge) <= 0).addClass("back"));
}

function placeAbove(workflow, placed) {
  if (workflow.empty()) return;
  const entry = workflow.outgoers("node").intersection(placed).first();
  const top = placed.boundingBox({ includeLabels: false }).y1;
  workflow.position({ x: entry.nonempty() ? entry.position("x") : 0, y: top - GAP - workflow.data("height") });
}

function automatically(cy) {
  const alone = cy.nodes().filter((node) => node.connectedEdges().empty());
  const linked = cy.elements().difference(alone);
  if (linked.nonempty()) {
    linked.layout({ name: "dagre", rankDir: "TB", nodeSep: GAP * 0.6, edgeSep: GAP * 0.5, rankSep: GAP * 1.6, ranker: "tight-tree", fit: false, useDagreEdgeControlPoints: true, automaticDagreEdgeStyle: false }).run();
    cy.batch(() => linked.edges().filter((edge) => !edge.hasClass("bent") && goesAround(edge)).addClass("routed"));
  }
  placeInRows(alone, linked.nodes());
}

/** An edge to the next row needs no detour. */
function goesAround(edge) {
  const oneRow = 3.2 * GAP + edge.source().data("height");
  return edge.scratch("controlPointWeights") && (drop(edge) <= 0 || drop(edge) > oneRow);
}

/** How far below its source an edge ends. */
function drop(edge) {
  return edge.target().position("y") - edge.source().position("y");
}

/** Below what is placed already, in as many columns as make it about as wide as high. */
function placeInRows(nodes, placed) {
  if (nodes.empty()) return;
  const box = placed.nonempty() ? placed.boundingBox({ includeLabels: false }) : { x1: 0, y2: 0, w: 0 };
  const width = nodes.first().data("width") + GAP;
  const height = nodes.first().data("height") + GAP;
  const columns = Math.max(Math.ceil(Math.sqrt(nodes.length)), Math.min(nodes.length, Math.floor(box.w / width)));
  nodes.positions((node, index) => ({
    x: round(box.x1 + width / 2 + (index % columns) * width),
    y: round(box.y2 + GAP + height / 2 + Math.floor(index / columns) * height),
  }));
}
