// a[data-line] in the list of issues puts the cursor on that line of the plan's text.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const area = document.getElementById("text");
  if (!link || !area) return;
  event.preventDefault();
  const lines = area.value.split("\n");
  const at = Number(link.dataset.line) - 1;
  const start = lines.slice(0, at).join("\n").length + (at > 0 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[at] ?? "").length);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(at - 3, 0);
});
