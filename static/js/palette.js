// Ctrl-K: type a few letters of any link of the page's navigation or actions and go there, or search the tickets.
const dialog = document.getElementById("palette");
const SOURCES = ".sidebar .nav a, .sidebar .menu a, .page-header .actions :is(a, button), .breadcrumb a";

if (dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  let commands = [];
  let chosen = 0;

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  });

  dialog.addEventListener("toggle", (event) => {
    if (event.newState !== "open") input.value = ""; // cleared when it closes: the event comes late to the first letters
    show();
  });
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") run(commands[chosen]);
    else if (event.key === "Escape") dialog.close(); // a search field would only be emptied
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) run(commands[[...list.children].indexOf(option)]);
  });

  function show() {
    const wanted = input.value.trim().toLowerCase();
    commands = everything().filter(({ label }) => letters(label.toLowerCase(), wanted));
    if (wanted && dialog.dataset.searchUrl) {
      const url = dialog.dataset.searchUrl + encodeURIComponent(input.value.trim());
      commands.push({ label: `${dialog.dataset.searchLabel} “${input.value.trim()}”`, act: () => location.assign(url) });
    }
    list.replaceChildren(...commands.map(option));
    choose(0);
  }

  function option({ label, picture }, index) {
    const line = document.createElement("div");
    line.role = "option";
    line.id = `palette-${index}`;
    if (picture) line.append(picture.cloneNode(true));
    line.append(label);
    return line;
  }

  function choose(index) {
    chosen = Math.min(Math.max(index, 0), commands.length - 1);
    [...list.children].forEach((line, at) => line.setAttribute("aria-selected", at === chosen));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", commands.length ? `palette-${chosen}` : "");
  }

  function run(command) {
    if (!command) return;
    dialog.close();
    command.act();
  }
}

function everything() {
  const seen = new Set();
  return [...document.querySelectorAll(SOURCES)].flatMap((element) => {
    const label = (element.querySelector("span")?.textContent || element.textContent || element.getAttribute("aria-label") || "").trim();
    if (!label || seen.has(label)) return [];
    seen.add(label);
    return [{ label, picture: element.querySelector("svg"), act: () => element.click() }];
  });
}

// True when the letters of `wanted` occur in `label` in this order: "tl" finds "Ticket list".
function letters(label, wanted) {
  let at = 0;
  return [...wanted].every((letter) => (at = label.indexOf(letter, at) + 1) > 0);
}
