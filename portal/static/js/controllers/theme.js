// Light and dark: stored in a cookie the server reads, so the next page comes in the right theme at once.
import { whenShown } from "./fragments.js";

const root = document.documentElement;
const dark = () =>
  root.dataset.theme === "dark" || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

whenShown("[data-theme-switch]", (button) => {
  button.hidden = false;
  button.setAttribute("aria-pressed", String(dark()));
});

function remember(theme) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = theme === "light" || theme === "dark" ? 31536000 : 0;
  document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch]");
  if (!button) return;
  root.dataset.theme = dark() ? "light" : "dark";
  remember(root.dataset.theme);
  button.setAttribute("aria-pressed", String(dark()));
});

// The account page stores a theme too: what is chosen there replaces what the switch remembered.
document.addEventListener("submit", (event) => {
  const field = event.target.elements?.theme;
  if (field) remember(field.value);
});
