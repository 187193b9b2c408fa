// Words selected in the text of a file go into a free row of the form, which is all that is sent.

const text = document.querySelector("[data-words]");
const rows = document.querySelector("[data-rows]");

if (text && rows) {
  for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;
  document.querySelector("[data-take]").addEventListener("click", take);
}

function take() {
  const words = selected();
  if (!words) return;
  const row = freeRow();
  row.querySelector('[name="words"]').value = words;
  row.querySelector('[name="category"]').focus();
}

function selected() {
  const chosen = document.getSelection();
  if (!chosen.rangeCount || !text.contains(chosen.getRangeAt(0).commonAncestorContainer)) return "";
  return chosen.toString().replace(/\s+/gu, " ").trim();
}

function freeRow() {
  const free = [...rows.querySelectorAll("[data-row]")].find((row) => !row.querySelector('[name="words"]').value);
  if (free) return free;
  const row = rows.querySelector("[data-row]:last-child").cloneNode(true);
  for (const input of row.querySelectorAll("input")) input.value = "";
  row.querySelector("select").value = "";
  rows.append(row);
  return row;
}
