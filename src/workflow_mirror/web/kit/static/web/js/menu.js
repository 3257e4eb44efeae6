"use strict";

// Changes Unfold's theme(), the state of the page that Alpine keeps.
{
  // From here on the menu stands beside the page (Unfold's xl); below, it covers it.
  const BESIDE = 1280;
  const unfolds = window.theme;

  function isOpen() {
    if (window.innerWidth < BESIDE) return false;
    const kept = localStorage.getItem("sidebarOpen");
    // At this very width tables need the space, unless the user wants the menu.
    return kept === null ? window.innerWidth > BESIDE : kept !== "0";
  }

  // The server keeps the theme; what earlier versions kept here would override it.
  localStorage.removeItem("adminTheme");

  window.theme = (...chosen) => {
    const state = unfolds(...chosen);
    const { "x-on:keydown.window": unfoldsKeys } = state.themeBindings;
    return {
      ...state,
      sidebarOpen: isOpen(),
      sidebarToggle() {
        this.sidebarOpen = !this.sidebarOpen;
        if (window.innerWidth >= BESIDE) {
          localStorage.setItem("sidebarOpen", this.sidebarOpen ? "1" : "0");
        }
      },
      themeBindings: {
        ...state.themeBindings,
        "x-resize.window"() {
          this.sidebarOpen = isOpen();
        },
        "x-on:keydown.window"(event) {
          // Without Unfold's Ctrl+E, which changes the theme in this browser alone.
          if (!event.ctrlKey && !event.metaKey) unfoldsKeys.call(this, event);
        },
      },
    };
  };
}

// What Unfold makes clickable without a link or button: the keyboard reaches it as well.
document.addEventListener("alpine:init", () => {
  Alpine.interceptInit((element) => {
    const isReached = element.matches("a[href], button, input, select, textarea, summary, [tabindex]");
    if (!element.hasAttribute("x-on:click") || isReached) return;
    element.tabIndex = 0;
    element.role = "button";
    element.addEventListener("keydown", (event) => {
      if (event.target !== element || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      element.click();
    });
  });
});

// Django's pairs of lists name their help icons, which is only allowed for what has a role.
window.addEventListener("load", () => {
  setTimeout(() => {
    for (const icon of document.querySelectorAll(".help-tooltip[aria-label]")) icon.role = "img";
  });
});

// A form that was refused: on to the first field that is wrong. After Django's asynchronous script,
// which focuses the first field of a form.
window.addEventListener("load", () => {
  document.querySelector("main [aria-invalid=true]")?.focus();
});
