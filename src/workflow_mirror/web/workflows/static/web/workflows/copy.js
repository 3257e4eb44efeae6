"use strict";

// Buttons with `data-copy` copy its text, those with `data-copy-block` the text of their block, and
// show for a moment that they did.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-block]");
  if (!button) return;
  await window.zwCopy(button.dataset.copy ?? button.closest("[data-code]").querySelector("pre").textContent);
  const icon = button.querySelector(".material-symbols-outlined");
  icon.textContent = "check";
  setTimeout(() => (icon.textContent = "content_copy"), 1500);
});

// The clipboard proper is for https and localhost alone; a mirror in an office is often neither.
window.zwCopy = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
};
