// Acts go to the server one by one, in the order of the keys: each on the revision that the one before it left.
// Whoever types faster than the archive answers loses nothing; what follows a refused act is not done.

const desk = document.querySelector("[data-review]");
const waiting = [];
let sending = false;

// act: { url, body, done(change), refused(text) }
export function enqueue(act) {
  waiting.push(act);
  if (!sending) work();
}

async function work() {
  sending = true;
  while (waiting.length) await one(waiting.shift());
  sending = false;
}

async function one(act) {
  act.body.set("revision", desk.querySelector("[data-revision]").value);
  try {
    const answer = await fetch(act.url, {
      method: "POST",
      body: act.body,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "error",
    });
    await taken(act, answer);
  } catch {
    refuse(act, desk.dataset.failed);
  }
}

async function taken(act, answer) {
  const minutes = Number(answer.headers.get("Archive-Minutes-Left"));
  if (minutes > 0) document.dispatchEvent(new CustomEvent("archive:minutes-left", { detail: minutes }));
  if (answer.status === 401) window.location.reload();
  else if (answer.status === 409) refuse(act, desk.dataset.conflict);
  else if (answer.status === 422) refuse(act, (await answer.json()).problems.join(" "));
  else if (!answer.ok) refuse(act, desk.dataset.failed);
  else {
    const change = await answer.json();
    for (const field of desk.querySelectorAll("[data-revision]")) field.value = change.revision;
    act.done(change);
  }
}

// The newest first, so that each one finds the page as it left it.
function refuse(act, text) {
  for (const later of waiting.splice(0).reverse()) later.refused(text);
  act.refused(text);
}

window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});
