// Keeps "3 minutes ago" true while the page is open, and says the exact time on hover and on paper. The server wrote the words
// first; these are the browser's for the same language. A time that is exact by itself says so by `data-exact`.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const A_WEEK = 7 * 86400;
const language = document.documentElement.lang || "en";
const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
const exact = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
const times = (part) => part.querySelectorAll("time:not([data-exact])");

setInterval(() => times(document).forEach(refresh), 60000);
document.addEventListener("htmx:load", ({ target }) => times(target).forEach(name));
times(document).forEach(name);

function refresh(time) {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  if (unit && Math.abs(seconds) < A_WEEK) time.textContent = words.format(Math.trunc(seconds / unit[1]), unit[0]);
}

// By the clock of the reader's time zone, which the server knows and wrote: the browser's may be another one.
function name(time) {
  time.title = exact.format(Date.parse(`${time.dateTime.slice(0, 16)}Z`));
}
