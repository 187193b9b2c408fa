// The steps of an interview: saved while they are filled in, and folded to what makes sense. Without this script the buttons save,
// and every question is on the page with a line that says when it is for.

const AFTER_MS = 1_500;
const RETRY_MS = 10_000;

const form = document.querySelector("form[data-step]");
if (form) {
  watch(form);
  fold(form);
  purposes(form);
  parameters(form);
  rows(form);
}

function watch(form) {
  const state = form.querySelector("[data-state]");
  const version = form.elements.namedItem("version");
  let timer = 0;
  let changed = false;
  let saving = false;
  let stopped = false;

  function plan(after) {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, after);
  }

  async function save() {
    if (saving || stopped || !changed) return;
    saving = true;
    changed = false;
    try {
      const answer = await post(form);
      if (answer.status === 409) {
        stopped = true;
        say(form.dataset.changed);
        return;
      }
      if (!answer.ok) throw new Error(`not saved: ${answer.status}`);
      version.value = (await answer.json()).version;
      say(form.dataset.saved.replace("#", timeOfDay()));
    } catch {
      changed = true;
      say(form.dataset.unsaved);
      plan(RETRY_MS);
    } finally {
      saving = false;
    }
    if (changed) plan(AFTER_MS);
  }

  function say(words) {
    if (state) state.textContent = words;
  }

  form.addEventListener("input", () => {
    changed = true;
    plan(AFTER_MS);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  // A press while a save is under way waits for it, or the two would look like two windows.
  form.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    stopped = !saving;
    if (!saving) return;
    event.preventDefault();
    delete form.dataset.sent;
    const button = event.submitter;
    const again = window.setInterval(() => {
      if (saving) return;
      window.clearInterval(again);
      delete form.dataset.sent;
      form.requestSubmit(button);
    }, 50);
  });
}

async function post(form) {
  const body = new FormData(form);
  const answer = await fetch(form.action, {
    method: "POST",
    body,
    headers: { Accept: "application/json", "X-CSRFToken": body.get("csrf_token") },
    credentials: "same-origin",
    redirect: "error",
  });
  const minutes = Number(answer.headers.get("Archive-Minutes-Left"));
  if (minutes > 0) document.dispatchEvent(new CustomEvent("archive:minutes-left", { detail: minutes }));
  return answer;
}

function timeOfDay() {
  return new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }).format(new Date());
}

// Sections that are only for one answer.
function fold(form) {
  const sections = [...form.querySelectorAll("[data-when-name]")].filter((section) => form.elements.namedItem(section.dataset.whenName));
  function show() {
    const given = new FormData(form);
    for (const section of sections) {
      section.hidden = !section.dataset.whenValues.split("|").includes(given.get(section.dataset.whenName));
    }
  }
  for (const words of form.querySelectorAll("[data-when-words]")) {
    words.hidden = sections.includes(words.closest("[data-when-name]"));
  }
  form.addEventListener("change", show);
  show();
}

// Purposes that rest on another appear when that one is allowed; what was answered stays in sight. A second press takes an answer back.
function purposes(form) {
  const all = [...form.querySelectorAll("[data-purpose]")];
  if (all.length === 0) return;
  const yes = new Set(["granted", "granted_with_conditions"]);
  const sentence = form.querySelector("[data-allowed]");

  const answer = (purpose) => purpose.querySelector("input:checked")?.value ?? "";

  function show() {
    const allowed = new Set(all.filter((purpose) => yes.has(answer(purpose))).map((purpose) => purpose.dataset.purpose));
    for (const purpose of all) {
      const needs = purpose.dataset.needs.split(" ").filter(Boolean);
      const met = needs.every((code) => allowed.has(code));
      purpose.hidden = !met && answer(purpose) === "";
      const words = purpose.querySelector("[data-needs-words]");
      if (words) words.hidden = met;
    }
    for (const section of form.querySelectorAll("section.questions")) {
      const inside = [...section.querySelectorAll("[data-purpose]")];
      if (inside.length > 0) section.hidden = inside.every((purpose) => purpose.hidden);
    }
    const labels = (value) => all.filter((purpose) => answer(purpose) === value).map((purpose) => purpose.dataset.label).join("; ");
    const [plain, conditional] = [labels("granted"), labels("granted_with_conditions")];
    const parts = [];
    if (plain) parts.push(sentence.dataset.allows.replace("#", plain));
    if (conditional) parts.push(sentence.dataset.conditions.replace("#", conditional));
    sentence.textContent = parts.length ? [...parts, sentence.dataset.rest].join(" ") : sentence.dataset.nothing;
  }

  let before = null;
  form.addEventListener("pointerdown", (event) => {
    const radio = event.target.closest(".answers .choice")?.querySelector("input");
    before = radio?.checked ? radio : null;
  });
  form.addEventListener("click", (event) => {
    if (before === null || event.target !== before) return;
    before.checked = false;
    before.dispatchEvent(new Event("input", { bubbles: true }));
    before.dispatchEvent(new Event("change", { bubbles: true }));
    before = null;
  });
  form.addEventListener("change", show);
  show();
}

// A condition's detail is asked for when the condition is ticked.
function parameters(form) {
  const details = [...form.querySelectorAll("[data-with]")];
  function show() {
    for (const detail of details) detail.hidden = !document.getElementById(detail.dataset.with).checked;
  }
  form.addEventListener("change", show);
  show();
}

// There is always one empty row more.
function rows(form) {
  for (const set of form.querySelectorAll("[data-rows]")) {
    const shown = [...set.querySelectorAll("[data-row]")];
    const isEmpty = (row) => [...row.querySelectorAll("input, select")].every((cell) => cell.value === "");
    while (shown.length > 1 && isEmpty(shown.at(-1)) && isEmpty(shown.at(-2))) shown.pop().remove();
    set.addEventListener("input", () => {
      const last = [...set.querySelectorAll("[data-row]")].at(-1);
      if (!isEmpty(last)) last.after(copy(last, set.dataset.rows));
    });
  }
}

function copy(row, name) {
  const next = row.cloneNode(true);
  for (const cell of next.querySelectorAll("[id]")) {
    const [, number, column] = cell.id.match(/^.*-(\d+)-([^-]+)$/);
    const id = `${name}-${Number(number) + 1}-${column}`;
    next.querySelector(`label[for="${cell.id}"]`).htmlFor = id;
    cell.id = cell.name = id;
    cell.value = "";
  }
  return next;
}
