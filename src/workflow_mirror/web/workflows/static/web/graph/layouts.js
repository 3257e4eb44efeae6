// The layouts to choose from; choosing another one gives up the one that is being computed.

import { placeLabels } from "./edge_labels.js";
import { arrange, showStart } from "./layout.js";

export class Layouts {
  #computing = new AbortController();
  #chosen = "";

  /** `drawn` is called after each layout, with whether it is the first. */
  constructor(root, cy, { status, texts, widthOfLabel, drawn }) {
    Object.assign(this, { root, cy, status, texts, widthOfLabel, drawn });
    this.choices = [...root.querySelectorAll("[name='wg-layout']")];
    for (const choice of this.choices) {
      choice.disabled = false;
      choice.addEventListener("change", () => this.choose(choice.value));
    }
  }

  /** The same layout, after tasks were hidden or shown; `node` stays where it is in the window. */
  async again(node) {
    await this.choose(this.#chosen, node);
  }

  async choose(layout, kept = null) {
    this.#computing.abort();
    const { signal } = (this.#computing = new AbortController());
    this.#check(layout);
    this.status.textContent = this.texts.working;
    try {
      const before = isDrawn(this.root) && kept?.nonempty() ? { ...kept.renderedPosition() } : null;
      const { fallback } = await arrange(this.cy, layout, this.widthOfLabel, signal);
      this.#show(layout, kept, before);
      this.status.textContent = { large: this.texts.large, failed: this.texts.failedLayout }[fallback] ?? "";
    } catch (error) {
      if (signal.aborted) return;
      console.error(error);
      if (isDrawn(this.root)) this.#check(this.root.dataset.layout);
      this.status.textContent = this.texts.notDrawn;
    }
  }

  #show(layout, kept, before) {
    const isFirst = !isDrawn(this.root);
    this.#chosen = layout;
    if (isFirst) this.drawn(true);
    this.root.dataset.layout = layout;
    placeLabels(this.cy, this.widthOfLabel);
    if (before) this.cy.panBy(difference(before, kept.renderedPosition()));
    else showStart(this.cy);
    if (!isFirst) this.drawn(false);
  }

  #check(layout) {
    for (const choice of this.choices) choice.checked = choice.value === layout;
  }
}

export function isDrawn(root) {
  return "layout" in root.dataset;
}

function difference(a, b) {
  return { x: a.x - b.x, y: a.y - b.y };
}
