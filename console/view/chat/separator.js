import { el } from "../common/dom.js";
import { day } from "../common/time.js";

/**
 * Returns the line above a day or above the first unread message.
 *
 * @param {import("../../model/timeline_items.js").DayItem | import("../../model/timeline_items.js").NewItem} item
 */
export function separator(item) {
  const text = item.kind === "day" ? day(item.time) : "New messages";
  return el(
    "div",
    { class: `separator separator-${item.kind}`, role: "separator", "aria-label": text },
    el("span", { text }),
  );
}
