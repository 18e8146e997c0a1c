// Nothing typed in the studio is lost. Every request carries both forms as they stand when it leaves; an answer is shown
// only while nothing newer was typed (the next one shows it all); leaving waits until what was typed is kept.
const OURS = "#plan-fields, #plan-text";
const LARGEST = 60_000; // what a browser still sends after the page is gone
let unsent = false; // typed, and in no request yet
let failed = false; // the last request kept nothing
let under_way = 0;
let newest = null; // the field that was typed in last
let leaving = [];

const ours = (ctx) => Boolean(ctx?.sourceElement?.matches?.(OURS));
const unkept = () => unsent || failed || under_way > 0;

function everything(form, button) {
  const data = new FormData(form, button?.form === form ? button : null);
  const own = new Set([...data.keys()]);
  for (const other of document.querySelectorAll(OURS)) {
    if (other !== form) for (const [name, value] of new FormData(other)) if (!own.has(name)) data.append(name, value);
  }
  for (const half of document.querySelectorAll("#studio input")) if (half.validity.badInput) data.delete(half.name);
  if (newest?.form) data.set("side", newest.form.id === "plan-text" ? "text" : "fields");
  return new URLSearchParams(data);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest(OURS);
  if (!form || form === event.target) return;
  unsent = true;
  newest = event.target;
});

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (!ours(ctx)) return;
  const button = ctx.request.submitter;
  if (!unsent && !failed && !button) {
    event.preventDefault(); // another request took it along
    return;
  }
  ctx.request.body = everything(ctx.sourceElement, button);
  unsent = false;
  under_way += 1;
  ctx.leftThePage = true;
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (!ours(ctx)) return;
  ctx.late = unsent;
  if (unsent) tasks.splice(0, tasks.length, ...tasks.filter((task) => task.type !== "main"));
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ours(ctx) && !ctx.late) follow();
});

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  if (!ours(ctx) || !ctx.leftThePage) return;
  under_way -= 1;
  const status = ctx.response?.status ?? 0;
  failed = status !== 200 && status !== 422;
  if (status === 0 || status >= 500) setTimeout(again, 4000);
  if (under_way === 0) for (const go of leaving.splice(0)) go();
});

function again() {
  if (failed) document.querySelector(OURS)?.dispatchEvent(new Event("input", { bubbles: true }));
}

// After an answer every field shows what the server says, but for the one in which the reader is writing.
function follow() {
  for (const field of document.querySelectorAll("#studio input, #studio select, #studio textarea")) {
    const writing = field === document.activeElement && field === newest && field.id !== "text";
    if (writing || field.validity.badInput) continue;
    if (field.type === "checkbox") field.checked = field.defaultChecked;
    else if (field.tagName === "SELECT") field.value = (field.querySelector("option[selected]") ?? field.options[0]).value;
    else if (field.value !== field.defaultValue) put(field, field.defaultValue);
  }
}

function put(field, value) {
  const { value: old, selectionStart: start, selectionEnd: end, scrollTop } = field;
  field.value = value;
  if (field !== document.activeElement || start === null) return;
  const same = old.slice(0, start) === value.slice(0, start);
  const at = same ? start : Math.max(0, start + value.length - old.length);
  field.setSelectionRange(at, at + end - start);
  field.scrollTop = scrollTop;
}

async function keep() {
  while (under_way > 0) await new Promise((done) => leaving.push(done));
  const form = document.querySelector(OURS);
  if (!form || !(unsent || failed)) return;
  unsent = false;
  const headers = { "HX-Request": "true" };
  const answer = await fetch(form.action, { method: "POST", body: everything(form), headers }).catch(() => null);
  failed = ![200, 422].includes(answer?.status);
}

function hold(event, go) {
  if (!document.getElementById("studio") || !unkept()) return;
  event.preventDefault();
  event.stopPropagation();
  keep().then(go);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const elsewhere = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!link || elsewhere || link.target || link.hasAttribute("download") || link.getAttribute("href").startsWith("#")) return;
  hold(event, () => location.assign(link.href));
}, true);

document.addEventListener("submit", (event) => {
  if (event.target.matches(OURS)) return;
  hold(event, () => event.target.requestSubmit(event.submitter));
}, true);

window.addEventListener("beforeunload", (event) => {
  const form = document.querySelector(OURS);
  if (!form || !unkept()) return;
  if (failed || (unsent && under_way > 0) || String(everything(form)).length > LARGEST) event.preventDefault();
});

window.addEventListener("pagehide", () => {
  const form = document.querySelector(OURS);
  if (!form || !unsent) return;
  unsent = false;
  fetch(form.action, { method: "POST", body: everything(form), headers: { "HX-Request": "true" }, keepalive: true });
});
