// Tables: a click anywhere on a row opens it; the head box selects the page; shift-click selects a range; the bar counts.
let last = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest("[form=bulk]");
  if (box) return range(box, event.shiftKey);
  const beside = event.target.closest("tr[data-row] > .select-cell")?.querySelector("[form=bulk]");
  if (beside) return beside.click(); // a thumb misses the box
  const row = event.target.closest("tr[data-row]");
  if (!row || event.target.closest("a, button, input, select, label, summary, details") || getSelection().toString()) return;
  const link = row.querySelector(".row-link");
  if (link && (event.ctrlKey || event.metaKey)) window.open(link.href, "_blank", "noopener");
  else link?.click();
});

document.addEventListener("change", (event) => {
  const area = event.target.closest(".bulk");
  if (!area) return;
  if (event.target.matches("[data-select-all]")) boxes(area).forEach((box) => (box.checked = event.target.checked));
  count(area);
});

// What gives way to what a row is about is whole on hover.
document.addEventListener("mouseover", ({ target }) => {
  const cut = target.closest?.(":is(td.name, td.fill > a, .nav-link > span):not([title])");
  if (cut && (cut.scrollWidth > cut.clientWidth || cut.matches(".who"))) cut.title = cut.textContent.trim();
});

// The menu of a row is made when it is opened: of the one of its table, those items that the row offers. It stands where
// there is room, above what would cut it off, and follows its row.
document.addEventListener("toggle", ({ target: menu }) => {
  if (!menu.open || !menu.matches("[data-offers]")) return;
  if (!menu.querySelector(".menu-panel")) menu.append(made(menu));
  place(menu);
}, true);
document.addEventListener("scroll", () => document.querySelectorAll("[data-offers][open]").forEach(place), {
  capture: true,
  passive: true,
});

function place(menu) {
  const panel = menu.querySelector(".menu-panel");
  if (!panel) return; // it is about to be made
  const { top, bottom, right } = menu.getBoundingClientRect();
  const [height, width] = [panel.offsetHeight, panel.offsetWidth];
  const y = bottom + 4 + height < innerHeight ? bottom + 4 : Math.max(8, top - 4 - height);
  Object.assign(panel.style, { position: "fixed", inset: `${y}px auto auto ${Math.max(8, right - width)}px` });
}

function made(menu) {
  const { key, offers } = menu.dataset;
  const panel = menu.closest("[data-table]").querySelector("[data-row-menu]").content.firstElementChild.cloneNode(true);
  panel.elements.selected.value = key;
  for (const link of panel.querySelectorAll("a")) {
    link.setAttribute("href", link.getAttribute("href").replace("{key}", key));
  }
  for (const item of panel.querySelectorAll("[data-offer]")) {
    if (!offers.split(" ").includes(item.dataset.offer)) item.remove();
  }
  return panel;
}

// Enter in a field of the bar does what is chosen there; a select alone would only open.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".bulk-bar select")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

function range(box, shift) {
  const all = boxes(box.closest(".bulk") ?? document);
  const from = all.indexOf(last);
  if (shift && from >= 0) {
    const to = all.indexOf(box);
    all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((other) => (other.checked = box.checked));
  }
  last = box;
}

function count(area) {
  const all = boxes(area);
  const chosen = all.filter((box) => box.checked).length;
  const head = area.querySelector("[data-select-all]");
  const every = area.querySelector("[data-every]");
  if (every) {
    every.hidden = chosen < all.length;
    if (every.hidden) every.firstElementChild.checked = false;
  }
  const more = every?.firstElementChild.checked ? "+" : "";
  if (head) {
    head.checked = chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  area.querySelectorAll("[data-bulk-count]").forEach((output) => (output.textContent = chosen + more));
}

function boxes(area) {
  return [...area.querySelectorAll("[form=bulk]")];
}

// Rows with an order of their own: one is dragged to another place, and its form says before which it stands now.
let dragged = null;
for (const cell of document.querySelectorAll("[data-move]")) cell.parentElement.draggable = true;
document.addEventListener("dragstart", (event) => (dragged = event.target.closest?.("tr[draggable=true]")));
document.addEventListener("dragend", () => (dragged = null));
document.addEventListener("dragover", (event) => {
  const row = dragged && event.target.closest("tr[draggable=true]");
  if (!row || row.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const { top, height } = row.getBoundingClientRect();
  row[event.clientY < top + height / 2 ? "before" : "after"](dragged);
});
document.addEventListener("drop", (event) => {
  if (!dragged) return;
  event.preventDefault();
  const form = dragged.querySelector("form.row-actions");
  const before = dragged.nextElementSibling?.querySelector("[data-move]")?.dataset.move.match(/\d+/)?.[0] ?? "";
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "before", value: before });
  form.append(field);
  form.submit();
});
