// The picture itself: Cytoscape with the look of each kind of node and edge.

import cytoscape from "../vendor/cytoscape/cytoscape.esm.min.mjs";

import { EDGE_FONT_SIZE, FONT_SIZE, LABEL_PADDING, LINE_HEIGHT } from "./sizes.js";

export const SMALLEST_ZOOM = 0.03;
const LARGEST_ZOOM = 3;
/** The direction from the middle of the node, and a measure of how far the loop goes. */
const LOOPS = { right: ["90deg", 120], left: ["-90deg", 120], up: ["0deg", 80], down: ["180deg", 80] };

/** The graph without a picture, since its nodes have no place yet. */
export function graphOf(elements) {
  return cytoscape({
    headless: true,
    elements,
    layout: { name: "null" },
    minZoom: SMALLEST_ZOOM,
    maxZoom: LARGEST_ZOOM,
    autoungrabify: true,
    boxSelectionEnabled: false,
    selectionType: "single",
  });
}

export function draw(cy, container, theme) {
  withoutInlineStyle();
  cy.mount(container);
  cy.style(styleOf(theme));
  zoomByWheelWhenFocused(cy, container);
}

export function styleOf(theme) {
  return [
    { selector: "node", style: nodeStyle(theme) },
    ...Object.entries(theme.kinds).map(([kind, colours]) => ({
      selector: `node.${kind}`,
      style: { "background-color": colours.fill, "border-color": colours.line },
    })),
    { selector: "node.unknown, node.missing", style: { "border-style": "dashed" } },
    { selector: "node.removed", style: { "border-style": "dashed" } },
    { selector: "node.added, node.removed, node.changed, node.moved", style: { "border-width": 3 } },
    { selector: "node.terminal", style: { "border-width": 3 } },
    { selector: "node.found", style: { "outline-width": 3, "outline-color": theme.found, "outline-offset": 3 } },
    { selector: "node:selected", style: { "outline-width": 4, "outline-color": theme.focus, "outline-offset": 3 } },
    { selector: "edge", style: edgeStyle(theme) },
    { selector: "edge.angled", style: { "curve-style": "round-segments", "segment-weights": "data(weights)", "segment-distances": "data(distances)" } },
    { selector: "edge.curved", style: { "curve-style": "unbundled-bezier", "control-point-weights": "data(weights)", "control-point-distances": "data(distances)" } },
    ...Object.entries(LOOPS).map(([side, [direction, distance]]) => ({
      selector: `edge.loop-${side}`,
      style: { "curve-style": "bezier", "loop-direction": direction, "loop-sweep": "30deg", "control-point-step-size": distance },
    })),
    { selector: "edge.failure", style: { ...lineColour(theme.failure), "line-style": "dashed" } },
    { selector: "edge.cycle", style: { ...lineColour(theme.cycle), width: 3 } },
    { selector: "edge.added", style: { ...lineColour(theme.kinds.added.line), width: 3 } },
    { selector: "edge.removed", style: { ...lineColour(theme.kinds.removed.line), width: 3, "line-style": "dotted" } },
    { selector: "edge.upstream", style: { ...lineColour(theme.kinds.read.line), width: 3 } },
    { selector: "edge.downstream", style: { ...lineColour(theme.focus), width: 3 } },
    { selector: ".aside", style: { opacity: 0.3 } },
  ];
}

function nodeStyle(theme) {
  return {
    shape: "polygon",
    "shape-polygon-points": "data(points)",
    width: "data(width)",
    height: "data(height)",
    "border-width": 1.5,
    label: "data(label)",
    color: theme.ink,
    "font-family": theme.fontFamily,
    "font-size": FONT_SIZE,
    "font-weight": 500,
    "line-height": LINE_HEIGHT / FONT_SIZE,
    "min-zoomed-font-size": 5,
    "text-wrap": "wrap",
    "text-max-width": 1000,
    "text-valign": "center",
    "text-halign": "center",
    "text-margin-y": "data(textShift)",
    "overlay-opacity": 0,
  };
}

function edgeStyle(theme) {
  return {
    ...lineColour(theme.edge),
    width: 1.5,
    "target-arrow-shape": "triangle",
    "arrow-scale": 0.9,
    "curve-style": "straight",
    "edge-distances": "node-position",
    label: "data(label)",
    "text-margin-x": "data(shiftX)",
    "text-margin-y": "data(shiftY)",
    color: theme["edge-ink"],
    "font-family": theme.fontFamily,
    "font-size": EDGE_FONT_SIZE,
    "min-zoomed-font-size": 6,
    "text-background-color": theme.paper,
    "text-background-opacity": 1,
    "text-background-padding": LABEL_PADDING,
    "overlay-opacity": 0,
  };
}

function lineColour(colour) {
  return { "line-color": colour, "target-arrow-color": colour };
}

/**
 * Cytoscape adds a style sheet of one rule to the page unless it is there by that id. The content
 * security policy refuses it, and graph.css has the rule.
 */
function withoutInlineStyle() {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id)) return;
  const placeholder = document.createElement("template");
  placeholder.id = id;
  document.head.append(placeholder);
}

/** Else the wheel could not scroll the page past the picture. */
function zoomByWheelWhenFocused(cy, container) {
  if (matchMedia("(pointer: coarse)").matches) return;
  cy.userZoomingEnabled(false);
  container.addEventListener("focus", () => cy.userZoomingEnabled(true));
  container.addEventListener("blur", () => cy.userZoomingEnabled(false));
  cy.on("tapstart", () => container.focus({ preventScroll: true }));
}
