// The picture as an SVG file, made from the nodes' outlines and the edges' ways as drawn.

import { drawnWay, pieces } from "./paths.js";
import { outline, round, svgPath } from "./shapes.js";
import { EDGE_FONT_SIZE, FONT_SIZE, LINE_HEIGHT } from "./sizes.js";

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = 24;
// Characters that no XML file can hold, not even escaped.
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

export function svgText(cy, theme) {
  return new XMLSerializer().serializeToString(svgOf(cy, theme));
}

export function svgOf(cy, theme) {
  const box = cy.elements().boundingBox();
  const [left, top, width, height] = [box.x1 - MARGIN, box.y1 - MARGIN, box.w + 2 * MARGIN, box.h + 2 * MARGIN].map(round);
  const svg = element("svg", { viewBox: `${left} ${top} ${width} ${height}`, width, height, "font-family": theme.fontFamily });
  svg.append(element("rect", { x: left, y: top, width, height, fill: theme.paper }));
  svg.append(...cy.edges().map((edge) => edgeGroup(edge, theme)), ...cy.nodes().map((node) => nodeGroup(node, theme)));
  return svg;
}

export function element(name, attributes = {}, text = "") {
  const created = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value);
  created.textContent = text.replace(NOT_XML, "\u{FFFD}");
  return created;
}

function nodeGroup(node, theme) {
  const { kind, look, width, height, lines, fullName, textShift } = node.data();
  const { x, y } = node.position();
  const group = element("g", { transform: `translate(${round(x)} ${round(y)})`, ...faded(node) });
  group.append(element("title", {}, fullName));
  group.append(element("path", { d: svgPath(outline(kind, width, height)), fill: theme.kinds[look].fill, stroke: theme.kinds[look].line, "stroke-width": node.hasClass("terminal") || isMarked(node) ? 3 : 1.5, ...dashes(kind === "unknown" || kind === "missing" || look === "removed") }));
  const first = textShift - ((lines.length - 1) * LINE_HEIGHT) / 2;
  group.append(...lines.map((line, index) => textAt(0, first + index * LINE_HEIGHT, line, { "font-size": FONT_SIZE, "font-weight": 500, fill: theme.ink })));
  return group;
}

function edgeGroup(edge, theme) {
  const colour = colourOf(edge, theme);
  const way = drawnWay(edge);
  const group = element("g", faded(edge));
  group.append(element("path", { d: wayOf(way), fill: "none", stroke: colour, "stroke-width": isBold(edge) ? 3 : 1.5, "stroke-linejoin": "round", ...dashes(edge.hasClass("failure") || edge.hasClass("removed")) }));
  group.append(arrowHead(way.points.at(-1) ?? way.start, way.end, colour));
  const middle = edge.midpoint();
  if (edge.data("label")) group.append(textAt(middle.x + edge.data("shiftX"), middle.y + edge.data("shiftY"), edge.data("label"), { "font-size": EDGE_FONT_SIZE, fill: theme["edge-ink"], stroke: theme.paper, "stroke-width": 4, "paint-order": "stroke" }));
  return group;
}

/** As the styles of drawing.js, of which the last that applies counts. */
function colourOf(edge, theme) {
  if (edge.hasClass("downstream")) return theme.focus;
  if (edge.hasClass("upstream")) return theme.kinds.read.line;
  if (isMarked(edge)) return theme.kinds[edge.data("change")].line;
  if (edge.hasClass("cycle")) return theme.cycle;
  return edge.hasClass("failure") ? theme.failure : theme.edge;
}

function isBold(edge) {
  return isMarked(edge) || ["cycle", "upstream", "downstream"].some((name) => edge.hasClass(name));
}

function faded(element) {
  return element.hasClass("aside") ? { opacity: 0.3 } : {};
}

function isMarked(element) {
  return !["same", undefined].includes(element.data("change"));
}

function wayOf(way) {
  const { start, points, end, curved } = way;
  const begin = `M${at(start)}`;
  if (!curved || !points.length) return begin + [...points, end].map((point) => `L${at(point)}`).join("");
  return begin + pieces(way).map((piece) => `Q${at(piece.control)} ${at(piece.end)}`).join("");
}

function arrowHead(from, tip, colour) {
  const angle = (Math.atan2(tip.y - from.y, tip.x - from.x) * 180) / Math.PI;
  return element("path", { d: "M0 0L-9 4.5L-9 -4.5Z", fill: colour, transform: `translate(${at(tip)}) rotate(${round(angle)})` });
}

function textAt(x, y, text, attributes) {
  return element("text", { x: round(x), y: round(y), "text-anchor": "middle", "dominant-baseline": "central", ...attributes }, text);
}

function dashes(wanted) {
  return wanted ? { "stroke-dasharray": "6 4" } : {};
}

function at({ x, y }) {
  return `${round(x)} ${round(y)}`;
}
