import { el } from "./dom.js";
import { day } from "./time.js";

/** The line above a day, or above what is new. @param {"day" | "new"} kind @param {string} [time] */
export function separator(kind, time) {
  const words = kind === "day" ? day(time) : "New messages";
  return el("div", { class: `separator separator-${kind}`, role: "separator", "aria-label": words }, el("span", { text: words }));
}
