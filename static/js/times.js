// Keeps "3 minutes ago" true while the page is open. The server wrote the words first; these are the browser's for the same language.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const A_WEEK = 7 * 86400;
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" });

setInterval(() => document.querySelectorAll("time[data-relative]").forEach(refresh), 60000);

function refresh(time) {
  const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  if (unit && Math.abs(seconds) < A_WEEK) time.textContent = words.format(Math.trunc(seconds / unit[1]), unit[0]);
}
