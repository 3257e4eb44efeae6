// The picture itself: Cytoscape with the look of each kind of node and edge.

import cytoscape from "../vendor/cytoscape/cytoscape.esm.min.mjs";
import dagre from "../vendor/cytoscape-dagre/cytoscape-dagre.min.mjs";

import { EDGE_FONT_SIZE, FONT_SIZE, LABEL_OFFSET, LINE_HEIGHT } from "./sizes.js";

cytoscape.use(dagre);

export const SMALLEST_ZOOM = 0.03;
const LARGEST_ZOOM = 3;

export function draw(container, elements, theme) {
  withoutInlineStyle();
  const cy = cytoscape({
    container,
    elements,
    style: styleOf(theme),
    layout: { name: "null" },
    minZoom: SMALLEST_ZOOM,
    maxZoom: LARGEST_ZOOM,
    autoungrabify: true,
    boxSelectionEnabled: false,
    selectionType: "single",
  });
  zoomByWheelWhenFocused(cy, container);
  return cy;
}

export function styleOf(theme) {
  return [
    { selector: "node", style: nodeStyle(theme) },
    ...Object.entries(theme.kinds).map(([kind, colours]) => ({
      selector: `node.${kind}`,
      style: { "background-color": colours.fill, "border-color": colours.line },
    })),
    { selector: "node.unknown, node.missing", style: { "border-style": "dashed" } },
    { selector: "node.terminal", style: { "border-width": 3 } },
    { selector: "node.found", style: { "outline-width": 3, "outline-color": theme.found, "outline-offset": 3 } },
    { selector: "node:selected", style: { "outline-width": 4, "outline-color": theme.focus, "outline-offset": 3 } },
    { selector: "edge", style: edgeStyle(theme) },
    { selector: "edge.bent", style: { "curve-style": "bezier", "control-point-step-size": 70 } },
    { selector: "edge:loop", style: { "control-point-step-size": 170, "loop-direction": "90deg", "loop-sweep": "30deg" } },
    // An edge back to an earlier row passes beside what lies between.
    { selector: "edge.back", style: { "curve-style": "unbundled-bezier", "control-point-distances": 150, "control-point-weights": 0.5 } },
    { selector: "edge.routed", style: routedStyle() },
    { selector: "edge.target", style: { "target-label": "data(label)", "target-text-offset": LABEL_OFFSET } },
    { selector: "edge.source", style: { "source-label": "data(label)", "source-text-offset": LABEL_OFFSET } },
    { selector: "edge.middle", style: { label: "data(label)" } },
    { selector: "edge.failure", style: { ...lineColour(theme.failure), "line-style": "dashed" } },
    { selector: "edge.cycle", style: { ...lineColour(theme.cycle), width: 3 } },
    { selector: "edge.beside", style: { ...lineColour(theme.focus), width: 3 } },
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
    "overlay-opacity": 0,
  };
}

function edgeStyle(theme) {
  return {
    ...lineColour(theme.edge),
    width: 1.5,
    "target-arrow-shape": "triangle",
    "arrow-scale": 0.9,
    "curve-style": "round-taxi",
    "taxi-direction": "vertical",
    "taxi-turn": "50%",
    "taxi-turn-min-distance": 12,
    color: theme["edge-ink"],
    "font-family": theme.fontFamily,
    "font-size": EDGE_FONT_SIZE,
    "min-zoomed-font-size": 6,
    "text-background-color": theme.paper,
    "text-background-opacity": 1,
    "text-background-padding": 2,
    "overlay-opacity": 0,
  };
}

/** Around the nodes, on the way that dagre found. */
function routedStyle() {
  return {
    "curve-style": "unbundled-bezier",
    "control-point-weights": (edge) => edge.scratch("controlPointWeights"),
    "control-point-distances": (edge) => edge.scratch("controlPointDistances"),
    "edge-distances": "intersection",
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
