// Lays out a graph apart from the page, so that the page answers meanwhile.

import { Graph, layout } from "../vendor/dagre/dagre.esm.js";

import { layered, rowsOf } from "./layered.js";

const GAP = 29;
const EDGE_GAP = 24;
const ROW_GAP = 77;
/** dagre puts a helper into each row that an edge passes; with more of them it takes many seconds. */
const MOST_PASSED_ROWS = 5000;

self.addEventListener("message", ({ data: { nodes, edges, simple } }) => {
  const thorough = simple ? null : thoroughly(nodes, edges);
  self.postMessage(thorough ?? { places: layered(nodes, edges, { gap: GAP, rowGap: ROW_GAP }), ways: {}, isSimple: true });
});

/** Null where the graph is too large. */
function thoroughly(nodes, edges) {
  const rows = rowsOf(nodes, edges);
  const passed = edges.reduce((sum, { source, target }) => sum + Math.abs(rows.get(target) - rows.get(source)), 0);
  if (passed > MOST_PASSED_ROWS) return null;
  try {
    return byDagre(nodes, edges);
  } catch (error) {
    // dagre recurses along the longest path: the stack overflows.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function byDagre(nodes, edges) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: GAP, edgesep: EDGE_GAP, ranksep: ROW_GAP, ranker: "tight-tree" });
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { id, source, target } of edges) graph.setEdge(source, target, { minlen: 1, weight: 1 }, id);
  layout(graph);
  const places = nodes.map(({ id }) => [id, pointOf(graph.node(id))]);
  const ways = edges.filter(({ source, target }) => source !== target).map(({ id, source, target }) => {
    return [id, graph.edge(source, target, id).points.slice(1, -1).map(pointOf)];
  });
  // An edge to the next row needs no detour.
  const detours = ways.filter(([, points]) => points.length > 1);
  return { places: Object.fromEntries(places), ways: Object.fromEntries(detours), isSimple: false };
}

function pointOf({ x, y }) {
  return { x, y };
}
