// Lists whose rows htmx swaps: what lies outside the rows and belongs to them.

import { announce } from "./app-notices.js";

/** The heading's count follows the rows, which carry it in `data-count`; whoever filtered hears it. */
function showCount(event) {
  const rows = document.querySelector("main [data-count]");
  const shown = document.getElementById("count");
  if (!rows || !shown) return;
  shown.textContent = rows.dataset.count;
  if (event.detail.ctx.sourceElement?.matches("form[role=search]")) announce(`${rows.dataset.count} found`);
}

/** A switch between views was drawn before the filter was typed: it goes by the address as it is now. */
function keepFilter(link) {
  const target = new URL(link.href);
  const view = target.searchParams.get("view");
  target.search = location.search;
  target.searchParams.delete("cursor");
  target.searchParams.delete("view");
  if (view) target.searchParams.set("view", view);
  link.href = target.href;
}

export function followLists() {
  document.addEventListener("htmx:after:swap", showCount);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view-link]");
    if (link) keepFilter(link);
  });
}
