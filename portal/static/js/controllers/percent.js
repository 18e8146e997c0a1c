// A number and its percent sign stay on one line. What is typed or copied as code keeps its plain space.
const LOOSE = /(\d) %/g;
const AS_TYPED = "textarea, pre, code, .code, [contenteditable]";

function tie(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (text.data.search(LOOSE) < 0 || text.parentElement?.closest(AS_TYPED)) continue;
    text.data = text.data.replace(LOOSE, "$1\u00a0%");
  }
}

tie(document.body);
document.addEventListener("htmx:after:swap", () => tie(document.body));
