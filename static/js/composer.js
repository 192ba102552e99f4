// The composer: keeps a draft on the server, sends with Ctrl-Enter, takes dropped and pasted files.
const PAUSE = 1200; // milliseconds after the last change
const AGAIN = 10_000; // and until what could not be kept is tried again
const PATIENCE = 3000; // for the draft, of whoever leaves

const start = (part) => [part, ...part.querySelectorAll("form")].filter((each) => each.matches("form[data-composer]")).forEach(init);
start(document.body);
document.addEventListener("htmx:load", ({ target }) => start(target));

function init(form) {
  if ("ready" in form.dataset) return;
  form.dataset.ready = "";
  // Whoever sends waits first for the files, as one may be refused, then for the draft.
  let draft;
  const input = form.querySelector("input[type=file]");
  if (input) takeFiles(form, input, () => draft.joined());
  draft = keepDraft(form);
  // Why it was not sent may stand below the fold: sending seemed to do nothing.
  form.addEventListener("htmx:afterSettle", () => form.querySelector("[role=alert]:not([hidden])")?.scrollIntoView({ block: "nearest" }));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const which = event.shiftKey ? "button[data-send][value=solved]" : "button[data-send]";
    const button = [...form.querySelectorAll(which)].find((each) => each.offsetParent);
    if (button) submit(form, button);
  });
}

// By a click: htmx sends along the value of the button that was clicked, not of one that a script names.
function submit(form, button) {
  if (button) button.click();
  else form.requestSubmit();
}

// Posts the form without its files, so that the server has what is typed.
function keepDraft(form) {
  const url = form.dataset.draftUrl;
  const state = form.querySelector("[data-draft-state]");
  const elsewhere = form.querySelector("[data-draft-elsewhere]"), known = form.elements.known;
  let timer, dirty = false;

  const say = (key, time = "") => state && (state.textContent = `${state.dataset[key] ?? ""} ${time}`.trim());
  const saved = () => {
    say("saved", new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
    if (form.dataset.draftAddress) history.replaceState(history.state, "", form.dataset.draftAddress);
  };
  const save = async () => {
    const body = typed(form);
    dirty = false;
    say("saving");
    try {
      // A page that is being left may send 64 kilobytes at most.
      const keepalive = [...body.values()].join("").length < 15_000;
      const response = await fetch(url, { method: "POST", body, keepalive });
      if (known) known.disabled = false;
      if (response.redirected) document.dispatchEvent(new Event("signed-out"));
      if (response.status === 403) document.dispatchEvent(new Event("new-token"));
      if (elsewhere) elsewhere.hidden = response.status !== 409;
      if (!response.ok || response.redirected) throw new Error(response.statusText);
      if (known) known.value = response.headers.get("X-Draft") ?? "";
      saved();
    } catch (error) {
      if (known && error instanceof TypeError) known.disabled = true; // no answer: it may have come all the same
      say("failed");
      if (!dirty) later(AGAIN); // what was typed meanwhile is kept sooner
    }
  };
  // One after the other, and the message after all of them: a draft that came later would be there again when it is sent.
  let saving = null, waits = false;
  const saveInTurn = () => {
    clearTimeout(timer);
    const mine = Promise.resolve(saving).then(save).finally(() => saving === mine && (saving = null));
    saving = mine;
    return mine;
  };
  const later = (pause) => {
    dirty = true;
    if (!url) return;
    clearTimeout(timer);
    timer = setTimeout(() => form.isConnected && dirty && saveInTurn(), pause);
  };
  // Not `change`: it tells of the same once more, as one leaves the field for a link.
  form.addEventListener("input", (event) => event.target.type === "file" || later(PAUSE));
  for (const name of ["online", "signed-in"]) window.addEventListener(name, () => dirty && later(0));
  // What another window has kept is given up for this text only by whoever knows of it.
  elsewhere?.querySelector("button").addEventListener("click", () => {
    known.disabled = true;
    saveInTurn();
    form.querySelector("[contenteditable], textarea").focus();
  });
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
      submit(form, event.submitter);
    });
  }, true);
  // It was not sent: so it is a draft again, and why stands where one writes.
  let sent = false;
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt !== form) return;
    sent = detail.xhr.status === 200; // it says no more of an answer that leads elsewhere
    if (!sent) later(0);
  });
  // An empty form takes the place of this one. What was typed after sending stands in it still: the page has it as a draft.
  form.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig.elt !== form || detail.xhr.status !== 200 || !dirty) return;
    detail.shouldSwap = false;
    saveInTurn().finally(() => location.reload());
  });
  // Back to the page as it was when it was left: it would be sent once more.
  window.addEventListener("pageshow", (event) => event.persisted && sent && location.reload());
  for (const name of ["htmx:sendError", "htmx:responseError"]) form.addEventListener(name, ({ detail }) => {
    const reason = form.querySelector("template[data-not-sent]");
    if (detail.elt !== form || !reason) return;
    detail.target.replaceChildren(reason.content.cloneNode(true));
    detail.target.scrollIntoView({ block: "nearest" });
  });
  leaveInTurn(form, { isUnsaved: () => url && form.isConnected && (dirty || saving), save: () => (dirty ? saveInTurn() : saving) });
  window.addEventListener("beforeunload", (event) => {
    if (!dirty || !form.isConnected) return;
    event.preventDefault();
    if (url) saveInTurn();
  });
  // Files came to the draft: what is typed belongs beside them.
  return { joined: () => (dirty ? saveInTurn() : saved()) };
}

