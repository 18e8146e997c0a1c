// Lists of work: J and K move, Enter opens, X selects. A press anywhere on a row opens its first link.
import { isTyping } from "./fragments.js";

const rows = () =>
  [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.getClientRects().length > 0);
const link = (row) => (row.matches("a[href]") ? row : row.querySelector("a[href]"));

function here() {
  const all = rows();
  return all.find((row) => row.classList.contains("is-here")) ?? all.find((row) => row.hasAttribute("aria-current"));
}

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(here());
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  for (const row of all) row.classList.toggle("is-here", row === next);
  link(next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const acts = {
  j: () => move(1),
  k: () => move(-1),
  x: () => here()?.querySelector('input[type="checkbox"]')?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]"))
    return;
  const act = acts[event.key.toLowerCase()];
  if (act && rows().length > 0) {
    event.preventDefault();
    act();
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (
    !row ||
    row.matches("a") ||
    event.target.closest("a, button, input, label, select, summary") ||
    getSelection().toString()
  )
    return;
  link(row)?.click();
});

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.checkAll;
  if (!name) return;
  for (const box of document.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(name)}"]`))
    box.checked = event.target.checked;
});
