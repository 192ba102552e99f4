// The rich text of the composer: django-prose-editor's Tiptap, loaded when there is a composer, with buttons of our own.
// Without it the textarea stays as it is. With it the form also sends `html`.
const START = { bold: "toggleBold", italic: "toggleItalic", bulletList: "toggleBulletList", orderedList: "toggleOrderedList", blockquote: "toggleBlockquote" };

for (const form of document.querySelectorAll("form[data-editor]")) start(form);

async function start(form) {
  const textarea = form.querySelector("textarea[name=text]");
  let focus = () => textarea.focus();
  for (const name of ["change", "click"]) form.addEventListener(name, (event) => event.target.matches("[name=kind]") && focus());
  let library;
  try {
    library = await import(form.dataset.editor);
  } catch {
    return; // the textarea works
  }
  const { Editor, Document, Paragraph, Text, HardBreak, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, Link, Placeholder } = library;
  const written = textarea.value !== textarea.defaultValue, writing = document.activeElement === textarea;
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "html" });
  const place = Object.assign(document.createElement("div"), { className: "rich-text" });
  const editor = new Editor({
    element: place,
    injectCSS: false,
    extensions: [Document, Paragraph, Text, HardBreak, Bold, Italic, BulletList, OrderedList, ListItem, Blockquote, library.History,
      Link.configure({ openOnClick: false, protocols: ["http", "https", "mailto", "tel"] }),
      Placeholder.configure({ placeholder: textarea.placeholder })],
    content: written ? paragraphs(textarea.value) : textarea.dataset.html || paragraphs(textarea.value),
    editorProps: { attributes: { class: "message-body", role: "textbox", "aria-multiline": "true", "aria-label": textarea.getAttribute("aria-label") } },
    // Pasting, the toolbar, undo, cut and drop tell the editor alone; the draft listens to what the textarea tells.
    onUpdate: () => {
      store();
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  const store = () => {
    field.value = editor.isEmpty ? "" : editor.getHTML();
    textarea.value = editor.getText({ blockSeparator: "\n\n" });
  };
  store();
  textarea.before(place, field);
  textarea.hidden = true;
  buttons(form.querySelector("[data-toolbar]"), editor);
  focus = () => editor.commands.focus();
  if (!writing) return;
  editor.commands.focus("end");
  editor.view.focus(); // at once: it comes with the next picture else, and a letter before that is a shortcut
}

function paragraphs(text) {
  return { type: "doc", content: text.split(/\n{2,}/).map((part) => ({ type: "paragraph", content: part ? lines(part) : [] })) };
}

function lines(part) {
  return part.split("\n").flatMap((line, index) => [...(index ? [{ type: "hardBreak" }] : []), ...(line ? [{ type: "text", text: line }] : [])]);
}

function buttons(bar, editor) {
  bar.hidden = false;
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-command]");
    if (!button) return;
    if (button.dataset.command === "link") link(editor, button.dataset.prompt);
    else editor.chain().focus()[START[button.dataset.command]]().run();
  });
  bar.addEventListener("keydown", (event) => {
    const all = [...bar.querySelectorAll("button")];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  editor.on("transaction", () => {
    for (const button of bar.querySelectorAll("[data-command]")) button.setAttribute("aria-pressed", editor.isActive(button.dataset.command));
  });
}

function link(editor, question) {
  const before = editor.getAttributes("link").href ?? "";
  const address = prompt(question, before || "https://");
  if (address === null) return;
  const chain = editor.chain().focus().extendMarkRange("link");
  if (!address || address === "https://") chain.unsetLink().run();
  else if (editor.state.selection.empty && !before) chain.insertContent({ type: "text", text: address, marks: [{ type: "link", attrs: { href: address } }] }).run();
  else chain.setLink({ href: address }).run();
}
