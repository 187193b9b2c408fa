// Original and result scroll together: the paragraph at the top of one is brought to the top of the other.
// A place is known by its offset in the original, which both texts carry.

const panes = [...document.querySelectorAll("[data-scroll]")];
let led = null;
let release = 0;

for (const pane of panes) {
  const lead = () => {
    led = pane;
  };
  for (const name of ["pointerenter", "pointerdown", "wheel", "touchstart", "focusin", "keydown"]) {
    pane.addEventListener(name, lead, { passive: true });
  }
  pane.addEventListener("scroll", () => follow(pane), { passive: true });
}

// The other pane follows only whom the reader moves, so that the two never push each other.
function follow(leader) {
  if (led !== leader) return;
  window.cancelAnimationFrame(release);
  release = window.requestAnimationFrame(() => {
    for (const pane of panes) if (pane !== leader && isScrollable(pane)) align(leader, pane);
  });
}

function isScrollable(pane) {
  return pane.scrollHeight > pane.clientHeight + 1;
}

function align(leader, pane) {
  const paragraphs = [...leader.querySelectorAll("p[data-start]")];
  const top = leader.getBoundingClientRect().top;
  const first = firstBelow(paragraphs, top);
  if (!first) return;
  const box = first.getBoundingClientRect();
  const part = box.height ? (top - box.top) / box.height : 0;
  const twin = lastAtOrBefore([...pane.querySelectorAll("p[data-start]")], Number(first.dataset.start));
  if (!twin) return;
  const there = twin.getBoundingClientRect();
  pane.scrollTop += there.top + part * there.height - pane.getBoundingClientRect().top;
}

function firstBelow(paragraphs, top) {
  return search(paragraphs, (paragraph) => paragraph.getBoundingClientRect().bottom > top);
}

function lastAtOrBefore(paragraphs, start) {
  const after = search(paragraphs, (paragraph) => Number(paragraph.dataset.start) > start);
  return after ? after.previousElementSibling : paragraphs.at(-1);
}

// The first element for which the test holds; the elements are in order.
function search(elements, test) {
  let low = 0;
  let high = elements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(elements[middle])) high = middle;
    else low = middle + 1;
  }
  return elements[low];
}
