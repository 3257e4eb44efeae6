export const FONT_SIZE = 12;
export const LINE_HEIGHT = 15;
export const EDGE_FONT_SIZE = 11;
/** Pixels between an edge's end and the middle of the label beside it. */
export const LABEL_OFFSET = 24;

const TASK = { width: 188, height: 62 };
const WORKFLOW = { width: 120, height: 34 };

export function sizeOf(node) {
  return node.role === "workflow" ? WORKFLOW : TASK;
}
