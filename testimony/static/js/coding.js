// The form for an act made quick: words selected in the account, a list of acts that shortens as one types.
// Everything here can be typed and chosen without it.

const account = document.querySelector("[data-account]");
const taking = document.querySelector("[data-selection]");
const begins = document.getElementById("begins");
const ends = document.getElementById("ends");
const which = document.getElementById("which");

// ---- Words selected in the account ----

taking.hidden = false;
taking.querySelector("[data-take]").addEventListener("click", take);
document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyW") {
    event.preventDefault();
    take();
  }
});

// A press on the button must not lose what is selected.
taking.addEventListener("mousedown", (event) => event.preventDefault());

function take() {
  const selection = document.getSelection();
  if (!account.contains(selection.anchorNode) || !account.contains(selection.focusNode)) return;
  const words = wordsOf(selection.getRangeAt(0));
  if (!words) return;
  begins.value = words;
  ends.value = "";
  which.value = "";
  begins.focus();
}

// The words as the release has them: tokens in brackets, without what only a screen reader says, a line a paragraph.
function wordsOf(range) {
  const part = range.cloneContents();
  for (const hidden of part.querySelectorAll(".visually-hidden")) hidden.remove();
  for (const token of part.querySelectorAll(".token")) token.replaceWith(`[${token.textContent}]`);
  for (const paragraph of part.querySelectorAll("p")) paragraph.append("\n");
  return part.textContent.trim();
}

// ---- The list of acts ----

const holder = document.querySelector("[data-filter]");
const list = holder.querySelector("select");
const groups = [...list.querySelectorAll("optgroup")].map((group) => ({ group, options: [...group.children] }));

const label = document.createElement("label");
const filter = document.createElement("input");
filter.type = "search";
filter.id = "act-filter";
filter.autocomplete = "off";
filter.spellcheck = false;
label.htmlFor = filter.id;
label.className = "hint";
label.textContent = holder.dataset.label;
list.before(label, filter);

filter.addEventListener("input", shorten);
filter.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  event.preventDefault();
  const first = list.querySelector('option:not([value=""])');
  if (first && plain(filter.value)) list.value = first.value;
  list.focus();
});

// Options are taken out, not hidden: not every browser hides one.
function shorten() {
  const wanted = plain(filter.value).split(" ").filter(Boolean);
  const chosen = list.value;
  for (const { group, options } of groups) {
    const fitting = options.filter((option) => {
      const words = plain(`${group.label} ${option.textContent}`);
      return option.value === chosen || option.value === "" || wanted.every((word) => words.includes(word));
    });
    group.replaceChildren(...fitting);
    group.hidden = fitting.length === 0;
    if (fitting.length) list.append(group);
    else group.remove();
  }
  list.value = chosen;
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
}
