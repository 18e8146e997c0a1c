// a[data-line] in the list of issues puts the cursor on that line of the plan's text; after a fragment of the studio has
// arrived, fields the reader is not in show what the server says, although they were typed in before.
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

function follow() {
  const studio = document.getElementById("studio");
  if (!studio) return;
  for (const field of studio.querySelectorAll("input, select, textarea")) {
    if (field === document.activeElement) continue;
    if (field.type === "checkbox") field.checked = field.defaultChecked;
    else if (field.tagName === "SELECT") field.value = (field.querySelector("option[selected]") ?? field.options[0]).value;
    else if (field.value !== field.defaultValue) field.value = field.defaultValue;
  }
}
document.addEventListener("htmx:after:swap", follow);
