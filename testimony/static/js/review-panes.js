// Draws what the server says has changed: paragraphs of the two texts, and the list of marks. Text is only ever set as text.

const REMAINING = new Set(["token", "suggested"]);

export function drawPane(name, patch) {
  const pane = document.querySelector(`[data-pane="${name}"]`);
  const known = new Map([...pane.children].map((paragraph) => [paragraph.dataset.start, paragraph]));
  const wanted = patch.order.map((start) => {
    const key = String(start);
    const segments = patch.changed[key];
    return segments ? paragraphOf(key, segments, name) : known.get(key);
  });
  let here = pane.firstElementChild;
  for (const paragraph of wanted) {
    if (paragraph === here) {
      here = here.nextElementSibling;
      continue;
    }
    const replaced = here && here.dataset.start === paragraph.dataset.start ? here : null;
    if (replaced) {
      here = here.nextElementSibling;
      replaced.replaceWith(paragraph);
    } else pane.insertBefore(paragraph, here);
  }
  while (here) {
    const next = here.nextElementSibling;
    here.remove();
    here = next;
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

export function drawMarks(marks) {
  const list = document.querySelector("[data-list]");
  const known = new Map([...list.children].map((line) => [line.dataset.mark, line]));
  const template = document.getElementById("line").content.firstElementChild;
  marks.forEach((mark, at) => {
    const line = known.get(mark.id) ?? template.cloneNode(true);
    known.delete(mark.id);
    drawLine(line, mark);
    if (list.children[at] !== line) list.insertBefore(line, list.children[at] ?? null);
  });
  for (const line of known.values()) line.remove();
  document.querySelector("[data-none]")?.toggleAttribute("hidden", marks.length > 0);
}

function drawLine(line, mark) {
  const signature = JSON.stringify(mark);
  if (line.dataset.drawn === signature) return;
  line.id = `mark-${mark.id}`;
  line.className = `review-line review-${mark.decision}${line.classList.contains("is-chosen") ? " is-chosen" : ""}`;
  Object.assign(line.dataset, {
    drawn: signature,
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
