// Draws what the server says has changed: paragraphs of the two texts, and the list of marks. Text is only ever set as text.

const REMAINING = new Set(["token", "suggested"]);

// windows: [from, to, paragraphs] each: the paragraphs that begin there are put in anew, the others stay as they are.
export function drawPane(name, windows) {
  const pane = document.querySelector(`[data-pane="${name}"]`);
  for (const [from, to, paragraphs] of windows) {
    let here = firstFrom(pane, from);
    while (here && Number(here.dataset.start) < to) {
      const next = here.nextElementSibling;
      here.remove();
      here = next;
    }
    const made = paragraphs.map(([start, segments]) => paragraphOf(start, segments, name));
    if (here) here.before(...made);
    else pane.append(...made);
  }
  if (pane.querySelector("[data-start]")) pane.querySelector(".empty")?.remove();
}

// The first paragraph that begins at this place of the original or behind it; they are in order.
function firstFrom(pane, start) {
  const paragraphs = pane.children;
  let low = 0;
  let high = paragraphs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(paragraphs[middle].dataset.start) < start) low = middle + 1;
    else high = middle;
  }
  return paragraphs[low] ?? null;
}

// tokens: mark id → text. One more person at the beginning renumbers those behind.
export function drawTokens(tokens) {
  if (!Object.keys(tokens).length) return;
  for (const token of document.querySelectorAll('[data-pane="result"] .token')) {
    const text = tokens[token.dataset.mark];
    if (text !== undefined) token.textContent = text;
  }
}

function paragraphOf(start, segments, pane) {
  const paragraph = document.createElement("p");
  paragraph.dir = "auto";
  paragraph.dataset.start = start;
  paragraph.append(...segments.map((segment) => segmentOf(segment, pane)));
  return paragraph;
}

function segmentOf([text, start, mark, kind, label], pane) {
  const isToken = pane === "result" && REMAINING.has(kind);
  const element = document.createElement(isToken ? "bdi" : mark && pane === "original" ? "a" : "span");
  element.textContent = text;
  if (isToken) element.className = kind === "suggested" ? "token token-suggested" : "token";
  else element.dataset.s = start;
  if (mark) element.dataset.mark = mark;
  if (element.localName === "a") {
    element.className = `mark mark-${kind}`;
    element.href = `#mark-${mark}`;
    element.title = label;
  }
  return element;
}

export function drawMarks(marks, gone) {
  const list = document.querySelector("[data-list]");
  const template = document.getElementById("line").content.firstElementChild;
  for (const id of gone) lineOf(id)?.remove();
  for (const mark of marks) {
    const line = lineOf(mark.id) ?? template.cloneNode(true);
    drawLine(line, mark);
    const before = mark.behind ? lineOf(mark.behind) : null;
    // What stands where it belongs is left alone: moving it would take the focus from it.
    if (line.isConnected && line.previousElementSibling === before) continue;
    if (before) before.after(line);
    else list.prepend(line);
  }
  document.querySelector("[data-none]")?.toggleAttribute("hidden", list.childElementCount > 0);
}

function lineOf(id) {
  return document.getElementById(`mark-${id}`);
}

function drawLine(line, mark) {
  line.id = `mark-${mark.id}`;
  line.className = `review-line review-${mark.decision}${line.classList.contains("is-chosen") ? " is-chosen" : ""}`;
  Object.assign(line.dataset, {
    mark: mark.id,
    start: mark.start,
    decision: mark.decision,
    category: mark.category,
    from: mark.withheld_from,
    replacement: mark.replacement,
    entity: mark.entity,
    treatment: mark.is_generalised ? "generalised" : "token",
  });
  const words = document.getElementById("line").content;
  const state = words.querySelector("[data-state]").dataset;
  const asked = words.querySelector("[data-why]").dataset.asked;
  line.querySelector("[data-quote]").textContent = mark.quote;
  line.querySelector("[data-state]").textContent = state[mark.decision];
  line.querySelector("[data-token]").textContent = mark.token;
  line.querySelector("[data-why]").textContent =
    `· ${mark.category_label}` + (mark.detector === "protect-list" ? ` · ${asked}` : "");
  drawButtons(line, mark, words);
}

function drawButtons(line, mark, words) {
  const buttons = line.querySelector(".review-buttons");
  const edit = buttons.querySelector("[data-edit]");
  const made = [];
  for (const [decision, done] of [["accept", "accepted"], ["reject", "rejected"]]) {
    if (mark.decision === done) continue;
    const model = words.querySelector(`[data-${decision}]`);
    const button = document.createElement("button");
    button.className = "button button-quiet";
    button.name = mark.alike > 1 ? `${decision}_alike` : decision;
    button.value = mark.id;
    button.textContent = mark.alike > 1 ? model.dataset.all.replace("{}", mark.alike) : model.dataset.one;
    button.append(hidden(`: ${mark.quote}`));
    made.push(button);
  }
  buttons.replaceChildren(...made, edit);
}

function hidden(text) {
  const span = document.createElement("span");
  span.className = "visually-hidden";
  span.textContent = text;
  return span;
}
