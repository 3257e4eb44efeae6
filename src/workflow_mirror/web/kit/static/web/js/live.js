"use strict";

// Keeps what a page shows of jobs up to date (web/kit/live.py says how cells are named). It asks while
// the page can be seen: every two seconds while jobs run or wait, less often while none does, and
// ever less often while the server does not answer.
{
  const OFTEN = 2_000;
  const SELDOM = 10_000;
  const LONGEST_PAUSE = 60_000;
  const KINDS = { job: "jobs", batch: "batches", customer: "customers", workers: "workers" };

  let address = null;
  let timer = null;
  let failures = 0;
  let statuses = null;
  let seen = ""; // the newest rows when the list with its filters was last asked for them

  const announcement = document.createElement("div");
  announcement.className = "live-announcement";
  announcement.setAttribute("role", "status");
  announcement.setAttribute("aria-live", "polite");

  function question() {
    const ids = { jobs: new Set(), batches: new Set(), customers: new Set(), workers: new Set() };
    for (const cell of document.querySelectorAll("[data-live]")) {
      const [kind, id] = cell.dataset.live.split("-");
      ids[KINDS[kind]]?.add(id);
    }
    const url = new URL(address);
    for (const [name, found] of Object.entries(ids)) {
      if (found.size) url.searchParams.set(name, [...found].join(","));
    }
    const list = document.querySelector("[data-live-list]");
    if (list) url.searchParams.set("list", list.dataset.liveList);
    return url;
  }

  function showParts(parts) {
    for (const cell of document.querySelectorAll("[data-live]")) {
      const html = parts[cell.dataset.live];
      // Compared with what came last, since the browser writes HTML in its own way.
      if (html === undefined || cell.liveHtml === String(html)) continue;
      cell.liveHtml = String(html);
      cell.innerHTML = cell.liveHtml;
    }
  }

  function showBadges(badges) {
    for (const [path, html] of Object.entries(badges)) {
      const link = document.querySelector(`#nav-sidebar a[href="${CSS.escape(path)}"]`);
      if (!link || link.liveHtml === html) continue;
      link.liveHtml = html;
      link.querySelector(".sidebar-badge")?.remove();
      link.insertAdjacentHTML("beforeend", html);
    }
  }

  // New rows are offered, not shown: rows must not move under a reader's pointer. A row whose state
  // has changed is replaced, with its menu, whether or not it still matches the filters.
  async function showRows({ rows: states, newest }) {
    const news = document.querySelector("[data-live-list]");
    if (!news) return;
    const links = [...document.querySelectorAll("[data-live-row]")];
    const rows = new Map(links.map((link) => [Number(link.dataset.liveRow), link]));
    const changed = [...rows.keys()].filter(
      (id) => id in states && states[id] !== rows.get(id).dataset.liveState,
    );
    const isShown = (id) => rows.has(id);
    // Only the list itself knows what its filters show: it is asked when the newest rows change.
    const mayHaveNews = location.search && newest.join() !== seen && !newest.every(isShown);
    if (!location.search) news.classList.toggle("hidden", newest.every(isShown));
    if (!changed.length && !mayHaveNews) return;
    const url = new URL(`rows/${location.search}`, location.origin + location.pathname);
    url.searchParams.set("ids", changed.join(","));
    const list = await fetchJson(url);
    if (list === null) return;
    seen = newest.join();
    for (const [id, html] of Object.entries(list.rows)) replaceRow(rows.get(Number(id)), html);
    if (location.search) news.classList.toggle("hidden", list.shown.every(isShown));
  }

  function replaceRow(link, html) {
    const before = link.closest("tr");
    const isChecked = before.querySelector(".action-select")?.checked;
    const hasFocus = before.contains(document.activeElement);
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    const row = template.content.firstElementChild;
    before.replaceWith(row);
    const box = row.querySelector(".action-select");
    if (box) box.checked = isChecked;
    if (hasFocus) row.querySelector("[data-live-row]")?.focus();
  }

  // The buttons on the page of a job are those of the status that it had.
  function offerJob(jobs) {
    const news = document.querySelector("[data-live-status]");
    const job = news && jobs[news.dataset.liveJob];
    if (job) news.classList.toggle("hidden", job.status === news.dataset.liveStatus);
  }

  function announce(jobs) {
    const before = statuses;
    statuses = new Map(Object.entries(jobs).map(([id, job]) => [id, job.status]));
    if (!before) return;
    const changed = Object.entries(jobs).filter(([id, job]) => before.get(id) !== job.status);
    if (changed.length) announcement.textContent = changed.map(([, job]) => job.said).join(". ");
  }

  async function fetchJson(url) {
    const response = await fetch(url, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(LONGEST_PAUSE),
    });
    // Logged out, or no longer permitted: nothing more will come.
    if (response.redirected || [400, 403, 404].includes(response.status)) return null;
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  }

  async function update() {
    timer = null;
    let pause;
    try {
      const answer = await fetchJson(question());
      if (answer === null) return;
      failures = 0;
      showParts(answer.parts);
      showBadges(answer.badges);
      await showRows(answer);
      offerJob(answer.jobs);
      announce(answer.jobs);
      pause = answer.active ? OFTEN : SELDOM;
    } catch {
      failures += 1;
      pause = Math.min(LONGEST_PAUSE, OFTEN * 2 ** failures);
    }
    plan(pause);
  }

  function plan(pause) {
    clearTimeout(timer);
    timer = document.visibilityState === "visible" ? setTimeout(update, pause) : null;
  }

  document.addEventListener("DOMContentLoaded", () => {
    // Who may see jobs has the page of jobs in the menu; the answers are below it.
    const link = document.querySelector('#nav-sidebar a[href$="/jobs/jobrun/"]');
    if (!link) return;
    address = new URL("live/", link.href);
    document.body.append(announcement);
    plan(OFTEN);
    document.addEventListener("visibilitychange", () => plan(0));
  });
}
