// Finds tasks by name, id or action type, and jumps to them one after another.

const READABLE_ZOOM = 0.8;

export function startSearch(root, cy, goTo, texts) {
  const input = root.querySelector("[data-graph-search]");
  const found = root.querySelector("[data-graph-found]");
  const entries = entriesOf(cy);
  let hits = [];
  let index = -1;

  const jump = () => {
    if (!hits.length) return;
    index = (index + 1) % hits.length;
    if (cy.zoom() < READABLE_ZOOM) cy.zoom(READABLE_ZOOM);
    goTo(hits[index]);
    found.textContent = `${index + 1} ${texts.of} ${hits.length}`;
  };
  const find = () => {
    const exact = entries.filter((entry) => entry.suggestion === input.value);
    hits = (exact.length ? exact : matching(entries, input.value)).map((entry) => entry.node);
    index = -1;
    markFound(cy, hits);
    found.textContent = counted(input.value, hits, texts);
    // A chosen suggestion is meant; typed text is only on its way.
    if (exact.length) jump();
  };
  input.addEventListener("input", find);
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    jump();
  });
  root.querySelector("[data-graph-suggestions]").replaceChildren(...entries.map(({ suggestion }) => new Option(suggestion, suggestion)));
  return input;
}

function entriesOf(cy) {
  return cy.nodes("[role = 'task']").map((node) => {
    const { fullName, task_id: id, action_type: type } = node.data();
    return { node, suggestion: `${fullName} (${id})`, text: `${fullName} ${id} ${type}`.toLowerCase() };
  });
}

function matching(entries, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length ? entries.filter(({ text }) => words.every((word) => text.includes(word))) : [];
}

function markFound(cy, hits) {
  cy.batch(() => {
    cy.nodes().removeClass("found");
    hits.forEach((node) => node.addClass("found"));
  });
}

function counted(typed, hits, texts) {
  if (!typed.trim()) return "";
  return hits.length ? String(hits.length) : texts.notFound;
}