// By a link or a button of the page, or a key for one, one goes once the draft is kept: nothing is lost and nobody asked.
function leaveInTurn(form, { isUnsaved, save }) {
  let goes = false;
  const first = (event, go) => {
    event.preventDefault();
    Promise.race([save(), new Promise((done) => setTimeout(done, PATIENCE))]).then(() => {
      goes = true;
      go();
      goes = false;
    });
  };
  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || !isUnsaved()) return;
    if (link.target || link.download || link.href.split("#")[0] === location.href.split("#")[0]) return;
    first(event, () => location.assign(link.href));
  });
  window.addEventListener("submit", (event) => {
    if (goes || event.target === form || event.defaultPrevented || event.target.method === "dialog" || !isUnsaved()) return;
    first(event, () => event.target.requestSubmit(event.submitter));
  });
}

function typed(form) {
  const body = new FormData(form);
  for (const name of new Set([...form.querySelectorAll("input[type=file]")].map((input) => input.name))) body.delete(name);
  return body;
}

// Files go to the draft on the server at once, where `data-files` says the address; else, or if that fails, with the form.
function takeFiles(form, input, joined) {
  const list = form.querySelector("[data-files]");
  const url = list?.dataset.files;
  const files = new DataTransfer();
  let uploads = Promise.resolve(), pending = 0;

  const add = (more) => {
    list?.querySelectorAll("[data-refused]").forEach((each) => each.remove());
    const chosen = [...more];
    if (!url) return keep(chosen);
    input.files = files.files;
    for (const file of chosen) {
      const item = chip(file, list.dataset.uploading);
      list.append(item);
      inTurn(() => upload(file, item));
    }
  };
  const inTurn = (work) => {
    pending += 1;
    uploads = uploads.then(work).finally(() => (pending -= 1));
  };
  const post = (file, more = {}) => {
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "key"]) body.append(name, form.elements[name]?.value ?? "");
    for (const [name, value] of Object.entries(more)) body.append(name, value);
    body.append(input.name, file);
    return fetch(url, { method: "POST", body });
  };
  const upload = async (file, item) => {
    try {
      const response = await post(file);
      if (response.redirected || (!response.ok && response.status !== 422)) throw new Error(response.statusText);
      item.outerHTML = await response.text();
      if (response.ok) await joined();
    } catch {
      item.remove();
      keep([file]);
    }
  };
  const keep = (more) => {
    more.forEach((file) => files.items.add(file));
    input.files = files.files;
    show();
  };
  const show = () => {
    list?.querySelectorAll("[data-local]").forEach((each) => each.remove());
    list?.append(...[...files.files].map(local));
  };
  const local = (file, index) => {
    const item = chip(file, "✕");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "attachment", title: list.dataset.remove ?? "" });
    button.append(...item.firstChild.childNodes);
    button.setAttribute("aria-label", `${list.dataset.remove ?? ""} ${file.name}`.trim());
    button.addEventListener("click", () => {
      files.items.remove(index);
      input.files = files.files;
      show();
      input.focus();
    });
    item.replaceChildren(button);
    item.dataset.local = "";
    return item;
  };
  const takeOut = async (button) => {
    const item = button.closest("li");
    button.disabled = true;
    try {
      const response = await fetch(button.formAction, { method: "POST", body: typed(form), redirect: "manual" });
      if (response.type !== "opaqueredirect") throw new Error(response.statusText);
      (item.nextElementSibling?.querySelector("button") ?? input).focus();
      item.remove();
    } catch {
      button.disabled = false;
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: document.getElementById("toasts")?.dataset.failed, level: "error" } }));
    }
  };

  // A picture that was pasted or dropped into the text (editor.js): small enough for a mail, and named by the text.
  const picture = async ({ file, insert }) => {
    const item = chip(file, list.dataset.uploading);
    list.append(item);
    try {
      const { small, width } = await shrunk(file);
      const response = await post(small, { in_text: "1" });
      if (response.status === 422 && !response.redirected) return void (item.outerHTML = await response.text());
      if (!response.ok || response.redirected) throw new Error(response.statusText);
      item.remove();
      insert({ cid: (await response.json()).cid, alt: file.name, width: Math.min(width, COLUMN) });
    } catch {
      item.remove();
      keep([file]);
    }
  };
  form.addEventListener("picture", (event) => inTurn(() => picture(event.detail)));

  list?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take-out]");
    if (!button) return;
    event.preventDefault();
    takeOut(button);
  });
  // A message waits for its files, and stays where it is if one of them is refused.
  form.addEventListener("submit", (event) => {
    if (!pending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    uploads.then(() => pending || list.querySelector("[data-refused]") || submit(form, event.submitter));
  }, true);
  window.addEventListener("beforeunload", (event) => pending && event.preventDefault());
  input.addEventListener("change", () => add(input.files));
  if (input.files.length) add(input.files); // chosen before this script was there
  // Anywhere on the page: a file that misses the form would be opened by the browser in its place.
  document.addEventListener("dragover", (event) => {
    if (!form.isConnected || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    form.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || form.classList.remove("is-dropping"));
  document.addEventListener("drop", (event) => {
    form.classList.remove("is-dropping");
    if (!form.isConnected || !event.dataTransfer.files.length) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  form.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) add(event.clipboardData.files);
  });
}

// A picture no wider than a text needs, as every mail program shows it; one that moves stays as it is.
const WIDEST = 1600, COLUMN = 640, QUALITY = 0.85; // pixels that are sent, and that it takes of a text
async function shrunk(file) {
  const bitmap = await createImageBitmap(file);
  const scale = file.type === "image/gif" ? 1 : Math.min(1, WIDEST / Math.max(bitmap.width, bitmap.height));
  const type = file.type === "image/png" ? "image/png" : "image/jpeg";
  if (scale === 1 && file.type !== "image/webp") return { small: file, width: bitmap.width };
  const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width * scale, height: bitmap.height * scale });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, type, QUALITY));
  const small = new File([blob], file.name.replace(/\.\w+$/, "") + (type === "image/png" ? ".png" : ".jpg"), { type });
  return { small, width: canvas.width };
}

// A list item that shows a file of this computer.
function chip(file, note = "") {
  const item = document.createElement("li");
  const box = Object.assign(document.createElement("span"), { className: "attachment" });
  const name = Object.assign(document.createElement("span"), { className: "truncate", textContent: file.name });
  box.append(name, Object.assign(document.createElement("small"), { textContent: bytes(file.size) }), ` ${note}`);
  item.append(box);
  return item;
}

function bytes(size) {
  const units = ["byte", "kilobyte", "megabyte"];
  const power = Math.min(size > 0 ? Math.floor(Math.log10(size) / 3) : 0, 2);
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: 1 }).format(size / 1000 ** power);
}
