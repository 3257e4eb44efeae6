// A table that is wholly there: filtered by its words, sorted by its columns.

for (const root of document.querySelectorAll("[data-table]")) {
  const body = root.querySelector("tbody");
  const rows = [...body.rows];
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const found = root.querySelector("[data-table-found]");
  const headers = [...root.querySelectorAll("th[aria-sort]")];
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

  root.querySelector("[data-table-filter]").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase().split(/\s+/);
    for (const row of rows) row.hidden = !wanted.every((word) => words.get(row).includes(word));
    found.textContent = `${rows.filter((row) => !row.hidden).length} / ${rows.length}`;
  });

  headers.forEach((header, column) =>
    header.querySelector("button").addEventListener("click", () => {
      const sort = header.ariaSort === "ascending" ? "descending" : "ascending";
      for (const other of headers) other.ariaSort = other === header ? sort : "none";
      const sign = sort === "ascending" ? 1 : -1;
      const text = (row) => row.cells[column].textContent.trim();
      body.append(...rows.toSorted((a, b) => sign * collator.compare(text(a), text(b))));
    }),
  );
}
