// Colours live in graph.css; the canvas reads them from there, again whenever the theme changes.

export const KINDS = ["flow", "logic", "read", "write", "billing", "callout", "message", "file", "page", "usage", "unknown", "missing", "workflow"];
/** Of tasks in a comparison; the links that were added or removed have the same line. */
export const CHANGES = ["same", "added", "removed", "changed", "moved"];

export function readTheme(root) {
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(`--wg-${name}`).trim();
  return {
    fontFamily: style.fontFamily,
    ...Object.fromEntries(["paper", "ink", "edge", "edge-ink", "failure", "cycle", "focus", "found"].map((name) => [name, colour(name)])),
    kinds: Object.fromEntries([...KINDS, ...CHANGES].map((kind) => [kind, { fill: colour(`${kind}-fill`), line: colour(`${kind}-line`) }])),
  };
}

/** Unfold marks the dark theme by a class of the document's root. */
export function onThemeChange(react) {
  new MutationObserver(react).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
}
