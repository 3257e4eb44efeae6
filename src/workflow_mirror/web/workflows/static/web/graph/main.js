// Makes every graph in the page work. The texts come from the template, so that they are
// translated; how long drawing took is kept in data-drawn, in milliseconds.

import { Address } from "./address.js";
import { Collapse } from "./collapse.js";
import { showZoom, wireButtons, wireKeys, zoomCommands } from "./controls.js";
import { saveSvg, savePng } from "./download.js";
import { draw, graphOf, styleOf } from "./drawing.js";
import { elementsOf } from "./elements.js";
import { edgeLabelWidth, labelMaker, loadedFont } from "./labels.js";
import { defaultLayout } from "./layout.js";
import { isDrawn, Layouts } from "./layouts.js";
import { drawLegend } from "./legend.js";
import { Minimap } from "./minimap.js";
import { Navigation } from "./navigation.js";
import { Panel } from "./panel.js";
import { printWhole } from "./print.js";
import { startSearch } from "./search.js";
import { onThemeChange, readTheme } from "./theme.js";

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
  const collapse = new Collapse(cy);
  const address = new Address(root);
  const linked = address.task;
  const navigation = new Navigation(cy, root.querySelector("[data-graph-said]"), texts);
  const panel = new Panel(root, texts, (node) => {
    show(node);
    panel.title.focus();
  });
  let minimap = null;

  const show = async (node) => {
    // In a comparison: the change itself is what there is to see.
    if (node.data("anchor")) {
      location.hash = node.data("anchor");
      return;
    }
    if (node.removed()) await expandAll();
    panel.open(node);
    offerCollapse(node);
    if (!isDrawn(root)) return;
    cy.resize();
    navigation.goTo(node);
  };
  const goTo = async (node) => {
    if (node.removed()) await expandAll();
    navigation.goTo(node);
  };
  const offerCollapse = (node) => {
    const button = root.querySelector("[data-graph-do='collapse']");
    const size = isDrawn(root) ? collapse.size(node) : 0;
    button.hidden = !size;
    button.textContent = `${collapse.isClosed(node) ? texts.expand : texts.collapse} (${size})`;
  };
  const relabel = labelledAfter(collapse, labelMaker(texts, fontFamily));
  const afterCollapse = async (node) => {
    relabel();
    root.querySelector("[data-graph-do='expandAll']").hidden = !collapse.isAny;
    if (node) offerCollapse(node);
    await layouts.again(node ?? navigation.current);
  };
  const expandAll = async () => {
    collapse.openAll();
    await afterCollapse();
  };
  const commands = {
    ...zoomCommands(cy),
    expandAll,
    saveSvg: () => saveSvg(cy, theme, root.dataset.fileName),
    savePng: () => savePng(cy, theme, root.dataset.fileName),
    fullScreen: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
    collapse: () => {
      const node = navigation.current;
      if (node.empty() || !collapse.size(node)) return;
      collapse.toggle(node);
      afterCollapse(node);
    },
    close: () => {
      if (!panel.isOpen) navigation.clear();
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
  wireButtons(root, commands, (id) => show(collapse.find(id)));
  onThemeChange(() => {
    theme = themeNow();
    if (!isDrawn(root)) return;
    cy.style(styleOf(theme));
    minimap.redraw(theme);
  });
  const firstDraw = () => {
    draw(cy, canvas, theme);
    showZoom(root, cy);
    const search = startSearch(root, cy, goTo, texts);
    cy.on("tap", "node", (event) => show(event.target));
    cy.on("select", "node", (event) => (address.task = event.target.data("task_id")));
    cy.on("unselect", "node", () => (address.task = ""));
    wireKeys(root, canvas, { commands, navigation, panel, search });
    root.querySelectorAll("[data-graph-tool]").forEach((tool) => (tool.disabled = false));
    minimap = new Minimap(root.querySelector("[data-graph-minimap]"), cy, theme);
    printWhole(root, cy, themeNow);
    new ResizeObserver(() => cy.resize()).observe(canvas);
    tellWhenDrawn(root, cy, minimap);
  };
  const drawn = (isFirst) => (isFirst ? firstDraw() : minimap.redraw());
  const layouts = new Layouts(root, cy, { status, texts, widthOfLabel: edgeLabelWidth(fontFamily), drawn });
  await layouts.choose(defaultLayout(graph));
  const wanted = linked && cy.nodes().filter((node) => node.data("task_id") === linked && node.data("role") === "task");
  if (wanted?.nonempty()) await show(wanted.first());
}

/** Gives a function that writes on each collapsed task how many tasks it hides. */
function labelledAfter(collapse, linesOf) {
  return () => {
    for (const node of collapse.all.nodes().toArray()) {
      const hidden = collapse.isClosed(node) ? collapse.size(node) : 0;
      if (hidden === (node.data("hidden") ?? 0)) continue;
      const lines = linesOf({ ...node.data(), hidden });
      node.data({ hidden, lines, label: lines.join("\n") });
    }
  };
}

function textsOf(root) {
  const texts = Object.entries(root.dataset).filter(([name]) => name.startsWith("text"));
  return Object.fromEntries(texts.map(([name, text]) => [name[4].toLowerCase() + name.slice(5), text]));
}

function tellWhenDrawn(root, cy, minimap) {
  cy.one("render", () => requestAnimationFrame(() => {
    performance.mark("graph-drawn");
    const { duration } = performance.measure("graph", "graph-start", "graph-drawn");
    root.dataset.drawn = String(Math.round(duration));
    minimap.redraw();
  }));
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
