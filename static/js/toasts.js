// Toasts: what the server said, read aloud, gone after a while unless it is an error or the pointer rests on it.
// Scripts say something by: document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } }))
const STAY = 8000; // milliseconds
const STAY_UNDO = 10000;
const region = document.getElementById("toasts");

if (region) {
  const template = region.querySelector("template");
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(start))).observe(region, { childList: true });
  // Seen from the beginning, and put in again once the page is there: a live region reads only what is added to it.
  const first = [...region.querySelectorAll("[data-toast]")];
  setTimeout(() => first.forEach(again), 50);

  document.addEventListener("toast", ({ detail }) => add(detail.text, detail.level ?? "info"));
  // What a page asks by itself is asked again; who was signed out is told so (session.js).
  const failed = ({ detail }) => detail.xhr.status === 401 || detail.elt.closest("[data-quiet]") || add(region.dataset.failed, "error");
  for (const name of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(name, failed);
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  });

  // Another element of the same words; it does not rise once more. Whoever is in it already stays where they are.
  function again(toast) {
    if (!toast.isConnected) return;
    if (toast.contains(document.activeElement) || toast.matches(":hover")) return start(toast);
    const copy = toast.cloneNode(true);
    copy.style.animation = "none";
    toast.replaceWith(copy);
  }

  function add(text, level) {
    for (const each of region.querySelectorAll("[data-toast]")) if (each.querySelector("p").textContent === text) each.remove();
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.className = `toast ${level}`;
    if (level !== "error") toast.querySelector("svg").remove();
    toast.querySelector("p").textContent = text;
    region.append(toast);
  }
}

function start(toast) {
  if (!toast.matches?.("[data-toast]") || toast.matches(".error")) return;
  let timer;
  const wait = () => (timer = setTimeout(() => toast.remove(), toast.querySelector("[data-undo]") ? STAY_UNDO : STAY));
  const stop = () => clearTimeout(timer);
  ["pointerenter", "focusin"].forEach((name) => toast.addEventListener(name, stop));
  ["pointerleave", "focusout"].forEach((name) => toast.addEventListener(name, wait));
  wait();
}
