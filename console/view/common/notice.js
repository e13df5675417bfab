import { OutcomeUnknownError } from "../../../sdk/js/src/index.js";
import { el } from "./dom.js";

const SHOWN_MS = 6_000;

/** Returns a notice that shows each problem for a few seconds. @param {import("../../model/chat.js").Chat} chat */
export function notice(chat) {
  const element = el("div", { class: "notice", role: "alert" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  chat.on("problem", (error) => {
    clearTimeout(timer);
    element.textContent = errorText(error);
    timer = setTimeout(() => (element.textContent = ""), SHOWN_MS);
  });
  return element;
}

/** Returns the text of an error for the user. @param {unknown} error */
export function errorText(error) {
  if (error instanceof OutcomeUnknownError) return "No response from the server. Try again.";
  return error instanceof Error ? error.message : "Something went wrong.";
}
