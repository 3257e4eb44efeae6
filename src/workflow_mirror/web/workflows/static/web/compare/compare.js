// The page that compares two versions: steps from change to change, deep links, printing. All else
// works without this script: folds are <details>, and compare.css reads the filters.

/** Pixels below the tools at which a change counts as reached. */
const REACHED = 40;
const FIELDS = "input, textarea, select, [contenteditable]";
const KEYS = { n: 1, j: 1, p: -1, k: -1 };
const root = document.querySelector("[data-compare]");
let current = null;

function visibleChanges() {
  return [...root.querySelectorAll("[data-change]")].filter((change) => change.checkVisibility());
}

function step(by) {
  const changes = visibleChanges();
  if (!changes.length) return;
  const place = changes.indexOf(current);
  select(changes[place < 0 ? nearest(changes, by) : clamp(place + by, changes.length)]);
}

/** Without a current change, from what the window shows. */
function nearest(changes, by) {
  const below = changes.findIndex((change) => change.getBoundingClientRect().top > toolsHeight() + REACHED);
  if (by > 0) return below < 0 ? changes.length - 1 : below;
  return clamp((below < 0 ? changes.length : below) - 1, changes.length);
}

function toolsHeight() {
  return root.querySelector(".zc-tools")?.offsetHeight ?? 0;
}

function clamp(place, length) {
  return Math.min(Math.max(place, 0), length - 1);
}

function select(change) {
  mark(change);
  history.replaceState(history.state, "", `#${change.id}`);
  change.focus({ preventScroll: true });
  change.scrollIntoView({ block: "start" });
}

function mark(change) {
  current?.removeAttribute("aria-current");
  current = change;
  current.setAttribute("aria-current", "true");
  tellPlace();
}

function tellPlace() {
  const output = root.querySelector("[data-compare-place]");
  if (!output) return;
  const changes = visibleChanges();
  const place = changes.indexOf(current) + 1;
  output.textContent = `${place || "–"} / ${changes.length}`;
}

/** A change that a filter hides is shown when a link leads to it. */
function followLink() {
  const target = document.getElementById(location.hash.slice(1));
  const change = target?.closest("[data-change]");
  if (!change || !root.contains(change)) return;
  if (!target.checkVisibility()) {
    for (const box of root.querySelectorAll(".zc-filters input")) {
      const kind = box.id.replace("zc-show-", "zk-");
      if (change.classList.contains(kind)) box.checked = true;
    }
  }
  mark(change);
  change.focus({ preventScroll: true });
  target.scrollIntoView({ block: "start" });
}

function start() {
  root.querySelectorAll("[data-compare-steps], [data-compare-print]").forEach((one) => (one.hidden = false));
  // The tools stay at the top of the window; they take several rows in a narrow one.
  const measure = () => root.style.setProperty("--zc-tools", `${toolsHeight()}px`);
  new ResizeObserver(measure).observe(root);
  measure();
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-compare-step], [data-compare-print]");
    if (button?.dataset.compareStep) step(Number(button.dataset.compareStep));
    else if (button) window.print();
  });
  root.addEventListener("change", tellPlace);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS)) return;
    if (!Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    step(KEYS[event.key]);
  });
  window.addEventListener("hashchange", followLink);
  tellPlace();
  followLink();
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("changes-drawn")));
}

if (root) start();
