// The whole graph in a corner, with the part that the window shows. A click or a drag moves there.

const WIDTH = 180;
const HEIGHT = 120;
const MARGIN = 6;

export class Minimap {
  #isDrawn = false;
  #isWaiting = false;

  constructor(canvas, cy, theme) {
    Object.assign(this, { canvas, cy, theme, scale: 1, left: 0, top: 0 });
    this.context = contextOf(canvas);
    this.picture = document.createElement("canvas");
    this.pictureContext = contextOf(this.picture);
    cy.on("viewport resize", () => this.#later());
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    for (const kind of ["pointerdown", "pointermove"]) canvas.addEventListener(kind, (event) => event.buttons && this.#moveTo(event));
  }

  /** After another layout or theme. */
  redraw(theme = this.theme) {
    this.theme = theme;
    const box = this.cy.nodes().boundingBox({ includeLabels: false, includeOverlays: false });
    this.box = box;
    this.scale = Math.min((WIDTH - 2 * MARGIN) / Math.max(box.w, 1), (HEIGHT - 2 * MARGIN) / Math.max(box.h, 1));
    this.left = (WIDTH - box.w * this.scale) / 2 - box.x1 * this.scale;
    this.top = (HEIGHT - box.h * this.scale) / 2 - box.y1 * this.scale;
    this.#draw(this.pictureContext);
    this.#isDrawn = true;
    this.#showWindow();
  }

  #later() {
    if (this.#isWaiting || !this.#isDrawn) return;
    this.#isWaiting = true;
    requestAnimationFrame(() => {
      this.#isWaiting = false;
      this.#showWindow();
    });
  }

  #draw(context) {
    const { scale, theme } = this;
    const at = ({ x, y }) => [x * scale + this.left, y * scale + this.top];
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.strokeStyle = theme.edge;
    context.lineWidth = 0.3;
    context.beginPath();
    this.cy.edges().forEach((edge) => {
      context.moveTo(...at(edge.source().position()));
      context.lineTo(...at(edge.target().position()));
    });
    context.stroke();
    this.cy.nodes().forEach((node) => {
      const [x, y] = at(node.position());
      const [width, height] = [Math.max(node.data("width") * scale, 2), Math.max(node.data("height") * scale, 2)];
      context.fillStyle = theme.kinds[node.data("look")].line;
      context.fillRect(x - width / 2, y - height / 2, width, height);
    });
  }

  #showWindow() {
    const { x1, y1, w, h } = this.cy.extent();
    const { box, scale } = this;
    this.canvas.hidden = x1 <= box.x1 && y1 <= box.y1 && x1 + w >= box.x2 && y1 + h >= box.y2;
    this.context.drawImage(this.picture, 0, 0, WIDTH, HEIGHT);
    this.context.strokeStyle = this.theme.focus;
    this.context.lineWidth = 2;
    this.context.strokeRect(x1 * scale + this.left, y1 * scale + this.top, w * scale, h * scale);
  }

  #moveTo({ offsetX, offsetY }) {
    const zoom = this.cy.zoom();
    const x = (offsetX - this.left) / this.scale;
    const y = (offsetY - this.top) / this.scale;
    this.cy.pan({ x: this.cy.width() / 2 - x * zoom, y: this.cy.height() / 2 - y * zoom });
  }
}

function contextOf(canvas) {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [WIDTH * ratio, HEIGHT * ratio];
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}
