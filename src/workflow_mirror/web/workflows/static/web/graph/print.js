// On paper: the whole graph, and light colours.

import { svgOf } from "./svg.js";

/** `theme` gives the colours of the moment. */
export function printWhole(root, cy, theme) {
  const paper = root.querySelector("[data-graph-print]");
  const page = document.documentElement.classList;
  let wasDark = false;
  window.addEventListener("beforeprint", () => {
    wasDark = page.contains("dark");
    page.remove("dark");
    paper.replaceChildren(svgOf(cy, theme()));
  });
  window.addEventListener("afterprint", () => {
    paper.replaceChildren();
    page.toggle("dark", wasDark);
  });
}
