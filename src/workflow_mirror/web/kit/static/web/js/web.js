"use strict";

// htmx would put a style sheet into the page, which our content security policy refuses.
htmx.config.includeIndicatorStyles = false;
// No page needs code in hx- attributes, and our policy would let htmx evaluate it.
htmx.config.allowEval = false;

// Chart.js's own grey can hardly be read in the dark. Unfold draws once everything is loaded.
document.addEventListener("DOMContentLoaded", () => {
  Chart.defaults.color = getComputedStyle(document.body).color;
});

// Paper is white: pages are printed in the light theme.
{
  const page = document.documentElement.classList;
  let wasDark = false;
  addEventListener("beforeprint", () => {
    wasDark = page.contains("dark");
    page.remove("dark");
  });
  addEventListener("afterprint", () => page.toggle("dark", wasDark));
}

// Actions are posted (web/kit/actions.py). Without this script the link leads to a page that asks.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-post]");
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (!link || !token || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const form = document.createElement("form");
  form.method = "post";
  form.action = link.href;
  for (const [name, value] of [
    ["csrfmiddlewaretoken", token.value],
    ["next", location.pathname + location.search],
  ]) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
});

// The browser's time zone, for users who have chosen none (web/kit/timezone.py).
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `timezone=${zone}; path=/; max-age=31536000; samesite=lax`;
}
