// The details of one task at the side, fetched when asked for: parameters can be large.

export class Panel {
  #request = null;

  constructor(root, texts, goTo) {
    this.root = root.querySelector("[data-graph-panel]");
    this.title = root.querySelector("[data-graph-panel-title]");
    this.neighbours = root.querySelector("[data-graph-panel-neighbours]");
    this.body = root.querySelector("[data-graph-panel-body]");
    this.url = root.dataset.detailUrl;
    this.texts = texts;
    this.goTo = goTo;
    this.body.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#reveal(event.target);
    });
  }

  get isOpen() {
    return !this.root.hidden;
  }

  open(node) {
    this.root.hidden = false;
    this.root.scrollTop = 0;
    this.title.textContent = node.data("fullName");
    this.neighbours.replaceChildren(
      this.#list(this.texts.previous, node.incomers("edge"), (edge) => edge.source()),
      this.#list(this.texts.next, node.outgoers("edge"), (edge) => edge.target()),
    );
    this.#load(node);
  }

  close() {
    this.#request?.abort();
    this.root.hidden = true;
  }

  async #load(node) {
    this.#request?.abort();
    if (!this.url || node.data("role") !== "task") {
      this.body.replaceChildren();
      return;
    }
    const request = (this.#request = new AbortController());
    this.body.textContent = this.texts.loading;
    try {
      const text = await fetchText(this.url, node.data("task_id"), request.signal);
      if (!request.signal.aborted) this.#show(text);
    } catch (error) {
      if (request.signal.aborted) return;
      console.warn(error);
      this.body.textContent = this.texts.failed;
    }
  }

  /** The same details with their secrets, by POST; see web/kit/reveal.py. */
  async #reveal(form) {
    const request = (this.#request = new AbortController());
    try {
      const text = await responseText(await fetch(form.action, { method: "POST", body: new FormData(form), signal: request.signal }));
      if (!request.signal.aborted) this.#show(text);
    } catch (error) {
      if (request.signal.aborted) return;
      console.warn(error);
      this.body.textContent = this.texts.failed;
    }
  }

  #show(text) {
    this.body.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  }

  #list(title, edges, end) {
    const heading = Object.assign(document.createElement("h4"), { textContent: title });
    const list = document.createElement("ul");
    list.append(...edges.map((edge) => this.#item(edge.data("label"), end(edge))));
    const none = Object.assign(document.createElement("p"), { textContent: this.texts.none });
    const section = document.createElement("div");
    section.append(heading, edges.nonempty() ? list : none);
    return section;
  }

  #item(label, node) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: node.data("role") === "workflow" ? this.texts.workflow : node.data("fullName") });
    button.addEventListener("click", () => this.goTo(node));
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("span"), { textContent: label }), button);
    return item;
  }
}

async function fetchText(url, taskId, signal) {
  const target = new URL(url, location.href);
  target.searchParams.set("task", taskId);
  return responseText(await fetch(target, { signal, headers: { "X-Requested-With": "XMLHttpRequest" } }));
}

/** A redirect leads to the login page: the session has ended. */
async function responseText(response) {
  if (!response.ok || response.redirected) throw new Error(`${response.status} ${response.url}`);
  return response.text();
}
