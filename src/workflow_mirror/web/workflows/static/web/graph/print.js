// On paper: the whole graph, in the light colours that web.js has set for the page.

import { svgOf } from "./svg.js";

/** `theme` gives the colours of the moment. */
export function printWhole(root, cy, theme) {
  const paper = root.querySelector("[data-graph-print]");
  window.addEventListener("beforeprint", () => paper.replaceChildren(svgOf(cy, theme())));
  window.addEventListener("afterprint", () => paper.replaceChildren());
}
