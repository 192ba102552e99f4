// A long conversation opens where reading goes on, earlier messages come when one scrolls up to them or names one in an
// address, folded ones open then, and the composer is one click away from everywhere.
const jump = document.querySelector("[data-jump]");

function unfold() {
  const [, number] = location.hash.match(/^#message-(\d+)$/) ?? [];
  const message = number && document.getElementById(`message-${number}`);
  if (number && !message && all() && !new URLSearchParams(location.search).has("message")) {
    location.replace(`?message=${number}${location.hash}`);
  }
  message?.querySelector(".fold")?.setAttribute("open", "");
  message?.scrollIntoView();
  return Boolean(message);
}

function all() {
  return document.querySelector("[data-all]");
}

// Before its top is reached: what comes above then moves nothing.
let height = scrollY;
document.addEventListener("scroll", () => {
  const earlier = scrollY < height && document.getElementById("earlier");
  height = scrollY;
  if (!earlier || earlier.dataset.asked || earlier.getBoundingClientRect().bottom < -300) return;
  earlier.dataset.asked = "";
  earlier.querySelector("a").click();
}, { passive: true });

// On paper the conversation is whole.
document.addEventListener("keydown", (event) => {
  if (event.key !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || !all()) return;
  event.preventDefault();
  location.assign(`${all().href}#print`);
});

function open() {
  if (location.hash === "#print") {
    for (const mail of document.querySelectorAll(".mail-frame")) mail.loading = "eager";
    return addEventListener("load", () => print());
  }
  if (unfold() || new URLSearchParams(location.search).has("before")) return;
  const folded = document.querySelectorAll(".message:has(> .fold)");
  if (folded.length) folded[folded.length - 1].scrollIntoView({ block: "start" });
}

window.addEventListener("hashchange", unfold);
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#message-"]');
  if (link && link.hash === location.hash) unfold(); // no hashchange comes for the same address
});
open();

const near = new IntersectionObserver((seen) => (jump.hidden = seen.at(-1).isIntersecting));
function lookFor(composer) {
  near.disconnect();
  if (composer && jump) near.observe(composer);
}
lookFor(document.getElementById("composer"));
document.addEventListener("htmx:load", ({ target }) => {
  if (target.id === "composer") lookFor(target);
  // What was sent joins the page, which has its address from now on. Not htmx's way: Back to it would be a new page.
  else if (target.matches(".message[autofocus]")) history.replaceState(null, "", `?message=${target.id.split("-")[1]}#${target.id}`);
});
