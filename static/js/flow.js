// From ticket to ticket: remembers the list that one came from, for "back", "previous", "next" and what comes after
// sending. Kept for this tab alone; without it the links lead to the plain list.
const KEY = "list";
const list = () => JSON.parse(sessionStorage.getItem(KEY) ?? "null");

function remember() {
  const rows = [...document.querySelectorAll("#tickets tr[data-row]")];
  const links = rows.map((row) => row.querySelector(".row-link")).filter(Boolean);
  if (!links.length) return;
  const before = list();
  sessionStorage.setItem(KEY, JSON.stringify({ url: location.pathname + location.search, tickets: links.map((link) => link.pathname) }));
  // Back in the list, the row of the ticket that one comes from is the current one; or the one that has its place now.
  const link = links.find((each) => each.pathname === before?.opened) ?? (before?.url === list().url && links[Math.min(before.at, links.length - 1)]);
  if (!link || document.querySelector("tr.is-current")) return;
  link.closest("tr").classList.add("is-current");
  link.closest("tr").scrollIntoView({ block: "nearest" });
  if (document.activeElement === document.body) link.focus({ preventScroll: true });
}

// What is done to selected rows makes the list anew.
addEventListener("pagehide", () => {
  const rows = [...document.querySelectorAll("#tickets tr[data-row]")], at = rows.findIndex((row) => row.matches(".is-current"));
  if (at >= 0) sessionStorage.setItem(KEY, JSON.stringify({ ...list(), opened: rows[at].querySelector(".row-link").pathname, at }));
});

function lead(page) {
  const from = list();
  if (!from) return;
  const here = from.tickets.indexOf(page.dataset.ticket);
  if (here < 0) return;
  sessionStorage.setItem(KEY, JSON.stringify({ ...from, opened: page.dataset.ticket }));
  const next = from.tickets[here + 1], previous = from.tickets[here - 1];
  for (const link of document.querySelectorAll("[data-to-list]")) link.href = from.url;
  for (const [name, address] of Object.entries({ next, previous })) {
    const link = document.querySelector(`[data-to-${name}]`);
    if (link && address) Object.assign(link, { href: address, hidden: false });
  }
  const after = { next: next ?? from.url, list: from.url }[page.dataset.afterSending] ?? "";
  for (const field of document.querySelectorAll("input[name=go]")) field.value = after;
}

function start() {
  const page = document.querySelector("[data-ticket]");
  if (page) lead(page);
  else remember();
}
start();
document.addEventListener("htmx:load", (event) => event.target !== document.body && start());

// Whoever works in another window sees in its title that something came.
const title = document.title;
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.matches("#news, #ticket-news")) document.title = target.textContent.trim() ? `● ${title}` : title;
});
