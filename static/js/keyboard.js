// Single-letter shortcuts: j k Enter x on rows, / to search, ? for help, g and a letter to go to a page,
// and whatever button carries data-shortcut. They can be switched off in the help (WCAG 2.1.4).
const OFF = "shortcuts-off";
const AFTER_G = 2000; // milliseconds

const MOVES = { j: 1, k: -1 };
let goUntil = 0;
let reached = null; // the field to which a key led, and where one was before

document.addEventListener("keydown", (event) => {
  if (leave(event)) return event.preventDefault();
  if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(OFF)) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (run(event.key, event.target)) event.preventDefault();
});

function run(key, target) {
  if (performance.now() < goUntil) {
    goUntil = 0;
    return click(`[data-key="${CSS.escape(key)}"]`);
  }
  if (key === "g") return (goUntil = performance.now() + AFTER_G);
  if (key in MOVES) return move(MOVES[key]);
  if (key === "Enter") return !target.closest("a, button, summary, label") && click("tr.is-current .row-link");
  if (key === "x") return click("tr.is-current [form=bulk]");
  if (key === "/") return focus("main input[type=search]");
  return click(`[data-shortcut="${CSS.escape(key)}"]`) || (key === "?" && click('[data-dialog="shortcuts"]'));
}

function move(step) {
  const rows = [...document.querySelectorAll("tr[data-row]")].filter((row) => row.querySelector(".row-link"));
  if (!rows.length) return false;
  const before = rows.findIndex((row) => row.classList.contains("is-current"));
  const after = Math.min(Math.max(before + step, 0), rows.length - 1);
  rows[before]?.classList.remove("is-current");
  rows[after].classList.add("is-current");
  rows[after].querySelector(".row-link").focus({ preventScroll: true });
  rows[after].scrollIntoView({ block: "nearest" });
  return true;
}

function click(selector) {
  const target = [...document.querySelectorAll(selector)].find((each) => each.offsetParent || each.closest("details:not([open])"));
  if (target?.matches("textarea, select, input:not([type=checkbox], [type=radio])")) reach(target);
  else target?.click();
  return Boolean(target);
}

function reach(field) {
  reached = { field: field.id, from: document.activeElement };
  if ("words" in field.dataset && field.value.trim()) field.value = `${field.value.trim().replace(/,$/, "")}, `; // one more
  field.focus();
  field.setSelectionRange?.(field.value.length, field.value.length);
}

// Escape leads out of a field: a letter is a key again then. So does Enter where a key led into it: it is done there.
function leave({ key, target, defaultPrevented, isComposing, ctrlKey, metaKey }) {
  if (!(key === "Escape" || key === "Enter") || ctrlKey || metaKey || isComposing || !isTyping(target)) return false;
  if (document.querySelector("dialog[open]") || target.closest("details.menu[open]")) return false;
  if (defaultPrevented && !target.isContentEditable) return false; // a list of suggestions was closed
  const led = reached && reached.field === target.id;
  if (key === "Enter" && !(led && target.form && !target.closest(".bulk-bar"))) return false;
  if (key === "Escape" && target.type === "search" && target.value) return false; // it is emptied first
  if (key === "Enter") target.form.requestSubmit();
  else if ("words" in target.dataset) target.value = target.defaultValue;
  const from = led && reached.from.isConnected && reached.from !== document.body ? reached.from : document.getElementById("content");
  reached = null;
  from?.focus({ preventScroll: true });
  return Boolean(from);
}

function focus(selector) {
  const target = document.querySelector(selector);
  target?.focus();
  target?.select?.();
  return Boolean(target);
}

function isTyping(target) {
  return target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"], [type="radio"], [type="button"])');
}

// The help lists the shortcuts of the page beside those that hold everywhere.
document.addEventListener("toggle", (event) => {
  if (event.target.id !== "shortcuts" || event.newState !== "open") return;
  const list = event.target.querySelector("[data-shortcut-list]");
  list.querySelectorAll("[data-of-page]").forEach((line) => line.remove());
  for (const element of document.querySelectorAll("[data-shortcut]")) {
    const line = document.createElement("div");
    line.dataset.ofPage = "";
    const text = element.getAttribute("aria-label") ?? (element.labels?.[0] ?? element).textContent.trim();
    const name = Object.assign(document.createElement("span"), { textContent: text });
    const key = Object.assign(document.createElement("kbd"), { textContent: element.dataset.shortcut });
    line.append(name, key);
    list.append(line);
  }
}, true);

const box = document.querySelector("[data-shortcuts-switch]");
if (box) {
  box.checked = !localStorage.getItem(OFF);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
