// The redactor's workspace made quick: acts without a new page, marking what is selected, one key an act.
// Every act is one of the page's own forms; without this script the same forms do the same.

import { drawMarks, drawPane, drawTokens } from "./review-panes.js";
import { enqueue } from "./review-acts.js";
import { begun, choiceMade } from "./review-begun.js";
import { hideMentions, showMentions } from "./review-mentions.js";
import { selectionIn } from "./review-selection.js";
import "./review-scroll.js";

const desk = document.querySelector("[data-review]");
const said = document.getElementById("said");
const edit = document.getElementById("edit");
const newMark = document.getElementById("new-mark");
const list = document.querySelector("[data-list]");
const tools = document.querySelector("[data-tools]");
const formOf = (name) => desk.querySelector(`form[data-act="${name}"]`);

let chosen = null;
let selected = null;

tools.hidden = false;
for (const form of desk.querySelectorAll(".no-script")) form.hidden = true;

// ---- Acts ----

desk.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-mentions]")) {
    event.preventDefault();
    mentions();
  }
  const form = event.target.closest("form[data-act]");
  if (!form) return;
  event.preventDefault();
  send(form, event.submitter);
});

// A decision is drawn when the key goes down and the next mark is at hand at once; the server's answer draws the rest.
function send(form, submitter = null) {
  say("");
  const body = new URLSearchParams(new FormData(form, submitter));
  const decided = DECISIONS.find(([name]) => body.has(name));
  const id = decided && body.get(decided[0]);
  const next = neighbour(id);
  const takeBack = decided ? foresee(id, decided[1]) : null;
  if (next && next !== id) choose(next, { move: true });
  // The keys are the page's again as soon as a choice is sent.
  if (form.dataset.act === "change" && chosen) document.getElementById(`mark-${chosen}`).focus({ preventScroll: true });
  enqueue({
    url: form.action,
    body,
    done: (change) => draw(form.dataset.act, change, next),
    refused: (text) => {
      takeBack?.();
      if (id) choose(id, { move: true });
      say(text);
    },
  });
}

const DECISIONS = [
  ["accept", "accepted"],
  ["reject", "rejected"],
  ["accept_alike", "accepted"],
  ["reject_alike", "rejected"],
];

// Show a mark as it will be; returns what shows it again as it is.
function foresee(id, decision) {
  const key = CSS.escape(id);
  const line = document.getElementById(`mark-${id}`);
  const places = [...desk.querySelectorAll(`[data-pane="original"] [data-mark="${key}"]`)];
  const before = [line, ...places].map((element) => element.className);
  const was = line.dataset.decision;
  line.dataset.decision = decision;
  line.classList.replace(`review-${was}`, `review-${decision}`);
  for (const place of places) place.classList.replace(`mark-${was}`, `mark-${decision}`);
  return () => {
    line.dataset.decision = was;
    [line, ...places].forEach((element, at) => (element.className = before[at]));
  };
}

function draw(act, change, next) {
  document.getElementById("undecided").textContent = change.count_words;
  tools.querySelector("[data-undecided]").textContent = change.count_words;
  tool("undo").disabled = !change.can_undo;
  drawPane("original", change.original);
  drawPane("result", change.result);
  drawTokens(change.tokens);
  drawMarks(change.marks, change.gone);
  for (const form of desk.querySelectorAll("[data-propose]")) form.hidden = !change.layers[form.dataset.propose];
  for (const line of desk.querySelectorAll("[data-wait]")) line.hidden = change.undecided === 0;
  if (act === "mark" || act === "change") choiceMade();
  if (act === "mark") forgetSelection();
  if (act === "everywhere") hideMentions();
  // Whoever has gone on meanwhile is not taken back.
  const wanted = next ? (chosen ?? next) : ((change.touched.includes(chosen) ? chosen : change.touched[0]) ?? chosen);
  const there = document.getElementById(`mark-${wanted}`);
  if (there) choose(wanted, { move: wanted !== chosen || !next });
  else leave();
}

function say(text) {
  said.textContent = text;
}

// ---- The chosen mark ----

function lines() {
  return [...list.children];
}

function choose(id, { move = false } = {}) {
  leave();
  const line = document.getElementById(`mark-${id}`);
  if (!line) return;
  chosen = id;
  line.classList.add("is-chosen");
  const key = CSS.escape(id);
  for (const place of desk.querySelectorAll(`.review-text [data-mark="${key}"]`)) place.classList.add("is-here");
  const place = desk.querySelector(`[data-pane="original"] [data-mark="${key}"]`);
  const token = desk.querySelector(`[data-pane="result"] [data-mark="${key}"]`);
  const shown = [line, place, token].filter(Boolean).map(reveal);
  // One text under the other: the place in the account is what is read before deciding.
  if (move && !shown.some(Boolean)) (place ?? line).scrollIntoView({ block: "center" });
  fillEdit(line);
  if (move) line.focus({ preventScroll: true });
}

// Scroll the pane that an element stands in, never the page; whether there is such a pane.
function reveal(element) {
  const pane = element.closest("[data-scroll], .review-marks");
  if (pane.scrollHeight <= pane.clientHeight + 1) return false;
  const box = element.getBoundingClientRect();
  const frame = pane.getBoundingClientRect();
  if (box.top < frame.top + 8) pane.scrollTop += box.top - frame.top - pane.clientHeight / 3;
  else if (box.bottom > frame.bottom - 8) pane.scrollTop += box.bottom - frame.bottom + pane.clientHeight / 3;
  return true;
}

