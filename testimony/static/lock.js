// How long the archive stays unlocked. When the time is over the page is emptied, as the server has forgotten its keys.

const state = document.getElementById("lock-state");
const soon = document.getElementById("lock-soon");
const tabs = new BroadcastChannel("archive:minutes-left");
const WARN_AT_MINUTES = 2;
let closesAt;

function setMinutes(minutes) {
  closesAt = Date.now() + minutes * 60_000;
  soon.textContent = "";
  show();
}

function show() {
  const minutes = Math.max(0, Math.ceil((closesAt - Date.now()) / 60_000));
  const text = state.dataset.text.replace("#", minutes);
  if (state.textContent !== text) state.textContent = text;
  if (minutes <= WARN_AT_MINUTES && soon.textContent === "") soon.textContent = state.dataset.soon;
  soon.classList.toggle("visually-hidden", minutes > WARN_AT_MINUTES);
  if (Date.now() >= closesAt) {
    document.body.replaceChildren();
    window.location.replace(state.dataset.signIn);
  }
}

function heard(minutes) {
  setMinutes(minutes);
  // Work in one tab keeps the others open too.
  tabs.postMessage(minutes);
}

// A script that has spoken with the server says how long the session now lasts (header Archive-Minutes-Left).
document.addEventListener("archive:minutes-left", (event) => heard(event.detail));
tabs.addEventListener("message", (event) => setMinutes(event.data));
// A sleeping machine stops the timer, not the clock.
document.addEventListener("visibilitychange", show);
heard(Number(state.dataset.minutes));
setInterval(show, 10_000);
