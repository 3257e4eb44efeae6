// The automatic layout: dagre in a worker, since a dense graph takes it many seconds; a plain one on
// the page where dagre cannot do it.

import { layered } from "./layered.js";

const PATIENCE = 20_000;
const GAP = 29;
const ROW_GAP = 77;

/**
 * Gives `places` (the centre of each node, by id), `ways` (points between the ends of an edge, by
 * id; only of those that go around tasks), and `fallback`: "" for the full layout, "large" or
 * "failed" for the plain one. Rejects only if the signal is aborted.
 */
export async function layOutAutomatically(nodes, edges, signal) {
  const graph = { nodes: nodes.map(sized), edges: edges.map(ended) };
  try {
    return (await inWorker(graph, signal)) ?? simply(graph.nodes, graph.edges, "large");
  } catch (error) {
    signal.throwIfAborted();
    console.info(error);
    return simply(graph.nodes, graph.edges, "failed");
  }
}

/** Linear in the size of the graph, without recursion. */
export function simply(nodes, edges, fallback) {
  return { places: layered(nodes, edges, { gap: GAP, rowGap: ROW_GAP }), ways: {}, fallback };
}

/** Null if the graph is too large. Rejects if the worker fails or the signal is aborted. */
async function inWorker(graph, signal) {
  signal.throwIfAborted();
  const worker = new Worker(new URL("layout_worker.js", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers();
  const timer = setTimeout(() => resolve(null), PATIENCE);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  worker.addEventListener("message", ({ data }) => resolve(data));
  worker.addEventListener("error", ({ message: reason }) => reject(new Error(reason || "The layout worker cannot be loaded")));
  worker.postMessage({ ...graph, gap: GAP, rowGap: ROW_GAP });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    worker.terminate();
  }
}

function sized({ id, width, height }) {
  return { id, width, height };
}

function ended({ id, source, target, isFailure }) {
  return { id, source, target, isFailure };
}