function leave() {
  chosen = null;
  for (const element of desk.querySelectorAll(".is-chosen, .is-here")) element.classList.remove("is-chosen", "is-here");
}

function fillEdit(line) {
  for (const field of desk.querySelectorAll("[data-mark-field]")) field.value = line.dataset.mark;
  edit.querySelector("[data-edit-quote]").textContent = line.querySelector("[data-quote]").textContent;
  edit.querySelector("[data-category]").value = line.dataset.category;
  edit.querySelector("[data-from]").value = line.dataset.from;
  edit.querySelector("[data-replacement]").value = line.dataset.replacement;
  edit.querySelector("[data-entity]").value = line.dataset.entity;
  edit.querySelector("[data-treatment]").value = line.dataset.treatment;
  edit.querySelector("[data-exact]").value = "";
}

// After a decision the next undecided mark is at hand; at the end of the list, the first one left.
function neighbour(id) {
  if (!id) return null;
  const open = lines().filter((line) => line.dataset.decision === "proposed" || line.dataset.mark === id);
  const at = open.findIndex((line) => line.dataset.mark === id);
  return (open[at + 1] ?? open[0])?.dataset.mark ?? null;
}

function step(by) {
  const all = lines();
  if (!all.length) return;
  const at = all.findIndex((line) => line.dataset.mark === chosen);
  const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length;
  choose(all[to].dataset.mark, { move: true });
}

desk.addEventListener("click", (event) => {
  const change = event.target.closest("[data-edit]");
  const place = event.target.closest("[data-mark]");
  if (!place || event.target.closest("button")) return;
  if (event.target.closest(".review-text") && !document.getSelection().isCollapsed) return;
  if (place.localName === "a" || change) event.preventDefault();
  choose(place.dataset.mark);
  if (change) openEdit("[data-category]");
});

function openEdit(field) {
  if (!chosen) return;
  edit.hidden = false;
  const input = edit.querySelector(field);
  const more = input.closest("details");
  if (more) more.open = true;
  input.focus();
}

function decide(name) {
  if (!chosen) return;
  const button = document.createElement("button");
  button.name = name;
  button.value = chosen;
  button.hidden = true;
  formOf("decide").append(button);
  send(formOf("decide"), button);
  button.remove();
}

async function mentions() {
  if (chosen && !(await showMentions(chosen))) say(desk.dataset.failed);
}

function stretch(edge) {
  if (chosen) formOf("stretch").querySelector(`[value="${edge}"]`).click();
}

// ---- Marking what is selected ----

document.addEventListener("selectionchange", () => {
  selected = selectionIn(desk.querySelector('[data-pane="original"]'));
});

function startMark() {
  const form = formOf("mark");
  newMark.open = true;
  form.elements.start.value = selected ? selected.start : "";
  form.elements.end.value = selected ? selected.end : "";
  form.elements.words.value = selected ? selected.text : "";
  (selected ? form.querySelector("[data-category]") : form.elements.words).focus();
}

// Typed words are looked for; only untouched ones are the selection itself.
formOf("mark").elements.words.addEventListener("input", () => {
  formOf("mark").elements.start.value = "";
  formOf("mark").elements.end.value = "";
});

function forgetSelection() {
  const form = formOf("mark");
  for (const name of ["start", "end", "words", "which", "replacement", "entity"]) form.elements[name].value = "";
  newMark.open = false;
  selected = null;
  document.getSelection().removeAllRanges();
}

// ---- Buttons and keys ----

const ACTS = {
  mark: startMark,
  previous: () => step(-1),
  next: () => step(1),
  accept: () => decide("accept"),
  reject: () => decide("reject"),
  everywhere: mentions,
  undo: () => send(formOf("undo")),
  help: toggleHelp,
};

const KEYS = {
  m: ACTS.mark,
  p: ACTS.previous,
  n: ACTS.next,
  a: ACTS.accept,
  r: ACTS.reject,
  A: () => decide("accept_alike"),
  R: () => decide("reject_alike"),
  s: ACTS.everywhere,
  u: ACTS.undo,
  c: () => openEdit("[data-category]"),
  e: () => openEdit("[data-entity]"),
  "[": () => stretch("start_out"),
  "]": () => stretch("end_out"),
  "{": () => stretch("start_in"),
  "}": () => stretch("end_in"),
  "?": toggleHelp,
};

function tool(name) {
  return tools.querySelector(`[data-do="${name}"]`);
}

function toggleHelp() {
  const keys = document.getElementById("keys");
  keys.hidden = !keys.hidden;
  tool("help").setAttribute("aria-expanded", String(!keys.hidden));
}

// A button must not take the selection away before its click is heard.
tools.addEventListener("mousedown", (event) => event.preventDefault());
tools.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) ACTS[button.dataset.do]();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape") hideMentions();
  if (event.key === "Escape" && typing) list.querySelector(".is-chosen")?.focus();
  // A list of choices does not send its form by itself, as a line of text does.
  if (event.key === "Enter" && event.target.matches("form[data-act] select")) event.target.form.requestSubmit();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !document.getElementById("keys-on").checked) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// ---- What was begun before the page was left ----

restore(begun());

function restore(kept) {
  if (!kept?.act) return;
  if (kept.act === "change") {
    if (!document.getElementById(`mark-${kept.mark}`)) return;
    choose(kept.mark, { move: true });
    openEdit("[data-category]");
  } else newMark.open = true;
  const form = formOf(kept.act);
  for (const [name, value] of Object.entries(kept)) if (form.elements[name]) form.elements[name].value = value;
}
