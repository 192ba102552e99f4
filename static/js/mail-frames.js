// A mail is shown in a sandboxed frame without scripts; the page around it gives the frame the height of its mail.
function fit(frame) {
  const mail = frame.contentDocument;
  if (!mail?.documentElement) return;
  const measure = () => {
    const height = Math.ceil(mail.documentElement.getBoundingClientRect().height);
    if (height && Math.abs(height - frame.clientHeight) > 1) frame.style.height = `${height}px`;
  };
  measure();
  new ResizeObserver(measure).observe(mail.documentElement);
}

function init(root) {
  for (const frame of root.querySelectorAll("iframe.mail-frame:not([data-fitted])")) {
    frame.dataset.fitted = "";
    frame.addEventListener("load", () => fit(frame));
    if (frame.contentDocument?.readyState === "complete") fit(frame);
  }
}
init(document);
document.addEventListener("htmx:load", (event) => init(event.target));
