// A document as a tree. It is fetched after the page, and only what is unfolded is drawn, so
// that one of many megabytes opens at once.

const PORTION = 200;
const MOST_HITS = 1000;

for (const root of document.querySelectorAll("[data-json]")) start(root);

function start(root) {
  const tree = root.querySelector("[data-json-tree]");
  const tools = root.querySelector("[data-json-tools]");
  const found = root.querySelector("[data-json-found]");
  let text = "";
  let value;
  let hits = { wanted: "", paths: [], place: -1 };

  async function read(options, button = null) {
    if (button) button.disabled = true;
    try {
      const answer = await fetch(root.dataset.json, options);
      if (!answer.ok) throw new Error(answer.statusText);
      text = await answer.text();
    } catch {
      root.querySelector("[data-json-failed]").textContent = root.dataset.textFailed;
      return;
    }
    value = JSON.parse(text, exactly);
    hits = { wanted: "", paths: [], place: -1 };
    button?.remove();
    tools.hidden = tree.hidden = false;
    actions.fold();
    const reveal = root.querySelector("[data-json-do=reveal]");
    if (reveal) reveal.hidden = !text.includes("[secret]");
  }

  const actions = {
    load: () => read(),
    // By POST, which is audited; see web/kit/reveal.py.
    reveal: (button) => {
      const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
      return read({ method: "POST", headers: { "X-CSRFToken": token } }, button);
    },
    fold() {
      tree.replaceChildren(node("", value, root.dataset.textMore));
      tree.firstChild.open = true;
    },
    async copy() {
      await window.zwCopy(text);
      found.textContent = root.dataset.textCopied;
    },
  };

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-json-do]");
    if (button) actions[button.dataset.jsonDo](button);
  });

  const at = new URLSearchParams(location.search).get("at");
  actions.load().then(() => at && text && show(tree, placesOf(at, value)));

  tools.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = root.querySelector("[data-json-search]").value.trim().toLowerCase();
    if (!wanted) return;
    if (wanted !== hits.wanted) hits = { wanted, paths: pathsTo(wanted, value), place: -1 };
    if (!hits.paths.length) {
      found.textContent = root.dataset.textNone;
      return;
    }
    hits.place = (hits.place + 1) % hits.paths.length;
    const more = hits.paths.length === MOST_HITS ? "+" : "";
    found.textContent = `${hits.place + 1} / ${hits.paths.length}${more} ${root.dataset.textFound}`;
    show(tree, hits.paths[hits.place]);
  });
}

// Numbers that JavaScript would round: integers above 2^53 and decimals of many digits. Browsers
// that do not hand the source over show them rounded; the download and the copy are exact.
function exactly(_key, value, context) {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !context) return value;
  if (/^-?\d+$/.test(context.source)) return BigInt(context.source);
  // PostgreSQL writes decimals without an exponent, and a double keeps any 15 digits.
  const digits = context.source.replace(/^-?[0.]*|\./g, "");
  return digits.length <= 15 ? value : new LongDecimal(context.source);
}

class LongDecimal {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

function isBranch(value) {
  return value !== null && typeof value === "object" && !(value instanceof LongDecimal);
}

function node(key, value, more) {
  if (!isBranch(value)) return leaf(key, value);
  const entries = Object.entries(value);
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const brackets = Array.isArray(value) ? "[]" : "{}";
  summary.append(label(key), span("zw-size", `${brackets[0]}${entries.length}${brackets[1]}`));
  const list = document.createElement("ul");
  details.append(summary, list);
  // Draws up to and with this place; the rest waits behind a button.
  details.drawUpTo = (place) => {
    list.querySelector(":scope > li.zw-more")?.remove();
    const wanted = Math.min(entries.length, Math.max(place + 1, PORTION));
    for (const [name, item] of entries.slice(list.children.length, wanted)) {
      const line = document.createElement("li");
      line.append(node(name, item, more));
      list.append(line);
    }
    if (wanted < entries.length) list.append(rest(details, entries.length - wanted, wanted, more));
  };
  details.addEventListener("toggle", () => {
    if (details.open && !list.children.length) details.drawUpTo(0);
  });
  return details;
}

function rest(details, number, drawn, more) {
  const line = document.createElement("li");
  line.className = "zw-more";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "zw-button";
  button.textContent = `${number} ${more}`;
  button.addEventListener("click", () => details.drawUpTo(drawn + PORTION - 1));
  line.append(button);
  return line;
}

function leaf(key, value) {
  const line = document.createElement("div");
  const isText = typeof value === "string";
  line.append(label(key), span(isText ? "zw-value" : "zw-number", isText ? value : String(value)));
  return line;
}

function label(key) {
  return span("zw-key", key === "" ? "" : `${key}: `);
}

// Text alone: what a document holds never becomes markup.
function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

// The ways to the keys and values that contain the text, as places from level to level. A loop
// and not recursion: documents may be deep.
function pathsTo(wanted, document) {
  const paths = [];
  const waiting = [{ value: document, path: null }];
  while (waiting.length && paths.length < MOST_HITS) {
    const { key, value, path } = waiting.pop();
    const own = isBranch(value) ? "" : String(value);
    if (`${key ?? ""}\n${own}`.toLowerCase().includes(wanted)) paths.push(places(path));
    if (!isBranch(value)) continue;
    const children = Object.entries(value).map(([name, item], place) => ({
      key: name,
      value: item,
      path: { place, above: path },
    }));
    for (const child of children.reverse()) waiting.push(child);
  }
  return paths;
}

function places(path) {
  const found = [];
  for (let step = path; step; step = step.above) found.unshift(step.place);
  return found;
}

// The way to a path such as `workflow.notifications[0].email`, as far as the document has it. Keys
// may have dots: the longest one counts.
function placesOf(path, document) {
  const found = [];
  let rest = `.${path}`;
  let value = document;
  while (rest && isBranch(value)) {
    const isList = Array.isArray(value);
    const names = Object.keys(value).map((key) => (isList ? `[${key}]` : `.${key}`));
    const leading = names.filter((name) => rest.startsWith(name) && /^(?:$|[.[])/.test(rest.slice(name.length)));
    if (!leading.length) break;
    const name = leading.reduce((one, other) => (other.length > one.length ? other : one));
    found.push(names.indexOf(name));
    value = Object.values(value)[found.at(-1)];
    rest = rest.slice(name.length);
  }
  return found;
}

function show(tree, path) {
  tree.querySelector(".zw-hit")?.classList.remove("zw-hit");
  let element = tree.firstChild;
  for (const place of path) {
    element.drawUpTo(place);
    element.open = true;
    element = element.querySelector(":scope > ul").children[place].firstChild;
  }
  const shown = element.querySelector("summary") ?? element;
  shown.classList.add("zw-hit");
  shown.scrollIntoView({ block: "center" });
}
