// Buttons, keys and the display of the zoom.

const ZOOM_STEP = 1.3;
const FIT_PADDING = 24;

export function zoomCommands(cy) {
  return {
    zoomIn: () => zoomBy(cy, ZOOM_STEP),
    zoomOut: () => zoomBy(cy, 1 / ZOOM_STEP),
    fit: () => cy.fit(undefined, FIT_PADDING),
  };
}

export function showZoom(root, cy) {
  const output = root.querySelector("[data-graph-zoom]");
  const show = () => (output.textContent = `${Math.round(cy.zoom() * 100)}%`);
  cy.on("zoom", show);
  show();
}

export function wireButtons(root, commands, open) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-graph-do], [data-graph-open]");
    if (!button) return;
    if (button.dataset.graphDo) commands[button.dataset.graphDo]();
    else open(button.dataset.graphOpen);
  });
  const fullScreen = root.querySelector("[data-graph-do='fullScreen']");
  fullScreen.hidden = !document.fullscreenEnabled;
}

export function wireKeys(root, canvas, { commands, navigation, panel, search }) {
  const keys = {
    "+": commands.zoomIn, "=": commands.zoomIn, "-": commands.zoomOut, 0: commands.fit,
    Enter: commands.details, c: commands.collapse, f: commands.fullScreen,
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const handled = Object.hasOwn(keys, event.key) ? (keys[event.key](), true) : navigation.move(event.key);
    if (handled) event.preventDefault();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && (panel.isOpen || event.target === search || navigation.current.nonempty())) {
      event.preventDefault();
      commands.close();
    }
  });
}

function zoomBy(cy, factor) {
  cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
}
