// What stands in a node: its name on two lines at most, and its action type with its marks. What
// stands at an edge.

import { EDGE_FONT_SIZE, FONT_SIZE, LABEL_PADDING, sizeOf } from "./sizes.js";

const NAME_LINES = 2;
const SIDE_ROOM = 44;
const LONGEST_EDGE_LABEL = 280;
/** In a comparison of two versions. */
const SIGNS = { added: "+ ", removed: "− ", changed: "~ ", moved: "↔ " };
const LONGEST_WAIT = 5000;
/** Characters; more fit into no line. */
const LONGEST_LINE = 160;
const NODE_FONT = `500 ${FONT_SIZE}px `;
const EDGE_FONT = `${EDGE_FONT_SIZE}px `;

/**
 * The font family, as soon as texts can be measured in it. If it cannot be loaded, or not in time,
 * one that is there: a text must be drawn in the font that it was measured in.
 */
export async function loadedFont(fontFamily, graph) {
  const characters = [...new Set(JSON.stringify(graph))].join("");
  const loading = [NODE_FONT, EDGE_FONT].map((font) => document.fonts.load(font + fontFamily, characters));
  const late = new Promise((_, reject) => setTimeout(reject, LONGEST_WAIT));
  return Promise.race([Promise.all(loading), late]).then(() => fontFamily, () => "sans-serif");
}

export function labelMaker(texts, fontFamily) {
  const measure = measureIn(NODE_FONT + fontFamily);
  return (node) => {
    const room = sizeOf(node).width - SIDE_ROOM;
    if (node.role === "workflow") return [texts.workflow];
    const name = wrap(signOf(node) + fullName(node, texts), room, measure);
    return node.role === "task" ? [...name, shorten(marked(node), room, measure)] : name;
  };
}

export function fullName(node, texts) {
  if (node.role === "missing") return `${texts.missing} ${node.name}`.trim();
  if (node.role === "workflow") return oneLine(node.name) || texts.workflow;
  return oneLine(node.name) || `${texts.unnamed} (${node.task_id})`;
}

export function edgeLabelMaker(fontFamily) {
  const measure = measureIn(EDGE_FONT + fontFamily);
  return (edge) => {
    const label = shorten(signOf(edge) + oneLine(edge.label), LONGEST_EDGE_LABEL, measure);
    return edge.count > 1 ? `${label} ×${edge.count}` : label;
  };
}

/** Gives the width of an edge's label, in pixels. */
export function edgeLabelWidth(fontFamily) {
  const measure = measureIn(EDGE_FONT + fontFamily);
  return (label) => measure(label) + 2 * LABEL_PADDING;
}

function measureIn(font) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = font;
  return (text) => context.measureText(text).width;
}

function marked(node) {
  const entry = node.is_entry ? "▶ " : "";
  const loose = node.is_loose ? "◇ " : "";
  // Behind a collapsed task.
  const hidden = node.hidden ? `⊞ ${node.hidden} ` : "";
  return `${hidden}${entry}${loose}${node.action_type || "?"}${node.is_end ? " ■" : ""}`;
}

function signOf({ change }) {
  return SIGNS[change] ?? "";
}

function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

/** Lines end at a blank, or after one of _ - . : / where there is none; a longer word is cut. */
function wrap(text, room, measure) {
  const lines = [];
  let rest = text;
  while (lines.length < NAME_LINES - 1 && measure(rest) > room) {
    const fitting = beginning(rest, room, measure);
    const end = rest[fitting.length] === " " ? fitting.length : lastBreak(fitting);
    lines.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return [...lines, shorten(rest, room, measure)];
}

function lastBreak(text) {
  const blank = text.lastIndexOf(" ") + 1;
  return blank || /.*[_\-.:/]/s.exec(text)?.[0].length || text.length;
}

function shorten(text, room, measure) {
  return measure(text) <= room ? text : `${beginning(text, room - measure("…"), measure)}…`;
}

/** As many characters as fit, one at least. */
function beginning(text, room, measure) {
  // By characters and not by UTF-16 units, so that no pair is cut.
  const characters = [...text.slice(0, LONGEST_LINE)];
  while (characters.length > 1 && measure(characters.join("")) > room) characters.pop();
  return characters.join("");
}
