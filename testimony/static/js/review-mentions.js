// Where else the account says what a mark covers, and how often: shown before anything is done about it.

const desk = document.querySelector("[data-review]");
const place = document.getElementById("mentions");
const ask = desk.querySelector("form[data-mentions]");

// Returns whether they are shown: not where the archive did not answer.
export async function showMentions(mark) {
  const address = new URL(ask.action);
  address.searchParams.set("mark", mark);
  const headers = { Accept: "application/json" };
  const answer = await fetch(address, { headers, credentials: "same-origin", redirect: "error" }).catch(() => null);
  if (!answer?.ok) return false;
  const { same, others, open } = await answer.json();
  place.querySelector("[data-same]").textContent = same;
  place.querySelector("[data-spellings]").replaceChildren(...others.map(choiceOf));
  place.querySelector("fieldset").hidden = !others.length;
  place.querySelector("button").disabled = !open;
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
  place.querySelector("[name=spelling]:enabled, button:enabled")?.focus();
  return true;
}

export function hideMentions() {
  place.hidden = true;
  place.querySelector("[data-spellings]").replaceChildren();
}

function choiceOf({ key, text, note, open }) {
  const choice = document.getElementById("spelling").content.firstElementChild.cloneNode(true);
  const box = choice.querySelector("input");
  box.value = key;
  box.disabled = !open;
  choice.querySelector("bdi").textContent = text;
  choice.querySelector(".quiet").textContent = note;
  return choice;
}
