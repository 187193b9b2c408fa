// Puts a code on the clipboard: <button type="button" hidden data-copy-from="id" data-copied="Copied">Copy</button>.
// The button is hidden until this runs; without it a code is selected with one click.

for (const button of document.querySelectorAll("[data-copy-from]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copyFrom).textContent.trim());
    button.textContent = button.dataset.copied;
  });
}
