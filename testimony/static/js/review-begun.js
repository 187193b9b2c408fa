// The note being written and the choice half made are sealed a moment after the last key, and are there again after a crash.

const AFTER_MS = 1_500;
const RETRY_MS = 10_000;
const desk = document.querySelector("[data-review]");
const note = document.getElementById("note");
const state = document.querySelector("[data-begun-state]");
const choices = ["mark", "change"].map((act) => desk.querySelector(`form[data-act="${act}"]`));

let timer = 0;
let chosen = null;

export function begun() {
  return desk.dataset.begun ? JSON.parse(desk.dataset.begun) : null;
}

// A choice that was made is none any more: the act has kept it, and the archive let go of what was begun.
export function choiceMade() {
  chosen = null;
  if (!timer) state.textContent = "";
}

function plan(after) {
  window.clearTimeout(timer);
  timer = window.setTimeout(keep, after);
}

async function keep() {
  timer = 0;
  const body = new URLSearchParams({ csrf_token: desk.querySelector("[name=csrf_token]").value });
  if (note.value !== note.defaultValue || begun()?.note) body.set("note", note.value);
  if (chosen) {
    body.set("act", chosen.dataset.act);
    for (const [name, value] of new FormData(chosen)) if (!["csrf_token", "revision"].includes(name)) body.set(name, value);
  }
  try {
    const answer = await fetch(desk.dataset.keep, { method: "POST", body, credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(`not kept: ${answer.status}`);
    const at = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    state.textContent = desk.dataset.kept.replace("#", at.format(new Date()));
  } catch {
    state.textContent = desk.dataset.unkept;
    plan(RETRY_MS);
  }
}

note.addEventListener("input", () => plan(AFTER_MS));
for (const form of choices) {
  form.addEventListener("input", () => {
    chosen = form;
    plan(AFTER_MS);
  });
}
// Someone looks away, or the lid closes: save what there is.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && timer) keep();
});
