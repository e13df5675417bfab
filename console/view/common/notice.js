import { el } from "./dom.js";

const SHOWN_MS = 6_000;

/** Tells what was refused, for a moment. */
export function notice(chat) {
  const element = el("div", { class: "notice", role: "alert" });
  let timer;
  chat.on("problem", (error) => {
    clearTimeout(timer);
    element.textContent = error.name === "Unclear" ? "The server did not answer." : error.message;
    timer = setTimeout(() => (element.textContent = ""), SHOWN_MS);
  });
  return element;
}
