// The theme button goes round: as the system, light, dark. The choice is a cookie, so the server renders it and nothing flashes.
const NEXT = { "": "light", light: "dark", dark: "" };
const A_YEAR = 60 * 60 * 24 * 365;

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-toggle]")) return;
  const root = document.documentElement;
  const theme = NEXT[root.dataset.theme ?? ""];
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; SameSite=Lax; Max-Age=${theme ? A_YEAR : 0}${secure}`;
});
