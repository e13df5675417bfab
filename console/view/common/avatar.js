import { el } from "./dom.js";
import { icon } from "./icon.js";

/** Number of avatar colours in the stylesheet. */
const HUES = 8;

/**
 * Returns an avatar: the initials of a name on a colour derived from the id.
 *
 * @param {{id: string, name: string, online?: boolean, channel?: boolean}} subject
 */
export function avatar({ id, name, online, channel }) {
  const element = el("span", { class: `avatar hue-${hue(id)}`, "aria-hidden": "true" });
  element.append(channel ? icon("hash") : initials(name));
  if (online) element.append(el("span", { class: "avatar-online" }));
  return element;
}

/** @param {string} name */
function initials(name) {
  const words = name
    .trim()
    .split(/[\s._@-]+/)
    .filter(Boolean);
  const outer = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  const letters = outer.map((word) => [...word][0]).join("");
  return letters.toUpperCase() || "?";
}

/** @param {string} id */
function hue(id) {
  return [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9_973, 7) % HUES;
}
