// Light and dark: stored in a cookie the server reads, so the next page comes in the right theme at once.
import { whenShown } from "./fragments.js";

const root = document.documentElement;
const dark = () =>
  root.dataset.theme === "dark" || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

whenShown("[data-theme-switch]", (button) => {
  button.hidden = false;
  button.setAttribute("aria-pressed", String(dark()));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch]");
  if (!button) return;
  const theme = dark() ? "light" : "dark";
  root.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  button.setAttribute("aria-pressed", String(dark()));
  const form = button.closest("form[data-theme-form]");
  if (form) fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => {});
});
