// Signed out meanwhile, in another window or after a long time: the page stays as it is and says so; whoever has signed in
// again goes on in it. Requests in the background are answered with 401 then, and with 403 if the token is an earlier one.
const notice = document.getElementById("signed-out");
const PAUSE = 10_000; // milliseconds: whoever may not do a thing is not led to try it again and again
let next = 0;

function signedOut() {
  if (!notice) return;
  notice.querySelector("a").href = notice.dataset.url + encodeURIComponent(location.pathname + location.search);
  notice.hidden = false;
  renew(); // a request that began before one signed in again is refused after it
}

async function renew() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!token) return;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
    if (notice) notice.hidden = true;
    if (performance.now() < next) return;
    next = performance.now() + PAUSE;
    window.dispatchEvent(new Event("signed-in"));
  } catch {
    // No network: it is tried again when one looks here the next time.
  }
}

document.addEventListener("signed-out", signedOut);
document.addEventListener("new-token", renew);
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.status === 401) signedOut();
  if (xhr.status === 403) renew();
});
window.addEventListener("focus", () => notice && !notice.hidden && renew());
