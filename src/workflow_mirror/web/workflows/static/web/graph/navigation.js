// Which node is the current one, and how the keys move on from it.

import { startNode } from "./layout.js";

const VISIBLE_MARGIN = 8;
/** Of what leads to the selected node, what follows it, and everything beside its path. */
const MARKS = "upstream downstream aside";

export class Navigation {
  constructor(cy, said, texts) {
    this.cy = cy;
    this.said = said;
    this.texts = texts;
    cy.on("select", "node", (event) => this.#mark(event.target));
    cy.on("unselect", "node", () => cy.elements().removeClass(MARKS));
  }

  get current() {
    return this.cy.nodes(":selected").first();
  }

  clear() {
    this.cy.elements().unselect();
  }

  goTo(node) {
    this.cy.batch(() => {
      this.cy.elements().unselect();
      node.select();
    });
    this.#bringIntoView(node);
    this.said.textContent = this.#description(node);
  }

  /** Returns whether the key was one of these. */
  move(key) {
    const step = { ArrowDown: this.#next, ArrowUp: this.#previous, ArrowLeft: this.#left, ArrowRight: this.#right }[key];
    if (!step) return false;
    const from = this.current;
    const to = from.empty() ? startNode(this.cy) : step.call(this, from);
    if (to?.nonempty()) this.goTo(to);
    return true;
  }

  #next(node) {
    return inOrder(node.outgoers("node"))[0];
  }

  #previous(node) {
    return inOrder(node.incomers("node"))[0];
  }

  #left(node) {
    return this.#beside(node, -1);
  }

  #right(node) {
    return this.#beside(node, 1);
  }

  /** Among those that the same tasks lead to; from a node that none leads to, among its like. */
  #beside(node, step) {
    const before = node.incomers("node");
    const row = inOrder(before.nonempty() ? before.outgoers("node").union(node) : this.cy.nodes().roots());
    const index = row.findIndex((other) => other.same(node));
    return row[(index + step + row.length) % row.length];
  }

  /** The whole path: all that leads to the node, and all that follows. */
  #mark(node) {
    const [before, after] = [node.predecessors(), node.successors()];
    this.cy.batch(() => {
      this.cy.elements().removeClass(MARKS);
      before.addClass("upstream");
      after.addClass("downstream");
      this.cy.elements().not(before).not(after).not(node).addClass("aside");
    });
  }

  #bringIntoView(node) {
    const box = node.renderedBoundingBox();
    const inside = box.x1 > VISIBLE_MARGIN && box.y1 > VISIBLE_MARGIN && box.x2 < this.cy.width() - VISIBLE_MARGIN && box.y2 < this.cy.height() - VISIBLE_MARGIN;
    if (inside) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (calm) this.cy.center(node);
    else this.cy.stop().animate({ center: { eles: node }, duration: 200 });
  }

  #description(node) {
    const { fullName, action_type: type, next, is_entry: entry, is_end: end, is_loose: loose, change } = node.data();
    const marks = [this.texts[change], entry && this.texts.entry, end && this.texts.end, loose && this.texts.loose].filter(Boolean);
    const followers = next.map(({ label, name }) => `${label}: ${name}`).join("; ") || this.texts.none;
    return [fullName, type, ...marks, `${this.texts.next}: ${followers}`].filter(Boolean).join(", ");
  }
}

export function inOrder(nodes) {
  return nodes.toArray().sort((a, b) => a.position("x") - b.position("x") || a.position("y") - b.position("y"));
}
