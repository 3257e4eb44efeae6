// Addresses from before the page had tabs: `#graph` leads to the tab that has the graph now.

const TABS = { graph: "graph", tasks: "tasks", json: "json", changes: "history", history: "history", jobs: "jobs" };

const address = new URL(location.href);
const place = address.hash.slice(1);
const tab = place.startsWith("change-") ? "history" : TABS[place];
const isShown = document.querySelector(`[data-tab="${CSS.escape(tab ?? "")}"]`);
if (tab && !isShown && !address.searchParams.has("tab")) {
  address.searchParams.set("tab", tab);
  location.replace(address);
}
