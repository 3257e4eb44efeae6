// Hides what can be reached only through tasks that are collapsed.

export class Collapse {
  #closed = new Set();
  #hidden;

  constructor(cy) {
    this.cy = cy;
    this.all = cy.elements();
    this.#hidden = cy.collection();
    this.successors = new Map(cy.nodes().map((node) => [node.id(), []]));
    cy.edges().forEach((edge) => this.successors.get(edge.data("source")).push(edge.data("target")));
  }

  get isAny() {
    return this.#closed.size > 0;
  }

  isClosed(node) {
    return this.#closed.has(node.id());
  }

  /** How many nodes the node hides, or would hide. */
  size(node) {
    const others = new Set(this.#closed);
    others.delete(node.id());
    return hiddenBy(this.successors, new Set([...others, node.id()])).size - hiddenBy(this.successors, others).size;
  }

  toggle(node) {
    if (this.isClosed(node)) this.#closed.delete(node.id());
    else this.#closed.add(node.id());
    this.#apply();
  }

  openAll() {
    this.#closed.clear();
    this.#apply();
  }

  /** Of the whole graph, whether the node is hidden or not. */
  find(id) {
    return this.all.getElementById(id);
  }

  #apply() {
    this.#hidden.restore();
    const hidden = hiddenBy(this.successors, this.#closed);
    this.#hidden = this.cy.remove(this.cy.nodes().filter((node) => hidden.has(node.id())));
  }
}

function hiddenBy(successors, closed) {
  const nodes = [...successors.keys()];
  const targets = new Set([...successors.values()].flat());
  const roots = nodes.filter((id) => !targets.has(id));
  // A circle that no root leads to is never hidden.
  const reached = reachable(roots, successors, new Set());
  const shown = reachable([...roots, ...nodes.filter((id) => !reached.has(id))], successors, closed);
  return new Set(nodes.filter((id) => !shown.has(id)));
}

function reachable(starts, successors, closed) {
  const seen = new Set(starts);
  const waiting = [...seen];
  while (waiting.length) {
    const id = waiting.pop();
    if (closed.has(id)) continue;
    for (const next of successors.get(id)) {
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
  }
  return seen;
}
