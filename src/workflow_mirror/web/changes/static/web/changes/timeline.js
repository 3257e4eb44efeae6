// Older entries of a timeline, below the others. Without this script the link opens a page of them.

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-timeline-older] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  try {
    append(await load(link.href));
  } catch (error) {
    console.info(error);
    location.assign(link.href);
  }
});

/** A redirect leads to the login page: the session has ended. */
async function load(url) {
  const response = await fetch(url);
  if (!response.ok || response.redirected) throw new Error(`${response.status} ${response.url}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function append(page) {
  const entries = [...page.querySelectorAll("[data-timeline] > li")];
  document.querySelector("[data-timeline]").append(...entries);
  const older = page.querySelector("[data-timeline-older]");
  const shown = document.querySelector("[data-timeline-older]");
  if (older) shown.replaceWith(older);
  else shown.remove();
  entries[0]?.focus();
}
