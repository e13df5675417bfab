import { el } from "./dom.js";
import { pane } from "./pane.js";
import { tabs } from "./tabs.js";

/** The page: a pane for each user side by side; one at a time, with tabs, where there is no room. */
export function frame(chats) {
  const panes = chats.map((chat, at) => pane(chat, `pane-${at}`));
  const bar = el(
    "header",
    { class: "top" },
    el("img", { src: "/console/icon.svg", alt: "", width: 26, height: 26 }),
    el("h1", { class: "top-title", text: "caas" }),
    el("span", { class: "top-note", text: "Demo" }),
    tabs(chats, panes),
  );
  return el("div", { class: "frame" }, bar, el("main", { class: "panes" }, ...panes));
}
