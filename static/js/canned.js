// Canned replies: "/" and some letters in the text offer them (editor.js tells where), Ctrl-K finds them by name
// (palette.js), and the menu of placeholders of their own form puts one in. What is inserted replaces nothing.
// "@" in a note offers those who may see the ticket: they are told of it.
const CURSOR = "\ue000"; // as tickets/macros/placeholders.py has it
const PAUSE = 100; // milliseconds after the last letter
let list, found = [], chosen = -1, place, timer;

document.querySelectorAll("form[data-editor]").forEach(init);
document.addEventListener("htmx:load", ({ target }) => target.matches("form[data-editor]") && init(target));

function init(form) {
  form.addEventListener("slash", ({ detail }) => {
    clearTimeout(timer);
    place = detail && { ...detail, form };
    if (place?.sign === "@") colleagues();
    else if (place && form.dataset.canned) timer = setTimeout(ask, PAUSE);
    else close();
  });
  form.addEventListener("keydown", (event) => {
    if (!list?.isConnected) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") choose(found[chosen]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  form.addEventListener("focusout", close);
}

document.addEventListener("canned", ({ detail }) => {
  const form = document.querySelector("form[data-canned]");
  if (form) insert(form, detail);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-placeholder]");
  if (!button) return;
  button.closest("details").open = false;
  put(button.closest("form"), `{{ ${button.dataset.placeholder} }}`);
});

async function ask() {
  const asked = place;
  try {
    const response = await fetch(`${asked.form.dataset.canned}?text=${encodeURIComponent(asked.text)}`);
    if (!response.ok || response.redirected || asked !== place) return;
    found = (await response.json()).replies;
    draw();
  } catch {
    // The slash is a slash.
  }
}

function colleagues() {
  const wanted = place.text.toLowerCase(), isNote = place.form.elements.kind?.value === "note";
  const all = isNote ? [...document.querySelectorAll("#id_assignee option")].filter(({ value }) => value) : [];
  const names = all.map(({ text }) => text.replace(/ \([^()]*\)$/, "")).filter((name) => name.toLowerCase().includes(wanted));
  found = names.slice(0, 8).map((name) => ({ name, detail: "" }));
  draw();
}

function choose(item) {
  if (item.url) return insert(place.form, item.url, place);
  close();
  put(place.form, `@${item.name} `, place);
}

function draw() {
  close();
  if (!found.length) return;
  list = Object.assign(document.createElement("ul"), { className: "menu-panel suggestions" });
  list.setAttribute("role", "listbox");
  const label = place.sign === "@" ? place.form.querySelector("#mentions")?.textContent.trim() : place.form.dataset.cannedLabel;
  list.setAttribute("aria-label", label ?? "");
  list.append(...found.map(({ name, detail }) => {
    const item = Object.assign(document.createElement("li"), { className: "menu-item", textContent: name });
    item.setAttribute("role", "option");
    item.append(Object.assign(document.createElement("small"), { className: "muted truncate", textContent: detail }));
    return item;
  }));
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) choose(found[[...list.children].indexOf(item)]);
  });
  place.box.append(list);
  const box = place.box.getBoundingClientRect();
  list.style.left = `${Math.max(0, place.at.left - box.left)}px`;
  list.style.top = `${place.at.bottom - box.top + 4}px`;
  mark(0);
}

function mark(to) {
  chosen = (to + found.length) % found.length;
  [...list.children].forEach((item, at) => item.setAttribute("aria-selected", at === chosen));
  list.children[chosen].scrollIntoView({ block: "nearest" });
}

function close() {
  list?.remove();
  list = null;
}

async function insert(form, url, at) {
  close();
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  try {
    const response = await fetch(url, { method: "POST", body });
    if (response.redirected || (!response.ok && response.status !== 422)) throw new Error(response.statusText);
    const { html, files, error } = await response.json();
    if (error) return void say(error);
    put(form, html, at);
    if (files) form.querySelector("[data-files]")?.insertAdjacentHTML("beforeend", files);
  } catch {
    say(document.getElementById("toasts")?.dataset.failed);
  }
}

// Into the rich text, else into the plain one. `at`: what "/" and its letters take, which goes.
function put(form, html, at) {
  if (!form.dispatchEvent(new CustomEvent("insert", { detail: { html, cursor: CURSOR, from: at?.from, to: at?.to }, cancelable: true }))) return;
  const area = form.querySelector("textarea[name=text]");
  const text = new DOMParser().parseFromString(html, "text/html").body.innerText.replace(CURSOR, "");
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

function say(text) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "error" } }));
}
