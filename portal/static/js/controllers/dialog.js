// data-opens="id" opens a dialog, data-closes closes the one it is in; a press beside a dialog closes it.
import { whenShown } from "./fragments.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens)?.showModal();
    return;
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  else if (event.target.matches("dialog.dialog")) event.target.close();
});

// A dialog that comes back with an error (the server marks it data-open) opens by itself.
whenShown("dialog[data-open]", (dialog) => {
  if (!dialog.open) dialog.showModal();
});
