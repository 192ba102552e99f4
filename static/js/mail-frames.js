// A mail is shown in a sandboxed frame without scripts; the page around it gives the frame the height of its mail and
// the theme that the reader has chosen.
const page = document.documentElement;
function paint(frame) {
  const mail = frame.contentDocument?.documentElement;
  if (!mail) return;
  if (page.dataset.theme) mail.dataset.theme = page.dataset.theme;
  else delete mail.dataset.theme;
}
new MutationObserver(() => document.querySelectorAll("iframe.mail-frame").forEach(paint))
  .observe(page, { attributeFilter: ["data-theme"] });

const MOST_HEIGHT = 20000; // pixels; what is higher scrolls inside its frame
const SMALLEST = 0.45; // to which a mail is scaled that is wider than its frame; what is wider still scrolls
function fit(frame) {
  const mail = frame.contentDocument;
  if (!mail?.documentElement) return;
  paint(frame);
  if (!("plain" in mail.documentElement.dataset)) {
    makeReadable(mail);
    colourEdges(mail);
  }
  openPictures(mail);
  let width = 0;
  const measure = () => {
    if (width !== frame.clientWidth) scale(frame, mail);
    width = frame.clientWidth;
    const whole = Math.ceil(mail.documentElement.getBoundingClientRect().height), height = Math.min(whole, MOST_HEIGHT);
    mail.documentElement.style.overflowY = whole > height ? "auto" : "";
    if (!height) return;
    if (Math.abs(height - frame.clientHeight) > 1) frame.style.height = `${height}px`;
    measured[`${frame.name} ${innerWidth}`] = height;
  };
  measure();
  new ResizeObserver(measure).observe(mail.documentElement);
}

// A newsletter is made for 640 pixels, a table for many more: all of it is seen, smaller, and in full width if wanted.
function scale(frame, mail) {
  mail.body.style.zoom = "";
  const ratio = frame.clientWidth / mail.documentElement.scrollWidth;
  if (ratio < 1) mail.body.style.zoom = Math.max(ratio, SMALLEST);
  const button = frame.closest(".message")?.querySelector("[data-full-width]");
  if (button && ratio < 1) button.hidden = false;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-full-width]")) return;
  page.toggleAttribute("data-wide");
});

// What is more than an icon, and no link, opens large (lightbox.js).
const LEAST_PICTURE = 100; // pixels of its own width
function openPictures(mail) {
  const pictures = [...mail.images].filter((image) => image.naturalWidth >= LEAST_PICTURE && !image.closest("a"));
  const template = document.getElementById("lightbox");
  for (const image of template ? pictures : []) {
    image.tabIndex = 0;
    image.setAttribute("role", "button");
    if (!image.alt) image.setAttribute("aria-label", template.dataset.label);
    image.style.cursor = "zoom-in";
    const open = () => document.dispatchEvent(new CustomEvent("pictures", { detail: { pictures, source: image } }));
    image.addEventListener("click", open);
    image.addEventListener("keydown", (event) => event.key === "Enter" && open());
  }
}

// How high a mail was is known the next time (_kept_heights.html), before it is there: what stands below stays in its place.
const MOST_KEPT = 400;
const measured = {};
window.addEventListener("pagehide", () => {
  try {
    const before = JSON.parse(localStorage.getItem("mail-heights") ?? "{}");
    const all = Object.entries({ ...before, ...measured }).slice(-MOST_KEPT);
    localStorage.setItem("mail-heights", JSON.stringify(Object.fromEntries(all)));
  } catch {
    // A browser that keeps nothing shows the mail all the same.
  }
});

// Words in the colour of their ground, because it lay in a style sheet or a picture that is not shown, get the page's
// colour. What has no size is hidden on purpose.
const MOST_WORDS = 3000, LEAST_CONTRAST = 1.3, LEAST_SIZE = 6; // text nodes; ratio of WCAG; pixels
function makeReadable(mail) {
  const walker = mail.createTreeWalker(mail.body, NodeFilter.SHOW_TEXT), seen = new Set();
  for (let left = MOST_WORDS; left && walker.nextNode(); left -= 1) {
    const element = walker.currentNode.parentElement;
    if (seen.has(element) || !walker.currentNode.data.trim()) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    if (parseFloat(style.fontSize) < LEAST_SIZE || element.getBoundingClientRect().height < LEAST_SIZE) continue;
    const ground = groundOf(element);
    if (contrast(style.color, ground) < LEAST_CONTRAST) {
      element.style.setProperty("color", luminance(ground) > 0.2 ? "#1b1b20" : "#fff", "important");
    }
  }
}

// A mail that is coloured as a whole is so up to its edges.
function colourEdges(mail) {
  const [whole, more] = mail.body.children, ground = whole && !more && getComputedStyle(whole).backgroundColor;
  if (ground && (channels(ground)[3] ?? 1) > 0.5) mail.documentElement.style.background = ground;
}

function groundOf(element) {
  for (let each = element; each; each = each.parentElement) {
    const ground = getComputedStyle(each).backgroundColor;
    if ((channels(ground)[3] ?? 1) > 0.5) return ground;
  }
  return "rgb(255, 255, 255)";
}

const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
function luminance(colour) {
  const [red, green, blue] = channels(colour)
    .map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
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
