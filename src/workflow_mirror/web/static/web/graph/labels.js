// What stands in a node: its name on two lines at most, and its action type with its marks.

import { FONT_SIZE, sizeOf } from "./sizes.js";

const NAME_LINES = 2;
const SIDE_ROOM = 44;

export function labelMaker(texts, fontFamily) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = `500 ${FONT_SIZE}px ${fontFamily}`;
  const measure = (text) => context.measureText(text).width;
  return (node) => {
    const room = sizeOf(node).width - SIDE_ROOM;
    if (node.role === "workflow") return [texts.workflow];
    const name = wrap(fullName(node, texts), room, measure);
    return node.role === "task" ? [...name, shorten(marked(node), room, measure)] : name;
  };
}

export function fullName(node, texts) {
  if (node.role === "missing") return `${texts.missing} ${node.name}`.trim();
  return oneLine(node.name) || `${texts.unnamed} (${node.task_id})`;
}

export function edgeLabel(edge) {
  const label = oneLine(edge.label);
  return edge.count > 1 ? `${label} ×${edge.count}` : label;
}

function marked(node) {
  const entry = node.is_entry ? "▶ " : "";
  const loose = node.is_loose ? "◇ " : "";
  return `${entry}${loose}${node.action_type || "?"}${node.is_end ? " ■" : ""}`;
}

function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

function wrap(text, room, measure) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (measure(longer) <= room || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const last = lines.slice(NAME_LINES - 1).join(" ");
  return [...lines.slice(0, NAME_LINES - 1), last].filter(Boolean).map((line) => shorten(line, room, measure));
}

function shorten(text, room, measure) {
  if (measure(text) <= room) return text;
  // By characters and not by UTF-16 units, so that no pair is cut.
  let characters = [...text].slice(0, 80);
  while (characters.length > 1 && measure(`${characters.join("")}…`) > room) characters.pop();
  return `${characters.join("")}…`;
}
