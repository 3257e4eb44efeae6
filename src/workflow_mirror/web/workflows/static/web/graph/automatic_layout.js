// The automatic layout, computed in a worker: a dense graph takes dagre many seconds.

const PATIENCE = 20_000;

/**
 * Gives `places` (the centre of each node, by id), `ways` (points between the ends of an edge, by
 * id; only of those that go around tasks), and `isSimple` where the graph was too large for dagre.
 */
export async function layOutAutomatically(nodes, edges, signal) {
  const graph = { nodes: nodes.map(sized), edges: edges.map(ended) };
  const thorough = await inWorker({ ...graph, simple: false }, signal);
  return thorough ?? (await inWorker({ ...graph, simple: true }, signal)) ?? Promise.reject(new Error("The layout took too long"));
}

/** Null if it takes too long. Rejects if the worker fails or the signal is aborted. */
async function inWorker(message, signal) {
  signal.throwIfAborted();
  const worker = new Worker(new URL("layout_worker.js", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers();
  const timer = setTimeout(() => resolve(null), PATIENCE);
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  worker.addEventListener("message", ({ data }) => resolve(data));
  worker.addEventListener("error", ({ message: reason }) => reject(new Error(reason || "The layout worker cannot be loaded")));
  worker.postMessage(message);
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

function ended({ id, source, target }) {
  return { id, source, target };
}
