// Small comforts on every page. Without this script everything still works.

// Times in the reader's zone; the UTC time stays in the title and in print.
const language = document.documentElement.lang;
// In the order and by the clock in which the pages write without script: 27 November 2026, 14:02.
const shown = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
  day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
for (const time of document.querySelectorAll("time[data-moment]")) {
  time.textContent = shown.format(new Date(time.dateTime));
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// A page that comes back from the browser's memory may be sent again, or may belong to someone who has left: ask the server.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
