// Asks before a page with unsaved input is left.

export function guardForms() {
  let unsaved = false;
  for (const form of document.querySelectorAll("form[data-guard]")) {
    form.addEventListener("input", () => (unsaved = true));
    form.addEventListener("submit", () => (unsaved = false));
  }
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
