// What is selected in the original, as code points of it.

// Code points of the original, from a selection in its pane; null for any other.
export function selectionIn(pane) {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const start = offsetOf(pane, range.startContainer, range.startOffset);
  const end = offsetOf(pane, range.endContainer, range.endOffset);
  return start === null || end === null || start >= end ? null : { start, end, text: selection.toString() };
}

function offsetOf(pane, node, offset) {
  if (!pane.contains(node)) return null;
  let element = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-s]");
  if (!element) {
    // Between two runs: the one that begins here, or the end of the one before.
    const run = node.childNodes[offset];
    element = run?.nodeType === Node.ELEMENT_NODE ? (run.matches("[data-s]") ? run : run.querySelector("[data-s]")) : null;
    if (element) return Number(element.dataset.s);
    const runs = node.querySelectorAll?.("[data-s]") ?? [];
    const last = runs[runs.length - 1];
    return last ? Number(last.dataset.s) + [...last.textContent].length : null;
  }
  const before = document.createRange();
  before.setStart(element, 0);
  before.setEnd(node, offset);
  return Number(element.dataset.s) + [...before.toString()].length;
}
