// Marks on the account: how each passage is known. Offsets are code points, as the archive counts; the browser counts otherwise.

const form = document.querySelector("form[data-step]");
const text = document.getElementById("text");
const marks = document.querySelector("[data-marks]");
if (text && marks) {
  for (const line of document.querySelectorAll(".no-script-only")) line.hidden = true;
  marking();
  breaks();
}

function marking() {
  const list = marks.querySelector("[data-mark-list]");
  const speaker = document.getElementById("speaker");
  const kept = document.createElement("input");
  kept.type = "hidden";
  kept.name = "passages";
  form.append(kept);
  const words = new Map([...marks.querySelectorAll("[data-basis]")].map((button) => [button.dataset.basis, button.textContent]));
  let before = text.value;
  let spans = JSON.parse(marks.dataset.markValues).map((mark) => ({
    ...mark,
    start: units(before, Number(mark.start)),
    end: units(before, Number(mark.end)),
  }));

  function show() {
    spans.sort((one, other) => one.start - other.start);
    list.replaceChildren(...(spans.length ? spans.map(item) : [empty()]));
    const inPoints = spans.map((span) => ({
      start: String(points(text.value, span.start)),
      end: String(points(text.value, span.end)),
      basis: span.basis,
      speaker: span.speaker ?? "",
    }));
    kept.value = JSON.stringify(inPoints);
  }

  function item(span) {
    const row = document.createElement("li");
    const quote = document.createElement("q");
    quote.dir = "auto";
    quote.textContent = shortened(text.value.slice(span.start, span.end));
    const known = document.createElement("span");
    known.className = "mark-basis";
    known.textContent = words.get(span.basis) ?? "";
    if (span.speaker) {
      const by = document.createElement("bdi");
      by.textContent = span.speaker;
      known.append(": ", by);
    }
    const away = document.createElement("button");
    away.type = "button";
    away.className = "button button-link";
    away.textContent = list.dataset.remove;
    away.addEventListener("click", () => {
      spans = spans.filter((other) => other !== span);
      changed();
    });
    row.append(known, " ", quote, " ", away);
    return row;
  }

  function empty() {
    const row = document.createElement("li");
    row.className = "quiet";
    row.textContent = list.dataset.empty;
    return row;
  }

  function changed() {
    show();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  for (const button of marks.querySelectorAll("[data-basis]")) {
    // The selection must not be lost to the press.
    button.addEventListener("pointerdown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      const [start, end] = [text.selectionStart, text.selectionEnd];
      if (start === end) return;
      spans = spans.filter((span) => span.end <= start || span.start >= end);
      spans.push({ start, end, basis: button.dataset.basis, speaker: speaker.value.trim() });
      speaker.value = "";
      changed();
    });
  }
  text.addEventListener("input", () => {
    spans = follow(before, text.value, text.selectionEnd, spans);
    before = text.value;
    show();
  });
  marks.hidden = false;
  show();
}

// Move the marks along with a change. The caret stands behind what was put in, so what follows it is the common end.
function follow(before, after, caret, spans) {
  let tail = after.length - caret;
  if (before.slice(before.length - tail) !== after.slice(caret)) {
    tail = 0;
    while (tail < Math.min(before.length, after.length) && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  }
  const most = Math.min(before.length, after.length) - tail;
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  const last = before.length - tail;
  const shift = after.length - before.length;
  // What is put in right before or right behind a mark does not become part of it.
  const moveStart = (at) => (at >= last ? at + shift : Math.min(at, head));
  const moveEnd = (at) => (at <= head ? at : Math.max(at, last) + shift);
  return spans
    .map((span) => ({ ...span, start: moveStart(span.start), end: moveEnd(span.end) }))
    .filter((span) => span.start < span.end);
}

function points(value, unit) {
  return [...value.slice(0, unit)].length;
}

function units(value, point) {
  return [...value].slice(0, point).join("").length;
}

function shortened(quote) {
  const all = [...quote.trim()];
  return all.length <= 90 ? all.join("") : `${all.slice(0, 60).join("")} … ${all.slice(-25).join("")}`;
}

// After a while, offer the witness a break.
function breaks() {
  const line = document.querySelector("[data-break]");
  if (!line) return;
  let since = Date.now();
  function show() {
    const minutes = Math.floor((Date.now() - since) / 60_000);
    line.hidden = minutes < Number(line.dataset.minutes);
    line.querySelector("[data-break-words]").textContent = line.dataset.text.replace("#", minutes);
  }
  line.querySelector("[data-break-taken]").addEventListener("click", () => {
    since = Date.now();
    show();
  });
  setInterval(show, 30_000);
}
