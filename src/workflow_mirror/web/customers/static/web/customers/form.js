"use strict";

// The base URL is typed only where the data centre is "Other".
document.addEventListener("DOMContentLoaded", () => {
  const centre = document.querySelector("select[name=data_centre]");
  const row = document.querySelector("input[name=zuora_base_url]")?.closest(".field-zuora_base_url");
  if (!centre || !row) return;

  function update() {
    row.hidden = centre.value !== "other";
  }

  centre.addEventListener("change", update);
  update();
});
