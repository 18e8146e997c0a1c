// One less, one more; the number stays typeable and within its limits.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-stepper] [data-step]");
  if (!button) return;
  const input = button.closest("[data-stepper]").querySelector("input");
  const low = Number(input.dataset.min ?? 0);
  const high = Number(input.dataset.max ?? 9999);
  const now = Number.parseInt(input.value, 10) || 0;
  const next = Math.min(high, Math.max(low, now + Number(button.dataset.step)));
  if (next === now) return;
  input.value = String(next);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
