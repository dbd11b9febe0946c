// Every page: htmx, times, copying, shortcuts, dialogs, and words for what goes wrong.

import "htmx.org";
import "@github/clipboard-copy-element";
import "@github/relative-time-element";
import { install } from "@github/hotkey";

import { guardForms } from "./lib/app-guard.js";
import { followLists } from "./lib/app-lists.js";
import { closeMenus } from "./lib/app-menus.js";
import { keepOpened } from "./lib/app-morph.js";
import { announce, toast } from "./lib/app-notices.js";

function installHotkeys() {
  for (const element of document.querySelectorAll("[data-hotkey]")) install(element);
}

keepOpened();
installHotkeys();
// Going back to a filter draws the whole page anew.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target === document.body) installHotkeys();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  // A link leads to the same as a page: without this script, and in another tab.
  if (dialog && !(opener.href && (event.ctrlKey || event.metaKey || event.shiftKey))) {
    event.preventDefault();
    dialog.showModal();
  }
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog, [data-toast]")?.[closer.closest("dialog") ? "close" : "remove"]();
  if (event.target.matches("dialog")) event.target.close();
  if (event.target.closest("[data-theme-switch]")) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem("theme", next);
  }
});

document.addEventListener("clipboard-copy", () => announce("Copied"));

// A full submit shows that it was taken; the page that answers replaces it.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && !event.defaultPrevented && !event.target.hasAttribute("hx-post") && !event.target.hasAttribute("hx-get")) {
    button.setAttribute("aria-busy", "true");
  }
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

document.addEventListener("htmx:response:error", (event) => {
  const { status, headers } = event.detail.ctx.response;
  if (status >= 500) toast(`The server could not answer (${status}). What you entered is still here; try again.`);
  // A form that was too old loads its page again by itself.
  if (status === 403 && headers.get("X-Refused") !== "csrf") toast("Your role does not allow this.");
});
document.addEventListener("htmx:error", () => toast("The server can't be reached. Check the connection and try again."));

guardForms();
followLists();
closeMenus();
document.querySelector("form [aria-invalid=true]")?.focus();
