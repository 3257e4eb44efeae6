// Proposals for the term before the cursor: a combobox with a list of options, as in the ARIA
// Authoring Practices. Enter without a chosen option searches.

// A key, key:value or key:"value in quotes, up to the cursor.
const TERM = /(?:^|\s)(-?(?:[A-Za-z]*|[A-Za-z]+:(?:"[^"]*|[^\s"]*)))$/;
const PAUSE = 120;

for (const [place, field] of document.querySelectorAll("[data-search-box]").entries()) {
  start(field, field.querySelector("input"), `search-proposals-${place}`);
}

function start(field, input, id) {
  const list = document.createElement("ul");
  list.id = id;
  list.className = "zs-proposals";
  list.role = "listbox";
  list.ariaLabel = input.ariaLabel;
  list.hidden = true;
  field.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": id,
  })) input.setAttribute(name, value);
  let timer;
  let waiting = new AbortController();
  let chosen = -1;

  function term() {
    const before = input.value.slice(0, input.selectionStart);
    const found = TERM.exec(before)?.[1] ?? null;
    const isInQuotes = before.replaceAll(/\\./g, "").split('"').length % 2 === 0;
    return isInQuotes && !found?.includes('"') ? null : found;
  }

  async function propose() {
    waiting.abort();
    waiting = new AbortController();
    const wanted = term();
    if (wanted === null) return close();
    const address = `${field.dataset.complete}?${new URLSearchParams({ term: wanted })}`;
    try {
      const answer = await fetch(address, { signal: waiting.signal });
      if (answer.ok && !answer.redirected) show((await answer.json()).terms, wanted);
    } catch (error) {
      if (error.name !== "AbortError") close(); // offline: the box works without proposals
    }
  }

  function show(terms, wanted) {
    const options = terms.filter((one) => one !== wanted).map((one, number) => {
      const option = document.createElement("li");
      option.id = `${id}-${number}`;
      option.role = "option";
      option.ariaSelected = "false";
      option.textContent = one;
      return option;
    });
    list.replaceChildren(...options);
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  function close() {
    clearTimeout(timer);
    waiting.abort();
    show([], "");
  }

  function choose(number) {
    const options = list.children;
    if (chosen >= 0) options[chosen].ariaSelected = "false";
    chosen = (number + options.length) % options.length;
    options[chosen].ariaSelected = "true";
    options[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[chosen].id);
  }

  // A key is followed by its value, a whole term by the next one.
  function take(text) {
    const end = input.selectionStart;
    const begin = end - term().length;
    const added = text.endsWith(":") ? text : `${text} `;
    input.setRangeText(added, begin, end, "end");
    input.focus();
    close();
    if (text.endsWith(":")) propose();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (term()) timer = setTimeout(propose, PAUSE);
    else close();
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const isOpen = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1));
      else if (event.key === "ArrowDown") propose();
    } else if (isOpen && event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (isOpen && chosen >= 0 && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(list.children[chosen].textContent);
    }
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the focus stays in the box
    const option = event.target.closest("[role=option]");
    if (option) take(option.textContent);
  });

  // After an error the cursor is at its place.
  if (input.dataset.column) {
    const place = [...input.value].slice(0, input.dataset.column - 1).join("").length;
    input.focus();
    input.setSelectionRange(place, place);
  }
}
