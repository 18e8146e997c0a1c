// data-copy="text" puts the text on the clipboard and says so in the button for a moment.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = button.querySelector("[data-copy-said]") ?? button;
  const before = said.textContent;
  said.textContent = "Copied";
  setTimeout(() => (said.textContent = before), 1600);
});
