// Saves a form while it is being filled in. Load it in the block `scripts` of a page with
//   <form data-autosave data-autosave-url="…" data-saved="Sealed on this machine %s" data-unsaved="Not saved …">
// and, inside the form, <p class="saved" data-autosave-state role="status"></p>.
// The address answers 2xx when it has saved. The form's own button saves as well, without script.

const AFTER_MS = 2_000;
const RETRY_MS = 10_000;

for (const form of document.querySelectorAll("form[data-autosave]")) watch(form);

function watch(form) {
  const state = form.querySelector("[data-autosave-state]");
  let timer = 0;
  let changed = false;
  let saving = false;

  function plan(after) {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, after);
  }

  async function save() {
    if (saving || !changed) return;
    saving = true;
    changed = false;
    try {
      await post(form);
      state.textContent = form.dataset.saved.replace("%s", timeOfDay());
    } catch {
      changed = true;
      state.textContent = form.dataset.unsaved;
      plan(RETRY_MS);
    } finally {
      saving = false;
    }
    if (changed) plan(AFTER_MS);
  }

  form.addEventListener("input", () => {
    changed = true;
    plan(AFTER_MS);
  });
  // Someone looks away, or the lid closes: save what there is.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  form.addEventListener("submit", () => window.clearTimeout(timer));
}

async function post(form) {
  const body = new FormData(form);
  // Files go with the form's own button, once, not with every pause in typing.
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  const answer = await fetch(form.dataset.autosaveUrl, {
    method: "POST",
    body: new URLSearchParams(body),
    headers: { "X-CSRFToken": body.get("csrf_token"), Accept: "application/json" },
    credentials: "same-origin",
    redirect: "error",
  });
  if (!answer.ok) throw new Error(`not saved: ${answer.status}`);
  const minutes = Number(answer.headers.get("Archive-Minutes-Left"));
  if (minutes > 0) document.dispatchEvent(new CustomEvent("archive:minutes-left", { detail: minutes }));
}

function timeOfDay() {
  return new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date());
}
