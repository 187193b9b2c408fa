// Boxes drawn over the picture write the numbers of the form, which is all that is sent.

const stage = document.querySelector("[data-stage]");
const rows = document.querySelector("[data-rows]");
const STEP = 1;
const LEAST = 0.5;

if (stage && rows) {
  for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;
  stage.classList.add("boxes-drawing");
  document.querySelector("[data-add]").addEventListener("click", () => {
    const row = freeRow();
    write(row, { left: 40, top: 40, width: 20, height: 20 });
    show();
    boxOf(row).focus();
  });
  stage.addEventListener("pointerdown", begin);
  rows.addEventListener("input", show);
  show();
}

function allRows() {
  return [...rows.querySelectorAll("[data-row]")];
}

function cell(row, name) {
  return row.querySelector(`[name="${name}"]`);
}

function freeRow() {
  const free = allRows().find((row) => !cell(row, "width").value && !cell(row, "left").value);
  if (free) return free;
  const row = allRows().at(-1).cloneNode(true);
  for (const input of row.querySelectorAll("input")) input.value = "";
  rows.append(row);
  return row;
}

function number(row, name) {
  return Number.parseFloat(cell(row, name).value.replace(",", "."));
}

function read(row) {
  const box = {};
  for (const name of ["left", "top", "width", "height"]) box[name] = number(row, name);
  return box;
}

function write(row, box) {
  const width = Math.min(Math.max(box.width, LEAST), 100);
  const height = Math.min(Math.max(box.height, LEAST), 100);
  const kept = {
    width,
    height,
    left: Math.min(Math.max(box.left, 0), 100 - width),
    top: Math.min(Math.max(box.top, 0), 100 - height),
  };
  for (const [name, value] of Object.entries(kept)) cell(row, name).value = String(Math.round(value * 100) / 100);
  cell(row, "page").value = stage.dataset.page;
}

function clear(row) {
  for (const input of row.querySelectorAll("input")) input.value = "";
}

function boxOf(row) {
  return stage.querySelector(`[data-of="${allRows().indexOf(row)}"]`);
}

// Each row of this page has a box; a box is a button, so that the keyboard reaches it.
function show() {
  for (const old of stage.querySelectorAll("[data-of]")) old.remove();
  allRows().forEach((row, index) => {
    const box = read(row);
    if (Object.values(box).some(Number.isNaN) || (cell(row, "page").value || "1") !== stage.dataset.page) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "boxes-box";
    button.dataset.of = String(index);
    button.textContent = String(index + 1);
    button.setAttribute("aria-label", stage.dataset.label.replace("{}", String(index + 1)));
    for (const [name, value] of Object.entries(box)) button.style[name] = `${value}%`;
    button.addEventListener("keydown", (event) => turn(event, row));
    stage.append(button);
  });
}

function turn(event, row) {
  const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  if (event.key === "Delete" || event.key === "Backspace") {
    clear(row);
    show();
    document.querySelector("[data-add]").focus();
  } else if (moves[event.key]) {
    const [across, down] = moves[event.key];
    const box = read(row);
    if (event.shiftKey) write(row, { ...box, width: box.width + across, height: box.height + down });
    else write(row, { ...box, left: box.left + across, top: box.top + down });
    show();
    boxOf(row).focus();
  } else return;
  event.preventDefault();
}

function place(event) {
  const frame = stage.querySelector("[data-picture]").getBoundingClientRect();
  const within = (value) => Math.min(Math.max(value, 0), 100);
  return {
    x: within(((event.clientX - frame.left) / frame.width) * 100),
    y: within(((event.clientY - frame.top) / frame.height) * 100),
  };
}

function begin(event) {
  if (event.button !== 0 || event.target.closest("[data-of]")) return;
  event.preventDefault();
  stage.setPointerCapture(event.pointerId);
  const from = place(event);
  let row = null;
  const draw = (moved) => {
    const to = place(moved);
    row ??= freeRow();
    const [left, top] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    write(row, { left, top, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) });
    show();
  };
  const end = () => {
    stage.removeEventListener("pointermove", draw);
    stage.removeEventListener("pointerup", end);
    stage.removeEventListener("pointercancel", end);
    if (row) boxOf(row)?.focus();
  };
  stage.addEventListener("pointermove", draw);
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
}
