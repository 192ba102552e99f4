// Fields for addresses: whom one may mean is suggested while one types (data-people: the address that knows; data-one: one
// address alone). Fields for words likewise, of a list of the page (data-words: its id). To of an answer says what it means that somebody else stands there.
const PAUSE = 120; // milliseconds after the last letter
const SUGGESTS = "[data-people], [data-words]", MOST = 8;
let list, field, timer, found = [], chosen = -1;

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-usual]")) warn(event.target);
  if (!event.target.matches(SUGGESTS)) return;
  field = event.target;
  clearTimeout(timer);
  if (token(field).text) timer = setTimeout(ask, PAUSE);
  else close();
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches(SUGGESTS)) return;
  const open = list?.isConnected && field === event.target;
  if (event.key === "ArrowDown" && !open) {
    field = event.target;
    ask();
  } else if (!open) return;
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
  else if (event.key === "Escape") close();
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
    if (chosen < 0) return void close();
    pick(chosen);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("focusout", (event) => event.target === field && close());

document.addEventListener("click", (event) => {
  const shown = event.target.closest("[data-show]");
  if (shown) show(document.getElementById(shown.dataset.show), shown);
  const link = event.target.closest("[data-answer-to]");
  const to = link && document.querySelector("#composer-to");
  if (!to) return;
  event.preventDefault();
  document.querySelector("#composer [name=kind][value=reply]").click();
  to.value = link.dataset.answerTo;
  to.dispatchEvent(new Event("input", { bubbles: true }));
  close();
  to.closest("form").scrollIntoView({ block: "center" });
});

function warn(to) {
  const note = to.form.querySelector("[data-elsewhere]");
  if (note) note.hidden = !to.value.trim() || to.value.trim() === to.dataset.usual;
}

function show(input, button) {
  input.closest(".on-demand").classList.remove("on-demand");
  button.hidden = true;
  input.focus();
}

// What is being typed: the address at the cursor, and where it begins and ends.
function token(input) {
  if ("one" in input.dataset) return { text: input.value.trim(), start: 0, end: input.value.length };
  const before = input.value.slice(0, input.selectionStart), after = input.value.slice(input.selectionStart);
  const start = Math.max(before.lastIndexOf(","), before.lastIndexOf(";")) + 1;
  const end = before.length + (after.search(/[,;]/) < 0 ? after.length : after.search(/[,;]/));
  return { text: input.value.slice(start, end).trim(), start, end };
}

async function ask() {
  const input = field, { text } = token(input), url = input.dataset.people;
  if (!url) {
    const words = [...document.getElementById(input.dataset.words).options].map(({ value }) => ({ address: value }));
    const begins = ({ address }) => address.toLowerCase().startsWith(text.toLowerCase()) && address !== text;
    found = words.filter(begins).slice(0, MOST);
    return draw(input);
  }
  try {
    const response = await fetch(`${url}${url.includes("?") ? "&" : "?"}text=${encodeURIComponent(text)}`);
    if (!response.ok || response.redirected) return;
    const { people } = await response.json();
    if (document.activeElement !== input || token(input).text !== text) return;
    found = people;
    draw(input);
  } catch {
    // The field takes what is typed.
  }
}

function draw(input) {
  close();
  if (!found.length) return;
  list = Object.assign(document.createElement("ul"), { id: "people", className: "menu-panel suggestions" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0]?.textContent.trim() ?? "");
  list.append(...found.map(option));
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the field keeps the focus
    const item = event.target.closest("[role=option]");
    if (item) pick([...list.children].indexOf(item));
  });
  input.after(list);
  list.style.left = `${input.offsetLeft}px`;
  list.style.top = `${input.offsetTop + input.offsetHeight + 2}px`;
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "true"], ["aria-controls", "people"], ["aria-autocomplete", "list"]]) input.setAttribute(name, value);
  if ("people" in input.dataset) mark(0); // a word may be a new one that begins as another does
}

function option({ name, address }, place) {
  const item = Object.assign(document.createElement("li"), { id: `people-${place}`, className: "menu-item" });
  item.setAttribute("role", "option");
  item.append(name || address);
  if (name) item.append(Object.assign(document.createElement("small"), { className: "muted", textContent: address }));
  return item;
}

function mark(place) {
  chosen = chosen < 0 && place < 0 ? found.length - 1 : (place + found.length) % found.length;
  [...list.children].forEach((item, at) => item.setAttribute("aria-selected", at === chosen));
  list.children[chosen].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", `people-${chosen}`);
}

function pick(place) {
  const { start, end } = token(field), one = "one" in field.dataset;
  const before = field.value.slice(0, start), address = found[place].address;
  const text = one ? address : `${before && `${before.trimEnd()} `}${address}`;
  field.value = text + (one ? "" : field.value.slice(end));
  field.setSelectionRange(text.length, text.length);
  close();
  field.dispatchEvent(new Event("input", { bubbles: true })); // the draft, and what the address means
  clearTimeout(timer);
}

function close() {
  clearTimeout(timer);
  list?.remove();
  chosen = -1;
  for (const name of ["role", "aria-expanded", "aria-controls", "aria-autocomplete", "aria-activedescendant"]) field?.removeAttribute(name);
}
