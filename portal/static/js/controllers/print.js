// data-print opens the print dialog; every part of an opened amount is on the paper, then closed again.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll(".paper details:not([open]):not(.chart-table)")];
  for (const part of opened) part.open = true;
});
window.addEventListener("afterprint", () => {
  for (const part of opened) part.open = false;
});
