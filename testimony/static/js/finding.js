// The finding room by keyboard, and the text beside the list on a wide screen. Everything here also works without it.

const query = document.getElementById("query");
const hits = [...document.querySelectorAll("[data-hit]")];
const pane = document.getElementById("reading-pane");
const slot = pane?.querySelector("[data-slot]");
const wide = window.matchMedia("(min-width: 75rem)");
const facets = document.querySelector("[data-facets]");
const sorting = document.querySelector("[data-sorting]");
// Whoever speaks to the computer, or types by mistake, turns the single letters off on the help page.
const hasLetters = document.querySelector("[data-keys]")?.dataset.keys === "on";
let asked = 0;

// Beside the hits the facets are open whatever the fold says; for browsers that cannot style a fold so, it says so.
if (facets && window.matchMedia("(min-width: 58rem)").matches) facets.open = true;

const letters = {
  "/": () => query,
  f: () => firstOf(facets, "[data-facet]"),
  s: () => firstOf(sorting, "button[aria-current]"),
  ".": () => document.querySelector("[data-similar]"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (hasLetters && event.key in letters && !isTyping(event.target)) {
    const goal = letters[event.key]();
    if (!goal) return;
    event.preventDefault();
    if (event.key === ".") goal.click();
    else goal.focus();
    if (goal === query) query.select();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    move(event, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    turn(event, event.key === (document.dir === "rtl" ? "ArrowLeft" : "ArrowRight") ? 1 : -1);
  } else if (event.key === "Escape") {
    leave(event.target);
  }
});

function isTyping(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;
}

// What is folded is opened for the key that leads into it.
function firstOf(fold, css) {
  const goal = fold?.querySelector(css);
  if (goal && !goal.checkVisibility({ contentVisibilityAuto: true })) fold.open = true;
  return goal;
}

// From the field the arrow leads into the list, inside a list to its neighbour; elsewhere it scrolls as ever.
function move(event, step) {
  const list = [facets, sorting].find((part) => part?.contains(event.target));
  if (list) {
    stepThrough([...list.querySelectorAll("button")].filter((each) => each.checkVisibility()), event, step);
    return;
  }
  const inList = hits.some((link) => link.closest("li").contains(event.target));
  const fromAbove = step === 1 && (event.target === query || event.target.id === "results");
  if (inList) stepThrough(hits, event, step);
  else if (fromAbove && hits.length) {
    event.preventDefault();
    hits[0].focus();
  }
}

function stepThrough(targets, event, step) {
  const here = targets.findIndex((each) => each === event.target || each.closest("li.hit")?.contains(event.target));
  const next = targets[here + step];
  event.preventDefault();
  if (next) next.focus();
  else if (step === -1) query?.focus();
}

// Esc closes what is open, the innermost first, and goes back to where one came from.
function leave(target) {
  if (sorting?.open) {
    sorting.open = false;
    sorting.querySelector("summary").focus();
  } else if (facets?.contains(target)) {
    (hits[0] ?? query).focus();
  } else if (pane && !pane.hidden) {
    close();
  }
}

// The testimony after or before the one that is open, beside the list or on its own page.
function turn(event, step) {
  if (isTyping(event.target)) return;
  if (pane === null) {
    document.querySelector(step === 1 ? "[rel=next]" : "[rel=prev]")?.click();
  } else if (!pane.hidden) {
    const next = hits[hits.findIndex((link) => link.ariaCurrent) + step];
    if (next) openBeside(next);
  }
}

for (const link of hits) {
  link.addEventListener("click", (event) => {
    if (!pane || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openBeside(link);
  });
}

async function openBeside(link, form = null) {
  const mine = ++asked;
  let page;
  try {
    page = form === null ? await load("GET", link.href) : await load("POST", form.action, new FormData(form));
  } catch {
    window.location.assign(link.href);
    return;
  }
  const reading = page.getElementById("reading");
  if (mine !== asked) return;
  if (reading === null) {
    window.location.assign(link.href);
    return;
  }
  close();
  slot.replaceChildren(document.importNode(reading, true));
  pane.querySelector("[data-own-page]").href = link.href;
  pane.scrollTop = 0;
  pane.hidden = false;
  pane.parentElement.dataset.reading = "";
  link.closest("li").dataset.open = "";
  link.ariaCurrent = "true";
  // "Show the account" answers beside the list as well.
  slot.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    openBeside(link, event.target);
  });
  for (const back of slot.querySelectorAll("[data-back]")) back.addEventListener("click", putAway);
  pane.focus({ preventScroll: true });
}

// The browser parses the page itself: no text is ever turned into markup here.
function load(method, address, body = null) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    request.timeout = 15_000;
    request.onload = () => (request.status === 200 ? resolve(request.response) : reject(new Error("not shown")));
    request.onerror = request.ontimeout = () => reject(new Error("not reached"));
    request.send(body);
  });
}

pane?.querySelector("[data-close]").addEventListener("click", close);

function putAway(event) {
  event.preventDefault();
  close();
}

function close() {
  const open = document.querySelector(".hit[data-open] [data-hit]");
  slot.replaceChildren();
  pane.hidden = true;
  delete pane.parentElement.dataset.reading;
  if (open === null) return;
  open.ariaCurrent = null;
  delete open.closest("li").dataset.open;
  open.focus();
}
