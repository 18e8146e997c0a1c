// While a fragment loads, its target is marked busy; the skeleton inside appears only after 300 ms (feedback.css).
const target = (event) => event.detail?.ctx?.target ?? event.target;

document.addEventListener("htmx:before:request", (event) => target(event).setAttribute?.("aria-busy", "true"));
document.addEventListener("htmx:finally:request", (event) => target(event).removeAttribute?.("aria-busy"));
