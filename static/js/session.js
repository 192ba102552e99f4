// Signed out meanwhile, in another window or after a long time: the page stays as it is and says so; whoever has signed in
// again goes on in it. Requests in the background are answered with 401 then, and with 403 if the token is an earlier one.
const notice = document.getElementById("signed-out");
const PAUSE = 10_000; // milliseconds: whoever may not do a thing gets no other token for it again and again
let quiet = 0;

function signedOut() {
  if (!notice) return;
  notice.querySelector("a").href = notice.dataset.url + encodeURIComponent(location.pathname + location.search);
  notice.hidden = false;
}

async function renew() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!token) return;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
    if (notice) notice.hidden = true;
    window.dispatchEvent(new Event("signed-in"));
  } catch {
    // No network: it is tried again when one looks here the next time.
  }
}

function other() {
  if (performance.now() < quiet) return;
  quiet = performance.now() + PAUSE;
  renew();
}

document.addEventListener("signed-out", signedOut);
document.addEventListener("new-token", other);
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.status === 401) signedOut();
  if (xhr.status === 403) other();
});
window.addEventListener("focus", () => notice && !notice.hidden && renew());
