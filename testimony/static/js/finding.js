// The finding room by keyboard, and the text beside the list on a wide screen. Everything here also works without it.

const query = document.getElementById("query");
const hits = [...document.querySelectorAll("[data-hit]")];
const pane = document.getElementById("reading-pane");
const slot = pane?.querySelector("[data-slot]");
const wide = window.matchMedia("(min-width: 75rem)");
let asked = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && query && !isTyping(event.target)) {
    event.preventDefault();
    query.focus();
    query.select();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    move(event, event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    turn(event, event.key === (document.dir === "rtl" ? "ArrowLeft" : "ArrowRight") ? 1 : -1);
  } else if (event.key === "Escape" && pane && !pane.hidden) {
    close();
  }
});

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

// From the field the arrow leads into the list, inside the list to its neighbour; elsewhere it scrolls as ever.
function move(event, step) {
  const here = hits.findIndex((link) => link.closest("li").contains(event.target));
  const fromField = event.target === query && step === 1;
  if (here === -1 && !fromField) return;
  const next = fromField ? hits[0] : hits[here + step];
  event.preventDefault();
  if (next) next.focus();
  else if (step === -1) query.focus();
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
    if (!wide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
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
