import { el } from "./dom.js";
import { icon } from "./icon.js";

const SHOWN = {
  waiting: ["clock", "Sending"],
  sending: ["clock", "Sending"],
  failed: ["alert", "Not sent"],
  sent: ["check", "Sent"],
  delivered: ["checks", "Delivered"],
  read: ["checks", "Read"],
};

/** How far a message has come. @param {keyof typeof SHOWN} status */
export function ticks(status) {
  const [drawing, words] = SHOWN[status];
  return el("span", { class: `ticks ticks-${status}`, role: "img", "aria-label": words, title: words, "data-status": status }, icon(drawing));
}
