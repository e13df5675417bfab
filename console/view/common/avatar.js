import { el } from "./dom.js";
import { icon } from "./icon.js";

/** Colours there are for avatars. */
const HUES = 8;

/**
 * The initials of a name on a colour that goes with the id.
 * @param {{id: string, name: string, online?: boolean, channel?: boolean}} who
 */
export function avatar({ id, name, online, channel }) {
  const face = el("span", { class: `avatar hue-${hue(id)}`, "aria-hidden": "true" });
  face.append(channel ? icon("hash") : initials(name));
  if (online) face.append(el("span", { class: "avatar-online" }));
  return face;
}

function initials(name) {
  const words = name.trim().split(/[\s._@-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0]).join("").toUpperCase() || "?";
}

function hue(id) {
  return [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9_973, 7) % HUES;
}
