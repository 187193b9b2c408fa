// Leave quickly: the button, or Shift three times. The page is empty before the server has answered, in every tab.

const form = document.getElementById("leave");
const tabs = new BroadcastChannel("archive:leave");
const WITHIN_MS = 1500;
let presses = [];

function blank() {
  document.title = "\u00a0";
  document.body.replaceChildren();
}

function leave() {
  blank();
  tabs.postMessage("left");
  const gone = () => window.location.replace(form.dataset.blank);
  // keepalive: the sign-out arrives even when the window is closed in the same breath.
  fetch(form.action, { method: "POST", keepalive: true, redirect: "manual", credentials: "same-origin" }).then(gone, gone);
}

tabs.addEventListener("message", () => {
  blank();
  window.location.replace(form.dataset.blank);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Shift") {
    // A capital letter is Shift too; only Shift alone counts.
    presses = [];
    return;
  }
  if (event.repeat) return;
  const now = event.timeStamp;
  presses = [...presses.filter((at) => now - at < WITHIN_MS), now];
  if (presses.length === 3) leave();
});
