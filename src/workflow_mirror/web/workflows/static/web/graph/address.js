// The selected task in the page's address, so that a link leads to it.

const PARAMETER = "task";
/** Browsers refuse many changes of the address at once, as held keys make them. */
const DELAY = 150;

export class Address {
  #timer = 0;

  constructor(root) {
    this.isUsed = "graphAddress" in root.dataset;
  }

  /** The id of the task that the address names; null if it names none. */
  get task() {
    return this.isUsed ? new URLSearchParams(location.search).get(PARAMETER) : null;
  }

  /** "" for none. */
  set task(id) {
    if (!this.isUsed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const url = new URL(location.href);
      if (id) url.searchParams.set(PARAMETER, id);
      else url.searchParams.delete(PARAMETER);
      history.replaceState(history.state, "", url);
    }, DELAY);
  }
}
