// Picking words to protect out of the account.

const pick = document.querySelector("[data-pick]");
if (pick) {
  const account = pick.querySelector("[data-pick-text]");
  const button = pick.querySelector("[data-pick-button]");
  for (const hint of pick.querySelectorAll("[data-pick-hint]")) hint.hidden = false;
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const selection = document.getSelection();
    const inside = selection.rangeCount > 0 && account.contains(selection.anchorNode) && account.contains(selection.focusNode);
    const words = selection.toString().trim();
    if (!inside || words === "") return;
    const free = [...document.querySelectorAll("[data-row] input")].filter((cell) => cell.value === "").at(0);
    free.value = words;
    free.dispatchEvent(new Event("input", { bubbles: true }));
    selection.removeAllRanges();
    free.closest("[data-row]").querySelector("select").focus();
  });
}
