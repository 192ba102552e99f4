// Pictures of a message, large, in a dialog above the page: arrows lead to the others of the same message. A picture that
// is opened in a tab of its own (Ctrl, middle button) is none of this.
const SOURCES = ".message .has-thumbnail, .message-body img";
let dialog, pictures = [], at = 0;

document.addEventListener("click", (event) => {
  const source = event.target.closest(SOURCES);
  if (!source || event.ctrlKey || event.metaKey || event.shiftKey || source.closest("[contenteditable], a:not(.has-thumbnail)")) return;
  event.preventDefault();
  pictures = [...source.closest(".message").querySelectorAll(SOURCES)];
  open(pictures.indexOf(source));
});

// Those in the frame of a mail (mail-frames.js).
document.addEventListener("pictures", (event) => {
  pictures = event.detail.pictures;
  open(pictures.indexOf(event.detail.source));
});

function open(place) {
  dialog ??= made();
  at = (place + pictures.length) % pictures.length;
  const source = pictures[at], image = dialog.querySelector("img");
  image.src = source.href ?? source.src;
  image.alt = source.querySelector(".truncate")?.textContent ?? source.alt ?? "";
  dialog.setAttribute("aria-label", image.alt);
  for (const button of dialog.querySelectorAll("[data-step]")) button.hidden = pictures.length < 2;
  if (!dialog.open) dialog.showModal();
}

function made() {
  const template = document.getElementById("lightbox");
  const found = template.content.firstElementChild.cloneNode(true);
  document.body.append(found);
  found.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) open(at + Number(step.dataset.step));
    else if (!event.target.matches("img")) found.close();
  });
  found.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && pictures.length > 1) open(at + step);
  });
  found.addEventListener("close", () => pictures[at]?.focus());
  return found;
}
