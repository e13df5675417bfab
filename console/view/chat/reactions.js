import { el } from "../common/dom.js";
import { colored } from "./emoji.js";

/**
 * Returns the reactions of a message with their counts. A click adds or removes the user's own.
 *
 * @param {import("../../model/timeline_items.js").ShownMessage} message
 * @param {(emoji: string) => void} toggle
 */
export function reactions({ reactions: counts = {}, my_reactions = [] }, toggle) {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  if (present.length === 0) return undefined;
  const chips = present.map(([emoji, count]) =>
    chip(emoji, count, my_reactions.includes(emoji), () => toggle(emoji)),
  );
  return el("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, ...chips);
}

/** @param {string} emoji @param {number} count @param {boolean} mine @param {() => void} onclick */
function chip(emoji, count, mine, onclick) {
  return el(
    "button",
    {
      class: "reaction",
      type: "button",
      "aria-pressed": String(mine),
      "aria-label": `${emoji} ${count}${mine ? ", yours" : ""}`,
      "data-emoji": emoji,
      onclick,
    },
    el("span", { class: "reaction-emoji", text: colored(emoji) }),
    el("span", { class: "reaction-count", text: String(count) }),
  );
}
