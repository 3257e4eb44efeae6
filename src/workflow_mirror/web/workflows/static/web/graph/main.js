// Makes every graph in the page work. The texts come from the template, so that they are
// translated; how long drawing took is kept in data-drawn, in milliseconds.

import { saveSvg, savePng } from "./download.js";
import { draw, graphOf, styleOf } from "./drawing.js";
import { placeLabels } from "./edge_labels.js";
import { elementsOf } from "./elements.js";
import { edgeLabelWidth, loadedFont } from "./labels.js";
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
  const status = root.querySelector("[data-graph-status]");
  const texts = textsOf(root);
  status.textContent = texts.working;
  drawIn(root, canvas, status, texts).catch((error) => {
    console.error(error);
    status.textContent = texts.notDrawn;
  });
}

async function drawIn(root, canvas, status, texts) {
  performance.mark("graph-start");
  const graph = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  drawLegend(root);
  const fontFamily = await loadedFont(readTheme(root).fontFamily, graph);
  const themeNow = () => ({ ...readTheme(root), fontFamily });
  let theme = themeNow();
  const cy = graphOf(elementsOf(graph, texts, fontFamily));

  const navigation = new Navigation(cy, root.querySelector("[data-graph-said]"), texts);
  const panel = new Panel(root, texts, (node) => {
    show(node);
    panel.title.focus();
  });
  const show = (node) => {
    // In a comparison: the change itself is what there is to see.
    if (node.data("anchor")) {
      location.hash = node.data("anchor");
      return;
    }
    panel.open(node);
    if (!isDrawn(root)) return;
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
  wireButtons(root, commands, (id) => show(cy.getElementById(id)));
  onThemeChange(() => {
    theme = themeNow();
    if (isDrawn(root)) cy.style(styleOf(theme));
  });
  const firstDraw = () => {
    draw(cy, canvas, theme);
    showZoom(root, cy);
    const search = startSearch(root, cy, navigation, texts);
    cy.on("tap", "node", (event) => show(event.target));
    wireKeys(root, canvas, { commands, navigation, panel, search });
    root.querySelectorAll("[data-graph-tool]").forEach((tool) => (tool.disabled = false));
    tellWhenDrawn(root, cy);
  };
  const layouts = new Layouts(root, cy, { status, texts, widthOfLabel: edgeLabelWidth(fontFamily), firstDraw });
  await layouts.choose(defaultLayout(graph));
}

/** The layouts to choose from; choosing another one gives up the one that is being computed. */
class Layouts {
  #computing = new AbortController();

  constructor(root, cy, { status, texts, widthOfLabel, firstDraw }) {
    Object.assign(this, { root, cy, status, texts, widthOfLabel, firstDraw });
    this.choices = [...root.querySelectorAll("[name='wg-layout']")];
    for (const choice of this.choices) {
      choice.disabled = false;
      choice.addEventListener("change", () => this.choose(choice.value));
    }
  }

  async choose(layout) {
    this.#computing.abort();
    const { signal } = (this.#computing = new AbortController());
    this.#check(layout);
    this.status.textContent = this.texts.working;
    try {
      const { isSimple } = await arrange(this.cy, layout, this.widthOfLabel, signal);
      this.#show(layout);
      this.status.textContent = isSimple ? this.texts.simplified : "";
    } catch (error) {
      if (signal.aborted) return;
      console.error(error);
      if (isDrawn(this.root)) this.#check(this.root.dataset.layout);
      this.status.textContent = this.texts.notDrawn;
    }
  }

  #show(layout) {
    if (!isDrawn(this.root)) this.firstDraw();
    this.root.dataset.layout = layout;
    placeLabels(this.cy, this.widthOfLabel);
    showStart(this.cy);
  }

  #check(layout) {
    for (const choice of this.choices) choice.checked = choice.value === layout;
  }
}

function isDrawn(root) {
  return "layout" in root.dataset;
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

/** Below a long page it is drawn as soon as it is in sight, so that the page itself is quicker. */
function startInSight(root) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    start(root);
  }, { rootMargin: "200px" });
  observer.observe(root);
}

for (const root of document.querySelectorAll("[data-workflow-graph]")) {
  if ("graphInSight" in root.dataset) startInSight(root);
  else start(root);
}
