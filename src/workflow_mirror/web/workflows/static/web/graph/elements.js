// The graph's data as Cytoscape's elements.

import { edgeLabelMaker, fullName, labelMaker } from "./labels.js";
import { outline, textShift } from "./shapes.js";
import { sizeOf } from "./sizes.js";

/** Drawn as failures; of these, False, Reject and Timeout are ordinary branches. */
const BAD_ENDS = /^(failure|error|false|reject|timeout)$/i;
const FAILURES = /^(failure|error)$/i;

export function elementsOf(graph, texts, fontFamily) {
  const linesOf = labelMaker(texts, fontFamily);
  const nodes = graph.nodes.map((node) => nodeElement(node, linesOf(node), texts));
  return [...nodes, ...edgeElements(graph.edges, edgeLabelMaker(fontFamily))];
}

export function kindOf(node) {
  return node.role === "task" ? (node.kind ?? "unknown") : node.role;
}

/** What gives a node its colours: in a comparison its change, else its kind. */
function lookOf(node) {
  return node.role === "task" && node.change ? node.change : kindOf(node);
}

function nodeElement(node, lines, texts) {
  const { width, height } = sizeOf(node);
  const kind = kindOf(node);
  const points = outline(kind, width, height).flatMap(([x, y]) => [(2 * x) / width, (2 * y) / height]);
  return {
    group: "nodes",
    data: { ...node, kind, look: lookOf(node), fullName: fullName(node, texts), lines, label: lines.join("\n"), width, height, points, textShift: textShift(kind, height) },
    classes: [kind, lookOf(node), node.is_entry || node.is_end ? "terminal" : ""].join(" "),
  };
}

function edgeElements(edges, labelOf) {
  const arriving = count(edges, (edge) => edge.target);
  const leaving = count(edges, (edge) => edge.source);
  const parallel = count(edges, ends);
  return edges.map((edge) => {
    const bends = edge.source === edge.target || parallel.get(ends(edge)) > 1;
    const place = bends ? "middle" : labelPlace(arriving.get(edge.target), leaving.get(edge.source));
    return {
      group: "edges",
      data: { ...edge, isFailure: FAILURES.test(edge.label), label: labelOf(edge), place, weights: [], distances: [], shiftX: 0, shiftY: 0 },
      classes: [BAD_ENDS.test(edge.label) ? "failure" : "", edge.in_cycle ? "cycle" : "", edge.change ?? ""].join(" "),
    };
  });
}

/** Where the label is best: at the end that no other edge shares. */
function labelPlace(arriving, leaving) {
  if (arriving === 1) return "target";
  return leaving === 1 ? "source" : "middle";
}

function ends(edge) {
  return JSON.stringify([edge.source, edge.target].sort());
}

function count(edges, key) {
  const counts = new Map();
  for (const edge of edges) counts.set(key(edge), (counts.get(key(edge)) ?? 0) + 1);
  return counts;
}
