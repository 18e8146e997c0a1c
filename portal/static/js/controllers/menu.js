// A menu closes when its reader goes elsewhere; arrows walk through it.
const openMenus = () => document.querySelectorAll("details[data-menu][open], details.filter-more[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu], details.filter-more");
  if (event.key === "Escape") {
    for (const one of openMenus()) {
      one.open = false;
      if (one.contains(event.target)) one.querySelector("summary").focus();
    }
  }
  if (!menu?.matches("[data-menu]") || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  menu.open = true;
  const items = [...menu.querySelectorAll(".menu-item")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = items.indexOf(document.activeElement);
  items[(at + step + items.length) % items.length]?.focus();
});
