// data-key="a" on a button or link presses it; "?" lists every key the page knows.
import { isTyping } from "./fragments.js";

function isSeen(element) {
  return element.getClientRects().length > 0 && !element.disabled;
}

function addRow(list, letters, text) {
  const row = document.createElement("div");
  row.dataset.keyRow = "";
  const term = document.createElement("dt");
  for (const letter of letters) {
    const key = document.createElement("kbd");
    key.className = "kbd";
    key.textContent = letter;
    term.append(key, " ");
  }
  const words = document.createElement("dd");
  words.textContent = text;
  row.append(term, words);
  list.append(row);
}

function wordsOf(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd").forEach((small) => small.remove());
  return copy.textContent.trim() || element.getAttribute("aria-label");
}

function fillList(list) {
  for (const old of list.querySelectorAll("[data-key-row]")) old.remove();
  if (document.querySelector("[data-rows] [data-row]")) {
    addRow(list, ["J", "K"], "Next and previous row");
    addRow(list, ["Enter"], "Open the row");
    addRow(list, ["X"], "Select the row");
  }
  for (const element of document.querySelectorAll("[data-key]")) {
    if (isSeen(element)) addRow(list, [element.dataset.key.toUpperCase()], wordsOf(element));
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
