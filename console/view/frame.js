import { el } from "./common/dom.js";
import { pane } from "./pane.js";
import { tabs } from "./tabs.js";

/**
 * Returns the page with one pane per user. Wide windows show all panes next to each other, narrow
 * ones show one at a time, with tabs.
 *
 * @param {import("../model/chat.js").Chat[]} chats
 */
export function frame(chats) {
  const panes = chats.map((chat, index) => pane(chat, `pane-${index}`));
  const header = el(
    "header",
    { class: "top" },
    el("img", { src: "/console/icon.svg", alt: "", width: 26, height: 26 }),
    el("h1", { class: "top-title", text: "caas" }),
    el("span", { class: "top-note", text: "Demo" }),
    tabs(chats, panes),
  );
  return el("div", { class: "frame" }, header, el("main", { class: "panes" }, ...panes));
}
