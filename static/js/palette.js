// Ctrl-K: type a few letters of any link, button or field with a key of the page and use it; or of a ticket, customer or
// view, which the server finds; or search the tickets.
const dialog = document.getElementById("palette");
const SOURCES = ".sidebar .nav a, .sidebar .menu a, .page-header .actions :is(a, button), .breadcrumb a, [data-shortcut]";
const PAUSE = 120; // milliseconds after the last letter
const PATIENCE = 2000; // milliseconds that Enter waits for the server

if (dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  let commands = [];
  let chosen = 0;
  let found = []; // what the server found
  let answer = Promise.resolve();
  let moved = false; // somebody chose by the arrows: what comes later does not take that away

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  });

  dialog.addEventListener("toggle", (event) => {
    if (event.newState !== "open") input.value = ""; // cleared when it closes: the event comes late to the first letters
    found = [];
    show();
  });
  input.addEventListener("input", () => {
    moved = false;
    show();
    answer = ask(input.value.trim());
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") confirm();
    else if (event.key === "Escape") close(); // a search field would only be emptied
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) run(commands[[...list.children].indexOf(option)]);
  });

  // What the page calls by these letters is done at once; anything else may be second to what the server finds.
  async function confirm() {
    if (!moved && commands[chosen]?.waits) await Promise.race([answer, new Promise((done) => setTimeout(done, PATIENCE))]);
    run(commands[chosen]);
  }

  async function ask(text) {
    if (!text) return void (found = []);
    await new Promise((done) => setTimeout(done, PAUSE));
    if (text !== input.value.trim()) return;
    try {
      const ticket = document.querySelector("form[data-canned]")?.dataset.number ?? "";
      const response = await fetch(`${dialog.dataset.optionsUrl}${encodeURIComponent(text)}&ticket=${ticket}`);
      if (!response.ok || response.redirected || text !== input.value.trim()) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      found = [...page.querySelectorAll("a")].map((link) => ({
        label: link.querySelector("span").textContent,
        detail: link.querySelector("small").textContent,
        picture: link.querySelector("svg"),
        act: () => (link.dataset.canned ? document.dispatchEvent(new CustomEvent("canned", { detail: link.dataset.canned })) : location.assign(link.getAttribute("href"))),
      }));
      const before = commands[chosen]?.label;
      show();
      if (moved) choose(commands.findIndex(({ label }) => label === before));
    } catch {
      // The page's own commands are there, and the search.
    }
  }

  function show() {
    const wanted = input.value.trim().toLowerCase();
    const all = everything();
    const named = all.filter(({ label }) => label.toLowerCase().includes(wanted));
    const loosely = all.filter((each) => !named.includes(each) && letters(each.label.toLowerCase(), wanted));
    const seen = new Set([...named, ...loosely].map(({ label }) => label));
    const more = wanted ? found.filter(({ label }) => !seen.has(label)) : [];
    commands = [...named, ...more, ...loosely.map((each) => ({ ...each, waits: true }))];
    if (wanted && dialog.dataset.searchUrl) {
      const url = dialog.dataset.searchUrl + encodeURIComponent(input.value.trim());
      commands.push({ label: `${dialog.dataset.searchLabel} “${input.value.trim()}”`, act: () => location.assign(url), waits: true });
    }
    list.replaceChildren(...commands.map(option));
    choose(0);
  }

  function option({ label, picture, detail }, index) {
    const line = document.createElement("div");
    line.role = "option";
    line.id = `palette-${index}`;
    if (picture) line.append(picture.cloneNode(true));
    line.append(Object.assign(document.createElement("span"), { className: "truncate", textContent: label }));
    if (detail) line.append(Object.assign(document.createElement("small"), { className: "muted", textContent: detail }));
    return line;
  }

  function move(step) {
    moved = true;
    choose(chosen + step);
  }

  function choose(index) {
    chosen = Math.min(Math.max(index, 0), commands.length - 1);
    [...list.children].forEach((line, at) => line.setAttribute("aria-selected", at === chosen));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", commands.length ? `palette-${chosen}` : "");
  }

  function run(command) {
    if (!command) return;
    close();
    command.act();
  }

  // Emptied at once: whoever opens it again before the next frame gets no toggle event that says it was closed.
  function close() {
    input.value = "";
    dialog.close();
  }
}

function everything() {
  const seen = new Set();
  return [...document.querySelectorAll(SOURCES)].flatMap((element) => {
    const isField = element.matches("select, input:not([type=radio]), textarea");
    const text = isField ? element.labels[0]?.textContent : element.querySelector("span")?.textContent || element.textContent;
    const label = (text || element.getAttribute("aria-label") || "").trim();
    const isHidden = element.matches("[data-shortcut]") && !element.offsetParent && !element.closest("details:not([open])");
    if (!label || seen.has(label) || isHidden) return [];
    seen.add(label);
    return [{ label, picture: element.querySelector("svg"), act: () => (isField ? element.focus() : element.click()) }];
  });
}

// True when the letters of `wanted` occur in `label` in this order: "tl" finds "Ticket list".
function letters(label, wanted) {
  let at = 0;
  return [...wanted].every((letter) => (at = label.indexOf(letter, at) + 1) > 0);
}
