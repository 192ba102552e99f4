// Forms: a filter bar that applies itself, ticks that stay, focus on what is wrong, a warning before work is lost.
const PAUSE = 350; // milliseconds after the last key
const TYPED = "input:not([type=checkbox], [type=radio], [type=date], [data-when-left])";
let timer;
let waiting = null; // the field whose pause goes on
let keyed = null; // the element that the last key was for

document.addEventListener("keydown", ({ target }) => { keyed = target; }, true);
document.addEventListener("pointerdown", () => { keyed = null; }, true);
document.addEventListener("input", ({ target }) => target.matches(TYPED) && afterPause(target));

function afterPause(field) {
  const form = field.closest("form[data-autosubmit]");
  if (!form) return;
  clearTimeout(timer);
  waiting = field;
  timer = setTimeout(() => form.requestSubmit(), PAUSE);
}

// What was typed is asked for already. Asked for again as one leaves the field, the list would come anew under the pressed mouse.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (!form || event.target.matches(TYPED)) return;
  // Each letter and arrow chooses another option. An answer in between would bring a new field, which knows none of them.
  if (event.target === keyed && event.target.matches("select")) afterPause(event.target);
  else form.requestSubmit();
});

// Whoever presses Enter does not wait for the pause, nor does who has chosen and goes on.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-autosubmit]")) return;
  clearTimeout(timer);
  waiting = null;
}, true);
document.addEventListener("focusout", ({ target }) => target === waiting && target.matches("select") && target.form.requestSubmit());

// An empty filter is no filter: it does not belong in the address.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-autosubmit][method=get]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// A list that comes again, with another column or for more letters, has ticked what was ticked and is still in it.
const BOXES = ":is([form=bulk], [type=radio])";
let ticked = [];

document.addEventListener("htmx:beforeSwap", (event) => {
  ticked = [...event.detail.target.querySelectorAll(`${BOXES}:checked`)].map(({ name, value }) => `[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
});
document.addEventListener("htmx:load", (event) => {
  for (const selector of ticked) {
    const box = event.target.querySelector(`${BOXES}${selector}:not(:checked)`);
    if (!box) continue;
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// What stands beside a form comes anew with it: who was in one of its fields, or at one of its buttons, is still there.
const STOPS = ":is(a[href], button, input, select, textarea, summary):not([type=hidden], [tabindex='-1'])";
let focused = null;
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  const inside = target.contains(document.activeElement) ? document.activeElement : null;
  if (!inside) return;
  const named = inside.id || inside.closest("details")?.querySelector("summary")?.id;
  focused = { named, of: target.id, place: [...target.querySelectorAll(STOPS)].indexOf(inside) };
});
document.addEventListener("htmx:oobAfterSwap", () => {
  if (!focused) return;
  const stops = [...(document.getElementById(focused.of)?.querySelectorAll(STOPS) ?? [])];
  const again = (focused.named && document.getElementById(focused.named)) || stops[focused.place] || stops.at(-1);
  (again ?? document.getElementById("content")).focus({ preventScroll: true });
  focused = null;
});

// A button that does what a field of the page does: there the page stays where it is.
document.addEventListener("submit", (event) => {
  const field = document.querySelector(event.target.dataset.sets);
  if (![...(field?.options ?? [])].some(({ value }) => value === event.target.dataset.to)) return;
  event.preventDefault();
  field.value = event.target.dataset.to;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// One more line of a form of several: its template holds the number of the line as Django writes it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-line]");
  if (!button) return;
  const template = document.getElementById(button.dataset.addLine), total = button.form.querySelector("[name$=-TOTAL_FORMS]");
  template.insertAdjacentHTML("beforebegin", template.innerHTML.replaceAll("__prefix__", total.value));
  total.value = Number(total.value) + 1;
  template.previousElementSibling.querySelector("input").focus();
});

document.addEventListener("input", (event) => event.target.closest("form[data-guard]")?.setAttribute("data-dirty", ""));
document.addEventListener("submit", (event) => event.target.removeAttribute("data-dirty"));
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-guard][data-dirty]")) event.preventDefault();
});

// Whoever adds a queue or a user is most likely where it works. Some browsers call places as they were called earlier.
const EARLIER_ZONES = {
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
};
for (const select of document.querySelectorAll("select:is([data-zone-of-browser], [data-zone-offer])")) {
  const known = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = EARLIER_ZONES[known] ?? known;
  const option = [...select.options].find(({ value }) => value === zone);
  if (!option) continue;
  if ("zoneOfBrowser" in select.dataset) select.value = zone;
  else if (select.value !== zone) offer(select, option);
}
// Somebody's own zone was chosen once, perhaps by nobody: that of the browser is offered, not taken.
function offer(select, option) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button small" });
  button.textContent = select.dataset.zoneOffer.replace("{zone}", option.label);
  button.addEventListener("click", () => {
    select.value = option.value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
    select.focus();
    button.remove();
  });
  select.after(button);
}

// The hours of the first day are mostly those of the others.
document.addEventListener("click", (event) => {
  const [first, ...others] = event.target.closest("[data-copy-first]")?.closest("fieldset").querySelectorAll("input") ?? [];
  for (const day of others) day.value = first.value;
  first?.dispatchEvent(new Event("input", { bubbles: true }));
});

// Countries by their names in the language of the page; the server knows the English ones.
for (const select of document.querySelectorAll("select[data-regions]")) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
  const [none, ...countries] = select.options;
  for (const option of countries) option.text = names.of(option.value);
  const chosen = select.value;
  select.replaceChildren(none, ...countries.sort((a, b) => a.text.localeCompare(b.text)));
  select.value = chosen;
}

function showErrors(root) {
  root.querySelector("[data-error-summary]")?.focus();
}
showErrors(document);
document.addEventListener("htmx:load", (event) => showErrors(event.target));
