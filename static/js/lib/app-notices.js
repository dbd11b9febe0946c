// Notices that scripts show, in the same place and shape as the server's.

export function announce(text) {
  const region = document.getElementById("announcements");
  if (region) region.textContent = text;
}

export function toast(text) {
  const list = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!list || !template) return;
  if ([...list.children].some((shown) => shown.querySelector("[data-part=text]")?.textContent === text)) return;
  const item = template.content.cloneNode(true);
  item.querySelector("[data-part=text]").textContent = text;
  list.append(item);
}
