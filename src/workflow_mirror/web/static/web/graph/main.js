// Makes every graph in the page work. The texts come from the template, so that they are
// translated; how long drawing took is kept in data-drawn, in milliseconds.

import { saveSvg, savePng } from "./download.js";
import { draw, styleOf } from "./drawing.js";
import { elementsOf } from "./elements.js";
import { arrange, defaultLayout, showStart } from "./layout.js";
import { drawLegend } from "./legend.js";
import { Navigation } from "./navigation.js";
import { Panel } from "./panel.js";
import { startSearch } from "./search.js";
import { onThemeChange, readTheme } from "./theme.js";

const ZOOM_STEP = 1.3;
const FIT_PADDING = 24;

function start(root) {
  const canvas = root.querySelector("[data-graph-canvas]");
  if (!canvas) return;
  performance.mark("graph-start");
  const graph = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const texts = textsOf(root);
  let theme = readTheme(root);
  drawLegend(root);
  const cy = draw(canvas, elementsOf(graph, texts, theme.fontFamily), theme);
  const layout = defaultLayout(graph);
  showZoom(root, cy);
  arrange(cy, layout);
  showStart(cy);
  tellWhenDrawn(root, cy);

  const navigation = new Navigation(cy, root.querySelector("[data-graph-said]"), texts);
  const panel = new Panel(root, texts, (node) => {
    show(node);
    panel.title.focus();
  });
  const show = (node) => {
    panel.open(node);
    cy.resize();
    navigation.goTo(node);
  };
  const commands = {
    zoomIn: () => zoomBy(cy, ZOOM_STEP),
    zoomOut: () => zoomBy(cy, 1 / ZOOM_STEP),
    fit: () => cy.fit(undefined, FIT_PADDING),
    saveSvg: () => saveSvg(cy, theme, root.dataset.fileName),
    savePng: () => savePng(cy, theme, root.dataset.fileName),
    close: () => {
      panel.close();
      cy.resize();
      canvas.focus();
    },
    details: () => {
      if (navigation.current.empty()) return;
      show(navigation.current);
      panel.title.focus();
    },
  };
  const search = startSearch(root, cy, navigation, texts);
  cy.on("tap", "node", (event) => show(event.target));
  wireButtons(root, commands, (id) => show(cy.getElementById(id)));
  wireLayouts(root, cy, layout);
  wireKeys(root, canvas, { commands, navigation, panel, search });
  onThemeChange(() => {
    theme = readTheme(root);
    cy.style(styleOf(theme));
  });
}

function textsOf(root) {
  const texts = Object.entries(root.dataset).filter(([name]) => name.startsWith("text"));
  return Object.fromEntries(texts.map(([name, text]) => [name[4].toLowerCase() + name.slice(5), text]));
}

function tellWhenDrawn(root, cy) {
  cy.one("render", () => requestAnimationFrame(() => {
    performance.mark("graph-drawn");
    const { duration } = performance.measure("graph", "graph-start", "graph-drawn");
    root.dataset.drawn = String(Math.round(duration));
  }));
}

function showZoom(root, cy) {
  const output = root.querySelector("[data-graph-zoom]");
  const show = () => (output.textContent = `${Math.round(cy.zoom() * 100)}%`);
  cy.on("zoom", show);
  show();
}

function zoomBy(cy, factor) {
  cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
}

function wireButtons(root, commands, open) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-graph-do], [data-graph-open]");
    if (!button) return;
    if (button.dataset.graphDo) commands[button.dataset.graphDo]();
    else open(button.dataset.graphOpen);
  });
}

function wireLayouts(root, cy, chosen) {
  for (const choice of root.querySelectorAll("[name='wg-layout']")) {
    choice.checked = choice.value === chosen;
    choice.addEventListener("change", () => {
      arrange(cy, choice.value);
      showStart(cy);
    });
  }
}

function wireKeys(root, canvas, { commands, navigation, panel, search }) {
  const keys = { "+": commands.zoomIn, "=": commands.zoomIn, "-": commands.zoomOut, 0: commands.fit, Enter: commands.details };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const handled = Object.hasOwn(keys, event.key) ? (keys[event.key](), true) : navigation.move(event.key);
    if (handled) event.preventDefault();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && (panel.isOpen || event.target === search)) {
      event.preventDefault();
      commands.close();
    }
  });
}

document.querySelectorAll("[data-workflow-graph]").forEach(start);
