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

  // A changed list is offered, not shown: its rows must not move under a reader's pointer.
  function offerNews(newest) {
    const news = document.querySelector("[data-live-list]");
    if (!news || location.search) return;
    const rows = document.querySelectorAll("[data-live-row]");
    const shown = new Set([...rows].map((row) => Number(row.dataset.liveRow)));
    news.classList.toggle("hidden", newest.every((id) => shown.has(id)));
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

  async function ask() {
    const response = await fetch(question(), {
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
      const answer = await ask();
      if (answer === null) return;
      failures = 0;
      showParts(answer.parts);
      showBadges(answer.badges);
      offerNews(answer.newest);
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
