// A preview of what was chosen or dropped, and the size said before anything is sent.
const words = (bytes) => (bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} kB`);

function show(box, files) {
  const preview = box.querySelector("[data-upload-preview]");
  const error = box.querySelector("[data-upload-error]");
  const limit = Number(box.dataset.maxBytes);
  const tooBig = files.find((file) => file.size > limit);
  error.hidden = !tooBig;
  error.textContent = tooBig
    ? `${tooBig.name} has ${words(tooBig.size)}. The limit is ${words(limit)}. Take a smaller photo or choose another file.`
    : "";
  preview.replaceChildren();
  preview.hidden = files.length === 0 || Boolean(tooBig);
  if (tooBig) {
    box.querySelector("input").value = "";
    return false;
  }
  for (const file of files) {
    const figure = document.createElement("div");
    figure.className = "drop-name";
    if (file.type.startsWith("image/")) {
      const reader = new FileReader();
      const image = document.createElement("img");
      image.alt = `Preview of ${file.name}`;
      reader.onload = () => (image.src = reader.result);
      reader.readAsDataURL(file);
      figure.append(image);
    }
    figure.append(`${file.name}, ${words(file.size)}`);
    preview.append(figure);
  }
  return true;
}

// On the way down, before a form that saves itself hears of it: its answer would wipe out what was said about the size.
document.addEventListener(
  "change",
  (event) => {
    const box = event.target.closest("[data-upload]");
    if (box && event.target.type === "file" && !show(box, [...event.target.files])) event.stopPropagation();
  },
  true,
);

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const box = event.target.closest?.("[data-upload]");
    if (!box) return;
    event.preventDefault();
    box.classList.toggle("is-over", kind === "dragover");
    if (kind !== "drop" || event.dataTransfer.files.length === 0) return;
    const input = box.querySelector("input");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
