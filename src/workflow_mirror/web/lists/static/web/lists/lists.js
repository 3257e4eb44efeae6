// Lists: menus, the order of columns, the choice of a customer, and whole values on hover.

for (const field of document.querySelectorAll("[data-submit]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

// One menu at a time; a click elsewhere or Escape closes it.
const menus = [...document.querySelectorAll("[data-menu]")];

// A menu whose labels need more room moves left, instead of leaving the window.
for (const menu of menus) {
  menu.addEventListener("toggle", () => {
    const panel = menu.querySelector(":scope > :not(summary)");
    panel.style.marginInlineStart = "";
    const outside = panel.getBoundingClientRect().right + 8 - document.documentElement.clientWidth;
    if (menu.open && outside > 0) panel.style.marginInlineStart = `${-outside}px`;
  });
}

document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = menus.find((one) => one.open);
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// The form sends the columns in the order of its checkboxes.
for (const list of document.querySelectorAll("[data-columns]")) {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const item = button.closest("li");
    if (button.dataset.move === "1") item.nextElementSibling?.after(item);
    else item.previousElementSibling?.before(item);
    button.focus();
  });
}

// A value that is cut shows its whole text where the mouse rests.
document.querySelector("#result_list")?.addEventListener("pointerover", (event) => {
  const cell = event.target.closest("td, th");
  if (!cell) return;
  const inner = [cell, ...cell.querySelectorAll("*")];
  const isCut = inner.some((one) => one.scrollWidth > one.clientWidth && one.clientWidth > 0);
  if (isCut && !event.target.closest("[title]")) cell.title = cell.innerText.trim();
});
