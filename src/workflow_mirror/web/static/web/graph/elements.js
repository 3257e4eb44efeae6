// The graph's data as Cytoscape's elements.

import { edgeLabel, fullName, labelMaker } from "./labels.js";
import { outline } from "./shapes.js";
import { sizeOf } from "./sizes.js";

const FAILURES = /^(failure|error|false|reject|timeout)$/i;

export function elementsOf(graph, texts, fontFamily) {
  const linesOf = labelMaker(texts, fontFamily);
  const nodes = graph.nodes.map((node) => nodeElement(node, linesOf(node), texts));
  return [...nodes, ...edgeElements(graph.edges)];
}

export function kindOf(node) {
  return node.role === "task" ? (node.kind ?? "unknown") : node.role;
}

function nodeElement(node, lines, texts) {
  const { width, height } = sizeOf(node);
  const kind = kindOf(node);
  const points = outline(kind, width, height).flatMap(([x, y]) => [(2 * x) / width, (2 * y) / height]);
  return {
    group: "nodes",
    data: { ...node, kind, fullName: fullName(node, texts), lines, label: lines.join("\n"), width, height, points },
    classes: [kind, node.is_entry || node.is_end ? "terminal" : ""].join(" "),
  };
}

function edgeElements(edges) {
  const arriving = count(edges, (edge) => edge.target);
  const leaving = count(edges, (edge) => edge.source);
  const parallel = count(edges, ends);
  return edges.map((edge) => {
    const bends = edge.source === edge.target || parallel.get(ends(edge)) > 1;
    const place = bends ? "middle" : labelPlace(arriving.get(edge.target), leaving.get(edge.source));
    return {
      group: "edges",
      data: { ...edge, label: edgeLabel(edge), place },
      classes: [place, bends ? "bent" : "", FAILURES.test(edge.label) ? "failure" : "", edge.in_cycle ? "cycle" : ""].join(" "),
    };
  });
}

/** Beside the end that no other edge shares, so that labels do not cover each other. */
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
