// A plain layout in rows, where dagre fails or the graph is too large for it. Its time grows with the
// number of edges only, and it does not recurse.

const SWEEPS = 4;

/** The row of each node: one below the lowest of its predecessors, apart from edges that close a cycle. */
export function rowsOf(nodes, edges) {
  const successors = new Map(nodes.map(({ id }) => [id, []]));
  for (const { source, target } of edges) if (source !== target) successors.get(source).push(target);
  const order = depthFirst(successors);
  const place = new Map(order.map((id, index) => [id, index]));
  const rows = new Map(order.map((id) => [id, 0]));
  for (const id of order) {
    for (const next of successors.get(id)) {
      if (place.get(next) > place.get(id)) rows.set(next, Math.max(rows.get(next), rows.get(id) + 1));
    }
  }
  return rows;
}

/** The centre of each node, by its id. */
export function layered(nodes, edges, { gap, rowGap }) {
  const rows = rowsOf(nodes, edges);
  const lines = [];
  for (const node of nodes) (lines[rows.get(node.id)] ??= []).push(node.id);
  untangle(lines, edges);
  const width = largest(nodes.map((node) => node.width)) + gap;
  const height = largest(nodes.map((node) => node.height)) + rowGap;
  return Object.fromEntries(
    lines.flatMap((line, row) => line.map((id, index) => [id, { x: (index - (line.length - 1) / 2) * width, y: row * height }])),
  );
}

/** Without a spread, which a long list turns into too many arguments. */
function largest(numbers) {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

/** Sources first: nodes in reverse order of leaving them in a search in depth. */
function depthFirst(successors) {
  const targets = new Set([...successors.values()].flat());
  const roots = [...successors.keys()].sort((a, b) => targets.has(a) - targets.has(b));
  const seen = new Set();
  const left = [];
  for (const root of roots) {
    const path = seen.has(root) ? [] : [[root, 0]];
    seen.add(root);
    while (path.length) {
      const step = path.at(-1);
      const next = successors.get(step[0])[step[1]++];
      if (next === undefined) left.push(path.pop()[0]);
      else if (!seen.has(next)) {
        seen.add(next);
        path.push([next, 0]);
      }
    }
  }
  return left.reverse();
}

/** Sorts each row by the mean place of its neighbours, some times down and up. */
function untangle(lines, edges) {
  const neighbours = new Map(lines.flat().map((id) => [id, []]));
  for (const { source, target } of edges) {
    neighbours.get(source).push(target);
    neighbours.get(target).push(source);
  }
  const places = new Map();
  const note = (line) => line.forEach((id, index) => places.set(id, index - (line.length - 1) / 2));
  lines.forEach(note);
  const mean = (id) => neighbours.get(id).reduce((sum, other) => sum + places.get(other), 0) / (neighbours.get(id).length || 1);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const line of sweep % 2 ? lines.toReversed() : lines) {
      const means = new Map(line.map((id) => [id, mean(id)]));
      line.sort((a, b) => means.get(a) - means.get(b));
      note(line);
    }
  }
}
