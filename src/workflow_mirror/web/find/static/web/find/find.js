// The search box of the header: a combobox with a list of links, as in the ARIA Authoring Practices.
// Enter without a chosen link opens the page of results.

const PAUSE = 150;

const box = document.querySelector("[data-find]");
const input = box.querySelector("input");
const list = document.createElement("div");
list.id = "find-list";
list.className = "zf-list";
list.role = "listbox";
list.ariaLabel = input.ariaLabel;
list.hidden = true;
box.append(list);
for (const [name, value] of Object.entries({
  role: "combobox",
  "aria-autocomplete": "list",
  "aria-expanded": "false",
  "aria-controls": list.id,
})) input.setAttribute(name, value);

let timer;
let waiting = new AbortController();
let chosen = -1;

function options() {
  return [...list.querySelectorAll("a[role=option]")];
}

function show(html) {
  list.innerHTML = html;
  for (const [place, option] of options().entries()) option.id = `find-option-${place}`;
  chosen = -1;
  input.removeAttribute("aria-activedescendant");
  list.hidden = !list.childElementCount;
  input.setAttribute("aria-expanded", String(!list.hidden));
}

function close() {
  clearTimeout(timer);
  waiting.abort();
  show("");
}

async function propose() {
  waiting.abort();
  waiting = new AbortController();
  const address = `${box.dataset.find}?${new URLSearchParams({ q: input.value })}`;
  try {
    const answer = await fetch(address, { signal: waiting.signal });
    if (answer.ok && !answer.redirected) show(await answer.text());
  } catch (error) {
    if (error.name !== "AbortError") close(); // offline: Enter still works
  }
}

function choose(place) {
  const links = options();
  if (!links.length) return;
  if (chosen >= 0) links[chosen].ariaSelected = "false";
  chosen = (place + links.length) % links.length;
  links[chosen].ariaSelected = "true";
  links[chosen].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", links[chosen].id);
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  if (input.value.trim()) timer = setTimeout(propose, PAUSE);
  else close();
});
input.addEventListener("blur", close);
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!list.hidden) choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1));
    else if (input.value.trim()) propose();
  } else if (event.key === "Escape") {
    if (list.hidden) input.blur();
    close();
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    const link = options()[chosen].href;
    if (event.ctrlKey || event.metaKey) open(link, "_blank", "noopener");
    else location.assign(link);
  }
});
// The focus stays in the box, so that a click does not close the list before it is done.
list.addEventListener("pointerdown", (event) => event.preventDefault());

function isTyping() {
  const at = document.activeElement;
  return at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName);
}

// Before Unfold's own shortcuts, one of which is "/", too.
window.addEventListener(
  "keydown",
  (event) => {
    const isCommand = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping();
    if (!isCommand && !isSlash) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.focus();
    input.select();
  },
  { capture: true },
);
