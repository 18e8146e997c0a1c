// data-key="a" on a button or link presses it; "?" lists every key the page knows.
import { isTyping } from "./fragments.js";

function isSeen(element) {
  return element.getClientRects().length > 0 && !element.disabled;
}

function fillList(list) {
  for (const old of list.querySelectorAll("[data-key-row]")) old.remove();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!isSeen(element)) continue;
    const row = document.createElement("div");
    row.dataset.keyRow = "";
    const key = document.createElement("kbd");
    key.className = "kbd";
    key.textContent = element.dataset.key.toUpperCase();
    const term = document.createElement("dt");
    term.append(key);
    const words = document.createElement("dd");
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd").forEach((small) => small.remove());
    words.textContent = copy.textContent.trim() || element.getAttribute("aria-label");
    row.append(term, words);
    list.append(row);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]"))
    return;
  if (event.key === "?") {
    const dialog = document.getElementById("keys");
    if (!dialog) return;
    event.preventDefault();
    fillList(dialog.querySelector("[data-keys-list]"));
    dialog.showModal();
    return;
  }
  const element = [...document.querySelectorAll("[data-key]")].find(
    (one) => one.dataset.key.toLowerCase() === event.key.toLowerCase() && isSeen(one),
  );
  if (element) {
    event.preventDefault();
    element.click();
  }
});
