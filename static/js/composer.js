// The composer: keeps a draft on the server, sends with Ctrl-Enter, takes dropped and pasted files.
const PAUSE = 1200; // milliseconds after the last change

for (const form of document.querySelectorAll("form[data-composer]")) init(form);
document.addEventListener("htmx:load", (event) => event.target.querySelectorAll("form[data-composer]").forEach(init));

function init(form) {
  if ("ready" in form.dataset) return;
  form.dataset.ready = "";
  keepDraft(form);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const button = [...form.querySelectorAll("button[data-send]")].find((each) => each.offsetParent);
    form.requestSubmit(button);
  });
  const input = form.querySelector("input[type=file]");
  if (input) takeFiles(form, input);
}

function keepDraft(form) {
  const url = form.dataset.draftUrl;
  const state = form.querySelector("[data-draft-state]");
  let timer, dirty = false;

  const say = (key, time = "") => state && (state.textContent = `${state.dataset[key] ?? ""} ${time}`.trim());
  const save = async () => {
    const body = new FormData(form);
    for (const name of new Set([...form.querySelectorAll("input[type=file]")].map((input) => input.name))) body.delete(name);
    dirty = false;
    say("saving");
    try {
      const response = await fetch(url, { method: "POST", body, keepalive: true });
      if (!response.ok) throw new Error(response.statusText);
      say("saved", new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }));
    } catch {
      dirty = true;
      say("failed");
    }
  };
  // One after the other, and the message after all of them: a draft that came later would be there again when it is sent.
  let saving = null, waits = false;
  const saveInTurn = () => {
    const mine = Promise.resolve(saving).then(save).finally(() => saving === mine && (saving = null));
    saving = mine;
  };
  const changed = (event) => {
    if (event.target.type === "file") return;
    dirty = true;
    if (!url) return;
    clearTimeout(timer);
    timer = setTimeout(saveInTurn, PAUSE);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    dirty = false;
    if (!saving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waits) return;
    waits = true;
    saving.then(() => {
      waits = false;
      form.requestSubmit(event.submitter);
    });
  }, true);
  window.addEventListener("beforeunload", (event) => dirty && form.isConnected && event.preventDefault());
}

function takeFiles(form, input) {
  const list = form.querySelector("[data-files]");
  const files = new DataTransfer();
  const add = (more) => {
    [...more].forEach((file) => files.items.add(file));
    input.files = files.files;
    show();
  };
  const show = () => list?.replaceChildren(...[...files.files].map(chip));
  const chip = (file, index) => {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "attachment", title: list.dataset.remove ?? "" });
    const size = Object.assign(document.createElement("small"), { textContent: bytes(file.size) });
    button.append(`${file.name} `, size, " ✕");
    button.setAttribute("aria-label", `${list.dataset.remove ?? ""} ${file.name}`.trim());
    button.addEventListener("click", () => {
      files.items.remove(index);
      input.files = files.files;
      show();
    });
    item.append(button);
    return item;
  };

  input.addEventListener("change", () => add(input.files));
  form.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    form.classList.add("is-dropping");
  });
  form.addEventListener("dragleave", (event) => !form.contains(event.relatedTarget) && form.classList.remove("is-dropping"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("is-dropping");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  form.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) add(event.clipboardData.files);
  });
}

function bytes(size) {
  const units = ["byte", "kilobyte", "megabyte"];
  const power = Math.min(size > 0 ? Math.floor(Math.log10(size) / 3) : 0, 2);
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: 1 }).format(size / 1000 ** power);
}
