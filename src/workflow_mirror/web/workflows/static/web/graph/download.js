import { svgText } from "./svg.js";

// Browsers refuse larger canvases.
const LARGEST_SIDE = 8000;

export function saveSvg(cy, theme, name) {
  save(new Blob([svgText(cy, theme)], { type: "image/svg+xml" }), `${name}.svg`);
}

export async function savePng(cy, theme, name) {
  const { w, h } = cy.elements().boundingBox();
  const scale = Math.min(2, LARGEST_SIDE / Math.max(w, h));
  save(await cy.png({ output: "blob-promise", full: true, bg: theme.paper, scale }), `${name}.png`);
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
