// The rich text of the composer: django-prose-editor's Tiptap, loaded when there is a composer, with buttons of our own.
// Without it the textarea stays as it is. With it the form also sends `html`.
const START = { bold: "toggleBold", italic: "toggleItalic", bulletList: "toggleBulletList", orderedList: "toggleOrderedList", blockquote: "toggleBlockquote" };

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

for (const form of document.querySelectorAll("form[data-editor]")) start(form);
document.addEventListener("htmx:load", ({ target }) => target.matches("form[data-editor]") && start(target));

async function start(form) {
  const textarea = form.querySelector("textarea[name=text]");
  let focus = () => textarea.focus();
  for (const name of ["change", "click"]) form.addEventListener(name, (event) => event.target.matches("[name=kind]") && focus());
  let library;
  try {
    await isWanted(form);
    library = await import(form.dataset.editor);
  } catch {
    form.querySelector("[data-toolbar]").hidden = true;
    return; // the textarea works
  }
  const { Editor, Document, Paragraph, Text, HardBreak, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, Link, Placeholder, Node } = library;
  const written = textarea.value !== textarea.defaultValue, writing = document.activeElement === textarea;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "html" });
  const place = Object.assign(document.createElement("div"), { className: "rich-text" });
  const editor = new Editor({
    element: place,
    injectCSS: false,
    extensions: [Document, Paragraph, Text, HardBreak, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, library.History, picture(Node, form.dataset.pictures),
      Link.configure({ openOnClick: false, protocols: ["http", "https", "mailto", "tel"] }),
      Placeholder.configure({ placeholder: textarea.placeholder })],
    content: written ? paragraphs(textarea.value) : textarea.dataset.html || paragraphs(textarea.value),
    editorProps: { attributes: { class: "message-body", role: "textbox", "aria-multiline": "true", "aria-label": textarea.getAttribute("aria-label") },
      handlePaste: (view, event) => take(event, event.clipboardData, view.state.selection.from),
      handleDrop: (view, event) => take(event, event.dataTransfer, view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos) },
    // Pasting, the toolbar, undo, cut and drop tell the editor alone; the draft listens to what the textarea tells.
    onUpdate: () => {
      store();
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  // Pictures that were pasted or dropped into the text stand where they came; other files go below it (composer.js).
  const take = (event, data, at) => {
    const files = [...(data?.files ?? [])];
    if (!form.dataset.pictures || !files.length || !files.every((file) => PICTURES.includes(file.type))) return false;
    event.preventDefault();
    event.stopPropagation();
    form.classList.remove("is-dropping");
    for (const file of files) {
      const insert = (attrs) => editor.chain().insertContentAt(Math.min(at ?? editor.state.selection.from, editor.state.doc.content.size), { type: "picture", attrs }).run();
      form.dispatchEvent(new CustomEvent("picture", { detail: { file, insert } }));
    }
    return true;
  };
  const store = () => {
    field.value = editor.isEmpty ? "" : editor.getHTML();
    textarea.value = editor.getText({ blockSeparator: "\n\n" });
  };
  form.addEventListener("htmx:beforeCleanupElement", ({ target }) => target === form && editor.destroy());
  store();
  textarea.before(place, field);
  textarea.hidden = true;
  buttons(form.querySelector("[data-toolbar]"), editor);
  focus = (place = null) => {
    editor.commands.focus(place);
    editor.view.focus(); // at once: it comes with the next picture else, and a letter before that is a shortcut
  };
  if (writing) focus("end");
  tellSlash(form, editor, place);
  form.addEventListener("insert", (event) => {
    event.preventDefault(); // it is put in here
    put(editor, event.detail);
  });
}

// "/" or "@" at the beginning of a word, with what is typed after it: canned.js offers replies there, or colleagues. It
// may be a slash, too.
function tellSlash(form, editor, box) {
  let told = false;
  editor.on("transaction", () => {
    const { $from, empty, from } = editor.state.selection;
    const before = empty ? $from.parent.textBetween(0, $from.parentOffset, null, "\ufffc") : "";
    const typed = /(?:^|\s)([/@])([^\s/@][^/@]{0,39})?$/u.exec(before);
    if (!typed && !told) return;
    told = Boolean(typed);
    const start = from - (typed?.[0].trimStart().length ?? 0);
    const detail = typed && { sign: typed[1], text: typed[2] ?? "", from: start, to: from, at: editor.view.coordsAtPos(start), box };
    form.dispatchEvent(new CustomEvent("slash", { detail }));
  });
}

// Puts in what `from` to `to` leaves place for, else at the cursor without replacing anything, and goes to its mark.
function put(editor, { html, cursor, from, to }) {
  const at = from ?? editor.state.selection.to;
  const chain = editor.chain();
  if (from !== undefined) chain.deleteRange({ from, to });
  chain.insertContentAt(at, html).run();
  let mark = -1;
  editor.state.doc.descendants((node, position) => {
    if (mark < 0 && node.isText && node.text.includes(cursor)) mark = position + node.text.indexOf(cursor);
  });
  if (mark >= 0) editor.chain().deleteRange({ from: mark, to: mark + 1 }).setTextSelection(mark).run();
  editor.commands.focus();
  editor.view.focus();
}

// It is half a megabyte: it comes when the page has nothing else to do, or as soon as somebody is about to write.
function isWanted(form) {
  return new Promise((come) => {
    if (form.contains(document.activeElement)) return come();
    form.addEventListener("focusin", come, { once: true });
    (window.requestIdleCallback ?? window.setTimeout)(come); // Safari has no such callback
  });
}

// A picture in the text: named by its Content-ID in the message, and shown from the draft while one writes.
function picture(Node, address) {
  return Node.create({
    name: "picture",
    group: "inline",
    inline: true,
    draggable: true,
    addAttributes: () => ({ cid: {}, alt: { default: "" }, width: { default: null } }),
    parseHTML: () => [{
      tag: 'img[src^="cid:"]',
      getAttrs: (image) => ({ cid: decodeURIComponent(image.getAttribute("src").slice(4)), alt: image.alt, width: image.getAttribute("width") }),
    }],
    renderHTML: ({ node: { attrs } }) => ["img", { src: `cid:${attrs.cid}`, alt: attrs.alt, ...(attrs.width && { width: attrs.width }) }],
    addNodeView: () => ({ node: { attrs } }) => {
      const dom = Object.assign(document.createElement("img"), { src: (address ?? "").replace("/x/", `/${encodeURIComponent(attrs.cid)}/`), alt: attrs.alt });
      if (attrs.width) dom.width = attrs.width;
      return { dom };
    },
  });
}

function paragraphs(text) {
  return { type: "doc", content: text.split(/\n{2,}/).map((part) => ({ type: "paragraph", content: part ? lines(part) : [] })) };
}

function lines(part) {
  return part.split("\n").flatMap((line, index) => [...(index ? [{ type: "hardBreak" }] : []), ...(line ? [{ type: "text", text: line }] : [])]);
}

function buttons(bar, editor) {
  const all = [...bar.querySelectorAll("[data-command]")];
  const reachable = (button) => all.forEach((each) => (each.tabIndex = each === button ? 0 : -1)); // one stop for Tab
  reachable(all[0]);
  const asked = bar.querySelector("[data-link]"), address = asked.querySelector("input");
  const ask = (open) => {
    asked.hidden = !open;
    if (!open) return void editor.commands.focus();
    address.value = editor.getAttributes("link").href ?? "";
    address.focus();
  };
  asked.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.do === "set") link(editor, address.value.trim());
    ask(false);
  });
  address.addEventListener("keydown", (event) => {
    if (event.key === "Enter") link(editor, address.value.trim());
    else if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    ask(false);
  });
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-command]");
    if (!button) return;
    if (button.dataset.command === "link") ask(asked.hidden);
    else editor.chain().focus()[START[button.dataset.command]]().run();
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], at = all.indexOf(document.activeElement);
    if (!step || at < 0) return;
    const next = all[(at + step + all.length) % all.length];
    reachable(next);
    next.focus();
  });
  editor.on("transaction", () => {
    for (const button of bar.querySelectorAll("[data-command]")) button.setAttribute("aria-pressed", editor.isActive(button.dataset.command));
  });
}

function link(editor, given) {
  const before = editor.getAttributes("link").href ?? "";
  const address = !given || /^[a-z]+:/i.test(given) ? given : given.includes("@") ? `mailto:${given}` : `https://${given}`;
  const chain = editor.chain().focus().extendMarkRange("link");
  if (!address) chain.unsetLink().run();
  else if (editor.state.selection.empty && !before) chain.insertContent({ type: "text", text: address, marks: [{ type: "link", attrs: { href: address } }] }).run();
  else chain.setLink({ href: address }).run();
}
