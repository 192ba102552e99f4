// Runs while the page is read, before it is drawn: a mail that was seen before has the height that it had then.
try {
  const kept = JSON.parse(localStorage.getItem("mail-heights") ?? "{}");
  for (const frame of document.querySelectorAll("iframe.mail-frame")) {
    const height = kept[`${frame.name} ${frame.clientWidth}`];
    if (height) frame.style.height = `${height}px`;
  }
} catch {
  // A browser that keeps nothing shows the mail all the same.
}
