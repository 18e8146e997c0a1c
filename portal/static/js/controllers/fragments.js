// Runs `start` for what is on the page now and for every fragment that arrives later.
export function whenShown(selector, start) {
  const seen = new WeakSet();
  const look = () => {
    for (const element of document.querySelectorAll(selector)) {
      if (!seen.has(element)) {
        seen.add(element);
        start(element);
      }
    }
  };
  look();
  document.addEventListener("htmx:after:swap", look);
  document.addEventListener("htmx:afterSwap", look);
}

// True while the reader is typing, so that letters stay letters.
export function isTyping(event) {
  const target = event.target;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
