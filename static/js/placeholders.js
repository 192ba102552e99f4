// A click on a placeholder puts it where the cursor was in its form, in place of what was selected. As long as no field
// had the cursor it goes to the end of the text.
const FIELDS = "textarea, input[type=text]";
const last = new WeakMap(); // the field of a form that had the cursor last

document.addEventListener("focusin", ({ target }) => {
  if (target.form && target.matches(FIELDS)) last.set(target.form, target);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-insert]");
  if (!button) return;
  const form = document.getElementById(button.dataset.insert);
  let field = last.get(form);
  if (!field) {
    field = form.querySelector("textarea");
    field.setSelectionRange(field.value.length, field.value.length);
  }
  const text = button.textContent.trim();
  field.focus();
  // As if typed: Ctrl-Z takes it back. A browser that cannot puts it in all the same.
  if (!document.execCommand?.("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
