export const FONT_SIZE = 12;
export const LINE_HEIGHT = 15;
export const EDGE_FONT_SIZE = 11;
/** Around the text of an edge's label. */
export const LABEL_PADDING = 2;
export const LABEL_HEIGHT = 1.3 * EDGE_FONT_SIZE + 2 * LABEL_PADDING;
/** Pixels between an edge's end and the middle of the label beside it. */
export const LABEL_OFFSET = 24;

export const TASK = { width: 188, height: 62 };
const WORKFLOW = { width: 120, height: 34 };

export function sizeOf(node) {
  return node.role === "workflow" ? WORKFLOW : TASK;
}
