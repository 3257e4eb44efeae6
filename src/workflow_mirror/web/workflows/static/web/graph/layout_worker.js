// Lays out a graph apart from the page, so that the page answers meanwhile. Answers null where the
// graph is too large for dagre.

import { Graph, layout } from "../vendor/dagre/dagre.esm.js";

import { rowsOf } from "./layered.js";

const EDGE_GAP = 24;
/** dagre puts a helper into each row that an edge passes; with more of them it takes many seconds. */
const MOST_PASSED_ROWS = 5000;

self.addEventListener("message", ({ data }) => {
  try {
    self.postMessage(isTooLarge(data) ? null : byDagre(data));
  } catch (error) {
    // dagre recurses along the longest path: the stack overflows.
    if (!(error instanceof RangeError)) throw error;
    self.postMessage(null);
  }
});

function isTooLarge({ nodes, edges }) {
  const rows = rowsOf(nodes, edges);
  const passed = edges.reduce((sum, { source, target }) => sum + Math.abs(rows.get(target) - rows.get(source)), 0);
  return passed > MOST_PASSED_ROWS;
}

function byDagre({ nodes, edges, gap, rowGap }) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: gap, edgesep: EDGE_GAP, ranksep: rowGap, ranker: "tight-tree" });
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { id, source, target, isFailure } of edges) graph.setEdge(source, target, { minlen: 1, weight: isFailure ? 1 : 4 }, id);
  layout(graph);
  const places = nodes.map(({ id }) => [id, pointOf(graph.node(id))]);
  // Edges of failures get lanes of their own.
  const others = edges.filter(({ source, target, isFailure }) => source !== target && !isFailure);
  const ways = others.map(({ id, source, target }) => [id, graph.edge(source, target, id).points.slice(1, -1).map(pointOf)]);
  // An edge to the next row needs no detour.
  const detours = ways.filter(([, points]) => points.length > 1);
  return { places: Object.fromEntries(places), ways: Object.fromEntries(detours), fallback: "" };
}

function pointOf({ x, y }) {
  return { x, y };
}
