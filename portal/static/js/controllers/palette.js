// Ctrl K: asks the search page for a fragment while typing; arrows choose, Enter opens, Escape closes.
const palette = document.getElementById("palette");

if (palette) {
  const input = palette.querySelector("input");
  const results = palette.querySelector("#palette-results");
  const start = results.innerHTML;
  let timer = 0;
  let asked = 0;

  const rows = () => [...results.querySelectorAll("a[href]")];
  const chosen = () => results.querySelector('[aria-selected="true"]');

  function choose(row) {
    rows().forEach((other, index) => {
      other.classList.add("palette-row");
      other.setAttribute("role", "option");
      other.id ||= `palette-row-${index}`;
      other.setAttribute("aria-selected", String(other === row));
    });
    if (row) {
      input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  async function ask(words) {
    const mine = ++asked;
    if (!words) {
      results.innerHTML = start;
      choose(rows()[0]);
      return;
    }
    const address = `${palette.dataset.src}?q=${encodeURIComponent(words)}`;
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Target": "palette-results" } });
      const html = answer.ok ? await answer.text() : "";
      if (mine !== asked) return;
      results.innerHTML =
        html || `<p class="palette-none says">Search did not answer. Press Enter to open the search page.</p>`;
    } catch {
      if (mine !== asked) return;
      results.innerHTML = `<p class="palette-none says">There is no connection right now. What you typed stays here.</p>`;
    }
    choose(rows()[0]);
  }

  function open() {
    if (palette.open) return;
    palette.showModal();
    input.setAttribute("aria-expanded", "true");
    input.select();
    choose(rows()[0]);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) {
      event.preventDefault();
      open();
    } else if (event.target === palette) {
      palette.close();
    }
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });

  palette.addEventListener("close", () => input.setAttribute("aria-expanded", "false"));

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(input.value.trim()), 150);
  });

  input.addEventListener("keydown", (event) => {
    const all = rows();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(all[(at + step + all.length) % all.length]);
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      chosen().click();
    }
  });
}
