// form[data-autosave="address"] is sent on change and says when it was saved; leaving early asks nothing, since all is kept.
let timer = 0;

function say(text) {
  for (const place of document.querySelectorAll("[data-saved-at]")) place.textContent = text;
}

async function save(form) {
  const address = form.dataset.autosave || form.action;
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { "HX-Request": "true", "X-Autosave": "1" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    say(`Saved ${time}`);
    form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true }));
  } catch {
    say("Not saved yet");
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form || event.target.type === "file") return;
  clearTimeout(timer);
  timer = setTimeout(() => save(form), 400);
});
