import { colored } from "./emoji.js";
import { el } from "./dom.js";

/**
 * The reactions to a message with their counts; a click adds or takes back one's own.
 * @param {any} message
 * @param {(emoji: string) => void} toggle
 */
export function reactions({ reactions: counts = {}, my_reactions = [] }, toggle) {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  if (present.length === 0) return "";
  return el("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, ...present.map(chip));

  function chip([emoji, count]) {
    const mine = my_reactions.includes(emoji);
    const label = `${emoji} ${count}${mine ? ", yours" : ""}`;
    const button = el("button", { class: "reaction", type: "button", "aria-pressed": String(mine), "aria-label": label, "data-emoji": emoji });
    button.append(el("span", { class: "reaction-emoji", text: colored(emoji) }), el("span", { class: "reaction-count", text: String(count) }));
    button.addEventListener("click", () => toggle(emoji));
    return button;
  }
}
