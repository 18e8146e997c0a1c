// A celebration is brought into view once; it is gone at the next visit because the server tells it once.
import { whenShown } from "./fragments.js";

whenShown("[data-celebration]", (card) => {
  if (card.getBoundingClientRect().top < 0) card.scrollIntoView({ block: "start" });
});
