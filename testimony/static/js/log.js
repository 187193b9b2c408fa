// On a wide screen the choice of events is open from the start; on a telephone it stays folded.

if (window.matchMedia("(min-width: 60rem)").matches) {
  for (const box of document.querySelectorAll("details[data-open-on-wide]")) box.open = true;
}
