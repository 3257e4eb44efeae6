import { outline, svgPath } from "./shapes.js";
import { element } from "./svg.js";

/** The legend's samples; graph.css gives them their colours, so they follow the theme alone. */
export function drawLegend(root) {
  for (const swatch of root.querySelectorAll("[data-graph-swatch]")) {
    const kind = swatch.dataset.graphSwatch;
    swatch.append(element("path", { d: svgPath(outline(kind, 32, 16)), transform: "translate(18 10)", class: `wg-${kind}` }));
  }
  for (const line of root.querySelectorAll("[data-graph-line]")) {
    line.append(element("path", { d: "M1 10H35", class: `wg-line-${line.dataset.graphLine}` }));
  }
}
