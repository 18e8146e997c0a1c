// A toast leaves after eight seconds, waits while it is looked at, and stays when it warns. Failed requests are told here too.
import { whenShown } from "./fragments.js";

function keepTime(toast) {
  for (const other of document.querySelectorAll("#flash > .toast"))
    if (other !== toast && other.textContent.trim() === toast.textContent.trim()) other.remove();
  toast.querySelector("[data-toast-close]")?.removeAttribute("hidden");
  if (toast.hasAttribute("data-toast-stays")) return;
  let timer = 0;
  const leave = () => (timer = setTimeout(() => toast.remove(), 8000));
  for (const stop of ["mouseenter", "focusin"]) toast.addEventListener(stop, () => clearTimeout(timer));
  for (const go of ["mouseleave", "focusout"]) toast.addEventListener(go, leave);
  leave();
}

export function tell(text) {
  const place = document.getElementById("flash");
  if (!place) return;
  const toast = document.createElement("div");
  toast.className = "toast toast--warn";
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--quiet button--small";
  close.dataset.toastClose = "";
  close.textContent = "Close";
  toast.append(document.createElement("span"), words, close);
  place.append(toast);
}

whenShown("[data-toast]", keepTime);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest(".toast")?.remove();
});

// Refusals (4xx) bring their own toast from the server; only what could not be told there is told here.
document.addEventListener("htmx:response:error", (event) => {
  const quiet = event.target.closest?.(".rail-count, [data-quiet]");
  const status = event.detail?.ctx?.response?.status ?? 0;
  if (quiet || (status >= 400 && status < 500)) return;
  tell("That did not work on our side. Nothing was lost. Try again in a moment.");
});

document.addEventListener("htmx:error", (event) => {
  if (event.target.closest?.(".rail-count, [data-quiet]")) return;
  if (!navigator.onLine)
    tell("There is no connection right now. Nothing was lost. Try again when you are back online.");
});
