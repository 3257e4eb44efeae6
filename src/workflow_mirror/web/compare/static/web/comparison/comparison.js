// Follows the job that compares two customers, and shows the result when it is complete.

const PAUSE = 2000;
const MOST_FAILURES = 5;

for (const place of document.querySelectorAll("[data-compare-progress]")) follow(place);

async function follow(place) {
  const bar = place.querySelector("progress");
  const words = place.querySelector("[data-compare-words]");
  for (let failures = 0; failures < MOST_FAILURES; ) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (document.hidden) continue;
    try {
      const answer = await fetch(place.dataset.compareProgress);
      if (!answer.ok || answer.redirected) return;
      const { missing, pairs, text } = await answer.json();
      bar.max = pairs;
      bar.value = pairs - missing;
      words.textContent = text;
      if (!missing) return location.reload();
      failures = 0;
    } catch {
      failures += 1; // offline, or the server restarts
    }
  }
}
