// A long conversation opens where reading goes on, folded messages open when an address names them, and the composer is
// one click away from everywhere.
const composer = document.getElementById("composer");
const jump = document.querySelector("[data-jump]");

function unfold() {
  const message = location.hash.startsWith("#message-") ? document.getElementById(location.hash.slice(1)) : null;
  message?.querySelector(".fold")?.setAttribute("open", "");
  message?.scrollIntoView();
  return Boolean(message);
}

function open() {
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
if (composer && jump) new IntersectionObserver(([seen]) => (jump.hidden = seen.isIntersecting)).observe(composer);
