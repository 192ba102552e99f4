// Native dialogs: data-dialog="id" opens one; data-modal on a link shows the form of that page in a dialog;
// a <details class="menu"> closes when one clicks or tabs elsewhere.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const link = event.target.closest("a[data-modal]");
  if (opener) open(document.getElementById(opener.dataset.dialog), event);
  else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) showPage(link, event);
  else if (event.target.matches("dialog.dialog")) event.target.close(); // the backdrop
  else if (event.target.closest("[data-dialog-close]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
  }
  closeMenus(event.target);
});
document.addEventListener("focusin", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

function open(dialog, event) {
  if (!dialog) return;
  event.preventDefault();
  if (dialog.open) return;
  dialog.showModal();
}

let asked; // last: whoever clicks twice asks twice, and may write into the page of the one before that of the other comes

// The page of the link stays what it is: without JavaScript, or when its form has errors, it is shown as a page.
async function showPage(link, event) {
  const modal = document.getElementById("modal");
  if (!modal) return;
  event.preventDefault();
  asked = event;
  try {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } });
    const html = await response.text();
    if (asked !== event) return;
    if (!response.ok || response.redirected) return location.assign(link.href);
    const page = new DOMParser().parseFromString(html, "text/html");
    modal.querySelector("#modal-title").textContent = page.querySelector("h1")?.textContent.trim() ?? "";
    const body = modal.querySelector("#modal-body");
    body.replaceChildren(...(page.querySelector(".page-content")?.childNodes ?? []));
    body.querySelectorAll("form:not([action])").forEach((form) => form.setAttribute("action", link.href));
    window.htmx?.process(body);
    if (!modal.open) modal.showModal();
    startAt(body);
  } catch {
    if (asked === event) location.assign(link.href);
  }
}

// At the first field; where there is none to fill in, at the way out; where there is nothing to decide, at the text.
function startAt(body) {
  const field = body.querySelector("[autofocus], :is(input, select, textarea):not([type=hidden], [type=checkbox], [type=radio]:not(:checked))");
  const start = field ?? body.querySelector("a[data-dialog-close], .form-actions a") ?? body;
  if (start === body) body.tabIndex = -1;
  start.focus();
}

function closeMenus(target) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
}
